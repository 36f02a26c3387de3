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
with images as (
    pivot (
        select
            probes.model,
            probes.other,
            measured.image,
            split_part(measured.name, ' ', 1) as direction,
            split_part(measured.name, ' ', 2) as what,
            measured.value
        from probes
        inner join measured using (probe)
        where probes.function = 'boundary_distance' and measured.image is not null
    )
    on what in ('model' as own, 'other' as theirs, 'between' as between_them) using any_value(value)
    group by model, other, image, direction
),

asked as (
    select
        probes.model,
        probes.other,
        any_value(measured.value) as both_right
    from probes
    inner join measured using (probe)
    where probes.function = 'boundary_distance' and measured.name = 'both_right'
    group by all
),

pairs as (
    select
        images.model,
        images.other,
        images.direction,
        avg(images.own) as model_distance,
        avg(images.theirs) as other_distance,
        avg(images.between_them) as between_distance,
        100 * count_if(images.between_them < least(images.own, images.theirs)) / count(*) as nearer,
        100 * count(*) / any_value(asked.both_right) as crossed
    from images
    inner join asked on images.model = asked.model and images.other = asked.other
    where images.between_them is not null
    group by images.model, images.other, images.direction
),

seeds as (
    select
        own.network,
        others.network as other,
        models.seed,
        pairs.direction,
        min(own.position) as position,
        min(others.position) as other_position,
        avg(pairs.model_distance) as model,
        avg(pairs.other_distance) as other_model,
        avg(pairs.between_distance) as "between",
        avg(pairs.nearer) as nearer,
        avg(pairs.crossed) as crossed
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
