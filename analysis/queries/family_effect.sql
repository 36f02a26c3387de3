-- One row per attack, budget and part: do examples pass on better within a family than across?
--
-- within and across are mean fooling rates over squares off the diagonal. effect is how far squares within a family lie
-- above others in logits, beside strong surrogates and fragile targets. p: no such effect, families dealt out again
-- among networks, the seeds of one together (Mantel's test with both taken out); p_holm: of all rows. Null where every
-- square is of one kind. Left out are the diagonal, ensembles, controls, and squares of which no image counts.
--
-- Then: families_dealt
select
    squares.attack,
    squares.budget,
    squares.part,
    count_if(made_on.family = shown_to.family) as within_squares,
    count_if(made_on.family <> shown_to.family) as across_squares,
    avg(squares.rate) filter (made_on.family = shown_to.family) as within_rate,
    avg(squares.rate) filter (made_on.family <> shown_to.family) as across_rate,
    list({
        'surrogate': squares.surrogate,
        'target': squares.target,
        'surrogate_family': made_on.family,
        'target_family': shown_to.family,
        'surrogate_network': surrogate_network.network,
        'target_network': target_network.network,
        'k': squares.fooled,
        'n': squares.n
    } order by made_on.position, shown_to.position) as squares
from transfer_matrix as squares
inner join models as made_on on squares.surrogate = made_on.name
inner join models as shown_to on squares.target = shown_to.name
inner join networks as surrogate_network on made_on.name = surrogate_network.name
inner join networks as target_network on shown_to.name = target_network.name
inner join crafts on squares.craft = crafts.craft
where squares.role = 'attack' and squares.denominator = 'both-right' and not squares.is_diagonal and squares.n > 0
group by squares.attack, squares.budget, squares.part
order by min(crafts.position)
