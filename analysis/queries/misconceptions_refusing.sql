-- One row per answerer, images shown, rule and coverage: the risk of answering all, the surest 80% or the surest 50%.
--
-- Of risk_coverage; adversarial images are those of fgsm within linf 0.25. ours: the mean risk over seeds, in %, low
-- and high: its 95% interval, Student's t. Answerers of one model are left out.
--
-- Then: mean_over_seeds
select
    answerer,
    shown,
    rule,
    coverage,
    by_seed
from risk_coverage
where
    coverage in (50, 80, 100) and len(by_seed) > 1
    and (shown = 'clean' or (attack = 'fgsm' and budget = 'linf 0.25'))
order by answerer = 'committee', answerer, shown, rule, coverage desc
