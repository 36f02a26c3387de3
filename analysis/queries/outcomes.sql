-- One row per craft of an attack and target: unfooled, fooled otherwise, or fooled into the surrogate's class.
--
-- Counted over the n images that surrogate and target classify right when clean; the three counts add up to n.
-- Controls and the clean row are left out. An image that fools the target but not the surrogate is otherwise.
with counts as (
    select
        craft,
        target,
        count(*) as n,
        count_if(not is_fooled) as unfooled,
        count_if(is_fooled and not coalesce(is_same_mistake, false)) as fooled_otherwise,
        count_if(is_same_mistake) as fooled_alike
    from verdicts
    where is_both_right
    group by all
)

select
    crafts.surrogate,
    targets.name as target,
    crafts.attack,
    crafts.budget,
    crafts.part,
    list_contains(crafts.surrogates, counts.target) as is_diagonal,
    counts.n,
    counts.unfooled::bigint as unfooled,
    counts.fooled_otherwise::bigint as fooled_otherwise,
    counts.fooled_alike::bigint as fooled_alike,
    counts.fooled_alike / nullif(counts.n - counts.unfooled, 0) as same_mistake_rate
from counts
inner join crafts using (craft)
inner join targets using (target)
where crafts.role = 'attack'
order by crafts.position, targets.position
