-- One row per ensemble that is attacked whole, and member: what it would answer if it were asked for a vote.
--
-- family is its name without a seed. Nothing is left out.
select distinct
    crafts.surrogate as committee,
    regexp_replace(crafts.surrogate, ' seed \d+$', '') as family,
    targets.target,
    targets.seed
from (select surrogate, unnest(surrogates) as target from crafts where len(surrogates) > 1) as crafts
inner join targets using (target)
