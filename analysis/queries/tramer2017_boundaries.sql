-- One row per network, other network, direction and measure: how far their boundaries are, and how far apart.
--
-- Of images that both get right and along whose direction both are wrong somewhere. model and other: the mean distance
-- to each boundary; between: how far these are apart; nearer: for how many images the boundaries are nearer to each
-- other than to the image, in %. crossed: how many images these are, of those that both get right, in %. direction:
-- legitimate, to the nearest image of another class; adversarial, along the gradient of the first network; random.
-- by_seed are means over the others of each seed of the first network; low and high: the 95% interval of ours,
-- Student's t. Tramer et al. 2017, arXiv:1704.03453, section 4.
--
-- Then: mean_over_seeds
with pairs as (
    select
        model,
        other,
        direction,
        avg(own order by part, image) as model_distance,
        avg(theirs order by part, image) as other_distance,
        avg(between_them order by part, image) as between_distance,
        100 * count_if(between_them < least(own, theirs)) / count(*) as nearer,
        100 * count(*) / any_value(both_right) as crossed
    from boundary_distances
    where between_them is not null
    group by model, other, direction
),

seeds as (
    select
        own.network,
        others.network as other,
        models.seed,
        pairs.direction,
        min(own.position) as position,
        min(others.position) as other_position,
        avg(pairs.model_distance order by others.position) as model,
        avg(pairs.other_distance order by others.position) as other_model,
        avg(pairs.between_distance order by others.position) as "between",
        avg(pairs.nearer order by others.position) as nearer,
        avg(pairs.crossed order by others.position) as crossed
    from pairs
    inner join models on pairs.model = models.name
    inner join networks as own on pairs.model = own.name
    inner join networks as others on pairs.other = others.name
    group by own.network, others.network, models.seed, pairs.direction
)

select
    network,
    other,
    direction,
    if(measure = 'other_model', 'other', measure) as measure,
    list(value order by seed) as by_seed
from (unpivot seeds on model, other_model, "between", nearer, crossed into name measure value value)
group by network, other, direction, measure
order by
    min(position),
    min(other_position),
    list_position(['legitimate', 'adversarial', 'random'], direction),
    list_position(['model', 'other', 'other_model', 'between', 'nearer', 'crossed'], measure)
