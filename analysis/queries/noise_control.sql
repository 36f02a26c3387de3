-- One row per craft of an attack, control made like it, and target: the attack beside noise of the same size.
--
-- Counted over images that surrogate and target classify right when clean. Attacks without such a control are
-- left out, and so are squares in which only one of the two has been shown.
with squares as (
    select
        craft,
        target,
        count_if(is_both_right)::bigint as n,
        count_if(is_both_right and is_fooled)::bigint as fooled
    from verdicts
    group by all
)

select
    crafts.surrogate,
    targets.name as target,
    crafts.attack,
    crafts.budget,
    crafts.part,
    list_contains(crafts.surrogates, targets.target) as is_diagonal,
    attacked.n,
    attacked.fooled,
    attacked.fooled / nullif(attacked.n, 0) as rate,
    controls.control,
    controlled.n as control_n,
    controlled.fooled as control_fooled,
    controlled.fooled / nullif(controlled.n, 0) as control_rate
from crafts
inner join crafts as controls on crafts.craft = controls.made_like and controls.role = 'control'
inner join squares as attacked on crafts.craft = attacked.craft
inner join squares as controlled
    on controls.craft = controlled.craft and attacked.target = controlled.target
inner join targets on attacked.target = targets.target
where crafts.role = 'attack'
order by crafts.position, targets.position, controls.position
