-- One row per attack, norm, part, surrogate and target: the smallest perturbation, as rms, that fools the target.
--
-- For each image the smallest over the attack's budgets and rescaled sizes, of the n images that both classify right
-- when clean. k are those that some budget of the study fools; the others have none within it, and quantiles are of all
-- n, null where so many are not fooled. Budgets are few: the truth lies between this and the next smaller one.
-- low and high: Wilson's interval of rate, in percent. Left out: controls and the diagonal.
--
-- Then: with_interval
with images as (
    select
        crafts.attack,
        crafts.norm,
        crafts.part,
        crafts.surrogate,
        verdicts.target,
        verdicts.image,
        coalesce(min(crafted.rms) filter (verdicts.is_fooled), 'infinity') as smallest,
        min(crafts.position) as position
    from verdicts
    inner join crafts on verdicts.craft = crafts.craft and crafts.role = 'attack'
    inner join crafted on verdicts.craft = crafted.craft and verdicts.image = crafted.image
    where verdicts.is_both_right and not list_contains(crafts.surrogates, verdicts.target)
    group by crafts.attack, crafts.norm, crafts.part, crafts.surrogate, verdicts.target, verdicts.image
)

select
    images.attack,
    images.norm,
    images.part,
    images.surrogate,
    targets.name as target,
    1 as pairs,
    count(*) as n,
    count_if(isfinite(smallest))::bigint as k,
    100 * k / n as rate,
    if(isfinite(quantile_disc(smallest, 0.05)), quantile_disc(smallest, 0.05), null) as rms_5,
    if(isfinite(quantile_disc(smallest, 0.25)), quantile_disc(smallest, 0.25), null) as rms_25,
    if(isfinite(quantile_disc(smallest, 0.5)), quantile_disc(smallest, 0.5), null) as rms_50,
    if(isfinite(quantile_disc(smallest, 0.75)), quantile_disc(smallest, 0.75), null) as rms_75,
    if(isfinite(quantile_disc(smallest, 0.95)), quantile_disc(smallest, 0.95), null) as rms_95
from images
inner join targets using (target)
group by images.attack, images.norm, images.part, images.surrogate, targets.name
order by min(images.position), min(targets.position)
