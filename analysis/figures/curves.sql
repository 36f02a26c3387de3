-- One row per attack, control, budget, part and image: how often it fools whom it was not crafted on.
--
-- Of what surrogate and target classify right when clean, off the diagonal; rms is the mean over the crafts. A curve's
-- rate is sum(fooled) / sum(n) of its images, its interval a bootstrap over them: they are in the file beside this.
with sizes as (
    select
        craft,
        avg(rms) as rms
    from crafted
    group by all
),

points as (
    select
        attack,
        control,
        budget,
        part,
        epsilon,
        min(crafts.position) as position,
        avg(rms) as rms
    from crafts
    left join sizes using (craft)
    where role = 'attack' or (role = 'control' and made_like is not null)
    group by all
),

counts as (
    select
        crafts.attack,
        crafts.control,
        crafts.budget,
        crafts.part,
        verdicts.image,
        count(*) as n,
        count_if(verdicts.is_fooled) as fooled
    from verdicts
    inner join crafts using (craft)
    where verdicts.is_both_right and not list_contains(crafts.surrogates, verdicts.target)
    group by all
)

select
    points.*,
    counts.image,
    counts.n::bigint as n,
    counts.fooled::bigint as fooled
from points
inner join counts on
    points.attack = counts.attack
    and points.control is not distinct from counts.control
    and points.budget = counts.budget
    and points.part = counts.part
order by points.attack, points.control nulls first, points.part, points.rms, points.position, counts.image
