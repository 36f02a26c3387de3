-- One row per quantity: whether networks that it calls more stable are, over the networks of szegedy2014_stability.
--
-- ours: Pearson's correlation over networks of the logarithms of a quantity and of the mean distance that fools; low
-- and high: its 95% interval, jackknife of Fisher's z, each network left out in turn. A product that told how unstable
-- a network is would go against distance, and a certified distance with it.
--
-- Then: correlations
with means as (
    select
        network,
        quantity,
        list_avg(by_seed) as value
    from szegedy2014_stability
),

points as (
    select
        one.network,
        one.quantity,
        ln(one.value) as x,
        ln(distances.value) as y
    from means as one
    inner join means as distances on one.network = distances.network and distances.quantity = 'distance'
    where one.quantity in ('product', 'slope', 'certified', 'linear') and one.value > 0
),

found as (
    select
        points.quantity,
        without.network as without,
        count(*) as networks,
        corr(points.x, points.y) as value
    from points
    cross join (select distinct network from points union all select null) as without
    where points.network is distinct from without.network
    group by points.quantity, without.network
)

select
    quantity,
    any_value(value) filter (without is null) as ours,
    any_value(networks) filter (without is null) as networks,
    count(without) as clusters,
    list(value) filter (without is not null and isfinite(value)) as without_one
from found
group by quantity
order by list_position(['product', 'slope', 'certified', 'linear'], quantity)
