-- One row per relation of Demontis et al. 2019 on MNIST 8 against 9 and measure of it: the published one, and ours.
--
-- Over the ordered pairs of families in demontis2019_points. In the last rows the fooling rate stands for the ratio,
-- for which the paper has no number. low and high: 95%, jackknife of Fisher's z: each family is left out in turn, on
-- both sides.
--
-- Then: correlations
with families as (
    select surrogate_family as family from demontis2019_points as points
    union
    select target_family from demontis2019_points as points
),

-- Kendall's tau-b: of all two pairs, how many more are in the same order by both than in opposite orders.
measures as (
    select
        one.relation,
        without.family as without,
        count(*) as ordered,
        sum(sign(one.x - other.x) * sign(one.y - other.y))
        / sqrt(sum(abs(sign(one.x - other.x))) * sum(abs(sign(one.y - other.y)))) as kendall
    from demontis2019_points as one
    inner join demontis2019_points as other on
        one.relation = other.relation
        and (one.surrogate_family, one.target_family) < (other.surrogate_family, other.target_family)
    cross join (from families union all select null) as without
    where
        without.family is null
        or without.family not in (one.surrogate_family, one.target_family, other.surrogate_family, other.target_family)
    group by all
),

correlations as (
    select
        points.relation,
        without.family as without,
        count(*) as pairs,
        corr(points.x, points.y) as pearson
    from demontis2019_points as points
    cross join (from families union all select null) as without
    where without.family is null or without.family not in (points.surrogate_family, points.target_family)
    group by all
),

both_measures as (
    select
        correlations.relation,
        correlations.without,
        correlations.pairs,
        unnest(
            [{'statistic': 'pearson', 'value': correlations.pearson},
             {'statistic': 'kendall', 'value': measures.kendall}],
            max_depth := 2
        )
    from correlations
    left join measures on
        correlations.relation = measures.relation and correlations.without is not distinct from measures.without
),

asked as (
    select
        statistic,
        value as published,
        if(relation like '%perturbations%', 'perturbations', 'ratio') as relation,
        relation as words,
        rowid as position
    from published_demontis2019_mnist89
    union all
    select
        unnest(['pearson', 'kendall']) as statistic,
        null as published,
        'rate' as relation,
        'R (gradient alignment) vs fooling rate, eps=1' as words,
        unnest([100, 101]) as position
)

select
    asked.words as relation,
    asked.statistic,
    asked.published,
    any_value(found.value) filter (found.without is null) as ours,
    any_value(found.pairs) filter (found.without is null) as pairs,
    count(found.without) as clusters,
    list(found.value) filter (found.without is not null and found.value is not null) as without_one
from asked
left join both_measures as found on (asked.relation, asked.statistic) = (found.relation, found.statistic)
group by asked.words, asked.statistic, asked.published, asked.position
order by asked.position
