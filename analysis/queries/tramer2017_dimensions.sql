-- One row per network, other network and quantity: how many orthogonal directions fool the first, and both.
--
-- Means over the images that both get right. smallest: how far along the gradient the first is fooled, where it is
-- within reach; dimensions: in how many orthogonal directions of one length its loss gains as much to first order;
-- model: how many of these fool it, both: how many fool the other as well, and the same of what is left of them in the
-- box. Pairs of one model are none; a network beside itself is its other seeds. by_seed are means over the others of
-- each seed of the first. low and high: the 95% interval of ours, Student's t. Tramer et al. 2017, arXiv:1704.03453,
-- section 3.
--
-- Then: mean_over_seeds
with pairs as (
    select
        probes.model,
        probes.other,
        measured.name as quantity,
        avg(measured.value) as value
    from probes
    inner join measured using (probe)
    where probes.function = 'gaas' and measured.name <> 'both_right'
    group by all
),

seeds as (
    select
        own.network,
        others.network as other,
        models.seed,
        pairs.quantity,
        avg(pairs.value) as value,
        min(own.position) as position,
        min(others.position) as other_position
    from pairs
    inner join models on pairs.model = models.name
    inner join networks as own on pairs.model = own.name
    inner join networks as others on pairs.other = others.name
    group by all
)

select
    network,
    other,
    quantity,
    list(value order by seed) as by_seed
from seeds
group by network, other, quantity
order by
    min(position),
    min(other_position),
    list_position(
        ['smallest', 'dimensions', 'model', 'both', 'model in box', 'both in box'],
        quantity
    )
