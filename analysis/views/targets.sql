-- One row per model of the study that is shown crafted images, in the order of the study.
--
-- Models that only serve as surrogates are left out: no prediction of theirs is asked for.
select
    model as target,
    name,
    family,
    architecture,
    split,
    seed,
    position
from models
where is_target
