-- One row per model that learnt from another's answers, model that it asked and part: how alike the two are.
--
-- queries are the images that its recipe showed to others while it was trained, of all models that it asked together.
-- n are the study's clean images, k those to which both give the same class, right or wrong. Left out are models that
-- ask nobody, and pairs of which one is no target, whose classes are then not known.
--
-- Then: with_interval
with pairs as (
    select
        name,
        model,
        position,
        unnest(asks) as asked
    from models
),

asked as (
    select
        model,
        max(queries) as queries
    from trained
    group by all
),

clean as (
    select
        predictions.target,
        predictions.image,
        predictions.predicted,
        crafts.part
    from predictions
    inner join crafts on predictions.craft = crafts.craft and crafts.role = 'clean'
)

select
    pairs.name as model,
    other.name as asked,
    own.part,
    queries,
    1 as pairs,
    count(*) as n,
    count_if(own.predicted = theirs.predicted)::bigint as k,
    100 * k / n as agreement
from pairs
inner join asked on pairs.model = asked.model
inner join models as other on pairs.asked = other.model
inner join clean as own on pairs.model = own.target
inner join clean as theirs on pairs.asked = theirs.target and own.part = theirs.part and own.image = theirs.image
group by pairs.name, other.name, own.part, queries, pairs.position
order by pairs.position, own.part
