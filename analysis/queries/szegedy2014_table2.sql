-- One row per cell of Table 2 of Szegedy et al. 2014: the error of one network on what was made for another.
--
-- Percent of all images, wrong when clean or not, as the paper counts: of training images, as crafted. Nothing of the
-- paper is left out; what has not been run is null. Several seeds are pooled as in transfer_over_seeds: k of n, over
-- so many pairs of models. The paper's n is 256 by inference: 39 of its 42 cells are multiples of 1/256.
-- low and high: Newcombe's 95% interval of the difference, each image counted once. It is about the choice of images;
-- lowest and highest, over pairs, are about training again. p_holm: score test, Holm's correction over the cells.
--
-- Then: beside_published
-- Laid out: crafted_on down, shown_to across
-- Cell: {published:g} / {ours:.1f}{mark}
-- Cell: {low:+.0f} to {high:+.0f}
-- Beneath: Error in %, published / ours, and the 95% interval of ours minus published. *: p < 0.05 after Holm.
with cells as (
    select
        rowid as position,
        crafted_on,
        shown_to,
        if(crafted_on = 'gaussian', 'rms ' || distortion_rms, 'as crafted') as budget,
        error_percent as published
    from published_szegedy2014_transfer
    where "table" = 2
),

ours as (
    select
        *,
        coalesce(crafted_on, control) as row_name
    from transfer_over_seeds
    where part = 'train' and denominator = 'all' and (role = 'attack' and attack = 'lbfgs' or control = 'gaussian')
)

select
    if(cells.crafted_on = 'gaussian', 'gaussian ' || cells.budget, cells.crafted_on) as crafted_on,
    cells.shown_to,
    cells.published,
    256 as published_n,
    100 * ours.rate as ours,
    ours.fooled as k,
    ours.n,
    ours.pairs,
    ours.seeds,
    100 * ours.lowest as lowest,
    100 * ours.highest as highest,
    100 * ours.rate - cells.published as difference
from cells
left join ours on
    cells.crafted_on = ours.row_name
    and cells.shown_to = ours.shown_to
    and cells.budget = ours.budget
    and ours.is_diagonal = (cells.crafted_on = cells.shown_to)
order by cells.position
