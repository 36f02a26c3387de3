-- One row per relation of demontis2019_points, statistic and family left out, or none: the correlation over pairs.
--
-- Over the ordered pairs of families, without those of the family left out, as surrogate or as target. statistic:
-- Pearson's correlation, or Kendall's tau-b, which is null where all pairs are alike in x or in y.
with families as (
    select surrogate_family as family from demontis2019_points as points
    union
    select target_family from demontis2019_points as points
    union all
    select null
),

points as (
    select
        points.*,
        families.family as without
    from demontis2019_points as points
    cross join families
    where families.family is null or families.family not in (points.surrogate_family, points.target_family)
),

-- Of all two pairs, how many more are in the same order by both than in opposite orders.
kendall as (
    select
        one.relation,
        one.without,
        sum(sign(one.x - other.x) * sign(one.y - other.y))
        / sqrt(sum(abs(sign(one.x - other.x))) * sum(abs(sign(one.y - other.y)))) as value
    from points as one
    inner join points as other on
        one.relation = other.relation
        and one.without is not distinct from other.without
        and (one.surrogate_family, one.target_family) < (other.surrogate_family, other.target_family)
    group by all
),

pearson as (
    select
        relation,
        without,
        count(*) as pairs,
        corr(x, y) as value
    from points
    group by all
)

select
    pearson.relation,
    pearson.without,
    pearson.pairs,
    unnest([
        {'statistic': 'pearson', 'value': pearson.value}, {'statistic': 'kendall', 'value': kendall.value}
    ], max_depth := 2)
from pearson
left join kendall on
    pearson.relation = kendall.relation and pearson.without is not distinct from kendall.without
order by all
