-- One row per claim that cells of Tables 2 and 4 of Szegedy et al. 2014 make together: the paper's number, and ours.
--
-- Both are of the same cells, so many; cells that have not been run are left out on both sides. Rates are in percent,
-- differences in percentage points, correlations Pearson's. How surely ours differ is in the tables, cell by cell, and
-- in split_effect, over seeds.
with cells as (
    select *
    from szegedy2014_table2
    where ours is not null
),

halves as (
    select
        *,
        ends_with(crafted_on, '''') = ends_with(shown_to, '''') as is_within
    from szegedy2014_table4
    where ours is not null and crafted_on not in (shown_to, 'gaussian')
)

select
    'least error on its own examples' as claim,
    min(published) as published,
    min(ours) as ours,
    count(*) as cells
from cells
where crafted_on = shown_to
union all
select
    'error on others'' examples' as claim,
    avg(published) as published,
    avg(ours) as ours,
    count(*) as cells
from cells
where crafted_on <> shown_to and not starts_with(crafted_on, 'gaussian')
union all
select
    'error under ' || crafted_on as claim,
    avg(published) as published,
    avg(ours) as ours,
    count(*) as cells
from cells
where starts_with(crafted_on, 'gaussian')
group by crafted_on
union all
select
    'correlation of reach and size' as claim,
    corr(published_reach, published_size) as published,
    corr(our_reach, our_size) as ours,
    count(*) as cells
from szegedy2014_reach
union all
select
    'within minus across, ' || size as claim,
    avg(published) filter (is_within) - avg(published) filter (not is_within) as published,
    avg(ours) filter (is_within) - avg(ours) filter (not is_within) as ours,
    count(*) as cells
from halves
group by size
