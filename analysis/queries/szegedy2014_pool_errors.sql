-- One row per way of training and measure: what pools of adversarial examples do, beside the errors of the paper.
--
-- Szegedy et al. 2014, section 4.2. test error and train error: of all images, in %; rms: the median size that deepfool
-- needs on the network, of images right when clean. `minus NAME`: the test error less that of another way with the same
-- seed. published: of the test error, where the paper prints one, for the pool an upper bound. ours: the mean over
-- seeds; low and high: its 95% interval, Student's t. Left out are studies in which none is of the paper.
--
-- Then: mean_over_seeds
with found as (
    select
        networks.network as arm,
        models.seed,
        if(trained.part = 'test', 'test error', 'train error') as measure,
        100 * (1 - arg_max(trained."right" / trained.images, trained.epoch)) as value
    from trained
    inner join models using (model)
    inner join networks on models.name = networks.name
    group by all
    union all
    select
        networks.network as arm,
        models.seed,
        'rms' as measure,
        median(crafted.rms) as value
    from crafted
    inner join crafts using (craft)
    inner join models on crafts.surrogate = models.name
    inner join networks on models.name = networks.name
    where crafts.attack = 'deepfool' and crafted.surrogate_clean = crafted.label
    group by all
),

compared as (
    from found
    union all
    select
        one.arm,
        one.seed,
        'minus ' || other.arm as measure,
        one.value - other.value as value
    from found as one
    inner join found as other using (seed, measure)
    where one.measure = 'test error' and one.arm <> other.arm
)

select
    compared.arm,
    compared.measure,
    any_value(published.test_error) filter (compared.measure = 'test error') as published,
    list(compared.value order by compared.seed) as by_seed
from compared
left join published_szegedy2014_pool as published using (arm)
left join (select network as arm, min(position) as position from networks group by network) as places using (arm)
where exists (from found inner join published_szegedy2014_pool using (arm))
group by compared.arm, compared.measure
order by min(places.position), compared.measure
