-- One row per round of a class for nothing, and image: a fooling image made on the network at the end of that round.
--
-- nothing is the class after the last label, which networks called `background` learn; the first seed, and of the
-- images that are right when clean at the end of every round, the first of each goal. caught and fooled are means over
-- all images of that craft: how many are called nothing, and how many are given the class that they were made for.
with rounds as (
    select
        crafts.craft,
        crafts.part,
        models.name,
        models.epoch,
        row_number() over (partition by models.seed order by models.epoch) as round
    from crafts
    inner join models on crafts.surrogate = models.name
    where crafts.attack = 'fooling' and crafts.role = 'attack' and starts_with(models.name, 'background')
    qualify models.seed = min(models.seed) over ()
),

every_image as (
    select
        rounds.*,
        crafted.image,
        crafted.label,
        crafted.goal,
        crafted.surrogate_crafted as said,
        crafted.rms,
        crafted.surrogate_crafted > max_label.last as is_nothing,
        avg((crafted.surrogate_crafted > max_label.last)::int) over (partition by rounds.craft) as caught,
        avg((crafted.surrogate_crafted = crafted.goal)::int) over (partition by rounds.craft) as fooled,
        bool_and(crafted.surrogate_clean = crafted.label) over (partition by crafted.image) as is_right
    from rounds
    inner join crafted using (craft)
    cross join (select max(label) as last from crafted) as max_label
)

select
    round,
    name,
    epoch,
    craft,
    part,
    image,
    label,
    goal,
    said,
    is_nothing,
    rms,
    caught,
    fooled
from every_image
where is_right
qualify row_number() over (partition by round, goal order by image) = 1
order by round, goal
