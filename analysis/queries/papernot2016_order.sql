-- One row per side, attack and technique: how far what is crafted on it fools others, or how often they fool it.
--
-- Of technique_pairs those of two techniques and two subsets; the ensemble is only shown to. effect: the mean rate over
-- the other techniques, weighed alike; the largest comes first. without_one: the effect without each subset. low and
-- high: its 95% interval over subsets, for these images (jackknife, each left out on both sides; Student's t).
--
-- Then: over_seeds
with subsets as (
    select distinct unnest([crafted_subset, shown_subset]) as subset
    from technique_pairs
),

cells as (
    select
        attack,
        budget,
        part,
        crafted_on,
        shown_to,
        without.subset as without,
        sum(k) / nullif(sum(n), 0) as rate
    from technique_pairs
    cross join (from subsets union all select null) as without
    where
        crafted_subset <> shown_subset
        and crafted_on <> shown_to
        and (without.subset is null or without.subset not in (crafted_subset, shown_subset))
    group by all
),

sides as (
    select
        side.name as side,
        side.technique,
        attack,
        budget,
        part,
        without,
        avg(rate) as effect
    from cells, unnest([
        {'name': 'crafted on', 'technique': if(shown_to <> 'Ensemble', crafted_on, null)},
        {'name': 'shown to', 'technique': shown_to}
    ]) as sides (side)
    where side.technique is not null
    group by all
)

select
    side,
    attack,
    budget,
    part,
    technique,
    effect,
    (select count(*) from subsets) as seeds,
    list_sort(list(effect) filter (without is not null) over kind) as without_one
from sides
window kind as (partition by side, technique, attack, budget, part)
qualify without is null
order by side, attack, budget, part, effect desc, technique
