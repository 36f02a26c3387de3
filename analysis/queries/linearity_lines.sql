-- One row per network, trained or not, reach, line and measure: how straight its logits are along lines through images.
--
-- line: the sign of the gradient, random signs, or toward another image; reach: how far to both sides, as rms.
-- explained: how much of the variance of the logits along the lines straight lines explain, all images together, in %;
-- pieces: the linear pieces that can be told apart, mean; broken: in how many of the images that are right where they
-- are and wrong anywhere on the way up the line the wrong places are not one stretch, in %. ours: the mean over seeds;
-- low and high: its 95% interval, Student's t. Goodfellow et al. 2015, sections 3 and 8, who print no number for it.
--
-- Then: mean_over_seeds
with seeds as (
    select
        probe,
        reach,
        line,
        unnest([
            {'measure': 'explained', 'value': 100 * (1 - sum(residual order by image) / sum(variance order by image))},
            {'measure': 'pieces', 'value': avg(pieces)},
            {
                'measure': 'broken',
                'value': 100 * count_if(first_wrong > 1e-9 and intervals > 1) / nullif(count_if(first_wrong > 1e-9), 0)
            }
        ], max_depth := 2)
    from lines_through_images
    group by probe, reach, line
)

select
    regexp_replace(networks.network, ' epoch \d+$', '') as network,
    models.epoch > 0 as is_trained,
    seeds.reach,
    seeds.line,
    seeds.measure,
    list(seeds.value order by models.seed) filter (isfinite(seeds.value)) as by_seed
from seeds
inner join probes using (probe)
inner join models on probes.model = models.name
inner join networks on models.name = networks.name
group by all
order by min(models.position), is_trained, seeds.reach, seeds.line, seeds.measure
