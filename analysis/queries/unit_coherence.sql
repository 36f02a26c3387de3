-- One row per model, part, layer, number of images and basis: do units mean more than other directions?
--
-- Of the top images that excite a unit most, same is how many have their most common label, entropy that of their
-- labels in bits (less means more); others are random directions, a random rotation, or images in random order. p: both
-- exchanged at random. Left out are those that fewer images excite than top. Szegedy et al. 2014, section 3.
--
-- Then: exchanged
with named as (
    select
        probes.name as probe,
        probes.model,
        probes.part,
        measured.layer,
        measured.unit,
        measured.value,
        split_part(measured.name, ' ', 1) as basis,
        split_part(measured.name, ' ', 2) as what,
        try_cast(split_part(measured.name, ' ', 3) as integer) as top,
        max(value) filter (what = 'active') over (partition by probes.probe, layer, basis, unit) as active
    from measured
    inner join probes using (probe)
    where probes.function = 'unit_coherence'
),

bases as (
    select
        probe,
        model,
        part,
        layer,
        top,
        basis,
        count_if(what = 'entropy') as n,
        avg(value order by unit) filter (what = 'same') as same,
        avg(value order by unit) filter (what = 'entropy') as entropy,
        list(value order by unit) filter (what = 'entropy') as entropies
    from named
    where what in ('same', 'entropy') and top <= active
    group by all
)

select
    units.probe,
    units.model,
    units.part,
    units.layer,
    units.top,
    bases.basis,
    units.n as units,
    bases.n as others,
    units.same,
    bases.same as others_same,
    units.entropy,
    bases.entropy as others_entropy,
    units.entropies as values,
    bases.entropies as other_values
from bases as units
inner join bases using (probe, model, part, layer, top)
where units.basis = 'unit' and bases.basis <> 'unit'
order by units.probe, units.model, units.part, units.layer, units.top, bases.basis
