-- One row per network, budget and claim: whether adversarial images fill regions, and which networks are more robust.
--
-- region: how often noise as large as the perturbation (Gaussian, its own deviation) around a crafted image leaves the
-- class that it was crafted into, in %; back: how often the label comes back; kept: how often the same noise around the
-- clean image leaves the label; rms: the mean size of what fools. Of images right when clean and wrong when crafted.
-- Network `logistic minus convolutional` is the difference seed by seed. ours: the mean over seeds; low and high: its
-- 95% interval, Student's t.
--
-- Then: mean_over_seeds
with seeds as (
    select
        networks.network,
        around.budget,
        networks.seed,
        case concat_ws(' ', around.place, around.noise, around.answer)
            when 'crafted gaussian 1 adversarial' then 'region'
            when 'crafted gaussian 1 original' then 'back'
            when 'clean gaussian 1 original' then 'kept'
        end as claim,
        100 * avg(around.same / around.samples) as value
    from answers_around as around
    inner join networks on around.model = networks.name
    where claim is not null
    group by all
    union all
    select
        networks.network,
        fooling.budget,
        networks.seed,
        'rms' as claim,
        avg(fooling.rms) as value
    from fooling
    inner join networks on fooling.surrogate = networks.name
    group by all
),

both_kinds as (
    select * from seeds
    union all
    select
        'logistic minus convolutional' as network,
        one.budget,
        one.seed,
        one.claim,
        one.value - other.value as value
    from seeds as one
    inner join seeds as other using (budget, seed, claim)
    where one.network = 'logistic' and other.network = 'convolutional'
)

select
    network,
    budget,
    claim,
    list(value order by seed) as by_seed
from both_kinds
group by network, budget, claim
order by network = 'logistic minus convolutional', network, budget, claim
