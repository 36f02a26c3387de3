-- One row per attack, budget, architecture and training images in common: how many images fool another network, in %.
--
-- architecture: same or other, all settings compared; images: all (the same split), half (splits of two drawings), none
-- (the two halves of one drawing); `all minus half` and so on are differences seed by seed, as is `same minus other`.
-- Of images that both get right when clean. The same architecture and all images is the control: only the seed differs.
-- Pairs of equal seed are left out. ours: the mean over seeds of the surrogate; low and high: 95%, Student's t.
--
-- Then: mean_over_seeds
with found as (
    select
        squares.attack,
        squares.budget,
        if(made_on.architecture = shown_to.architecture, 'same', 'other') as architecture,
        case
            when made_on.split = shown_to.split then 'all'
            when regexp_replace(made_on.split, '\d+$', '') = regexp_replace(shown_to.split, '\d+$', '') then 'none'
            else 'half'
        end as images,
        made_on.seed,
        100 * avg(squares.fooled / squares.n) as value
    from transfer_matrix as squares
    inner join networks as made_on on squares.surrogate = made_on.name
    inner join networks as shown_to on squares.target = shown_to.name
    where squares.role = 'attack' and squares.denominator = 'both-right' and squares.n > 0
    and made_on.seed <> shown_to.seed
    group by all
),

by_images as (
    from found
    union all by name
    select
        one.* exclude (images, value),
        one.images || ' minus ' || other.images as images,
        one.value - other.value as value
    from found as one
    inner join found as other using (attack, budget, architecture, seed)
    where (one.images, other.images) in (('all', 'half'), ('half', 'none'), ('all', 'none'))
)

from (
    from by_images
    union all by name
    select
        one.* exclude (architecture, value),
        'same minus other' as architecture,
        one.value - other.value as value
    from by_images as one
    inner join by_images as other using (attack, budget, images, seed)
    where one.architecture = 'same' and other.architecture = 'other'
)
select attack, budget, architecture, images, list(value order by seed) as by_seed
group by all
order by attack, budget, architecture, images
