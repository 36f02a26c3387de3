-- One row per family and measure: what a way of training costs or buys beside plain training, network by network.
--
-- clean error: of all test images, in %; rms: the median size that deepfool needs on the network; own: how many fool it
-- at rms 0.03, in %; other: how many made on it fool the plain network of the next seed at rms 0.1. `minus plain`: less
-- that of the plain network of the same seed. ours: the mean over networks; low and high: 95%, Student's t.
--
-- Then: mean_over_seeds
with found as (
    select
        twins.family,
        twins.twin,
        'clean error' as measure,
        100 * (1 - arg_max("right" / images, epoch)) as value
    from trained
    inner join twins using (model)
    where trained.part = 'test'
    group by all
    union all
    select
        twins.family,
        twins.twin,
        'rms' as measure,
        median(crafted.rms) as value
    from crafted
    inner join crafts using (craft)
    inner join twins on crafts.surrogate = twins.name
    where crafts.attack = 'deepfool' and crafts.budget = 'as crafted' and crafted.surrogate_clean = crafted.label
    group by all
    union all
    select
        made_on.family,
        made_on.twin,
        if(squares.is_diagonal, 'own', 'other') as measure,
        100 * squares.fooled / squares.n as value
    from transfer_matrix as squares
    inner join twins as made_on on squares.surrogate = made_on.name
    inner join twins as shown_to on squares.target = shown_to.name
    where squares.attack = 'deepfool' and squares.denominator = 'both-right' and squares.n > 0
    and if(squares.is_diagonal, squares.budget = 'rms 0.03', squares.budget = 'rms 0.1'
        and shown_to.family = 'plain' and shown_to.twin = made_on.twin % shown_to.twins + 1)
)

select
    family,
    measure,
    list(value order by twin) as by_seed
from (
    from found
    union all
    select
        one.family,
        one.twin,
        one.measure || ' minus plain' as measure,
        one.value - plain.value as value
    from found as one
    inner join found as plain on (one.twin, one.measure, 'plain') = (plain.twin, plain.measure, plain.family)
    where one.family <> 'plain'
)
group by family, measure
order by measure, family <> 'plain', family
