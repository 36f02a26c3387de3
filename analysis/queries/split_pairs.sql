-- One row per attack, budget, part and ordered pair of models that are trained on splits: of the same split or across.
--
-- Left out: models trained on all images, the diagonal, controls, and pairs of one architecture with equal seeds, which
-- begin at the same weights. Fooled are k of the n images that both classify right when clean. An architecture is
-- compared with all its settings. A model with two names is one model here, under the first.
select
    transfer_matrix.attack,
    transfer_matrix.budget,
    transfer_matrix.part,
    made_on.split = shown_to.split as is_within,
    if(made_on.architecture = shown_to.architecture, 'same architecture', 'other architecture') as likeness,
    made_on.seed as surrogate_seed,
    shown_to.seed as target_seed,
    min(made_on.name) as surrogate,
    min(shown_to.name) as target,
    any_value(transfer_matrix.n) as n,
    any_value(transfer_matrix.fooled) as k,
    any_value(transfer_matrix.rate) as rate,
    made_on.architecture as surrogate_architecture,
    shown_to.architecture as target_architecture,
    transfer_matrix.craft,
    transfer_matrix.target_model
from transfer_matrix
inner join networks as made_on on transfer_matrix.surrogate = made_on.name and made_on.split <> 'all'
inner join networks as shown_to on transfer_matrix.target = shown_to.name and shown_to.split <> 'all'
where
    transfer_matrix.role = 'attack'
    and transfer_matrix.denominator = 'both-right'
    and not transfer_matrix.is_diagonal
    and (made_on.architecture <> shown_to.architecture or made_on.seed <> shown_to.seed)
group by all
order by attack, budget, part, surrogate, target
