-- One row per cell of Table 4 of Szegedy et al. 2014: what was made on one half of the data, shown to the other.
--
-- Percent of all test images; "amplified" are perturbations brought to rms 0.1. Seeds, n, intervals and p as in
-- szegedy2014_table2. The Gaussian rows of the paper are no multiples of 1/256: their n is larger than the 256 that
-- is taken here, and their intervals narrower than those shown. Names are the paper's: FC100-100-10' is trained on P2.
--
-- Then: beside_published
-- Laid out: crafted_on, size down, shown_to across
-- Cell: {published:g} / {ours:.1f}{mark}
-- Cell: {low:+.0f} to {high:+.0f}
-- Beneath: Error in %, published / ours, and the 95% interval of ours minus published. *: p < 0.05 after Holm.
with names as (
    select
        model,
        model || ' (' || train_split || ')' as network
    from published_szegedy2014_models
    where "table" = 3
    union all
    values ('gaussian', 'gaussian')
),

cells as (
    select
        transfer.rowid as position,
        transfer.*,
        crafted_on.network as crafted_network,
        shown_to.network as shown_network,
        if(scaling = 'amplified' or transfer.crafted_on = 'gaussian', 'rms ' || distortion_rms, scaling) as size
    from published_szegedy2014_transfer as transfer
    inner join names as crafted_on on transfer.crafted_on = crafted_on.model
    inner join names as shown_to on transfer.shown_to = shown_to.model
    where transfer."table" = 4
)

select
    cells.crafted_on,
    cells.size,
    cells.shown_to,
    cells.error_percent as published,
    256 as published_n,
    100 * ours.rate as ours,
    ours.fooled as k,
    ours.n,
    ours.pairs,
    ours.seeds,
    100 * ours.lowest as lowest,
    100 * ours.highest as highest,
    100 * ours.rate - cells.error_percent as difference
from cells
left join transfer_over_seeds as ours on
    cells.crafted_network = coalesce(ours.crafted_on, ours.control)
    and cells.shown_network = ours.shown_to
    and cells.size = ours.budget
    and ours.is_diagonal = (cells.crafted_on = cells.shown_to)
    and ours.part = 'test' and ours.denominator = 'all'
    and (ours.role = 'attack' and ours.attack = 'lbfgs' or ours.control = 'gaussian')
order by cells.position
