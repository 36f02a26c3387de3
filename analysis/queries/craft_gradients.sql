-- One row per craft of an attack that took gradients: how many for an image, in the mean over its images.
--
-- A craft that only shows the images of another at another size took none of its own; it cost what the other cost.
-- Left out: controls, attacks that took none, and images made elsewhere.
with own as (
    select
        craft,
        avg(gradients) as gradients
    from crafted
    group by all
)

select
    crafts.name,
    if(own.gradients > 0, own.gradients, made_from.gradients) as gradients,
    crafts.craft
from crafts
inner join own using (craft)
left join own as made_from on crafts.made_like = made_from.craft
where crafts.role = 'attack' and (own.gradients > 0 or made_from.gradients > 0)
order by crafts.position
