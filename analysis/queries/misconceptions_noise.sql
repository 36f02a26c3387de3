-- One row per family of networks, family that is shown the same and quantity: is what is nothing refused?
--
-- Of noise: confident, in how much of it the probability of some class is above one half, in %; confidence: how sure
-- of it, in %. Of noise moved one step toward a class (fooling images): fooled, how many the network gives the class,
-- surer than one half; of these, agreed, how many another gives it as well, and shared, surer than one half; by_chance,
-- how many of all, unmoved, that other gives the class, surer than one half. Each network is paired with the other
-- family's next (another seed). ours: the mean over networks; low and high: its 95% interval, Student's t.
--
-- Then: mean_over_seeds
with sums as (
    pivot (from measured where name <> 'deviation')
    on name in ('samples', 'confident', 'confidence', 'fooled', 'agreed', 'shared', 'other_before') using sum(value)
    group by probe
),

asked as (
    select
        probes.probe,
        one.family,
        other.family as other,
        one.twin,
        one.position,
        other.position as other_position
    from probes
    inner join twins as one on probes.model = one.name
    left join twins as other on probes.other = other.name
    where other.name is null or other.twin = one.twin % other.twins + 1
),

measures as (
    select
        asked.*,
        unnest([
            {'quantity': 'confident', 'value': 100 * confident / samples},
            {'quantity': 'confidence', 'value': 100 * confidence / nullif(confident, 0)},
            {'quantity': 'fooled', 'value': 100 * fooled / (samples * classes)},
            {'quantity': 'agreed', 'value': 100 * agreed / nullif(fooled, 0)},
            {'quantity': 'shared', 'value': 100 * shared / nullif(fooled, 0)},
            {'quantity': 'by_chance', 'value': 100 * other_before / (samples * classes)}
        ], max_depth := 2)
    from asked
    inner join sums using (probe)
    cross join (select max(unit) + 1 as classes from measured where name in ('fooled', 'called'))
)

select
    family,
    other,
    quantity,
    list(value order by twin) as by_seed
from measures
where value is not null
group by family, other, quantity, position, other_position
order by position, other_position nulls first, quantity
