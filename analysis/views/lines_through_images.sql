-- One row per probe, image and line through it: how straight a network's logits are along the line.
--
-- line: the sign of the gradient, random signs, or toward another image; reach: how far to both sides, as rms.
-- variance: of the logits along the line, residual: what a straight line leaves of it, pieces: the linear pieces that
-- can be told apart, intervals: the stretches of wrong places on the way up, first_wrong: the first of them, if any.
-- Left out are the single places that line_scan has measured.
pivot (
    select
        measured.probe,
        max(measured.value) filter (measured.name = 'at') over (partition by measured.probe) as reach,
        measured.image,
        split_part(measured.name, ' ', 1) as line,
        split_part(measured.name, ' ', 2) as what,
        measured.value
    from measured
    inner join (select distinct probe from probes where function = 'line_scan') as probes using (probe)
    qualify what in ('variance', 'residual', 'pieces', 'intervals', 'first')
)
on what in ('variance', 'residual', 'pieces', 'intervals', 'first' as first_wrong) using any_value(value)
group by probe, reach, image, line
