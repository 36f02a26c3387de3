-- One row per family crafted on, family shown to and measure: how many of the mistakes that both make are of one class.
--
-- Of images made by fgsm within linf 0.25 that both get right when clean and wrong when crafted, in %; chance is that
-- of same_mistakes. Each network is paired with the next of the other family (another seed). `any` is the mean over
-- all families, and alone told above chance. ours: the mean over the networks crafted on; low and high: its 95%
-- interval, Student's t.
--
-- Then: mean_over_seeds
with pairs as (
    select
        made_on.family as crafted_on,
        shown_to.family as shown_to,
        made_on.twin,
        made_on.position,
        shown_to.position as shown_position,
        unnest([
            {'measure': 'same class', 'value': mistakes.rate},
            {'measure': 'by chance', 'value': mistakes.chance},
            {'measure': 'above chance', 'value': mistakes.rate - mistakes.chance}
        ], max_depth := 2)
    from same_mistakes as mistakes
    inner join twins as made_on on mistakes.surrogate = made_on.name
    inner join twins as shown_to on mistakes.target = shown_to.name
    where
        mistakes.attack = 'fgsm' and mistakes.budget = 'linf 0.25'
        and made_on.family <> shown_to.family and shown_to.twin = made_on.twin % shown_to.twins + 1
),

measures as (
    from pairs
    union all by name
    select
        'any' as crafted_on,
        'any' as shown_to,
        twin,
        -1 as position,
        -1 as shown_position,
        measure,
        avg(value) as value
    from pairs
    group by twin, measure
)

select
    crafted_on,
    shown_to,
    measure,
    list(value order by twin) as by_seed
from measures
where measure <> 'above chance' or crafted_on = 'any'
group by crafted_on, shown_to, measure, position, shown_position
order by position, shown_position, measure
