-- One row per technique crafted on, attack, technique shown to and kind of pair: how often it is fooled.
--
-- As Papernot et al. 2016 across techniques, whose cells are not confirmed and so not shown. `disjoint` pools all pairs
-- of models of different subsets, `same` those of one subset, where the diagonal is the model itself. What is counted
-- is in technique_pairs. All pairs show the same images: low and high count n / pairs. They are about the images;
-- lowest and highest, over pairs, are about the subsets.
--
-- Then: with_interval
-- Laid out: crafted_on, attack, budget down, shown_to across, one for each subsets, part
-- Cell: {rate:.1f}
-- Cell: {low:.0f}-{high:.0f}
-- Cell: ({noise_rate:.1f})
-- Beneath: Fooled in %, its 95% interval, and in brackets the rate of noise of the same size.
select
    crafted_on,
    attack,
    budget,
    part,
    shown_to,
    if(crafted_subset = shown_subset, 'same', 'disjoint') as subsets,
    count(*) as pairs,
    sum(n)::bigint as n,
    sum(k)::bigint as k,
    100 * sum(k) / nullif(sum(n), 0) as rate,
    100 * min(k / nullif(n, 0)) as lowest,
    100 * max(k / nullif(n, 0)) as highest,
    100 * sum(noise_k) / nullif(sum(noise_n), 0) as noise_rate
from technique_pairs
group by crafted_on, attack, budget, part, shown_to, subsets
order by subsets, min(crafted_position), attack, budget, min(shown_position) nulls last
