-- One row per network, budget, place, noise and answer: how often noise around an image leaves the answer as it is.
--
-- Of images that the network gets right when clean and wrong when crafted. place: around the crafted or the clean
-- image; noise: how many times the perturbation's own deviation its deviation is (the true multiplier, not that of the
-- authors' code, which drifts), or histogram, the perturbation's own pixel values; answer: the network says the label
-- (original) or its class for the crafted image (adversarial). k of n answers of `pairs` draws and seeds an image; low
-- and high: Wilson's 95% interval in %, each image counted once, as answers around one image go together.
--
-- Then: with_interval
with shown as (
    select
        crafts.craft,
        crafted.image
    from crafted
    inner join crafts using (craft)
    where crafts.role = 'attack' and crafted.surrogate_clean = crafted.label
    and crafted.surrogate_crafted <> crafted.label
),

drawn as (
    select
        probe,
        any_value(value) as samples
    from measured
    where name = 'samples'
    group by probe
),

answers as (
    select
        networks.network,
        networks.position,
        models.seed,
        probes.attack,
        probes.budget,
        measured.image,
        split_part(measured.name, ' ', 1) as place,
        regexp_extract(measured.name, '^\w+ (.*) \w+$', 1) as noise,
        regexp_extract(measured.name, '(\w+)$', 1) as answer,
        measured.value as same,
        drawn.samples
    from measured
    inner join probes using (probe)
    inner join drawn using (probe)
    inner join models on probes.model = models.name
    inner join networks on models.name = networks.name
    semi join shown on probes.craft = shown.craft and measured.image = shown.image
    where probes.function = 'neighbourhood'
    and regexp_full_match(measured.name, '(crafted|clean) .+ (original|adversarial)')
),

counts as (
    select
        network,
        attack,
        budget,
        place,
        noise,
        answer,
        min(position) as position,
        try_cast(split_part(noise, ' ', 2) as double) as multiplier,
        count(distinct seed) as seeds,
        count(distinct image) as images,
        sum(same) as k,
        sum(samples) as n
    from answers
    group by network, attack, budget, place, noise, answer
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
