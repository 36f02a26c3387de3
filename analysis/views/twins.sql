-- One row per model: which of its family it is, so that a model can be shown what another family's next made.
--
-- A family is one kind of network, of several seeds or splits; the first in the study is 1. Nothing is left out.
select
    name,
    model,
    family,
    seed,
    row_number() over (partition by family order by position) as twin,
    count(*) over (partition by family) as twins,
    min(position) over (partition by family) as position
from models
