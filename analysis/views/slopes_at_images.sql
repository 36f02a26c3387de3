-- One row per model, part and image at which its slopes were measured: beside the perturbation that fools it there.
--
-- margin: of the label over the next class, slope: how steep the margin is, jacobian: the largest singular value of the
-- derivative of the logits, all of local_slopes; where a study asks it twice of a model, the first counts. l2: how long
-- the perturbation of ddn is, null where the model errs when clean or ddn finds none.
select
    slopes.*,
    fooled.l2
from (
    pivot (
        select
            probes.model,
            probes.part,
            measured.image,
            measured.name,
            measured.value
        from (
            from probes
            where function = 'local_slopes'
            qualify row_number() over (partition by model, part order by position) = 1
        ) as probes
        inner join measured using (probe)
    )
    on name in ('margin', 'slope', 'jacobian') using any_value(value)
    group by model, part, image
) as slopes
left join (
    select
        crafts.surrogate as model,
        crafts.part,
        crafted.image,
        crafted.l2
    from crafted
    inner join crafts using (craft)
    where
        (crafts.attack, crafts.budget, crafts.role) = ('ddn', 'as crafted', 'attack')
        and crafted.is_found
        and crafted.surrogate_clean = crafted.label
) as fooled using (model, part, image)
