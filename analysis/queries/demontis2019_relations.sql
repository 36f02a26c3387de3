-- One row per relation of Demontis et al. 2019 on MNIST 8 against 9 and measure of it: the published one, and ours.
--
-- Over the ordered pairs of families in demontis2019_points. In the last rows the fooling rate stands for the ratio,
-- for which the paper has no number. low and high: 95%, jackknife of Fisher's z: each family is left out in turn, on
-- both sides.
--
-- Then: correlations
with asked as (
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
left join demontis2019_correlations as found on (asked.relation, asked.statistic) = (found.relation, found.statistic)
group by asked.words, asked.statistic, asked.published, asked.position
order by asked.position
