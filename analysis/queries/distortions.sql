-- One row per attack, budget, part and surrogate: how large its perturbations are that fool it, as rms.
--
-- tried are the images that the surrogate classifies right when clean, or, where there is a goal, not into its class.
-- found: those that fool it (reach the goal). Quantiles are of found alone: a failed attack has no size that fools.
-- For attacks with a fixed budget they show what the budget became at the edges of the pixel range. Left out: controls.
select
    crafts.attack,
    crafts.budget,
    crafts.part,
    crafts.surrogate,
    count(*) as tried,
    count_if(crafted.is_found)::bigint as found,
    avg(crafted.rms) filter (crafted.is_found) as mean_rms,
    quantile_cont(crafted.rms, 0.05) filter (crafted.is_found) as rms_5,
    quantile_cont(crafted.rms, 0.25) filter (crafted.is_found) as rms_25,
    quantile_cont(crafted.rms, 0.5) filter (crafted.is_found) as rms_50,
    quantile_cont(crafted.rms, 0.75) filter (crafted.is_found) as rms_75,
    quantile_cont(crafted.rms, 0.95) filter (crafted.is_found) as rms_95,
    quantile_cont(crafted.linf, 0.5) filter (crafted.is_found) as linf_50,
    quantile_cont(crafted.l2, 0.5) filter (crafted.is_found) as l2_50
from crafted
inner join crafts on crafted.craft = crafts.craft and crafts.role = 'attack'
where
    crafted.surrogate_clean is null
    or crafted.surrogate_clean = crafted.label and crafted.goal is null
    or crafted.surrogate_clean <> crafted.goal
group by crafts.attack, crafts.budget, crafts.part, crafts.surrogate
order by min(crafts.position)
