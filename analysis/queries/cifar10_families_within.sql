-- One row per attack, budget and part: what it adds that surrogate and target are of one family.
--
-- On opposite halves alone, where no two networks share a training image, over single networks and images that both
-- classify right. same_rate and other_rate: the fooling rate of pairs within a family and of all other pairs. effect:
-- log odds of being fooled, beside an effect of each surrogate and of each target. low and high: 95%, over images and
-- families; p: families dealt out again within each half.
--
-- Then: within_families
select
    attack,
    budget,
    part,
    list({
        'surrogate': surrogate,
        'target': target,
        'surrogate_family': families[1],
        'target_family': target_family,
        'surrogate_split': surrogate_split,
        'target_split': target_split,
        'is_wrong': is_wrong,
        'is_counted': is_both_right
    } order by surrogate, target) as squares
from opposites
where role = 'attack' and members = 1
group by attack, budget, part
order by attack, budget, part
