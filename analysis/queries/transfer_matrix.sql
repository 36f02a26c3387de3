-- One row per craft, target and denominator: how many of n images the target gets wrong once they are crafted.
--
-- The denominators: both-right (surrogate and target classify the clean image right; the fooling rate),
-- target-right, surrogate-fooled (both right, and the surrogate is fooled by the crafted image) and all.
-- For a craft without a surrogate both-right and surrogate-fooled fall back to target-right.
-- Squares without predictions are left out. Choose one denominator before you add anything up.
with counts as (
    select
        craft,
        target,
        count_if(is_both_right) as both_right,
        count_if(is_both_right and is_fooled) as both_right_fooled,
        count_if(is_target_right) as target_right,
        count_if(is_target_right and is_fooled) as target_right_fooled,
        count_if(is_both_right and is_surrogate_no_obstacle) as surrogate_fooled,
        count_if(is_both_right and is_surrogate_no_obstacle and is_fooled) as surrogate_fooled_fooled,
        count(*) as images,
        count_if(is_fooled) as images_fooled
    from verdicts
    group by all
),

squares as (
    select
        craft,
        target,
        unnest([
            {'denominator': 'both-right', 'n': both_right, 'fooled': both_right_fooled},
            {'denominator': 'target-right', 'n': target_right, 'fooled': target_right_fooled},
            {'denominator': 'surrogate-fooled', 'n': surrogate_fooled, 'fooled': surrogate_fooled_fooled},
            {'denominator': 'all', 'n': images, 'fooled': images_fooled}
        ], max_depth := 2)
    from counts
)

select
    crafts.surrogate,
    targets.name as target,
    crafts.attack,
    crafts.budget,
    crafts.role,
    crafts.control,
    crafts.part,
    list_contains(crafts.surrogates, squares.target) as is_diagonal,
    squares.denominator,
    squares.n::bigint as n,
    squares.fooled::bigint as fooled,
    squares.fooled / nullif(squares.n, 0) as rate,
    squares.craft,
    squares.target as target_model
from squares
inner join crafts using (craft)
inner join targets using (target)
order by crafts.position, targets.position, squares.denominator
