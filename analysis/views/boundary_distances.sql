-- One row per pair of models, part, image and direction: how far the boundaries of both are, and how far apart.
--
-- own and theirs: the distance to the first wrong place of the first and of the other model, null where there is none;
-- between_them: how far these are apart, null unless both have one; both_right: how many images both get right, which
-- are those that the probe looked at. Of boundary_distance; where a study asks it twice of a pair, the first counts.
pivot (
    select
        probes.model,
        probes.other,
        probes.part,
        max(measured.value) filter (measured.name = 'both_right') over (partition by probes.probe) as both_right,
        measured.image,
        split_part(measured.name, ' ', 1) as direction,
        split_part(measured.name, ' ', 2) as what,
        measured.value
    from (
        from probes
        where function = 'boundary_distance'
        qualify row_number() over (partition by model, other, part order by position) = 1
    ) as probes
    inner join measured using (probe)
    qualify measured.image is not null
)
on what in ('model' as own, 'other' as theirs, 'between' as between_them) using any_value(value)
group by model, other, part, both_right, image, direction
