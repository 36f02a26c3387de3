-- One row per attack, budget, part and number of members: how often ensembles of so many surrogates fool others.
--
-- Counted over their squares together, of the n images that the fused surrogate and the target both classify right when
-- clean; targets that are members are left out, and so are controls. rate weighs images alike, mean_rate squares.
select
    squares.attack,
    squares.budget,
    squares.part,
    len(crafts.surrogates) as members,
    count(distinct squares.craft) as ensembles,
    count(*) as squares,
    sum(squares.n)::bigint as n,
    sum(squares.fooled)::bigint as fooled,
    sum(squares.fooled) / nullif(sum(squares.n), 0) as rate,
    avg(squares.rate) as mean_rate
from transfer_matrix as squares
inner join crafts on squares.craft = crafts.craft
where
    squares.role = 'attack'
    and squares.denominator = 'both-right'
    and not squares.is_diagonal
    and len(crafts.surrogates) > 0
group by squares.attack, squares.budget, squares.part, len(crafts.surrogates)
order by min(min(crafts.position)) over (partition by squares.attack, squares.budget, squares.part), members
