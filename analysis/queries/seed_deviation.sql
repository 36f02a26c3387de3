-- One row per attack, budget, part, network crafted on and network shown to: how far rates differ because of seeds.
--
-- A network is a model without its swept seed, a pair one seed's examples shown to another's model. n are the images
-- that both classify right when clean in every pair, so that all pairs are asked the same. deviation is that of the
-- rates of pairs; sampling is how much of it comes of counting n images (pairs x images, analysis of variance), and
-- between what is left for the seeds. Left out: networks of fewer than two pairs, the diagonal, controls, ensembles.
with pairs as (
    select
        tiles.craft,
        tiles.target,
        [crafts.attack, crafts.budget, crafts.part, made_on.network, shown_to.network] as cell,
        dense_rank() over (order by cell) as number, -- a number is grouped by faster than names
        count(*) over (partition by cell) as pairs,
        crafts.position
    from tiles
    inner join crafts on tiles.craft = crafts.craft and crafts.role = 'attack'
    inner join networks as made_on on crafts.surrogate = made_on.name
    inner join networks as shown_to on tiles.target = shown_to.model
    where tiles.is_counted and not list_contains(crafts.surrogates, tiles.target)
    qualify pairs > 1
),

images as (
    select number, image, avg(is_fooled::integer) as rate
    from verdicts
    inner join pairs using (craft, target)
    where is_both_right
    group by number, image
    having count(*) = any_value(pairs)
),

answers as (
    select number, craft, target, avg(is_fooled::integer) as rate
    from verdicts
    inner join pairs using (craft, target)
    inner join images using (number, image)
    group by number, craft, target
)

select
    cells.cell[1] as attack,
    cells.cell[2] as budget,
    cells.cell[3] as part,
    cells.cell[4] as crafted_on,
    cells.cell[5] as shown_to,
    cells.pairs,
    images.n,
    images.rate,
    sqrt(answers.spread * factor) as deviation,
    sqrt(greatest(images.rate * (1 - images.rate) - answers.spread - images.spread, 0) * factor / nullif(n - 1, 0))
        as sampling,
    sqrt(greatest(deviation**2 - sampling**2, 0)) as between_seeds
from (
    select number, cell, pairs, pairs / (pairs - 1) as factor, min(position) as position from pairs group by all
) as cells
inner join (select number, count(*) as n, avg(rate) as rate, var_pop(rate) as spread from images group by all) as images
    using (number)
inner join (select number, var_pop(rate) as spread from answers group by all) as answers using (number)
order by cells.position, shown_to
