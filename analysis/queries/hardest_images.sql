-- One row per attack, budget, part and image: how many squares it fools, those first that are hardest to turn.
--
-- Of the n squares off the diagonal whose surrogate and target both classify it right when clean, k fool the target.
-- hardest ranks images by k / n, and equals by more squares; easiest ranks them from the other end. Left out: controls,
-- and images that count in no square.
with counted as (
    select
        crafts.attack,
        crafts.budget,
        crafts.part,
        verdicts.image,
        count(*) as n,
        count_if(verdicts.is_fooled)::bigint as k,
        min(crafts.position) as position
    from verdicts
    inner join crafts on verdicts.craft = crafts.craft and crafts.role = 'attack'
    where verdicts.is_both_right and not list_contains(crafts.surrogates, verdicts.target)
    group by crafts.attack, crafts.budget, crafts.part, verdicts.image
)

select
    counted.attack,
    counted.budget,
    counted.part,
    counted.image,
    labels.label,
    counted.n,
    counted.k,
    counted.k / counted.n as rate,
    rank() over (same_craft order by counted.k / counted.n asc, counted.n desc) as hardest,
    rank() over (same_craft order by counted.k / counted.n desc, counted.n desc) as easiest
from counted
inner join (
    select
        crafts.part,
        predictions.image,
        min(predictions.label) as label
    from predictions
    inner join crafts using (craft)
    group by all
) as labels using (part, image)
window same_craft as (partition by counted.attack, counted.budget, counted.part)
order by min(counted.position) over (partition by counted.attack, counted.budget, counted.part), hardest, counted.image
