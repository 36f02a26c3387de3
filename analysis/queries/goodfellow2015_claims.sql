-- One row per claim: what it says is above or below a limit, in percent or percentage points.
--
-- Differences are seed by seed, between cells of goodfellow2015_values, where kinds and quantities are told; without an
-- other, the cell itself. The ones of pairs are of networks of unlike seeds. ours: the mean over seeds; low and high:
-- its 95% interval, Student's t. Left out are claims of which a cell is missing.
--
-- Then: mean_over_seeds
with asked (claim, quantity, kind, made_on, shown_to, other_kind, other_made_on, other_shown_to) as (
    values
    ('trained to original minus back', 'error_percent', 'fgsm', 'adversarially trained', 'maxout',
        'fgsm', 'maxout', 'adversarially trained'),
    ('trained to original minus back', 'fooled_percent', 'fgsm', 'adversarially trained', 'maxout',
        'fgsm', 'maxout', 'adversarially trained'),
    ('softmax minus rbf', 'agreement_percent', 'fgsm', 'maxout', 'softmax', 'fgsm', 'maxout', 'rbf'),
    ('softmax minus rbf', 'agreement_of_both_percent', 'fgsm', 'maxout', 'softmax', 'fgsm', 'maxout', 'rbf'),
    ('maxout minus rbf', 'error_percent', 'rubbish', null, 'maxout', 'rubbish', null, 'rbf'),
    ('softmax minus rbf', 'error_percent', 'rubbish', null, 'softmax', 'rubbish', null, 'rbf'),
    ('original minus trained', 'error_percent', 'fgsm', 'maxout', 'maxout',
        'fgsm', 'adversarially trained', 'adversarially trained'),
    ('maxout minus rbf', 'mean_confidence_on_errors_percent', 'fgsm', 'maxout', 'maxout', 'fgsm', 'rbf', 'rbf'),
    ('original minus trained', 'error_percent', 'test', null, 'maxout', 'test', null, 'adversarially trained')
),

found as (
    select * from asked
    union all
    select
        'attack minus ' || kind as claim,
        quantity,
        'fgsm' as kind,
        made_on,
        shown_to,
        kind as other_kind,
        made_on as other_made_on,
        shown_to as other_shown_to
    from goodfellow2015_values
    where made_on = shown_to and kind <> 'fgsm' and quantity = 'fooled_percent'
    group by all
)

select
    found.claim,
    found.quantity,
    found.kind,
    found.shown_to,
    list(one.value - other.value order by one.seed) as by_seed
from found
inner join goodfellow2015_values as one
    on (found.kind, found.shown_to, found.quantity) = (one.kind, one.shown_to, one.quantity)
    and found.made_on is not distinct from one.made_on
inner join goodfellow2015_values as other
    on (found.other_kind, found.other_shown_to, found.quantity) = (other.kind, other.shown_to, other.quantity)
    and found.other_made_on is not distinct from other.made_on and one.seed = other.seed
group by found.claim, found.quantity, found.kind, found.shown_to
order by all
