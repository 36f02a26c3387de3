-- One row per attack, budget and part: by how much the fooling rate rises when an ensemble has twice as many members.
--
-- effect: the slope of a square's fooling rate over log2(members), least squares, squares weighed alike; those that
-- surrogate_count counts. without_one: the slope without each target. low and high: its 95% interval over targets
-- (jackknife, Student's t), seeds being their number; null for fewer than two. Left out where all crafts have equally
-- many members.
--
-- Then: over_seeds
with squares as (
    select
        squares.attack,
        squares.budget,
        squares.part,
        squares.target,
        squares.rate,
        log2(len(crafts.surrogates)) as doublings,
        crafts.position
    from transfer_matrix as squares
    inner join crafts on squares.craft = crafts.craft
    where
        squares.role = 'attack'
        and squares.denominator = 'both-right'
        and not squares.is_diagonal
        and squares.rate is not null
        and len(crafts.surrogates) > 0
),

slopes as (
    select
        squares.attack,
        squares.budget,
        squares.part,
        without.target as without,
        count(*) as squares,
        count(distinct squares.target) as seeds,
        regr_slope(squares.rate, squares.doublings) as effect,
        min(squares.position) as position
    from squares
    inner join (select distinct attack, budget, part, target from squares union all by name
                select distinct attack, budget, part, null as target from squares) as without
        on
            (squares.attack, squares.budget, squares.part) = (without.attack, without.budget, without.part)
            and squares.target is distinct from without.target
    group by all
    having count(distinct squares.doublings) > 1
)

select
    * exclude (without, position),
    list_sort(list(effect) filter (without is not null) over (partition by attack, budget, part)) as without_one
from slopes
qualify without is null
order by position
