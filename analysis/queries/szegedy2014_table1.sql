-- One row per cell of Table 1 of Szegedy et al. 2014: a network's errors in %, and the mean rms of what fools it.
--
-- Errors: of all training and all test images, as many as the paper's. Distortion: of the training images that are
-- crafted on; which are left out says distortion_over_seeds. k of n are summed over seeds, and intervals count each
-- image once. low and high: the errors' Newcombe 95% interval of the difference; ratio_low and ratio_high: the
-- distortion's 95% interval, images drawn again, over the published value. p_holm: Holm's correction over the errors.
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
            train_error,
            test_error,
            min_distortion_rms as distortion
        from published_szegedy2014_models
        where "table" = 1
    )
    unpivot (published for quantity in (train_error, test_error, distortion))
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
    on cells.model = errors.network and cells.quantity = errors.part || '_error'
left join distortion_over_seeds as sizes
    on
        (cells.model, cells.quantity) = (sizes.network, 'distortion')
        and (sizes.attack, sizes.part, sizes.budget) = ('lbfgs', 'train', 'as crafted')
order by cells.position, cells.quantity = 'distortion', cells.quantity = 'test_error'
