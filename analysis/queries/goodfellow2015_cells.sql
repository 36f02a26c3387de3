-- One row per kind of image, network they are made on, network shown to and quantity: the paper's number and ours.
--
-- Of each network what was made on itself, and what passes between maxout and the others; kinds and quantities are
-- those of goodfellow2015_values, in percent. published: Goodfellow et al. 2015, arXiv:1412.6572, where it is printed
-- there (its ensembles are in goodfellow2015_ensembles). ours: the mean over seeds; low and high: its 95% interval,
-- Student's t. Left out are agreements of a network with itself.
--
-- Then: mean_over_seeds
with printed (experiment, condition, kind, made_on, shown_to) as (
    values
    ('shallow softmax, MNIST test, FGSM', '%', 'fgsm', 'softmax', 'softmax'),
    ('maxout, MNIST test, FGSM', '%', 'fgsm', 'maxout', 'maxout'),
    ('adversarially trained maxout, FGSM', '%', 'fgsm', 'adversarially trained', 'adversarially trained'),
    ('control: trained with +/- epsilon%', '%', 'fgsm', 'trained on signs', 'trained on signs'),
    ('control: trained with U(-epsilon%', '%', 'fgsm', 'trained on uniform', 'trained on uniform'),
    ('shallow RBF, MNIST test, FGSM', '%', 'fgsm', 'rbf', 'rbf'),
    ('shallow RBF, MNIST test', '%', 'clean', null, 'rbf'),
    ('maxout 240', '%no adversarial%', 'test', null, 'maxout'),
    ('maxout 240', 'clean, adversarial%', 'test', null, 'adversarially trained'),
    ('original -> adversarially trained', '%', 'fgsm', 'maxout', 'adversarially trained'),
    ('adversarially trained -> original', '%', 'fgsm', 'adversarially trained', 'maxout'),
    ('maxout -> RBF: same class%', '%', 'fgsm', 'maxout', 'rbf'),
    ('maxout -> softmax: same class%', '%', 'fgsm', 'maxout', 'softmax'),
    ('rubbish%MNIST maxout + softmax', '%', 'rubbish', null, 'maxout'),
    ('rubbish%MNIST softmax regression', '%', 'rubbish', null, 'softmax'),
    ('rubbish%MNIST RBF', '%', 'rubbish', null, 'rbf')
),

theirs as (
    select
        printed.* exclude (experiment, condition),
        if(paper.experiment like '%both err', 'agreement_of_both_percent', paper.quantity) as quantity,
        paper.value as published
    from published_goodfellow2015 as paper
    inner join printed on paper.experiment like printed.experiment and paper.condition like printed.condition
)

select
    ours.kind,
    ours.made_on,
    ours.shown_to,
    ours.quantity,
    any_value(theirs.published) as published,
    list(ours.value order by ours.seed) as by_seed
from goodfellow2015_values as ours
left join theirs
    on (ours.kind, ours.shown_to, ours.quantity) = (theirs.kind, theirs.shown_to, theirs.quantity)
    and ours.made_on is not distinct from theirs.made_on
where
    if(ours.made_on <> ours.shown_to, ours.kind = 'fgsm' and 'maxout' in (ours.made_on, ours.shown_to),
        ours.quantity not like 'agreement%')
group by ours.kind, ours.made_on, ours.shown_to, ours.quantity
order by all
