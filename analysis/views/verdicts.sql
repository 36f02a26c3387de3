-- One row per prediction, judged, under ids alone: what questions over very many rows are counted on.
--
-- A craft without a surrogate (the clean row, noise that is crafted once) has no surrogate that could be right
-- or fooled. Its conditions then fall back to those on the target, so that is_both_right is is_target_right.
select
    craft,
    target,
    image,
    predicted <> label as is_fooled,
    target_clean = label as is_target_right,
    surrogate_clean = label as is_surrogate_right,
    surrogate_crafted <> label as is_surrogate_fooled,
    target_clean = label and coalesce(surrogate_clean, label) = label as is_both_right,
    coalesce(surrogate_crafted <> label, true) as is_surrogate_no_obstacle,
    predicted <> label and predicted = surrogate_crafted as is_same_mistake
from predictions
