-- One row per attack, budget, part, network crafted on and network shown to: how far rates differ because of seeds.
--
-- A network is a model without its swept seed, a pair one seed's examples shown to another's model. n are the images
-- that both classify right when clean in every pair, so that all pairs are asked the same. deviation is that of the
-- rates of pairs; sampling is how much of it comes of counting n images (pairs x images, analysis of variance), and
-- between what is left for the seeds. Left out: networks of fewer than two pairs, the diagonal, controls, ensembles.
with answers as (
    select
        [crafts.attack, crafts.budget, crafts.part, made_on.network, shown_to.network] as cell,
        verdicts.craft || verdicts.target as pair,
        verdicts.image,
        verdicts.is_fooled::integer as fooled,
        crafts.position
    from verdicts
    inner join crafts on verdicts.craft = crafts.craft and crafts.role = 'attack'
    inner join networks as made_on on crafts.surrogate = made_on.name
    inner join networks as shown_to on verdicts.target = shown_to.model
    where verdicts.is_both_right and not list_contains(crafts.surrogates, verdicts.target)
),

complete as (
    from answers
    inner join (select cell, count(distinct pair) as pairs from answers group by cell) as sizes using (cell)
    where pairs > 1
    qualify count(*) over (partition by cell, image) = pairs
),

spread as (
    select
        cell,
        any_value(pairs) as pairs,
        count(distinct image) as n,
        avg(fooled) as rate,
        var_pop(of_pair) as of_pairs,
        var_pop(fooled) - var_pop(of_pair) - var_pop(of_image) as left_over,
        min(position) as position
    from (
        select
            *,
            avg(fooled) over (partition by cell, pair) as of_pair,
            avg(fooled) over (partition by cell, image) as of_image
        from complete
    )
    group by cell
)

select
    cell[1] as attack,
    cell[2] as budget,
    cell[3] as part,
    cell[4] as crafted_on,
    cell[5] as shown_to,
    pairs,
    n,
    rate,
    sqrt(of_pairs * pairs / (pairs - 1)) as deviation,
    sqrt(greatest(left_over * pairs / (pairs - 1) / nullif(n - 1, 0), 0)) as sampling,
    sqrt(greatest(deviation**2 - sampling**2, 0)) as between_seeds
from spread
order by position, shown_to
