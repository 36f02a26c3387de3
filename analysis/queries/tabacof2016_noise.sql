-- One row per network, budget, place, noise and answer: how often noise around an image leaves the answer as it is.
--
-- Of images that the network gets right when clean and wrong when crafted. place: around the crafted or the clean
-- image; noise: how many times the perturbation's own deviation its deviation is (the true multiplier, not that of the
-- authors' code, which drifts), or histogram, the perturbation's own pixel values; answer: the network says the label
-- (original) or its class for the crafted image (adversarial). k of n answers of `pairs` draws and seeds an image; low
-- and high: Wilson's 95% interval in %, each image counted once, as answers around one image go together.
--
-- Then: with_interval
with counts as (
    select
        networks.network,
        around.attack,
        around.budget,
        around.place,
        around.noise,
        around.answer,
        min(networks.position) as position,
        try_cast(split_part(around.noise, ' ', 2) as double) as multiplier,
        count(distinct networks.seed) as seeds,
        count(distinct around.image) as images,
        sum(around.same) as k,
        sum(around.samples) as n
    from answers_around as around
    inner join networks on around.model = networks.name
    group by networks.network, around.attack, around.budget, around.place, around.noise, around.answer
)

select
    network,
    attack,
    budget,
    place,
    noise,
    multiplier,
    answer,
    seeds,
    100 * k / n as rate,
    k,
    n,
    n / images as pairs
from counts
order by position, budget, place, answer, multiplier nulls last
