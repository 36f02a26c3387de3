-- One row per training, side, attack, budget, part and epoch: how examples pass on as a network is trained.
--
-- On the side "surrogate" they are crafted on the network as it was after so many epochs, and shown to the ends of
-- other trainings; on the side "target" they are crafted on those ends, and shown to it. Counted of the n images that
-- both classify right when clean: rate weighs images alike, mean_rate squares. Left out: trainings of which the study
-- has one epoch, controls, ensembles, and two points of one training, which are no two networks.
with points as (
    select
        name,
        trained_as,
        epoch,
        epoch = max(epoch) over (partition by trained_as) as is_end,
        count(distinct epoch) over (partition by trained_as) as epochs,
        min(position) over (partition by trained_as) as place
    from models
    where epoch is not null
),

pairs as (
    select
        squares.attack,
        squares.budget,
        squares.part,
        squares.n,
        squares.fooled,
        squares.rate,
        unnest([
            {'side': 'surrogate', 'own': made_on, 'other': shown_to},
            {'side': 'target', 'own': shown_to, 'other': made_on}
        ], max_depth := 2)
    from transfer_matrix as squares
    inner join points as made_on on squares.surrogate = made_on.name
    inner join points as shown_to on squares.target = shown_to.name
    where
        squares.role = 'attack'
        and squares.denominator = 'both-right'
        and made_on.trained_as <> shown_to.trained_as
)

select
    own.trained_as as training,
    side,
    attack,
    budget,
    part,
    own.epoch as epoch,
    count(*) as squares,
    sum(n)::bigint as n,
    sum(fooled)::bigint as fooled,
    sum(fooled) / nullif(sum(n), 0) as rate,
    avg(rate) as mean_rate
from pairs
where own.epochs > 1 and other.is_end
group by all
order by min(own.place), side, attack, budget, part, epoch
