-- One row per network crafted on in Table 2 of Szegedy et al. 2014: how far its examples reach, and how large they are.
--
-- reach: what others get wrong beyond their clean training error, as a share (%) of the images that they get right,
-- mean over the networks shown to. The network itself is left out, and what has not been run is left out on both
-- sides. size: mean rms as crafted. at_one_size: the fooling rate (%) once all examples are brought to rms 0.1.
with errors as (
    select
        model,
        max(published) filter (quantity = 'train_error') as published_error,
        max(ours) filter (quantity = 'train_error') as our_error,
        max(published) filter (quantity = 'distortion') as published_size,
        max(ours) filter (quantity = 'distortion') as our_size
    from szegedy2014_table1
    group by model
),

equal as (
    select
        crafted_on,
        avg(rate) as at_one_size
    from szegedy2014_equal_size
    where paper_table = 2 and size = 'rms 0.1' and crafted_on <> shown_to
    group by crafted_on
)

select
    cells.crafted_on,
    any_value(made.published_size) as published_size,
    any_value(made.our_size) as our_size,
    avg(100 * (cells.published - shown.published_error) / (100 - shown.published_error)) as published_reach,
    avg(100 * (cells.ours - shown.our_error) / (100 - shown.our_error)) as our_reach,
    any_value(equal.at_one_size) as at_one_size,
    count(*) as cells
from szegedy2014_table2 as cells
inner join errors as made on cells.crafted_on = made.model
inner join errors as shown on cells.shown_to = shown.model
inner join equal on cells.crafted_on = equal.crafted_on
where cells.ours is not null and cells.crafted_on <> cells.shown_to
group by cells.crafted_on
order by published_size, cells.crafted_on
