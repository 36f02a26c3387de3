-- One row per technique and quantity: its strongly regularised twin minus its weakly regularised one.
--
-- Families whose names end in L and H are twins. transfer: how often what is made for it with eps = 1 fools the models
-- of other splits, of images that both get right, in %; white-box error: its own on what is made for itself, in %;
-- slope: the mean length of its gradients; variability: the variance of its loss at an image over the splits. strong
-- and weak: means over the splits; ours: the first minus the second, low and high: its 95% interval, Student's t.
--
-- Then: mean_over_seeds
with twins as (
    select
        name,
        split,
        regexp_extract(family, '(.*) [HL]$', 1) as technique,
        right(family, 1) as regularised
    from models
    where regexp_full_match(family, '.* [HL]')
),

transfer as (
    select
        twins.technique,
        twins.split,
        'transfer' as quantity,
        100 * avg(pairs.rate) filter (twins.regularised = 'L') as strong,
        100 * avg(pairs.rate) filter (twins.regularised = 'H') as weak
    from twins
    inner join alignment_pairs as pairs on twins.name = pairs.surrogate
    where (pairs.attack, pairs.budget) = ('pgd', 'l2 1') and pairs.surrogate_split <> pairs.target_split
    group by all
),

own as (
    select
        twins.technique,
        twins.split,
        'white-box error' as quantity,
        100 * any_value(squares.rate) filter (twins.regularised = 'L') as strong,
        100 * any_value(squares.rate) filter (twins.regularised = 'H') as weak
    from twins
    inner join transfer_matrix as squares on twins.name = squares.surrogate
    where
        squares.is_diagonal
        and (squares.role, squares.denominator, squares.attack, squares.budget) = ('attack', 'all', 'pgd', 'l2 1')
    group by all
),

slopes as (
    select
        twins.technique,
        twins.split,
        'slope' as quantity,
        avg(measured.value) filter (twins.regularised = 'L') as strong,
        avg(measured.value) filter (twins.regularised = 'H') as weak
    from twins
    inner join probes on twins.name = probes.model
    inner join measured using (probe)
    where (probes.function, measured.name) = ('gradient_size', 'l2')
    group by all
),

losses as (
    select
        twins.technique,
        twins.regularised,
        measured.image,
        var_samp(measured.value) as variance
    from twins
    inner join probes on twins.name = probes.model
    inner join measured using (probe)
    where (probes.function, measured.name) = ('losses', 'loss')
    group by all
),

variability as (
    select
        technique,
        null as split,
        'variability' as quantity,
        avg(variance) filter (regularised = 'L') as strong,
        avg(variance) filter (regularised = 'H') as weak
    from losses
    group by all
)

select
    technique,
    quantity,
    avg(strong) as strong,
    avg(weak) as weak,
    list(strong - weak order by split) filter (split is not null) as by_seed
from (from transfer union all from own union all from slopes union all from variability)
group by technique, quantity
order by quantity, technique
