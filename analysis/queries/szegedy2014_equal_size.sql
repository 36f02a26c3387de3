-- One row per cell of Tables 2 and 4 of Szegedy et al. 2014 at three equal sizes, which the paper could not give.
--
-- Fooled are k of the n images that both networks classify right when clean; beside them, over the same images, noise
-- of the same rms image by image. So neither the size of a row nor the clean error of a column is in a cell. Cells
-- of noise that is crafted once are left out. Seeds are pooled as in transfer_over_seeds; rates are in percent.
-- low and high: Wilson's 95% interval of the rate, each image counted once. Table 2 is of training, 4 of test images.
--
-- Then: with_interval
-- Laid out: crafted_on down, shown_to across, one for each paper_table, size
-- Cell: {rate:.1f}
-- Cell: {low:.0f}-{high:.0f}
-- Cell: noise {noise_rate:.1f}
-- Beneath: % fooled of the images that both classify right when clean, its 95% interval, and noise of the same size.
with names as (
    select
        "table" + 1 as paper_table,
        model,
        model || if("table" = 3, ' (' || train_split || ')', '') as network
    from published_szegedy2014_models
),

cells as (
    select
        transfer.rowid as position,
        names.paper_table,
        names.model as crafted_on,
        transfer.shown_to,
        names.network as crafted_network,
        others.network as shown_network,
        unnest(['rms 0.06', 'rms 0.1', 'rms 0.14']) as size
    from published_szegedy2014_transfer as transfer
    inner join names on transfer."table" = names.paper_table and transfer.crafted_on = names.model
    inner join names as others on transfer."table" = others.paper_table and transfer.shown_to = others.model
    where transfer.scaling = 'as crafted'
)

select
    cells.paper_table,
    cells.size,
    cells.crafted_on,
    cells.shown_to,
    100 * ours.rate as rate,
    ours.fooled as k,
    ours.n,
    ours.pairs,
    ours.seeds,
    100 * noise.rate as noise_rate,
    noise.fooled as noise_k,
    noise.n as noise_n
from cells
left join transfer_over_seeds as ours on
    (cells.crafted_network, cells.shown_network, cells.size) = (ours.crafted_on, ours.shown_to, ours.budget)
    and ours.is_diagonal = (cells.crafted_on = cells.shown_to)
    and ours.part = if(cells.paper_table = 2, 'train', 'test')
    and (ours.role, ours.attack, ours.denominator) = ('attack', 'lbfgs', 'both-right')
left join transfer_over_seeds as noise on
    (ours.crafted_on, ours.shown_to, ours.budget, ours.attack, ours.part, ours.is_diagonal, ours.denominator)
    = (noise.crafted_on, noise.shown_to, noise.budget, noise.attack, noise.part, noise.is_diagonal, noise.denominator)
    and (noise.role, noise.control) = ('control', 'noise')
order by cells.paper_table, cells.size, cells.position
