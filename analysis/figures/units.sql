-- One row per unit or random direction and image: the images that excite it most, in one layer of one network.
--
-- The network is the first that is trained, or the one asked for; the layer its last; of units and directions the first
-- eight. rank: 1 for the image that excites it most; label: its class; part: of the data.
with chosen as (
    select
        probes.probe,
        probes.part,
        probes.model,
        max(measured.layer) as layer
    from probes
    inner join models on probes.model = models.name
    inner join measured using (probe)
    where
        probes.function = 'unit_coherence'
        and models.epoch > 0
        and (probes.model = getvariable('model') or getvariable('model') = '')
    group by probes.probe, probes.part, probes.model, models.position
    order by models.position
    limit 1
),

labels as (
    select distinct
        crafts.part,
        crafted.image,
        crafted.label
    from crafted
    inner join crafts using (craft)
    where crafts.role = 'clean'
),

found as (
    select
        chosen.part,
        chosen.model,
        chosen.layer,
        split_part(measured.name, ' ', 1) as basis,
        measured.unit,
        measured.image,
        measured.value as response,
        row_number() over (partition by measured.name, measured.unit order by measured.value desc, measured.image) as rank,
        dense_rank() over (partition by measured.name order by measured.unit) as number
    from measured
    inner join chosen using (probe, layer)
    where measured.name in ('unit response', 'direction response')
)

select
    found.*,
    labels.label
from found
left join labels using (part, image)
where found.number <= 8
order by found.basis desc, found.number, found.rank
