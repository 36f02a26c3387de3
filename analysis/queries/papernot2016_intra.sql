-- One row per technique, attack, subset crafted on and subset shown to: how often a technique fools itself elsewhere.
--
-- As Papernot et al. 2016 within techniques, whose cells are not confirmed and so not shown. On the diagonal is the
-- model itself. What is counted is in technique_pairs.
--
-- Then: with_interval
-- Laid out: crafted_subset down, shown_subset across, one for each technique, attack, budget, part
-- Cell: {rate:.1f}
-- Cell: {low:.0f}-{high:.0f}
-- Beneath: Fooled in %, and its 95% interval over images.
select
    crafted_on as technique,
    attack,
    budget,
    part,
    crafted_subset,
    shown_subset,
    1 as pairs,
    n,
    k,
    100 * k / nullif(n, 0) as rate,
    100 * noise_k / nullif(noise_n, 0) as noise_rate
from technique_pairs
where crafted_on = shown_to
order by attack, budget, crafted_position, crafted_subset, shown_subset
