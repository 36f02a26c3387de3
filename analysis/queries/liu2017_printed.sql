-- One row per comparison of the cells that Liu et al. 2017 print: the mean of some minus that of others, in points.
--
-- Of networks that are none of those crafted on: wrong answers, or answers with the goal where it is aimed. That noise
-- of the same size gives no goal is said in the text. What is ours is in liu2017_compared.
with cells as (
    select
        paper_table,
        if(quantity = 'accuracy', 100 - published, published) as reached,
        starts_with(crafted_on, 'ResNet') and starts_with(shown_to, 'ResNet') as is_within
    from liu2017_cells
    where crafted_on <> shown_to and (not starts_with(crafted_on, '-') or crafted_on = '-' || shown_to)
),

means as (
    select
        avg(reached) filter (paper_table = '1A') as hundred_steps,
        avg(reached) filter (paper_table = '1A' and is_within) as within_resnets,
        avg(reached) filter (paper_table = '1A' and not is_within) as across,
        avg(reached) filter (paper_table = '1B') as one_step,
        avg(reached) filter (paper_table = '2') as aimed,
        avg(reached) filter (paper_table = '3') as aimed_ensembles,
        avg(reached) filter (paper_table = '4') as ensembles
    from cells
)

select
    unnest([
        {'comparison': 'aimed: ensembles minus single networks', 'published': aimed_ensembles - aimed},
        {'comparison': 'aimed: single networks minus noise', 'published': aimed - 0},
        {'comparison': 'ensembles minus single networks', 'published': ensembles - hundred_steps},
        {'comparison': 'one step minus a hundred', 'published': one_step - hundred_steps},
        {'comparison': 'within ResNets minus across', 'published': within_resnets - across}
    ], max_depth := 2)
from means
