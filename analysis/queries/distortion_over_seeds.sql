-- One row per attack, budget, part of the data and network: how large the perturbations are that succeed, as rms.
--
-- A network is a model without its swept seed. Failures are left out: they have no smallest perturbation. So are
-- images that the network puts into the goal's class when clean: they need none, and count as neither success nor
-- distortion. tried and found count the others. Each image of sizes holds the sum over seeds, and how many these are.
-- low and high: 95%, images drawn again.
--
-- Then: mean_size
with images as (
    select
        crafts.attack,
        crafts.budget,
        crafts.part,
        networks.network,
        crafted.image,
        min(crafts.position) as craft_position,
        min(networks.position) as network_position,
        count(*) as tried,
        count_if(crafted.is_found) as found,
        sum(crafted.rms) filter (crafted.is_found) as size
    from crafted
    inner join crafts on crafted.craft = crafts.craft and crafts.role = 'attack'
    inner join networks on crafts.surrogate = networks.name
    where crafted.surrogate_clean is distinct from crafted.goal
    group by crafts.attack, crafts.budget, crafts.part, networks.network, crafted.image
)

select
    attack,
    budget,
    part,
    network,
    sum(tried)::bigint as tried,
    sum(found)::bigint as found,
    sum(found) / sum(tried) as success,
    max(tried) as seeds,
    sum(size) / nullif(sum(found), 0) as mean_rms,
    list({'size': size, 'crafts': found} order by image) filter (found > 0) as sizes
from images
group by attack, budget, part, network
order by min(craft_position), min(network_position), attack, budget, part
