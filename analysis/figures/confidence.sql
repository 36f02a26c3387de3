-- One row per network, kind of image, answer that is right or wrong, and bin of confidence: how many answers.
--
-- Clean images, and what the study's first attack, with its first budget, and its controls made on the network itself;
-- what was made on others and on ensembles is left out. bin: of twenty from 0 to 1. Seeds are pooled.
with chosen as (
    select
        attack,
        budget,
        part
    from crafts
    where role = 'attack'
    order by position
    limit 1
)

select
    networks.network,
    coalesce(trials.control, trials.attack, 'clean') as kind,
    not trials.is_fooled as is_right,
    least(floor(20 * trials.confidence), 19)::integer as bin,
    count(*) as answers
from trials
inner join chosen using (part)
inner join crafts using (craft)
inner join networks on trials.target = networks.name
where
    trials.role = 'clean'
    or (
        (trials.attack, trials.budget) = (chosen.attack, chosen.budget)
        and crafts.surrogates = [trials.target_model]
    )
group by all
order by
    min(networks.position),
    min(crafts.position),
    is_right,
    bin
