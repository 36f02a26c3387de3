-- One row per committee, craft and image: the class that most of its members give, and how many of them agree.
--
-- Of equal votes the lowest class. Left out are crafts that are neither an attack nor the clean row, and what not all
-- of a committee's members were shown.
with counted as (
    select
        committees.committee,
        committees.family,
        committees.size,
        predictions.craft,
        predictions.image,
        predictions.label,
        predictions.predicted,
        count(*) as members
    from predictions
    inner join committees using (target)
    inner join crafts on predictions.craft = crafts.craft and crafts.role in ('attack', 'clean')
    group by all
)

select
    committee,
    family,
    craft,
    image,
    label,
    arg_max(predicted, (members, -predicted)) as predicted,
    max(members) / size as agreement
from counted
group by committee, family, size, craft, image, label
having sum(members) = size
