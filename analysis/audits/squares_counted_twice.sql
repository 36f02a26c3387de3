-- One row per square that more than one record covers.
--
-- Only the record with the lowest task id counts, so no image is counted twice; the others are wasted work.
select
    crafts.name as craft_name,
    targets.name as target_name,
    min(tiles.task) as counted,
    count(*) - 1 as wasted,
    tiles.craft,
    tiles.target
from tiles
inner join crafts using (craft)
inner join targets using (target)
group by all
having count(*) > 1
order by craft_name, target_name
