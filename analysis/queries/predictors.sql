-- One row per attack, budget, part, probe, quantity and side: does what a probe measures go with the fooling rate?
--
-- Over ordered pairs of models off the diagonal, counted as in the transfer matrix (both right). side says of whom the
-- quantity is: of the surrogate, of the target, or of the pair; it is the mean over images. pearson and kendall are of
-- the quantity and the rate; low and high of pearson: 95%, models left out in turn with all of their pairs (jackknife
-- of Fisher's z). Left out: what is measured by layer or by unit, controls, ensembles, and squares without images.
--
-- Then: predicts
with quantities as (
    select
        probes.name as probe,
        measured.name as quantity,
        measured.model,
        measured.other,
        avg(measured.value) as value
    from measured
    inner join (select distinct probe, name from probes) as probes on measured.probe = probes.probe
    where measured.layer is null and measured.unit is null and measured.model is not null and isfinite(measured.value)
    group by all
)

select
    squares.attack,
    squares.budget,
    squares.part,
    quantities.probe,
    quantities.quantity,
    sides.side,
    count(*) as pairs,
    list({
        'surrogate': squares.surrogate, 'target': squares.target, 'value': quantities.value, 'rate': squares.rate
    } order by squares.surrogate, squares.target) as points
from transfer_matrix as squares
inner join models on squares.surrogate = models.name
cross join (values ('surrogate'), ('target'), ('pair')) as sides (side)
inner join quantities
    on
        (quantities.other is not null) = (sides.side = 'pair')
        and quantities.model = if(sides.side = 'target', squares.target_model, models.model)
        and coalesce(quantities.other, squares.target_model) = squares.target_model
where squares.role = 'attack' and squares.denominator = 'both-right' and not squares.is_diagonal and squares.n > 0
group by squares.attack, squares.budget, squares.part, quantities.probe, quantities.quantity, sides.side
order by squares.attack, squares.budget, squares.part, quantities.probe, quantities.quantity, sides.side
