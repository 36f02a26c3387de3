-- One row per two attacks of one budget on one surrogate, and target: which of the two fools it more often?
--
-- n are the images that surrogate and target classify right when clean; only_one and only_other those that fool under
-- one of the attacks alone. difference, low, high, p and p_holm as in asymmetry: a paired test on the same images.
-- Left out are controls, the diagonal, and attacks that differ in budget, part or surrogates.
--
-- Then: paired
with squares as (
    select
        packed.*,
        crafts.attack,
        crafts.budget,
        crafts.part,
        crafts.surrogate,
        crafts.surrogates,
        crafts.position
    from packed
    inner join crafts using (craft)
    where crafts.role = 'attack' and not list_contains(crafts.surrogates, packed.target)
)

select
    one.attack,
    other.attack as other,
    one.budget,
    one.part,
    one.surrogate,
    targets.name as target,
    sum(bit_count(one.counted & other.counted))::bigint as n,
    sum(bit_count(one.fooled & other.counted))::bigint as fooled,
    sum(bit_count(other.fooled & one.counted))::bigint as other_fooled,
    sum(bit_count(one.fooled & other.counted & ~other.fooled))::bigint as only_one,
    sum(bit_count(other.fooled & one.counted & ~one.fooled))::bigint as only_other
from squares as one
inner join squares as other
    on
        (one.budget, one.part, one.surrogates) = (other.budget, other.part, other.surrogates)
        and (one.target, one.word) = (other.target, other.word)
        and one.position < other.position
        and one.attack <> other.attack
inner join targets on one.target = targets.target
group by one.attack, other.attack, one.budget, one.part, one.surrogate, targets.name
order by min(one.position), min(other.position), min(targets.position)
