-- One row per attack, budget, part and term: how much of the variance of logit fooling rates a term explains.
--
-- Over ordered pairs of models: surrogate and target are what a model does to all its squares, then pairs of the same
-- architecture, of the same split, what pairs of both have beyond the two, and the residual; the binomial noise of n
-- images is taken out. An architecture is compared with all its settings. share: of the variance of all terms; effect:
-- how far such pairs lie above others, in logits. low and high: the 95% interval of share, models left out in turn
-- (never squares), for which every architecture and split needs two seeds. p: no effect, architectures or splits dealt
-- out again among models. Left out are the diagonal, ensembles, controls, and squares of which no image counts.
--
-- Then: shares_of_variance
select
    squares.attack,
    squares.budget,
    squares.part,
    count(*) as pairs,
    list({
        'surrogate': made_on.model,
        'target': shown_to.model,
        'surrogate_architecture': made_on.architecture,
        'target_architecture': shown_to.architecture,
        'surrogate_split': made_on.split,
        'target_split': shown_to.split,
        'k': squares.fooled,
        'n': squares.n
    } order by made_on.position, shown_to.position) as squares
from transfer_matrix as squares
inner join (from networks qualify row_number() over (partition by model order by position) = 1) as made_on
    on squares.surrogate = made_on.name
inner join (from networks qualify row_number() over (partition by model order by position) = 1) as shown_to
    on squares.target = shown_to.name
inner join crafts on squares.craft = crafts.craft
where squares.role = 'attack' and squares.denominator = 'both-right' and not squares.is_diagonal and squares.n > 0
group by squares.attack, squares.budget, squares.part
order by min(crafts.position)
