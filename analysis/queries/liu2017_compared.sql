-- One row per comparison of Liu et al. 2017: theirs of ImageNet, in points, and ours of MNIST with its interval.
--
-- Always on networks that are none of those crafted on. Aimed: answers with the goal. Otherwise: wrong answers. one
-- minus other: one_rate and other_rate are ours. low and high: 95%, images drawn again and the five networks too; an
-- ensemble is drawn with the network that it lacks. Both are of images that all networks classify right.
--
-- Then: compared
with asked (comparison, side, attack, budget, control, is_within) as (
    values
    ('aimed, at one size: ensembles minus single networks', 'one', 'ensemble targeted', 'rms 0.12', null, null),
    ('aimed, at one size: ensembles minus single networks', 'other', 'adam targeted', 'rms 0.12', null, null),
    ('at one size: ensembles minus single networks', 'one', 'ensemble', 'rms 0.12', null, null),
    ('at one size: ensembles minus single networks', 'other', 'adam', 'rms 0.12', null, null),
    ('aimed: ensembles minus single networks', 'one', 'ensemble targeted', 'as crafted', null, null),
    ('aimed: ensembles minus single networks', 'other', 'adam targeted', 'as crafted', null, null),
    ('aimed: single networks minus noise', 'one', 'adam targeted', 'as crafted', null, null),
    ('aimed: single networks minus noise', 'other', 'adam targeted', 'as crafted', 'noise', null),
    ('ensembles minus single networks', 'one', 'ensemble', 'as crafted', null, null),
    ('ensembles minus single networks', 'other', 'adam', 'as crafted', null, null),
    ('one step minus a hundred', 'one', 'fast gradient', 'rms 0.092', null, null),
    ('one step minus a hundred', 'other', 'adam', 'as crafted', null, null),
    ('within ResNets minus across', 'one', 'adam', 'as crafted', null, true),
    ('within ResNets minus across', 'other', 'adam', 'as crafted', null, false)
),

ours as (
    select
        asked.comparison,
        asked.side,
        {
            'surrogate': if(starts_with(asked.attack, 'ensemble'), shown_to, crafted_on),
            'target': shown_to,
            'is_wrong': if(ends_with(asked.attack, 'targeted'), is_matched, is_wrong),
            'is_counted': null::boolean[]
        } as square
    from asked
    inner join liu2017_squares as squares
        on
            (asked.attack, asked.budget) = (squares.attack, squares.budget)
            and asked.control is not distinct from squares.control
    where
        squares.is_held_out
        and coalesce(asked.is_within = (crafted_family = 'ResNet' and shown_family = 'ResNet'), true)
)

select
    comparison,
    any_value(theirs.published) as published,
    list(square) filter (side = 'one') as one,
    list(square) filter (side = 'other') as other,
    null::struct(model varchar, stratum varchar)[] as strata
from (select distinct comparison from asked)
left join liu2017_printed as theirs using (comparison)
left join ours using (comparison)
group by comparison
order by comparison
