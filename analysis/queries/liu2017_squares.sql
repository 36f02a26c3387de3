-- One row per attack or control of liu2017, network or ensemble crafted on, and network shown to.
--
-- Of the images that all networks classify right when clean, as in Liu et al. 2017: how many the target still gets
-- right, and how many it puts into the goal's class. The lists are in the order of the images. is_held_out: the target
-- is none of those crafted on. budget: as crafted, or rescaled to a root mean square.
with easy as (
    select
        predictions.image,
        crafts.part
    from predictions
    inner join crafts on predictions.craft = crafts.craft and crafts.role = 'clean'
    group by predictions.image, crafts.part
    having bool_and(predictions.predicted = predictions.label)
)

select
    crafts.surrogate as crafted_on,
    targets.name as shown_to,
    crafts.attack,
    crafts.budget,
    crafts.control,
    made_on.family as crafted_family,
    targets.family as shown_family,
    not list_contains(crafts.surrogates, predictions.target) as is_held_out,
    count(*) as n,
    count_if(predictions.predicted = predictions.label) as n_right,
    count_if(predictions.predicted = crafted.goal) as matched,
    avg(crafted.rms) as rms,
    list(predictions.predicted <> predictions.label order by predictions.image) as is_wrong,
    list(coalesce(predictions.predicted = crafted.goal, false) order by predictions.image) as is_matched
from predictions
inner join crafts using (craft)
inner join easy using (image, part)
inner join targets using (target)
inner join crafted on
    coalesce(crafts.made_like, crafts.craft) = crafted.craft and predictions.image = crafted.image
left join models as made_on on crafts.surrogate = made_on.name
where
    crafts.surrogate is not null
    and crafts.attack in ('adam', 'adam targeted', 'ensemble', 'ensemble targeted', 'fast gradient')
group by all
order by min(crafts.position), min(targets.position)
