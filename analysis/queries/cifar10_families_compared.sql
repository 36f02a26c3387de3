-- One row per comparison of cifar10_families, budget and part: the rate of some squares minus that of others.
--
-- On opposite halves alone, where no two networks share a training image. Attacks are compared over all single
-- networks, on images that both classify right. Ensembles (all families of a half but one, by MI-FGSM) are shown to
-- that family and compared with single networks of the others, on images that the target classifies right. noise: as
-- large as MI-FGSM's perturbations, against the clean images, over all images. effect: one minus other, as a share.
-- low and high: 95%, images drawn again and the networks of each half too; an ensemble is drawn with the network that
-- it lacks.
--
-- Then: compared
with asked (comparison, side, attack, control, has_several) as (
    values
    ('MI-FGSM minus I-FGSM', 'one', 'mi_fgsm', null, false),
    ('MI-FGSM minus I-FGSM', 'other', 'bim', null, false),
    ('DI-MI-FGSM minus MI-FGSM', 'one', 'di_fgsm', null, false),
    ('DI-MI-FGSM minus MI-FGSM', 'other', 'mi_fgsm', null, false),
    ('ensembles minus single networks', 'one', 'mi_fgsm', null, true),
    ('ensembles minus single networks', 'other', 'mi_fgsm', null, false),
    ('noise minus clean', 'one', 'mi_fgsm', 'noise', false),
    ('noise minus clean', 'other', 'mi_fgsm', 'noise', false)
),

squares as (
    select
        asked.comparison,
        asked.side,
        opposites.budget,
        opposites.part,
        {
            'surrogate': if(asked.has_several, opposites.target, opposites.surrogate),
            'target': opposites.target,
            'is_wrong':
                if(asked.control = 'noise' and asked.side = 'other', opposites.is_clean_wrong, opposites.is_wrong),
            'is_counted': case split_part(asked.comparison, ' ', 1)
                when 'noise' then null
                when 'ensembles' then opposites.is_target_right
                else opposites.is_both_right
            end
        } as square
    from asked
    inner join opposites
        on
            asked.attack = opposites.attack
            and asked.control is not distinct from opposites.control
            and asked.has_several = (opposites.members > 1)
    where
        not starts_with(asked.comparison, 'ensembles')
        or not list_contains(opposites.families, opposites.target_family)
)

select
    comparison,
    budget,
    part,
    list(square) filter (side = 'one') as one,
    list(square) filter (side = 'other') as other,
    (select list({'model': name, 'stratum': split}) from models) as strata
from squares
group by comparison, budget, part
order by comparison, budget, part
