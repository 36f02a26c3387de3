-- One row per clean image that a target sees in two ways: as the clean row, and beside a crafted image.
--
-- The clean craft changes no pixel, so predicted must equal target_clean on each of its rows.
select
    targets.name as target_name,
    predictions.image,
    predictions.target_clean,
    predictions.predicted,
    predictions.target
from predictions
inner join crafts using (craft)
inner join targets using (target)
where crafts.role = 'clean' and predictions.predicted <> predictions.target_clean
order by target_name, predictions.image
