-- One row per attack that is shown after several of its steps, budget, part and step: the rate against iterations.
--
-- Counted over all squares off the diagonal together, of the n images that surrogate and target classify right when
-- clean: rate weighs images alike, mean_rate squares. gradients are those taken for an image until then, in the mean.
-- Left out: attacks without `also_at_steps`, controls, and squares that have not been run.
with counted as (
    select
        crafts.iterated as attack,
        crafts.norm,
        crafts.epsilon,
        crafts.budget,
        crafts.part,
        crafts.step,
        crafts.position,
        transfer_matrix.n,
        transfer_matrix.fooled,
        transfer_matrix.rate,
        spent.gradients
    from transfer_matrix
    inner join crafts using (craft)
    left join craft_gradients as spent using (craft)
    where
        crafts.role = 'attack'
        and crafts.step is not null
        and transfer_matrix.denominator = 'both-right'
        and not transfer_matrix.is_diagonal
)

select
    attack,
    norm,
    epsilon,
    budget,
    part,
    step,
    avg(gradients) as gradients,
    count(*) as squares,
    sum(n)::bigint as n,
    sum(fooled)::bigint as fooled,
    sum(fooled) / nullif(sum(n), 0) as rate,
    avg(rate) as mean_rate
from counted
group by attack, norm, epsilon, budget, part, step
order by min(min(position)) over (partition by attack, budget, part), step
