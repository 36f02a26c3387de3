-- One row per crafted image that lies further from its clean image than the craft's budget allows.
--
-- 1e-6 is the rounding of sizes kept in float32. Left out: attacks without epsilon, which have no ball, and
-- crafts rounded to 8 bits, since rounding may move each pixel by half a step more.
with sizes as (
    select
        crafts.name,
        crafts.norm,
        crafts.epsilon,
        crafted.image,
        case crafts.norm
            when 'linf' then crafted.linf
            when 'l2' then crafted.l2
            when 'rms' then crafted.rms
        end as size,
        crafts.craft
    from crafted
    inner join crafts using (craft)
    inner join records on crafts.craft = records.task
    where crafts.epsilon is not null and coalesce(records.spec ->> 'pixels', 'exact') = 'exact'
)

select *
from sizes
where size > epsilon + 1e-6 or isnan(size)
order by name, image
