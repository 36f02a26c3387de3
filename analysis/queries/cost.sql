-- One row per stage: what the study has cost, and what failed attempts have cost beside it.
--
-- tasks and seconds are those of the current study's models, crafts, probes and of the evaluations of its squares, in
-- seconds of one worker: two workers need half as long. attempts counts all of them, failed ones included, of
-- which failed_attempts and failed_seconds; tasks that have only failed are unfinished. Left out: work of earlier
-- versions of the study that this one does not ask for.
with asked as (
    select model as task from models
    union
    select craft as task from crafts
    union
    select probe as task from probes
    union
    select task from tiles
),

failed as (
    select
        task,
        stage,
        count(*) as attempts,
        sum(seconds) as seconds
    from failed_attempts
    anti join (from records anti join asked using (task)) as earlier using (task)
    group by all
)

select
    coalesce(records.stage, failed.stage) as stage,
    count(records.task) as tasks,
    sum(records.seconds) as seconds,
    max(records.seconds) as longest,
    sum(records.bytes)::bigint as bytes,
    count(records.task) + coalesce(sum(failed.attempts), 0)::bigint as attempts,
    coalesce(sum(failed.attempts), 0)::bigint as failed_attempts,
    coalesce(sum(failed.seconds), 0) as failed_seconds,
    count_if(records.task is null) as unfinished
from (from records semi join asked using (task)) as records
full join failed using (task)
group by coalesce(records.stage, failed.stage)
order by list_position(['train', 'craft', 'evaluate', 'probe'], coalesce(records.stage, failed.stage)), stage
