-- One row per network, budget and claim: whether adversarial images fill regions, and which networks are more robust.
--
-- region: how often noise as large as the perturbation (Gaussian, its own deviation) around a crafted image leaves the
-- class that it was crafted into, in %; back: how often the label comes back; kept: how often the same noise around the
-- clean image leaves the label; rms: the mean size of what fools. Of images right when clean and wrong when crafted.
-- Network `logistic minus convolutional` is the difference seed by seed. ours: the mean over seeds; low and high: its
-- 95% interval, Student's t.
--
-- Then: mean_over_seeds
with shown as (
    select
        crafts.craft,
        crafts.budget,
        networks.network,
        models.seed,
        crafted.image,
        crafted.rms
    from crafted
    inner join crafts using (craft)
    inner join models on crafts.surrogate = models.name
    inner join networks on models.name = networks.name
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

noise as (
    select
        shown.network,
        shown.budget,
        shown.seed,
        case measured.name
            when 'crafted gaussian 1 adversarial' then 'region'
            when 'crafted gaussian 1 original' then 'back'
            when 'clean gaussian 1 original' then 'kept'
        end as claim,
        100 * avg(measured.value / drawn.samples) as value
    from measured
    inner join probes using (probe)
    inner join drawn using (probe)
    inner join shown on probes.craft = shown.craft and measured.image = shown.image
    where claim is not null
    group by all
),

seeds as (
    select * from noise
    union all
    select
        network,
        budget,
        seed,
        'rms' as claim,
        avg(rms) as value
    from shown
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
