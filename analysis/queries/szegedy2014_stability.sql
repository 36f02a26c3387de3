-- One row per network and quantity: what its weights bound, how steep it is at images, and how far what fools it is.
--
-- product: the product of its layers' operator norms, circular product: that of the paper's, by the Fourier transform
-- of the kernel; slope: the largest singular value of the derivative of its logits at any image; looseness: product /
-- slope. Of the images it gets right and ddn fools: distance: the mean Euclidean length that fools; certified: how far
-- the product alone rules that out, margin / (root 2 * product); linear: margin / slope of the margin, its distance if
-- the network were straight; broken: % of images fooled nearer than certified, which must be none. Szegedy et al. 2014,
-- section 4.3. ours: the mean over seeds; low and high: its 95% interval, Student's t.
--
-- Then: mean_over_seeds
with weights as (
    select
        probes.model,
        max(measured.value) filter (measured.name = 'product') as product,
        max(measured.value) filter (measured.name = 'circular_product') as circular_product
    from probes
    inner join measured using (probe)
    where probes.function = 'operator_norms'
    group by all
),

seeds as (
    select
        slopes.model,
        any_value(weights.product) as product,
        any_value(weights.circular_product) as circular_product,
        max(slopes.jacobian) as slope,
        any_value(weights.product) / max(slopes.jacobian) as looseness,
        avg(slopes.l2 order by slopes.image) as distance,
        avg(slopes.margin / (sqrt(2) * weights.product) order by slopes.image)
        filter (slopes.l2 is not null) as certified,
        avg(slopes.margin / slopes.slope order by slopes.image) filter (slopes.l2 is not null) as linear,
        100 * count_if(slopes.l2 < slopes.margin / (sqrt(2) * weights.product)) / nullif(count(slopes.l2), 0) as broken
    from slopes_at_images as slopes
    left join weights using (model)
    group by slopes.model
)

select
    networks.network,
    quantities.quantity,
    list(quantities.value order by models.seed) filter (quantities.value is not null) as by_seed
from (
    unpivot seeds
    on product, circular_product, slope, looseness, distance, certified, linear, broken
    into name quantity value value
) as quantities
inner join models on quantities.model = models.name
inner join networks on models.name = networks.name
group by networks.network, quantities.quantity
order by
    min(models.position),
    list_position(
        ['product', 'circular_product', 'slope', 'looseness', 'distance', 'certified', 'linear', 'broken'],
        quantities.quantity
    )
