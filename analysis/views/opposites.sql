-- One row per craft and target of which no two have a training image in common: image by image, in lists.
--
-- The craft's networks are all of one split, the target of another; models that are trained on all images are left out.
-- members: how many networks the craft was made on, families: theirs. The lists are in the order of the images.
-- is_wrong: the target errs on the crafted image, is_clean_wrong: on the clean one, on which it else is_target_right;
-- is_both_right: and so is the surrogate.
with made as (
    select
        crafts.craft,
        any_value(models.split) as split,
        count(*) as members,
        list_sort(list(distinct models.family)) as families
    from (select craft, unnest(surrogates) as model from crafts) as crafts
    inner join (select distinct on (model) * from models order by position) as models using (model)
    group by crafts.craft
    having count(distinct models.split) = 1 and any_value(models.split) <> 'all'
)

select
    crafts.surrogate,
    targets.name as target,
    crafts.attack,
    crafts.budget,
    crafts.role,
    crafts.control,
    crafts.toward,
    crafts.part,
    made.members,
    made.families,
    targets.family as target_family,
    made.split as surrogate_split,
    targets.split as target_split,
    count(*) as images,
    list(predictions.predicted <> predictions.label order by predictions.image) as is_wrong,
    list(predictions.target_clean <> predictions.label order by predictions.image) as is_clean_wrong,
    list(predictions.target_clean = predictions.label order by predictions.image) as is_target_right,
    list(
        predictions.target_clean = predictions.label and predictions.surrogate_clean = predictions.label
        order by predictions.image
    ) as is_both_right,
    predictions.craft,
    predictions.target as target_model
from predictions
inner join crafts using (craft)
inner join made using (craft)
inner join targets using (target)
where targets.split not in (made.split, 'all')
group by all
order by predictions.craft, predictions.target
