-- One row per pair of models: how often what is crafted on one fools the other, and the other way round.
--
-- n images are classified right by both when clean, and so are the same in both directions. only_there and only_back are
-- those that fool in one direction alone (McNemar's counts). Pairs of which either direction was not run are left out.
with squares as (
    select
        crafts.surrogate,
        targets.name as target,
        targets.position as target_position,
        verdicts.image,
        verdicts.is_fooled
    from verdicts
    inner join crafts using (craft)
    inner join targets using (target)
    where
        crafts.role = 'attack'
        and crafts.attack = getvariable('attack')
        and crafts.budget = getvariable('budget')
        and crafts.part = getvariable('part')
        and verdicts.is_both_right
)

select
    there.surrogate as one,
    there.target as other,
    count(*) as n,
    count_if(there.is_fooled) as fooled_there,
    count_if(back.is_fooled) as fooled_back,
    count_if(there.is_fooled and not back.is_fooled) as only_there,
    count_if(back.is_fooled and not there.is_fooled) as only_back,
    (fooled_there - fooled_back) / n as difference
from squares as there
inner join squares as back on
    there.surrogate = back.target
    and there.target = back.surrogate
    and there.image = back.image
    and back.target_position < there.target_position
group by all
order by min(back.target_position), min(there.target_position)
