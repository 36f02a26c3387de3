-- One row per kind of probe, model or pair of models, and part: what it measures of gradients, mean over the images.
--
-- gradient_alignment: the cosine of the gradients of two models; perturbation_alignment: the correlation of what fools
-- each; gradient_size: the length of a model's own. Where a study has several of a kind, the first of each counts.
with numbered as (
    select
        *,
        row_number() over (partition by function, model, other, part order by position) as number
    from probes
    where function in ('gradient_alignment', 'perturbation_alignment', 'gradient_size')
)

select
    numbered.function,
    numbered.model,
    numbered.other,
    numbered.part,
    avg(measured.value) as value
from numbered
inner join measured using (probe)
where
    numbered.number = 1
    and (numbered.function, measured.name) in (
        ('gradient_alignment', 'cosine'), ('perturbation_alignment', 'correlation'), ('gradient_size', 'l2')
    )
group by all
order by all
