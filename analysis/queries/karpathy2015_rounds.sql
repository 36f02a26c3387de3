-- One row per network, seed and quantity: what is called nothing, round by round, in % of all images.
--
-- nothing is the class after the last label, which `background` networks learn; an epoch is the end of a round, and the
-- first has seen no fooling images. refused: of clean images; fresh_caught: of images of the attack `fooling`, made on
-- the network itself; known_caught: made on it as it was one round before. fresh_fooled, known_fooled: the same images
-- are given the class that they were made for. Left out is what is made on other networks, and on other seeds.
with ends as (
    select
        models.model,
        models.name,
        models.seed,
        models.epoch,
        networks.network,
        lag(models.name) over (partition by models.trained_as order by models.epoch) as one_before
    from models
    inner join networks using (name)
    where starts_with(models.name, 'background')
),

shown as (
    select
        ends.network,
        ends.epoch,
        ends.seed,
        if(crafts.role = 'clean', 'clean', if(crafts.surrogate = ends.name, 'fresh', 'known')) as kind,
        100 * avg((predictions.predicted > labels.last)::int) as caught,
        100 * avg((predictions.predicted = crafted.goal)::int) as fooled
    from predictions
    inner join crafts using (craft)
    inner join crafted using (craft, image)
    inner join ends on predictions.target = ends.model
    cross join (select max(label) as last from crafted) as labels
    where
        crafts.role = 'clean'
        or (crafts.role = 'attack' and crafts.attack = 'fooling' and crafts.surrogate in (ends.name, ends.one_before))
    group by all
)

select
    network,
    epoch,
    seed,
    if(kind = 'clean', 'refused', kind || '_' || word) as quantity,
    value
from (unpivot shown on caught, fooled into name word value value)
where kind <> 'clean' or word = 'caught'
order by epoch, seed, quantity
