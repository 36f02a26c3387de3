-- One row per cell of Tables 1 to 4 of Liu et al. 2017: the paper's, of ImageNet, and ours, of MNIST, in percent.
--
-- Other data and networks: for the shape alone, and no difference is tested. accuracy: right answers, matching: those
-- with the goal: k of n images, which all our networks classify right. -NAME is the ensemble without that network.
--
-- Then: with_interval
-- Laid out: crafted_on down, shown_to across, one for each paper_table, quantity
-- Cell: {published:g}
-- Cell: {ours:.0f} ({low:.0f}-{high:.0f})
-- Beneath: Published on ImageNet, then ours on MNIST with its 95% interval, in %.
with names (theirs, ours) as (
    values ('ResNet-152', 'ResNet-20'), ('ResNet-101', 'ResNet-14'), ('ResNet-50', 'ResNet-8'),
    ('VGG-16', 'VGG-11'), ('GoogLeNet', 'DenseNet')
),

cells as (
    select
        "table" as paper_table,
        if("table" = '1A', 'adam', 'fast gradient') as attack,
        'accuracy' as quantity,
        crafted_on,
        shown_to,
        accuracy_percent as published,
        rmsd_255,
        rowid as position
    from published_liu2017_transfer
    union all
    select
        "table"::varchar as paper_table,
        case "table" when 2 then 'adam targeted' when 3 then 'ensemble targeted' else 'ensemble' end as attack,
        quantity,
        crafted_on,
        shown_to,
        percent as published,
        rmsd_255,
        1000 + rowid as position
    from published_liu2017_ensembles
)

select
    cells.paper_table,
    cells.quantity,
    cells.crafted_on,
    cells.shown_to,
    squares.crafted_on || ' to ' || squares.shown_to as ours_is_of,
    cells.published,
    if(cells.quantity = 'accuracy', squares.n_right, squares.matched) as k,
    squares.n,
    1 as pairs,
    100 * k / nullif(squares.n, 0) as ours,
    cells.rmsd_255,
    255 * squares.rms as our_rmsd_255
from cells
inner join names as made_on on ltrim(cells.crafted_on, '-') = made_on.theirs
inner join names as shown on cells.shown_to = shown.theirs
left join liu2017_squares as squares on
    (cells.attack, shown.ours) = (squares.attack, squares.shown_to) and squares.control is null
    and (squares.budget = 'as crafted' or squares.attack = 'fast gradient')
    and if(starts_with(cells.crafted_on, '-'), 'without ', '') || made_on.ours = squares.crafted_on
order by cells.position
