-- One row per attack, budget, part and two models, each crafted on and shown to: which fools the other more often?
--
-- n are the images that both classify right when clean. forth are fooled when crafted on model and shown to other, back
-- the other way; only_forth and only_back fool in one direction alone. difference is forth minus back in percent of n.
-- low and high: its 95% interval, images paired (Bonett and Price 2012). p: McNemar's exact test; p_holm: of all rows.
-- Left out are ensembles, controls, and pairs of which one direction has not been run.
--
-- Then: paired
with squares as (
    select
        crafts.attack,
        crafts.budget,
        crafts.part,
        crafts.surrogates[1] as made_on,
        packed.target as shown_to,
        packed.word,
        packed.counted,
        packed.fooled,
        crafts.position
    from packed
    inner join crafts using (craft)
    where crafts.role = 'attack' and len(crafts.surrogates) = 1 and crafts.surrogates[1] <> packed.target
)

select
    forth.attack,
    forth.budget,
    forth.part,
    made_on.name as model,
    shown_to.name as other,
    sum(bit_count(forth.counted & back.counted))::bigint as n,
    sum(bit_count(forth.fooled & back.counted))::bigint as forth,
    sum(bit_count(back.fooled & forth.counted))::bigint as back,
    sum(bit_count(forth.fooled & back.counted & ~back.fooled))::bigint as only_forth,
    sum(bit_count(back.fooled & forth.counted & ~forth.fooled))::bigint as only_back
from squares as forth
inner join squares as back
    on
        (forth.attack, forth.budget, forth.part, forth.word) = (back.attack, back.budget, back.part, back.word)
        and (forth.made_on, forth.shown_to) = (back.shown_to, back.made_on)
inner join targets as made_on on forth.made_on = made_on.target
inner join targets as shown_to on forth.shown_to = shown_to.target
where made_on.position < shown_to.position
group by all
order by min(forth.position), min(made_on.position), min(shown_to.position)
