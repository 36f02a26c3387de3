-- One row per craft of an attack and target that it was not crafted on: how alike the two are, and how far it passes
-- on.
--
-- alignment: the mean cosine of their gradients; perturbations: the mean correlation of what fools each; slope: the
-- mean length of the target's gradients (of gradient_alignment, perturbation_alignment and gradient_size, if the study
-- has them, the first of each). black_box: the error of the target on all n images, white_box: on those crafted on
-- itself; ratio: the first over the second. rate: of those that both classify right when clean, how many fool.
with alike as (
    select * from gradient_probes
),

squares as (
    pivot transfer_matrix on denominator in ('all' as every, 'both-right' as both) using
        any_value(n) as n, any_value(rate) as rate
    group by surrogate, target, attack, budget, part, role, is_diagonal
)

select
    squares.attack,
    squares.budget,
    squares.part,
    squares.surrogate,
    squares.target,
    made_on.family as surrogate_family,
    shown_to.family as target_family,
    made_on.split as surrogate_split,
    shown_to.split as target_split,
    gradients.value as alignment,
    perturbations.value as perturbations,
    slopes.value as slope,
    squares.every_n as n,
    squares.every_rate as black_box,
    own.every_rate as white_box,
    squares.every_rate / nullif(own.every_rate, 0) as ratio,
    squares.both_rate as rate
from squares
inner join models as made_on on squares.surrogate = made_on.name
inner join models as shown_to on squares.target = shown_to.name
inner join alike as gradients on
    (gradients.function, gradients.model, gradients.other, gradients.part)
    = ('gradient_alignment', squares.surrogate, squares.target, squares.part)
left join alike as perturbations on
    (perturbations.function, perturbations.model, perturbations.other, perturbations.part)
    = ('perturbation_alignment', squares.surrogate, squares.target, squares.part)
left join alike as slopes on
    (slopes.function, slopes.model, slopes.part) = ('gradient_size', squares.target, squares.part)
left join squares as own on
    (own.target, own.attack, own.budget, own.part) = (squares.target, squares.attack, squares.budget, squares.part)
    and own.surrogate = own.target
    and own.role = 'attack'
where squares.role = 'attack' and not squares.is_diagonal
order by made_on.position, squares.attack, squares.budget, squares.part, shown_to.position
