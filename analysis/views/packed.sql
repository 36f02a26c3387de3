-- One row per craft, target and 64 images: which of them count and which of these are fooled, as bits of two words.
--
-- An image counts that surrogate and target both classify right when clean. Nothing is left out: bit image % 64 of the
-- row word = image // 64. Questions that compare squares image by image count bits here, not rows.
select
    craft,
    target,
    image // 64 as word,
    coalesce(bit_or(1::ubigint << (image % 64)) filter (where is_both_right), 0::ubigint) as counted,
    coalesce(bit_or(1::ubigint << (image % 64)) filter (where is_both_right and is_fooled), 0::ubigint) as fooled
from verdicts
group by all
