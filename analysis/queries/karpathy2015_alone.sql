-- One row per network, seed and quantity that needs no other network: how it does, and how far away it is fooled.
--
-- roughness: of its templates, the mean over classes (probe template_smoothness); error: wrong of all test images, in
-- %; distortion: the mean rms of the smallest perturbation toward a wrong class that the study's lbfgs finds, found:
-- for how many images it does, in %. epoch: how many the network has behind it; what has no value is left out.
with every_one as (
    select
        models.name,
        'roughness' as quantity,
        avg(measured.value order by measured.unit) as value
    from measured
    inner join probes using (probe)
    inner join models on probes.model = models.name
    where probes.function = 'template_smoothness' and measured.name = 'roughness'
    group by models.name
    union all
    select
        models.name,
        'error' as quantity,
        100 * (1 - trained."right" / trained.images) as value
    from trained
    inner join models using (model)
    where trained.part = 'test'
    union all
    select
        crafts.surrogate as name,
        'found' as quantity,
        100 * avg(crafted.is_found::int) as value
    from crafted
    inner join crafts using (craft)
    where crafts.attack = 'lbfgs' and crafts.budget = 'as crafted' and crafts.role = 'attack'
    group by crafts.surrogate
    union all
    select
        crafts.surrogate as name,
        'distortion' as quantity,
        avg(crafted.rms order by crafted.image) as value
    from crafted
    inner join crafts using (craft)
    where crafts.attack = 'lbfgs' and crafts.budget = 'as crafted' and crafts.role = 'attack' and crafted.is_found
    group by crafts.surrogate
)

select
    networks.network,
    models.epoch,
    models.seed,
    every_one.quantity,
    every_one.value
from every_one
inner join networks using (name)
inner join models using (name)
where every_one.value is not null
order by models.position, every_one.quantity
