-- One row per square whose record does not hold each of the craft's images exactly once.
--
-- Squares without a record are left out: they have not been run yet, which is no damage.
with shown as (
    select
        craft,
        target,
        count(*) as rows_found,
        count(distinct image) as images_found
    from predictions
    group by all
)

select
    crafts.name as craft_name,
    targets.name as target_name,
    crafts.images,
    coalesce(shown.rows_found, 0) as rows_found,
    coalesce(shown.images_found, 0) as images_found,
    tiles.task
from tiles
inner join crafts using (craft)
inner join targets using (target)
left join shown using (craft, target)
where
    tiles.is_counted
    and (coalesce(shown.rows_found, 0) <> crafts.images or coalesce(shown.images_found, 0) <> crafts.images)
order by craft_name, target_name
