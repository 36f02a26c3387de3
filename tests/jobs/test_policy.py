import pytest

from jobs.policy import BUDGETS, FAULTLESS, Cause, Ledger, spent


def failure(task, cause, message="why"):
    return {"task": task, "cause": cause, "message": message}


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_a_budget_or_is_no_fault_of_the_task(cause):
    assert cause in BUDGETS or cause in FAULTLESS


@pytest.mark.parametrize("cause,budget", [(cause, budget) for cause, budget in BUDGETS.items() if budget])
def test_a_budget_is_used_up_by_its_last_attempt_and_not_before(cause, budget):
    assert spent([cause] * (budget - 1)) is None
    assert spent([cause] * budget) is cause


def test_machines_that_are_taken_away_cost_nothing():
    assert spent([Cause.PREEMPTED] * 1000) is None


def test_budgets_are_counted_apart():
    assert spent([Cause.DIED, Cause.DIED, Cause.DEADLINE, Cause.MEMORY]) is None


def test_an_earlier_runs_attempts_count_until_they_are_forgiven():
    earlier = [failure("a", "died"), failure("a", "died")]
    assert Ledger(earlier).charge("a", Cause.DIED, "signal 9") == "ended its process three times (signal 9)"
    assert Ledger(earlier, retry_failed=True).charge("a", Cause.DIED, "signal 9") is None


def test_attempts_are_numbered_through_all_runs():
    ledger = Ledger([failure("a", "died"), failure("a", "exception")], retry_failed=True)
    assert ledger.attempt("a") == 3
    ledger.charge("a", Cause.DIED, "signal 9")
    assert ledger.attempt("a") == 4
    assert ledger.attempt("b") == 1


def test_a_task_that_raised_is_given_up_with_its_own_words():
    assert Ledger([failure("a", "exception", "ValueError: no")]).given_up("a") == "ValueError: no"
