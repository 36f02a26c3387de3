-- One row per comparison and quantity: the strongest weight decay minus the weakest, the last round minus the first.
--
-- Quantities are those of karpathy2015_alone, _sweep and _rounds, differences seed by seed. known_caught and
-- known_fooled begin with the second round, as before the first there is none. ours: the mean over seeds; low and high:
-- its 95% interval, Student's t. Left out is what only one of the two has.
--
-- Then: mean_over_seeds
with placed as (
    select
        if(starts_with(network, 'background'), 'rounds', 'decay') as comparison,
        if(comparison = 'rounds', epoch, regexp_extract(network, '[0-9.e-]+$')::double) as place,
        *
    from karpathy2015_values
),

ends as (
    select
        comparison,
        quantity,
        seed,
        min(place) as first,
        max(place) as last,
        arg_max(value, place) - arg_min(value, place) as difference
    from placed
    group by comparison, quantity, seed
)

select
    comparison,
    quantity,
    any_value(first) as first,
    any_value(last) as last,
    list(difference order by seed) as by_seed
from ends
where first < last
group by comparison, quantity
order by comparison, quantity
