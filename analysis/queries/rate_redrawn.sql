-- One row per attack, budget and part: the fooling rate off the diagonal, with its interval over images and seeds.
--
-- Counted as in rate_against_budget, of the n images that both classify right when clean. low and high: the 95%
-- interval of rate, images and the seeds of each network drawn again, for all squares at once; a network without
-- another seed stays as it is. Budgets of one attack are so the points of a curve. Left out: ensembles and controls.
--
-- Then: redrawn
select
    crafts.attack,
    crafts.budget,
    crafts.part,
    count(*) as squares_counted,
    sum(squares.n)::bigint as n,
    sum(squares.k)::bigint as fooled,
    sum(squares.k) / nullif(sum(squares.n), 0) as rate,
    list({
        'surrogate': made_on.name,
        'surrogate_network': made_on.network,
        'model': shown_to.name,
        'network': shown_to.network,
        'words': squares.words,
        'counted': squares.counted,
        'fooled': squares.fooled
    } order by made_on.position, shown_to.position) as squares
from packed_squares as squares
inner join crafts on squares.craft = crafts.craft and crafts.role = 'attack' and len(crafts.surrogates) = 1
inner join targets on squares.target = targets.target
inner join networks as made_on on crafts.surrogate = made_on.name
inner join networks as shown_to on targets.name = shown_to.name
where crafts.surrogates[1] <> squares.target
group by crafts.attack, crafts.budget, crafts.part
order by min(crafts.position)
