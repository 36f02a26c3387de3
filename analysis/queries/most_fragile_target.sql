-- One row per attack, budget, part and target: how often it is fooled by what is made on others, most fragile first.
--
-- Counted of the n images that both classify right when clean, off the diagonal. low and high: the 95% interval of
-- rate, images and the seeds of each surrogate drawn again; a network without another seed stays as it is. below_first
-- is the rate minus that of the most fragile, with its interval over the same draws. Left out: ensembles and controls.
--
-- Then: ranked
select
    crafts.attack,
    crafts.budget,
    crafts.part,
    targets.name as target,
    count(*) as surrogates,
    sum(squares.n)::bigint as n,
    sum(squares.k)::bigint as fooled,
    sum(squares.k) / nullif(sum(squares.n), 0) as rate,
    avg(squares.k / nullif(squares.n, 0) order by made_on.position) as mean_rate,
    list({
        'model': crafts.surrogate,
        'network': made_on.network,
        'words': squares.words,
        'counted': squares.counted,
        'fooled': squares.fooled
    } order by made_on.position) as squares
from packed_squares as squares
inner join crafts on squares.craft = crafts.craft and crafts.role = 'attack' and len(crafts.surrogates) = 1
inner join targets on squares.target = targets.target
inner join networks as made_on on crafts.surrogate = made_on.name
where crafts.surrogates[1] <> squares.target
group by crafts.attack, crafts.budget, crafts.part, targets.name
order by
    min(min(crafts.position)) over (partition by crafts.attack, crafts.budget, crafts.part),
    rate desc nulls last,
    min(targets.position)
