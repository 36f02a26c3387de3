-- One row per attack, budget, quantity and way to foresee it: how far off it is for a family of models left out.
--
-- Of the pairs in alignment_pairs, means over the pairs of two families, those trained on one split of the data left
-- out where there are others. quantity: the fooling rate, or the ratio of black-box to white-box error. It is foreseen
-- for the family both as surrogate and as target; the family's own means and effects are not known then, and are those
-- of all others, but its gradients are. ours: the mean absolute error in percentage points; low and high: its 95%
-- interval over the families left out, Student's t.
--
-- Then: foresee
with chosen as (
    select *
    from alignment_pairs
    qualify
        surrogate_split <> target_split
        or not bool_or(surrogate_split <> target_split) over (partition by attack, budget, part)
),

pairs as (
    select
        attack,
        budget,
        part,
        surrogate_family,
        target_family,
        avg(alignment) as alignment,
        avg(slope) as slope,
        avg(rate) as "fooling rate",
        avg(ratio) as "black-box / white-box"
    from chosen
    group by all
)

select
    attack,
    budget,
    part,
    quantity,
    count(*) as pairs,
    list({
        'surrogate': surrogate_family, 'target': target_family, 'alignment': alignment, 'slope': slope, 'rate': value
    } order by surrogate_family, target_family) as points
from (unpivot pairs on "fooling rate", "black-box / white-box" into name quantity value value)
where isfinite(alignment + slope + value)
group by all
order by all
