-- One row per network, epoch and quantity of karpathy2015_alone, _sweep and _rounds, which say what they mean.
--
-- A network is a model without its swept seed. ours: the mean over seeds; low and high: its 95% interval, Student's t.
-- Nothing is left out.
--
-- Then: mean_over_seeds
with every_value as (
    select * from karpathy2015_alone
    union all by name
    select * from karpathy2015_sweep
    union all by name
    select * from karpathy2015_rounds
),

epochs as (
    select
        networks.network,
        any_value(models.epoch) as epoch,
        min(models.position) as position
    from models
    inner join networks using (name)
    group by networks.network
)

select
    every_value.network,
    epochs.epoch,
    every_value.quantity,
    list(every_value.value order by every_value.seed) as by_seed
from every_value
inner join epochs using (network)
group by every_value.network, epochs.epoch, epochs.position, every_value.quantity
order by starts_with(every_value.network, 'background'), epochs.epoch, epochs.position, every_value.quantity
