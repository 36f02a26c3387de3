-- One row per training, epoch and part: how many images the network had right by then, and how large its loss was.
--
-- "train" is the network's own split, "rest" the training images outside it. loss is the mean cross entropy an image.
-- The epochs are those that the study makes models of, and the last. Networks trained elsewhere are left out.
select
    models.trained_as as training,
    models.epoch,
    trained.part,
    trained.images,
    trained."right",
    trained."right" / trained.images as rate,
    trained.loss / trained.images as loss
from models
inner join trained using (model)
where models.trained_as is not null
order by min(models.position) over (partition by models.trained_as), trained.part, models.epoch
