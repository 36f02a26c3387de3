-- One row per network, seed, kind of image and quantity that no attack has to do with: a value in percent.
--
-- kind: test (all test images, not only those that are attacked) or rubbish (noise of N(0, 1) pixels, Goodfellow et al.
-- 2015, arXiv:1412.6572, appendix A). error_percent: wrong answers, of rubbish those surer than one half;
-- mean_confidence_on_errors_percent: how sure these are, of rubbish alone. The network's last epoch counts.
with noise as (
    select
        model,
        max(measured.value) filter (measured.name = 'samples') as samples,
        max(measured.value) filter (measured.name = 'confident') as confident,
        max(measured.value) filter (measured.name = 'confidence') as confidence
    from (select probe, name, value from measured) as measured
    inner join probes using (probe)
    where probes.function = 'rubbish'
    group by model
),

found as (
    select
        'rubbish' as kind,
        model as name,
        100 * confident / samples as error_percent,
        100 * confidence / nullif(confident, 0) as mean_confidence_on_errors_percent
    from noise
    union all by name
    select
        'test' as kind,
        networks.name,
        100 * (1 - arg_max(trained."right", epoch) / arg_max(trained.images, epoch)) as error_percent
    from trained
    inner join networks using (model)
    where trained.part = 'test'
    group by networks.name
)

select
    networks.network,
    networks.seed,
    asked.kind,
    asked.quantity,
    asked.value
from (unpivot found on columns('_percent$') into name quantity value value) as asked
inner join networks using (name)
order by networks.position, asked.kind, asked.quantity
