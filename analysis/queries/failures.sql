-- One row per task that has failed and is not done: how often it was tried, and what its last attempt said.
--
-- Tasks that a later attempt has finished are left out, and so are tasks that were never tried.
with latest as (
    select
        task,
        stage,
        count(*) as attempts,
        arg_max(cause, coalesce(try_cast(attempt as integer), 0)) as cause,
        arg_max(message, coalesce(try_cast(attempt as integer), 0)) as message
    from failed_attempts
    group by all
)

select
    latest.stage,
    coalesce(models.name, crafts.name) as name,
    latest.attempts,
    latest.cause,
    latest.message,
    latest.task
from latest
anti join records using (task)
left join models on latest.task = models.model
left join crafts on latest.task = crafts.craft
order by latest.stage, name, latest.task
