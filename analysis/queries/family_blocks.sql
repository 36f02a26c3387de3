-- One row per attack, budget, part, family crafted on and family shown to: the fooling rate of their squares.
--
-- Counted of the n images that both classify right when clean: rate weighs images alike, mean_rate squares. Left out
-- are the diagonal, controls, ensembles, and squares that have not been run.
select
    squares.attack,
    squares.budget,
    squares.part,
    made_on.family as crafted_on,
    shown_to.family as shown_to,
    made_on.family = shown_to.family as is_within,
    count(*) as squares,
    sum(squares.n)::bigint as n,
    sum(squares.fooled)::bigint as fooled,
    sum(squares.fooled) / nullif(sum(squares.n), 0) as rate,
    avg(squares.rate) as mean_rate
from transfer_matrix as squares
inner join models as made_on on squares.surrogate = made_on.name
inner join models as shown_to on squares.target = shown_to.name
inner join crafts on squares.craft = crafts.craft
where squares.role = 'attack' and squares.denominator = 'both-right' and not squares.is_diagonal
group by squares.attack, squares.budget, squares.part, made_on.family, shown_to.family
order by
    min(min(crafts.position)) over (partition by squares.attack, squares.budget, squares.part),
    min(made_on.position),
    min(shown_to.position)
