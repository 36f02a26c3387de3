-- One row per target that has been shown crafted images and not the clean ones.
--
-- Without its clean row nobody can tell a fooled target from one that is wrong anyway.
select
    targets.name as target_name,
    count(*) as squares,
    targets.target
from tiles
inner join crafts using (craft)
inner join targets using (target)
where tiles.is_counted
group by all
having not bool_or(crafts.role = 'clean')
order by target_name
