-- One row per answer to a clean or attacked image that its answerer might have refused: how sure it was, and the rule.
--
-- rule: max probability; margin, of the label's logit over the best other, whose size where the answer is wrong is at
-- least that of the answer over the next; agreement, of a committee's members, whose vote is the answer. shown: clean;
-- own, made on the answerer itself; other, made on models with none of its seeds. Black boxes give no probabilities
-- and are left out, as are controls.
with answers as (
    select
        targets.family as answerer,
        targets.name as member,
        predictions.craft,
        [targets.seed] as seeds,
        predictions.predicted <> predictions.label as is_wrong,
        unnest([{'rule': 'max probability', 'sure': predictions.confidence::double},
                {'rule': 'margin', 'sure': abs(predictions.margin)::double}], max_depth := 2)
    from predictions
    inner join targets using (target)
    inner join models on targets.name = models.name and models.answers = 'logits'
    union all by name
    select
        votes.family as answerer,
        votes.committee as member,
        votes.craft,
        members.seeds,
        votes.predicted <> votes.label as is_wrong,
        'agreement' as rule,
        votes.agreement as sure
    from votes
    inner join (select committee, list(distinct seed) as seeds from committees group by all) as members
        using (committee)
)

select
    answers.* exclude (craft, seeds),
    crafts.attack,
    crafts.budget,
    crafts.part,
    case
        when crafts.role = 'clean' then 'clean'
        when crafts.surrogate = answers.member then 'own'
        else 'other'
    end as shown
from answers
inner join crafts on answers.craft = crafts.craft and crafts.role in ('attack', 'clean')
left join models on crafts.surrogate = models.name
where shown <> 'other' or not list_contains(answers.seeds, models.seed)
