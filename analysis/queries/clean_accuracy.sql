-- One row per model and part of the data: how many clean images it classifies right, of the study's and of all.
--
-- The study's images are those of the clean row, null for a model that has not been shown it. All images of the
-- part are counted after the last epoch; "train" is then the model's own split. Both are null where not known.
with clean as (
    select
        verdicts.target as model,
        crafts.part,
        count(*) as images,
        count_if(not verdicts.is_fooled)::bigint as images_right
    from verdicts
    inner join crafts on verdicts.craft = crafts.craft and crafts.role = 'clean'
    group by all
),

scored as (
    select
        model,
        part,
        arg_max(images, epoch) as all_images,
        arg_max("right", epoch) as all_right
    from trained
    group by all
)

select
    models.name as model,
    models.family,
    models.split,
    models.seed,
    parts.part,
    clean.images,
    clean.images_right,
    clean.images_right / nullif(clean.images, 0) as rate,
    scored.all_images,
    scored.all_right,
    scored.all_right / nullif(scored.all_images, 0) as all_rate
from models
cross join (select distinct part from crafts) as parts
left join clean on models.model = clean.model and parts.part = clean.part
left join scored on models.model = scored.model and parts.part = scored.part
order by models.position, parts.part
