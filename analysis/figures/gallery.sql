-- One row per craft of an attack that has the image: what its surrogate says to it, and how many others it fools.
--
-- others are the targets that it was not crafted on; fooled of them give another class than the label.
select
    crafts.surrogate,
    crafts.attack,
    crafts.budget,
    crafts.part,
    crafted.image,
    crafted.label,
    crafted.surrogate_clean,
    crafted.surrogate_crafted,
    crafted.rms,
    count(verdicts.target) as others,
    count_if(verdicts.is_fooled) as fooled,
    crafts.craft,
    models.family
from crafts
inner join crafted using (craft)
left join models on crafts.surrogate = models.name
left join verdicts on
    crafts.craft = verdicts.craft
    and crafted.image = verdicts.image
    and not list_contains(crafts.surrogates, verdicts.target)
where crafts.role = 'attack' and crafts.part = getvariable('part') and crafted.image = getvariable('image')
group by all
order by min(crafts.position)
