-- One row per surrogate and pair of budgets of one attack: the larger budget fools it on significantly fewer images.
--
-- An attack that is allowed more must not do less to the network that it is made on; where it does, its step size or
-- its gradients are at fault. Counted in pairs over the images that the surrogate classifies right when clean: `lost`
-- are those that the smaller budget alone fools (brings to the goal, when there is one), `won` those that the larger
-- alone does. z = (lost - won) / sqrt(lost + won) is McNemar's, and above 3 in every row. Left out: controls, attacks
-- without a budget, and images made elsewhere. One large step may overshoot: FGSM can be found here rightly.
with attacked as (
    select
        crafts.attack,
        crafts.norm,
        crafts.epsilon,
        crafts.budget,
        crafts.surrogate,
        crafts.part,
        crafts.position,
        crafted.image,
        crafted.is_found
    from crafted
    inner join crafts using (craft)
    where
        crafts.role = 'attack'
        and crafts.epsilon is not null
        and crafted.surrogate_clean = crafted.label
),

pairs as (
    select
        smaller.attack,
        smaller.surrogate,
        smaller.part,
        smaller.budget as smaller_budget,
        larger.budget as larger_budget,
        count(*) as n,
        count_if(smaller.is_found and not larger.is_found) as lost,
        count_if(larger.is_found and not smaller.is_found) as won,
        min(smaller.position) as position
    from attacked as smaller
    inner join attacked as larger
        on
            smaller.attack = larger.attack
            and smaller.norm = larger.norm
            and smaller.surrogate = larger.surrogate
            and smaller.part = larger.part
            and smaller.image = larger.image
            and smaller.epsilon < larger.epsilon
    group by all
)

select
    * exclude (position),
    (lost - won) / sqrt(lost + won) as z
from pairs
where lost > won and (lost - won) / sqrt(lost + won) > 3
order by position, smaller_budget, larger_budget
