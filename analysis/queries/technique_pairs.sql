-- One row per attack, technique and subset crafted on, and technique or ensemble and subset shown to: k fooled of n.
--
-- A technique is a family and a subset a split, as in Papernot et al. 2016. The ensemble of a subset is the majority
-- of its models, one of each technique; of equal votes the lowest class. n are the images that both classify right when
-- clean; noise_n and noise_k are those of noise that is as large, image by image. Crafts of ensembles are left out.
with answers as (
    select
        predictions.craft,
        predictions.image,
        predictions.label,
        predictions.surrogate_clean,
        targets.split as shown_subset,
        targets.family as shown_to,
        targets.position as shown_position,
        predictions.target_clean,
        predictions.predicted
    from predictions
    inner join targets using (target)
),

voted as (
    from answers
    union all by name
    select
        craft,
        image,
        label,
        surrogate_clean,
        shown_subset,
        'Ensemble' as shown_to,
        null as shown_position,
        mode(target_clean order by target_clean) as target_clean,
        mode(predicted order by predicted) as predicted
    from answers
    group by craft, image, label, surrogate_clean, shown_subset
)

select
    crafted_on.family as crafted_on,
    crafted_on.split as crafted_subset,
    crafted_on.position as crafted_position,
    crafts.attack,
    crafts.budget,
    crafts.part,
    voted.shown_to,
    voted.shown_subset,
    voted.shown_position,
    count_if(crafts.role = 'attack') as n,
    count_if(crafts.role = 'attack' and voted.predicted <> voted.label) as k,
    count_if(crafts.control is not distinct from 'noise') as noise_n,
    count_if(crafts.control is not distinct from 'noise' and voted.predicted <> voted.label) as noise_k
from voted
inner join crafts using (craft)
inner join models as crafted_on on crafts.surrogate = crafted_on.name
where voted.surrogate_clean = voted.label and voted.target_clean = voted.label
group by all
order by crafts.attack, crafts.budget, crafted_position, voted.shown_position nulls last, voted.shown_subset
