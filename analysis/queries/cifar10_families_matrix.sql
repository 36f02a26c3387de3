-- One row per family or ensemble crafted on, attack, budget, part and family shown to, on opposite halves.
--
-- k of n images that both classify right are fooled. Both ways (A to B, B to A) show the same images: low and high
-- count n / pairs. Left out: models that are trained on all images. noise_rate: noise of the same size, image by
-- image.
--
-- Then: with_interval
-- Laid out: crafted_on, attack, budget down, shown_to across, one for each part
-- Cell: {rate:.1f}
-- Cell: {low:.0f}-{high:.0f}
-- Cell: ({noise_rate:.1f})
-- Beneath: Fooled in %, its 95% interval, and in brackets the rate of noise of the same size.
with counts as (
    select
        opposites.*,
        if(members = 1, families[1], 'ensemble') as crafted_on,
        len(list_filter(is_both_right, lambda one: one)) as counted,
        len(list_filter(list_zip(is_both_right, is_wrong), lambda one: one[1] and one[2])) as fooled
    from opposites
    where members = 1 or not list_contains(families, target_family)
)

select
    crafted_on,
    counts.attack,
    counts.budget,
    counts.part,
    target_family as shown_to,
    count(*) filter (counts.role = 'attack') as pairs,
    (sum(counted) filter (counts.role = 'attack'))::bigint as n,
    (sum(fooled) filter (counts.role = 'attack'))::bigint as k,
    100 * k / nullif(n, 0) as rate,
    100 * sum(fooled) filter (counts.control = 'noise')
    / nullif(sum(counted) filter (counts.control = 'noise'), 0) as noise_rate
from counts
inner join crafts using (craft)
inner join models on counts.target_model = models.model
group by crafted_on, counts.attack, counts.budget, counts.part, target_family
order by counts.attack, counts.budget, counts.part, min(crafts.position), min(models.position)
