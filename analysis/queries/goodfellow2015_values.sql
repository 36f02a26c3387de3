-- One row per kind of image, network they are made on, network shown to, seed and quantity: a value in percent.
--
-- kind: an attack, a control as large, clean, or what goodfellow2015_alone has. Of networks shown what was made on
-- themselves, or on another network of another seed, the mean over these pairs; ensembles are left out. seed: of the
-- network shown to, but where maxout is shown another's, of that one. error_percent: wrong answers of all images;
-- fooled_percent: wrong of those that both get right when clean; agreement_percent, agreement_of_both_percent: the
-- class that the network made on gives, of the images on which that one errs, or both err.
with squares as (
    select
        coalesce(trials.control, trials.attack, trials.role) as kind,
        made.network as made_on,
        shown.network as shown_to,
        made.seed as made_seed,
        shown.seed as shown_seed,
        100 * count_if(is_fooled) / count(*) as error_percent,
        100 * avg(confidence) as mean_confidence_percent,
        100 * avg(confidence) filter (is_fooled) as mean_confidence_on_errors_percent,
        100 * count_if(is_fooled and is_target_right and is_surrogate_right)
        / nullif(count_if(is_target_right and is_surrogate_right), 0) as fooled_percent,
        100 * count_if(is_same_mistake) / nullif(count_if(is_surrogate_fooled), 0) as agreement_percent,
        100 * count_if(is_same_mistake)
        / nullif(count_if(is_surrogate_fooled and is_fooled), 0) as agreement_of_both_percent
    from trials
    inner join networks as shown on trials.target = shown.name
    left join networks as made on trials.surrogate = made.name
    where
        trials.surrogate is null
        or (trials.is_diagonal and made.network is not null)
        or (made.network <> shown.network and made.seed <> shown.seed)
    group by all
)

select
    kind,
    made_on,
    shown_to,
    if(shown_to = 'maxout' and made_on is not null, made_seed, shown_seed) as seed,
    quantity,
    avg(value order by made_seed, shown_seed) as value
from (unpivot squares on columns('_percent$') into name quantity value value)
group by all
union all
select
    kind,
    null as made_on,
    network as shown_to,
    seed,
    quantity,
    value
from goodfellow2015_alone
order by all
