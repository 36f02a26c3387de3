-- One row per model of cifar10_families: how many of all test images it classifies right (%), and the floor for that.
--
-- A floor is what a family is to reach on half of CIFAR-10 with this study's training, or its attacks say little.
-- Left out: models that are not trained yet, those of the small form, and families without a floor.
with floors (architecture, floor) as (
    values ('mlp', 48), ('lenet', 68), ('vgg', 72), ('resnet', 72), ('densenet', 70), ('mobilenet', 63)
)

select
    models.name as model,
    floors.floor,
    100 * accuracy.all_rate as accuracy,
    accuracy.all_images as images,
    (records.spec ->> '$.split.stop')::bigint - (records.spec ->> '$.split.start')::bigint as trained_on,
    (records.spec ->> '$.recipe.settings.epochs')::bigint as epochs,
    records.seconds
from models
inner join floors using (architecture)
inner join records on models.model = records.task
inner join clean_accuracy as accuracy on models.name = accuracy.model and accuracy.part = 'test'
where
    (select study from study) = 'cifar10_families'
    and accuracy.all_rate is not null
    and trained_on >= 25000
order by models.position
