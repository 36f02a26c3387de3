-- One row per craft and two targets that it is shown to: which of the two is fooled more often?
--
-- n are the images that the surrogate and both targets classify right when clean; only_one and only_other those that
-- fool one of the targets alone. difference, low, high, p and p_holm as in asymmetry: a paired test on the same images.
-- Left out are controls, and squares on the diagonal: a white box against a black box is no comparison of two targets.
--
-- Then: paired
with squares as not materialized (
    select
        packed.*,
        crafts.attack,
        crafts.budget,
        crafts.part,
        crafts.surrogate,
        crafts.position as craft_position,
        targets.name,
        targets.position
    from packed
    inner join crafts on packed.craft = crafts.craft and crafts.role = 'attack'
    inner join targets on packed.target = targets.target
    where not list_contains(crafts.surrogates, packed.target)
)

select
    one.attack,
    one.budget,
    one.part,
    one.surrogate,
    one.name as target,
    other.name as other,
    sum(bit_count(one.counted & other.counted))::bigint as n,
    sum(bit_count(one.fooled & other.counted))::bigint as fooled,
    sum(bit_count(other.fooled & one.counted))::bigint as other_fooled,
    sum(bit_count(one.fooled & other.counted & ~other.fooled))::bigint as only_one,
    sum(bit_count(other.fooled & one.counted & ~one.fooled))::bigint as only_other
from squares as one
inner join squares as other
    on
        one.craft = other.craft
        and one.attack = other.attack
        and one.word = other.word
        and one.position < other.position
group by one.attack, one.budget, one.part, one.surrogate, one.name, other.name
order by min(one.craft_position), min(one.position), min(other.position)
