-- One row per answerer, attack, budget, images shown, rule and coverage: the risk of answering the surest images alone.
--
-- coverage: the share of images that are answered, in %, those that the rule is surest of; of equally sure ones as many
-- as are needed, each alike. risk: the share of these answers that are wrong, in %. shown: clean; own, made on the
-- answerer itself; other, made on models of other seeds. The answerer is a family of networks (max probability; margin,
-- the risk of which is at most this) or a committee's vote (agreement). ours: the mean over its members; low and high:
-- its 95% interval, Student's t. Left out are controls, and black boxes.
--
-- Then: mean_over_seeds
with ties as (
    select
        answerer,
        member,
        attack,
        budget,
        part,
        shown,
        rule,
        sure,
        count(*) as n,
        count_if(is_wrong) as wrong
    from refusable
    group by all
),

surest as (
    select
        *,
        sum(n) over surer - n as n_before,
        sum(wrong) over surer - wrong as wrong_before,
        sum(n) over (surer rows between unbounded preceding and unbounded following) as total
    from ties
    window surer as (partition by answerer, member, attack, budget, part, shown, rule order by sure desc)
),

risks as (
    select
        surest.*,
        levels.coverage,
        coverage * total / 100 as answered,
        100 * (wrong_before + (answered - n_before) * wrong / n) / answered as risk
    from surest
    inner join (select unnest(range(5, 101, 5)) as coverage) as levels
        on coverage * total > 100 * n_before and coverage * total <= 100 * (n_before + n)
)

select
    answerer,
    attack,
    budget,
    part,
    shown,
    rule,
    coverage,
    list(risk order by member) as by_seed
from risks
group by all
order by answerer, attack nulls first, budget, part, shown, rule, coverage
