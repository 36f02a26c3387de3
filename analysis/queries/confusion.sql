-- One row per attack, budget, part, label and class: into which classes the images of a label are turned elsewhere.
--
-- Over all squares off the diagonal together, of the images that surrogate and target classify right when clean: n are
-- those of the label, k those that the target puts into the class; the label's own class is an image not fooled.
-- Left out: controls, and classes that nobody says.
select
    crafts.attack,
    crafts.budget,
    crafts.part,
    predictions.label,
    predictions.predicted as class,
    sum(count(*)) over (
        partition by crafts.attack, crafts.budget, crafts.part, predictions.label
    )::bigint as n,
    count(*) as k,
    count(*) / n as rate
from predictions
inner join crafts on predictions.craft = crafts.craft and crafts.role = 'attack'
where
    not list_contains(crafts.surrogates, predictions.target)
    and predictions.surrogate_clean is not distinct from predictions.label
    and predictions.target_clean = predictions.label
group by crafts.attack, crafts.budget, crafts.part, predictions.label, predictions.predicted
order by
    min(min(crafts.position)) over (partition by crafts.attack, crafts.budget, crafts.part),
    predictions.label,
    k desc,
    class
