-- One row per network, seed and quantity: what passes between linear classifiers of unlike weight decay, in %.
--
-- Of what lbfgs finds, brought to rms 0.1, and images that both get right when clean: own, how many fool the network
-- itself; noise, how many noise as large fools; out, in: how many pass on to networks of another decay and seed, and
-- come from these, the mean over them. Networks with a class for nothing, `background`, are left out.
with ends as (
    select *
    from networks
    where not starts_with(network, 'background')
)

select
    own.network,
    own.seed,
    case
        when matrix.role = 'control' then 'noise'
        when matrix.is_diagonal then 'own'
        when own.name = matrix.surrogate then 'out'
        else 'in'
    end as quantity,
    100 * avg(matrix.rate order by other.position) as value
from transfer_matrix as matrix
inner join ends as own on own.name in (matrix.surrogate, matrix.target)
inner join ends as other
    on other.name in (matrix.surrogate, matrix.target) and (other.name = own.name) = matrix.is_diagonal
where
    matrix.attack = 'lbfgs' and matrix.budget = 'rms 0.1' and matrix.denominator = 'both-right'
    and (matrix.is_diagonal or (matrix.role = 'attack' and own.network <> other.network and own.seed <> other.seed))
group by own.network, own.seed, own.position, quantity
order by own.position, quantity
