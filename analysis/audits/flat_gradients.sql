-- One row per craft of which more than one image in ten had nothing but flat gradients, and so no direction to go.
--
-- A gradient that is exactly zero or not finite leads nowhere, and the image looks robust: a saturated softmax in
-- float32, a defence that hides its gradients. Counted over the images that the surrogate classifies right when clean.
-- Left out: controls, crafts that took no gradient, and attacks that do not say which of theirs were flat.
select
    crafts.name,
    crafts.attack,
    crafts.budget,
    crafts.surrogate,
    crafts.part,
    count(*) as n,
    count_if(crafted.flat = crafted.gradients) as flat,
    count_if(crafted.flat = crafted.gradients) / count(*) as share,
    crafts.craft
from crafted
inner join crafts using (craft)
where
    crafts.role = 'attack'
    and crafted.gradients > 0
    and crafted.flat is not null
    and crafted.surrogate_clean = crafted.label
group by all
having share > 0.1
order by min(crafts.position)
