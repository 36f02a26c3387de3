-- One row per attack, budget, part and likeness: transfer within a split of the data, and across disjoint splits.
--
-- Of the pairs in split_pairs: likeness is another seed of the same architecture, another architecture, or either. Left
-- out are pairs of architectures that are not shown both within a split and across. Rates are means over the others,
-- each pair of architectures weighed alike; effect is within minus across. without_one: the effect without each seed.
-- low and high: its 95% interval over seeds, for these images (jackknife: each seed's models are left out in turn, as
-- surrogates and as targets; Student's t), null where that leaves nothing to compare: it takes three seeds of a model.
--
-- Then: over_seeds
with seeds as (
    select distinct unnest([surrogate_seed, target_seed]) as seed
    from split_pairs
),

strata as (
    select
        attack,
        budget,
        part,
        likeness,
        surrogate_architecture,
        target_architecture,
        without.seed as without,
        sum(n) filter (is_within) as within_n,
        sum(k) filter (is_within) as within_k,
        sum(n) filter (not is_within) as across_n,
        sum(k) filter (not is_within) as across_k
    from split_pairs
    cross join (from seeds union all select null) as without
    where without.seed is null or without.seed not in (surrogate_seed, target_seed)
    group by all
    having within_n > 0 and across_n > 0
),

effects as (
    select
        attack,
        budget,
        part,
        kinds.likeness,
        without,
        sum(within_n)::bigint as within_n,
        sum(within_k)::bigint as within_k,
        sum(across_n)::bigint as across_n,
        sum(across_k)::bigint as across_k,
        avg(within_k / within_n order by surrogate_architecture, target_architecture) as within_rate,
        avg(across_k / across_n order by surrogate_architecture, target_architecture) as across_rate,
        within_rate - across_rate as effect
    from strata, unnest([likeness, 'either']) as kinds (likeness)
    group by all
)

select
    * exclude (without),
    (select count(*) from seeds) as seeds,
    list_sort(list(effect) filter (without is not null) over kind) as without_one
from effects
window kind as (partition by attack, budget, part, likeness)
qualify without is null
order by attack, budget, part, likeness
