-- One row per craft of an attack and target: where both are fooled, do they make the same mistake, beyond chance?
--
-- n are the images that both classify right when clean and wrong when crafted, k those that both put into one class.
-- chance is the rate of two models that each keep, label by label, how often they answer each class, but not for which
-- images: not 1 / (classes - 1), for a 4 is more often taken for a 9 by anybody. kappa is how far rate lies above
-- chance, of what could lie above it (Cohen 1960): 0 is chance, 1 always the same. low and high: Wilson's, of rate.
-- Left out are controls, the diagonal, and squares in which no image fools both. All rates in percent.
--
-- Then: with_interval
with mistakes as (
    select
        predictions.craft,
        predictions.target,
        predictions.label,
        predictions.surrogate_crafted as said,
        predictions.predicted,
        count(*) as images
    from predictions
    inner join crafts on predictions.craft = crafts.craft and crafts.role = 'attack'
    where
        not list_contains(crafts.surrogates, predictions.target)
        and predictions.surrogate_clean = predictions.label
        and predictions.target_clean = predictions.label
        and predictions.surrogate_crafted <> predictions.label
        and predictions.predicted <> predictions.label
    group by all
),

by_chance as (
    select
        craft,
        target,
        sum(one.images * other.images / one.of_label) as expected
    from (select *, sum(images) over (partition by craft, target, label) as of_label from mistakes) as one
    inner join mistakes as other using (craft, target, label)
    where one.said = other.predicted
    group by all
)

select
    crafts.surrogate,
    targets.name as target,
    crafts.attack,
    crafts.budget,
    crafts.part,
    1 as pairs,
    sum(mistakes.images)::bigint as n,
    coalesce(sum(mistakes.images) filter (said = predicted), 0)::bigint as k,
    100 * k / n as rate,
    100 * coalesce(any_value(by_chance.expected), 0) / n as chance,
    (rate - chance) / nullif(100 - chance, 0) as kappa
from mistakes
left join by_chance using (craft, target)
inner join crafts using (craft)
inner join targets on mistakes.target = targets.target
group by crafts.surrogate, targets.name, crafts.attack, crafts.budget, crafts.part, crafts.position, targets.position
order by crafts.position, targets.position
