-- One row per family crafted on and family shown to: how many images of fgsm within linf 0.25 fool, network by network.
--
-- Of images that both get right when clean, in %. Each network's images are shown to itself, and to the next of each
-- other family (of another seed); a family of one network is shown all. ours: the mean over the networks crafted on;
-- low and high: its 95% interval, Student's t. clean: the clean error of those shown to, in %. Controls are left out.
--
-- Then: mean_over_seeds
with clean as (
    select
        predictions.target,
        100 * avg((predictions.predicted <> predictions.label)::int) as error
    from predictions
    inner join crafts on predictions.craft = crafts.craft and crafts.role = 'clean'
    group by predictions.target
)

select
    made_on.family as crafted_on,
    shown_to.family as shown_to,
    made_on.name = shown_to.name as is_own,
    avg(clean.error) as clean,
    list(100 * squares.fooled / squares.n order by made_on.twin) as by_seed
from transfer_matrix as squares
inner join twins as made_on on squares.surrogate = made_on.name
inner join twins as shown_to on squares.target = shown_to.name
inner join clean on shown_to.model = clean.target
where
    squares.attack = 'fgsm' and squares.budget = 'linf 0.25' and squares.role = 'attack'
    and squares.denominator = 'both-right' and squares.n > 0
    and if(made_on.family = shown_to.family,
        made_on.name = shown_to.name, shown_to.twin = made_on.twin % shown_to.twins + 1)
group by all
order by min(made_on.position), min(shown_to.position)
