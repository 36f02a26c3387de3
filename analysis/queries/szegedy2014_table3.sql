-- One row per cell of Table 3 of Szegedy et al. 2014: networks of two halves of the data, errors in % and distortion.
--
-- Errors: of all images of each half and of all test images, as many as the paper's. Distortion: of the test images
-- that are crafted on. Seeds, intervals and what is left out as in szegedy2014_table1. The name is the paper's.
--
-- Then: beside_published
-- Then: ratio_to_published
-- Laid out: model down, quantity across
-- Cell: {published:g} / {ours:.3g}{mark}
-- Cell: {low:+.2f} to {high:+.2f}
-- Cell: {ratio:.2f} ({ratio_low:.2f}-{ratio_high:.2f})
-- Beneath: Published / ours. Beneath errors the 95% interval of ours minus published (*: p < 0.05 after Holm),
-- Beneath: beneath the distortion ours over published.
with cells as (
    from (
        select
            rowid as position,
            model,
            train_split,
            model || ' (' || train_split || ')' as network,
            error_p1,
            error_p2,
            test_error,
            min_distortion_rms as distortion
        from published_szegedy2014_models
        where "table" = 3
    )
    unpivot (published for quantity in (error_p1, error_p2, test_error, distortion))
)

select
    cells.model,
    cells.quantity,
    cells.published,
    errors.n / errors.seeds as published_n,
    if(cells.quantity = 'distortion', sizes.mean_rms, 100 * errors.rate) as ours,
    errors.k,
    coalesce(errors.n, sizes.found) as n,
    errors.seeds as pairs,
    coalesce(errors.seeds, sizes.seeds) as seeds,
    ours - cells.published as difference,
    sizes.sizes
from cells
left join errors_over_seeds as errors
    on
        cells.network = errors.network
        and errors.part = case cells.quantity
            when 'test_error' then 'test'
            when 'error_' || lower(cells.train_split) then 'train'
            when 'distortion' then null
            else 'rest'
        end
left join distortion_over_seeds as sizes
    on
        (cells.network, cells.quantity) = (sizes.network, 'distortion')
        and (sizes.attack, sizes.part, sizes.budget) = ('lbfgs', 'test', 'as crafted')
order by cells.position, list_position(['error_p1', 'error_p2', 'test_error', 'distortion'], cells.quantity)
