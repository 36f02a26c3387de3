-- One row per network and part of the data: how many clean images its last epoch gets wrong, seeds pooled.
--
-- A network is a model without its swept seed. All images of the part are counted, not only those that a study
-- crafts on: "train" is the network's own split, "rest" the training images outside it. Untrained models are left out.
-- The seeds see the same images: as many independent ones as n / seeds.
with scored as (
    select
        model,
        part,
        arg_max(images, epoch) as images,
        arg_max("right", epoch) as images_right
    from trained
    group by all
)

select
    networks.network,
    scored.part,
    count(*) as seeds,
    sum(scored.images)::bigint as n,
    sum(scored.images - scored.images_right)::bigint as k,
    sum(scored.images - scored.images_right) / sum(scored.images) as rate,
    min((scored.images - scored.images_right) / scored.images) as lowest,
    max((scored.images - scored.images_right) / scored.images) as highest
from scored
inner join networks using (model)
group by networks.network, scored.part
order by min(networks.position), scored.part
