-- One row per network, trained or not, layer, number of images and basis: how much more units mean than other
-- directions.
--
-- ours: the entropy of the labels of the top images that excite a unit most minus that of others, in bits, means over
-- units and over seeds (less is more meaning, so below 0 units mean more); low and high: its 95% interval over seeds,
-- Student's t. others are random directions, a random rotation, or images in random order (chance). entropy and
-- others_entropy: the two means. Layer `all` is the mean over the layers. Szegedy et al. 2014, section 3, print no
-- number.
--
-- Then: mean_over_seeds
with seeds as (
    select
        regexp_replace(networks.network, ' epoch \d+$', '') as network,
        models.epoch > 0 as is_trained,
        models.seed,
        models.position,
        coherence.layer as measured_layer,
        unnest([coherence.layer, 'all']) as layer,
        coherence.top,
        coherence.basis,
        coherence.entropy,
        coherence.others_entropy
    from unit_coherence as coherence
    inner join models on coherence.model = models.name
    inner join networks on models.name = networks.name
),

means as (
    select
        network,
        is_trained,
        seed,
        layer,
        top,
        basis,
        avg(entropy order by measured_layer) as entropy,
        avg(others_entropy order by measured_layer) as others_entropy,
        min(position) as position
    from seeds
    group by network, is_trained, seed, layer, top, basis
)

select
    network,
    is_trained,
    layer,
    top,
    basis,
    avg(entropy order by seed) as entropy,
    avg(others_entropy order by seed) as others_entropy,
    list(entropy - others_entropy order by seed) as by_seed
from means
group by network, is_trained, layer, top, basis
order by min(position), is_trained, layer, top, basis
