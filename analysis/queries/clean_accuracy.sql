-- One row per model: how many of the study's clean images, and of the whole test part, it classifies right.
--
-- The study's images are counted in the clean row, so they are null for a model that has not been shown it;
-- the test part is counted after the last epoch, and is null for a model whose weights were loaded.
with clean as (
    select
        verdicts.target as model,
        count(*) as images,
        count_if(not verdicts.is_fooled) as right
    from verdicts
    inner join crafts on verdicts.craft = crafts.craft and crafts.role = 'clean'
    group by all
),

tested as (
    select
        model,
        arg_max(images, epoch) as test_images,
        arg_max("right", epoch) as test_right
    from trained
    where part = 'test'
    group by all
)

select
    models.name as model,
    models.family,
    models.split,
    models.seed,
    clean.images,
    clean.right,
    clean.right / nullif(clean.images, 0) as rate,
    tested.test_images,
    tested.test_right,
    tested.test_right / nullif(tested.test_images, 0) as test_rate
from models
left join clean using (model)
left join tested using (model)
order by models.position
