-- One row per attack, budget, part, drawing of the halves and term: what explains transfer, the halves drawn again.
--
-- As what_explains_transfer, of pairs whose splits are of one drawing alone: P1 and P2, Q1 and Q2, whose names differ
-- in their number. Two splits of one drawing have no image in common; all others are left out.
--
-- Then: shares_of_variance
with pairs as (
    select
        attack,
        budget,
        part,
        unnest(squares) as square,
        generate_subscripts(squares, 1) as place
    from what_explains_transfer
)

select
    attack,
    budget,
    part,
    regexp_replace(square.surrogate_split, '\d+$', '') as drawing,
    count(*) as pairs,
    list(square order by place) as squares
from pairs
where regexp_replace(square.surrogate_split, '\d+$', '') = regexp_replace(square.target_split, '\d+$', '')
group by all
order by attack, budget, part, drawing
