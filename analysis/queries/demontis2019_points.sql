-- One row per relation and ordered pair of families: how alike their gradients are, and what of their transfer.
--
-- Of models that have seen none of each other's training images; a pair's value is the mean over its models. y is, as
-- relation says: perturbations, the correlation of what fools each (l2 5); ratio, the target's error on what was made
-- for the other over that on what was made for itself (l2 1); rate, the fooling rate of images that both get right (l2
-- 1).
with pairs as (
    select
        budget,
        surrogate_family,
        target_family,
        avg(alignment) as alignment,
        avg(perturbations) as perturbations,
        avg(ratio) as ratio,
        avg(rate) as rate
    from alignment_pairs
    where attack = 'pgd' and budget in ('l2 1', 'l2 5') and surrogate_split <> target_split
    group by all
)

select
    surrogate_family,
    target_family,
    alignment as x,
    unnest(
        if(budget = 'l2 1', [
            {'relation': 'ratio', 'y': ratio},
            {'relation': 'rate', 'y': rate}
        ], [
            {'relation': 'perturbations', 'y': perturbations}
        ]), max_depth := 2
    )
from pairs
order by budget desc, surrogate_family, target_family
