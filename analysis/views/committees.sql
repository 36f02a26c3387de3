-- One row per ensemble that is attacked whole, and member: what it would answer if it were asked for a vote.
--
-- family is its name without a seed, size how many members it has. Left out are members that are no targets.
select distinct
    crafts.surrogate as committee,
    regexp_replace(crafts.surrogate, ' seed \d+$', '') as family,
    targets.target,
    targets.seed,
    crafts.size
from (select surrogate, unnest(surrogates) as target, len(surrogates) as size from crafts where size > 1) as crafts
inner join targets using (target)
