-- One row per family of models and part: how much the loss at an image varies between its models, mean over images.
--
-- The variance over the models of the family (trainings on other splits or from other seeds) of what the probe losses
-- measures. Left out are families of one model, which have none.
with images as (
    select
        models.family,
        probes.part,
        measured.image,
        count(*) as models,
        var_samp(measured.value) as variance
    from probes
    inner join measured using (probe)
    inner join models on probes.model = models.name
    where (probes.function, measured.name) = ('losses', 'loss')
    group by all
)

select
    family,
    part,
    max(models) as models,
    count(variance) as images,
    avg(variance) as variance
from images
where variance is not null
group by all
order by all
