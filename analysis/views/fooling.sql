-- One row per craft of an attack and image that it makes wrong: the images of a probe around adversarial ones.
--
-- The surrogate gets the image right when clean and wrong when crafted. Left out are all other images, ensembles and
-- controls. rms: the size of the perturbation.
select
    crafts.craft,
    crafts.surrogate,
    crafts.attack,
    crafts.budget,
    crafts.part,
    crafted.image,
    crafted.rms
from crafted
inner join crafts using (craft)
where
    crafts.role = 'attack'
    and len(crafts.surrogates) = 1
    and crafted.surrogate_clean = crafted.label
    and crafted.surrogate_crafted <> crafted.label
