-- One row per network, seed and quantity of karpathy2015_alone, _sweep and _rounds, which say what they mean.
--
-- Nothing is left out.
select * from karpathy2015_alone
union all by name
select * from karpathy2015_sweep
union all by name
select * from karpathy2015_rounds
