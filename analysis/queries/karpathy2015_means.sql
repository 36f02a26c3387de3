-- One row per network, epoch and quantity of karpathy2015_alone, _sweep and _rounds, which say what they mean.
--
-- A network is a model without its swept seed. ours: the mean over seeds; low and high: its 95% interval, Student's t.
-- Nothing is left out.
--
-- Then: mean_over_seeds
with epochs as (
    select
        networks.network,
        any_value(models.epoch) as epoch,
        min(models.position) as position
    from models
    inner join networks using (name)
    group by networks.network
)

select
    found.network,
    epochs.epoch,
    found.quantity,
    list(found.value order by found.seed) as by_seed
from karpathy2015_values as found
inner join epochs using (network)
group by found.network, epochs.epoch, epochs.position, found.quantity
order by starts_with(found.network, 'background'), epochs.epoch, epochs.position, found.quantity
