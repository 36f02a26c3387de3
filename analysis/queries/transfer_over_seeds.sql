-- One row per network crafted on, network shown to, craft and denominator: the transfer matrix, seeds pooled.
--
-- A network is a model without its swept seed (names that end in `seed 0`, `seed 1`). Each pair of models is one
-- square of the transfer matrix; squares of the same pair of networks are added up. On the diagonal stand models
-- shown what was crafted on themselves; a network shown what was crafted on its other seeds is a row of its own.
-- Pairs of equal seed are left out wherever there are others: of one architecture they begin at the same weights.
-- All pairs show the same images: as many independent ones as n / pairs. lowest and highest are those of the pairs.
with squares as (
    select
        coalesce(crafted_on.network, transfer_matrix.surrogate) as crafted_on,
        shown_to.network as shown_to,
        crafted_on.seed as crafted_seed,
        shown_to.seed as shown_seed,
        crafted_on.position as crafted_position,
        shown_to.position as shown_position,
        transfer_matrix.*
    from transfer_matrix
    left join networks as crafted_on on transfer_matrix.surrogate = crafted_on.name
    inner join networks as shown_to on transfer_matrix.target = shown_to.name
),

pairs as (
    select *
    from squares
    qualify
        is_diagonal
        or (crafted_seed <> shown_seed) is not false
        or not bool_or(crafted_seed <> shown_seed) over (
            partition by crafted_on, shown_to, attack, budget, role, control, part, denominator, is_diagonal
        )
)

select
    crafted_on,
    shown_to,
    attack,
    budget,
    role,
    control,
    part,
    is_diagonal,
    denominator,
    count(*) as pairs,
    count(distinct shown_seed) as seeds,
    sum(n)::bigint as n,
    sum(fooled)::bigint as fooled,
    sum(fooled) / nullif(sum(n), 0) as rate,
    min(rate) as lowest,
    max(rate) as highest
from pairs
group by crafted_on, shown_to, attack, budget, role, control, part, is_diagonal, denominator
order by min(crafted_position), attack, budget, role, control, part, min(shown_position), is_diagonal, denominator
