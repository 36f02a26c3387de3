-- One row per attack, budget and part: how often it fools other networks, against the gradients it takes for an image.
--
-- Counted over all squares off the diagonal together, of the n images that surrogate and target classify right when
-- clean: rate weighs images alike, mean_rate squares. An attack is_on_front where no other of its budget is both as
-- good and as cheap, and better in one of the two. Gradients are of single networks: an ensemble of three takes three
-- a step. Left out: controls, what took no gradient, images made elsewhere, and squares that have not been run.
with counted as (
    select
        transfer_matrix.attack,
        crafts.norm,
        crafts.epsilon,
        transfer_matrix.budget,
        transfer_matrix.part,
        avg(craft_gradients.gradients) as gradients,
        count(*) as squares,
        sum(transfer_matrix.n)::bigint as n,
        sum(transfer_matrix.fooled)::bigint as fooled,
        sum(transfer_matrix.fooled) / nullif(sum(transfer_matrix.n), 0) as rate,
        avg(transfer_matrix.rate) as mean_rate,
        min(crafts.position) as position
    from transfer_matrix
    inner join crafts using (craft)
    inner join craft_gradients using (craft)
    where
        transfer_matrix.role = 'attack'
        and transfer_matrix.denominator = 'both-right'
        and not transfer_matrix.is_diagonal
    group by all
)

select
    counted.* exclude (position),
    not exists (
        select 1
        from counted as other
        where
            other.budget = counted.budget
            and other.part = counted.part
            and other.rate >= counted.rate
            and other.gradients <= counted.gradients
            and (other.rate > counted.rate or other.gradients < counted.gradients)
    ) as is_on_front
from counted
order by part, budget, gradients, position
