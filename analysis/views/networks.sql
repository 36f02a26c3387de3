-- One row per name of a model: what it is called without a swept seed, and its architecture with all settings.
--
-- Nothing is left out. Two names of one model are two rows. The architecture is read out of the record of its
-- training; a model that is not trained yet has the bare name of its architecture.
select
    models.name,
    models.model,
    regexp_replace(models.name, ' seed \d+( |$)', '\1') as network,
    models.split,
    models.seed,
    coalesce(json_extract(records.spec, '$.architecture')::varchar, models.architecture) as architecture,
    models.position
from models
left join records on models.model = records.task
