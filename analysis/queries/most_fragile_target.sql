-- One row per attack, budget, part and target: how often it is fooled by what is made on others, most fragile first.
--
-- Counted of the n images that both classify right when clean, off the diagonal. low and high: the 95% interval of
-- rate, images and the seeds of each surrogate drawn again; a network without another seed stays as it is. below_first
-- is the rate minus that of the most fragile, with its interval over the same draws. Left out: ensembles and controls.
--
-- Then: ranked
with squares as (
    select
        crafts.attack,
        crafts.budget,
        crafts.part,
        crafts.surrogate,
        crafts.position,
        packed.target,
        sum(bit_count(packed.counted)) as n,
        sum(bit_count(packed.fooled)) as k,
        list(packed.word order by packed.word) as words,
        list(packed.counted order by packed.word) as counted,
        list(packed.fooled order by packed.word) as fooled
    from packed
    inner join crafts using (craft)
    where crafts.role = 'attack' and len(crafts.surrogates) = 1 and crafts.surrogates[1] <> packed.target
    group by all
)

select
    squares.attack,
    squares.budget,
    squares.part,
    targets.name as target,
    count(*) as surrogates,
    sum(squares.n)::bigint as n,
    sum(squares.k)::bigint as fooled,
    sum(squares.k) / nullif(sum(squares.n), 0) as rate,
    avg(squares.k / nullif(squares.n, 0)) as mean_rate,
    list({
        'model': squares.surrogate,
        'network': made_on.network,
        'words': squares.words,
        'counted': squares.counted,
        'fooled': squares.fooled
    } order by made_on.position) as squares
from squares
inner join targets on squares.target = targets.target
inner join networks as made_on on squares.surrogate = made_on.name
group by squares.attack, squares.budget, squares.part, targets.name
order by
    min(min(squares.position)) over (partition by squares.attack, squares.budget, squares.part),
    rate desc nulls last,
    min(targets.position)
