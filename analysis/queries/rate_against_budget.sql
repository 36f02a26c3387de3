-- One row per attack, budget and part of the data: the fooling rate over all squares off the diagonal together.
--
-- The diagonal is left out, since a surrogate fooled by its own examples is no transfer; so are controls and the
-- clean row. mean_rate weighs squares alike and is what the matrix shows as its mean; rate weighs images alike.
select
    attack,
    norm,
    epsilon,
    budget,
    part,
    count(*) as squares,
    sum(n)::bigint as n,
    sum(fooled)::bigint as fooled,
    sum(fooled) / nullif(sum(n), 0) as rate,
    avg(rate) as mean_rate
from (
    select
        transfer_matrix.*,
        crafts.norm,
        crafts.epsilon,
        crafts.position
    from transfer_matrix
    inner join crafts using (craft)
)
where role = 'attack' and denominator = 'both-right' and not is_diagonal
group by attack, norm, epsilon, budget, part
order by min(position)
