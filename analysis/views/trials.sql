-- One row per prediction: one image of one craft shown to one target, with names and with what happened.
--
-- Nothing is left out. What is said of a surrogate is null for crafts that have none.
select
    crafts.surrogate,
    targets.name as target,
    crafts.attack,
    crafts.budget,
    crafts.norm,
    crafts.epsilon,
    crafts.role,
    crafts.control,
    crafts.part,
    list_contains(crafts.surrogates, predictions.target) as is_diagonal,
    predictions.image,
    predictions.label,
    predictions.surrogate_clean,
    predictions.surrogate_crafted,
    predictions.target_clean,
    predictions.predicted,
    predictions.margin,
    predictions.confidence,
    predictions.surrogate_clean = predictions.label as is_surrogate_right,
    predictions.target_clean = predictions.label as is_target_right,
    predictions.predicted <> predictions.label as is_fooled,
    predictions.surrogate_crafted <> predictions.label as is_surrogate_fooled,
    predictions.predicted <> predictions.label
    and predictions.predicted = predictions.surrogate_crafted as is_same_mistake,
    predictions.craft,
    predictions.target as target_model
from predictions
inner join crafts using (craft)
inner join targets using (target)
