-- One row per trained network, line and class along the longest lines: the logit at each place, for one image.
--
-- Of each network the first seed. The image is the first that all of these classify right, of those with logits.
with measured_scans as (
    select
        probes.probe,
        probes.part,
        models.position,
        regexp_replace(networks.network, ' epoch \d+$', '') as network,
        max(measured.value) as reach
    from probes
    inner join models on probes.model = models.name
    inner join networks on models.name = networks.name
    inner join measured using (probe)
    where probes.function = 'line_scan' and models.epoch > 0 and measured.name = 'at'
    group by all
),

scans as (
    select *
    from measured_scans
    qualify row_number() over (partition by network order by reach desc, position) = 1
),

places as (
    select
        measured.probe,
        measured.unit,
        measured.value as place
    from measured
    semi join scans using (probe)
    where measured.name = 'at'
),

logits as (
    select
        scans.network,
        scans.part,
        scans.position,
        measured.image,
        measured.unit,
        split_part(measured.name, ' ', 1) as line,
        split_part(measured.name, ' ', 3)::int as class,
        places.place,
        measured.value as logit
    from measured
    inner join scans using (probe)
    inner join places on measured.probe = places.probe and measured.unit = places.unit
    where measured.name like '% logit %'
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

seen_right as (
    select
        logits.network,
        part,
        image,
        labels.label
    from logits
    inner join labels using (part, image)
    where abs(logits.place) < 1e-9 and logits.line = 'sign'
    group by all
    having arg_max(logits.class, logits.logit) = labels.label
),

chosen as (
    select
        part,
        image,
        label
    from seen_right
    group by all
    order by count(*) desc, part, image
    limit 1
)

select
    logits.network,
    logits.line,
    logits.class,
    chosen.image,
    chosen.label,
    list(logits.place order by logits.unit) as places,
    list(logits.logit order by logits.unit) as logits
from logits
inner join chosen using (part, image)
group by all
order by min(logits.position), logits.line, logits.class
