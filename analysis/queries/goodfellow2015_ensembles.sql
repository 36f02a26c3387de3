-- One row per attack and way to attack an ensemble: through all of its networks, or one. How often is its vote wrong?
--
-- Of all images. The ensemble answers what most of its networks answer, of equal votes the lowest class; the paper does
-- not say how its twelve are joined. Examples for one member are shown to all of them, each member in turn: `pairs`
-- answers an image. published: Goodfellow et al. 2015, arXiv:1412.6572, section 9. ours = k of n in %; low and high:
-- Wilson's 95% interval, each image counted once. Left out is what is crafted on others than an ensemble's members.
--
-- Then: with_interval
with attacked as (
    select
        crafts.craft,
        crafts.attack,
        crafts.budget,
        if(len(crafts.surrogates) = 1, 'one member', 'the ensemble') as through,
        ensembles.surrogates as members,
        ensembles.position
    from crafts as ensembles
    inner join crafts
        on (crafts.attack, crafts.budget, crafts.role) = (ensembles.attack, ensembles.budget, ensembles.role)
        and list_has_all(ensembles.surrogates, crafts.surrogates)
    where
        ensembles.role = 'attack' and len(ensembles.surrogates) > 1
        and len(crafts.surrogates) in (1, len(ensembles.surrogates))
),

votes as (
    select
        attacked.* exclude (members),
        predictions.image,
        predictions.label,
        predictions.predicted,
        count(*) as votes
    from attacked
    inner join predictions
        on attacked.craft = predictions.craft and list_contains(attacked.members, predictions.target)
    group by all
),

answers as (
    select
        * exclude (predicted, votes),
        arg_max(predicted, (votes, -predicted)) as said
    from votes
    group by all
)

select
    answers.attack,
    answers.budget,
    answers.through,
    any_value(paper.value) as published,
    count_if(answers.said <> answers.label) as k,
    count(*) as n,
    count(distinct answers.craft) as pairs,
    100 * k / n as ours
from answers
left join published_goodfellow2015 as paper
    on paper.experiment = 'ensemble of 12 maxout nets, attack on ' || answers.through
group by answers.attack, answers.budget, answers.through
order by min(answers.position), answers.through desc
