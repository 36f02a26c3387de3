-- One row per craft and target, a square of the matrix: its images as lists of words, and how many of them count.
--
-- The words of `packed`, in their order, for statistics that draw images again. n images count that surrogate and
-- target both classify right when clean, k of these are fooled. Nothing is left out.
select
    craft,
    target,
    list(word order by word) as words,
    list(counted order by word) as counted,
    list(fooled order by word) as fooled,
    sum(bit_count(counted)) as n,
    sum(bit_count(fooled)) as k
from packed
group by craft, target
