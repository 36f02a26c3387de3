-- One row per technique and quantity: its strongly regularised twin minus its weakly regularised one.
--
-- The quantities are those of demontis2019_regularised, whose note says what they are. strong and weak: means over the
-- splits; ours: the first minus the second, split by split, low and high: its 95% interval, Student's t. Variability,
-- which is over the splits, has no interval.
--
-- Then: mean_over_seeds
with twins as (
    select
        technique,
        quantity,
        split,
        any_value(value) filter (regularised = 'L') as strong,
        any_value(value) filter (regularised = 'H') as weak
    from demontis2019_regularised
    group by all
)

select
    technique,
    quantity,
    avg(strong order by split) as strong,
    avg(weak order by split) as weak,
    list(strong - weak order by split) filter (split is not null and strong - weak is not null) as by_seed
from twins
group by technique, quantity
order by quantity, technique
