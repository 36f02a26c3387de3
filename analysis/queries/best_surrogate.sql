-- One row per attack, budget, part and surrogate: how often its examples fool all others together, the best first.
--
-- Counted of the n images that both classify right when clean, off the diagonal. low and high: the 95% interval of
-- rate, images and the seeds of each target drawn again; a network without another seed stays as it is. below_first is
-- the rate minus that of the best, with its interval over the same draws. Left out are ensembles and controls: an
-- ensemble has fewer targets, and so is not comparable.
--
-- Then: ranked
select
    crafts.attack,
    crafts.budget,
    crafts.part,
    crafts.surrogate,
    count(*) as targets,
    sum(squares.n)::bigint as n,
    sum(squares.k)::bigint as fooled,
    sum(squares.k) / nullif(sum(squares.n), 0) as rate,
    avg(squares.k / nullif(squares.n, 0) order by targets.position) as mean_rate,
    list({
        'model': targets.name,
        'network': shown_to.network,
        'words': squares.words,
        'counted': squares.counted,
        'fooled': squares.fooled
    } order by targets.position) as squares
from packed_squares as squares
inner join crafts on squares.craft = crafts.craft and crafts.role = 'attack' and len(crafts.surrogates) = 1
inner join targets on squares.target = targets.target
inner join networks as shown_to on targets.name = shown_to.name
where crafts.surrogates[1] <> squares.target
group by crafts.attack, crafts.budget, crafts.part, crafts.surrogate
order by
    min(min(crafts.position)) over (partition by crafts.attack, crafts.budget, crafts.part),
    rate desc nulls last,
    min(crafts.position)
