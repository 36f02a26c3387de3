-- One row per image to which two crafts of the same part give different labels.
--
-- An image has one true class; two mean that rows of different data sets were mixed.
select
    crafts.part,
    crafted.image,
    list(distinct crafted.label order by crafted.label) as labels
from crafted
inner join crafts using (craft)
group by all
having count(distinct crafted.label) > 1
order by crafts.part, crafted.image
