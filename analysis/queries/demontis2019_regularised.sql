-- One row per technique, how it is regularised, split and quantity: what its twins are compared by.
--
-- Families whose names end in L and H are twins, weakly (H) or strongly (L) regularised. transfer: how often what is
-- made for it with eps = 1 fools the models of other splits, of images that both get right, in %; white-box error: its
-- own on what is made for itself, in %; slope: the mean length of its gradients; variability: the variance of its loss
-- at an image over the splits, which has no split of its own.
with twins as (
    select
        name,
        family,
        split,
        regexp_extract(family, '(.*) [HL]$', 1) as technique,
        right(family, 1) as regularised
    from models
    where regexp_full_match(family, '.* [HL]')
)

select
    twins.technique,
    twins.regularised,
    twins.split,
    'transfer' as quantity,
    100 * avg(pairs.rate order by pairs.target) as value
from twins
inner join alignment_pairs as pairs on twins.name = pairs.surrogate
where (pairs.attack, pairs.budget) = ('pgd', 'l2 1') and pairs.surrogate_split <> pairs.target_split
group by all
union all
select
    twins.technique,
    twins.regularised,
    twins.split,
    'white-box error' as quantity,
    100 * any_value(pairs.white_box) as value
from twins
inner join alignment_pairs as pairs on twins.name = pairs.target
where (pairs.attack, pairs.budget) = ('pgd', 'l2 1')
group by all
union all
select
    twins.technique,
    twins.regularised,
    twins.split,
    'slope' as quantity,
    avg(sizes.value) as value
from twins
inner join gradient_probes as sizes on twins.name = sizes.model
where sizes.function = 'gradient_size'
group by all
union all
select
    twins.technique,
    twins.regularised,
    null as split,
    'variability' as quantity,
    arg_min(losses.variance, losses.part) as value
from twins
inner join loss_variability as losses using (family)
group by all
order by technique, quantity, regularised, split
