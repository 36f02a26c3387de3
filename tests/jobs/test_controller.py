import signal
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest

from jobs.board import Board, State
from jobs.controller import Controller
from jobs.executor import Done, Receipt
from jobs.policy import Cause
from tests.jobs.simulation import Simulation
from tests.jobs.steps import CraftStep, EvaluateStep, TrainStep, digests, study
from transfer.errors import EnvironmentProblem
from transfer.store import Store


@dataclass
class Notes:
    """A watch that remembers."""

    failures: dict[str, str] = field(default_factory=dict)
    retries: list[tuple[str, Cause]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def started(self, task): ...

    def finished(self, task, receipt): ...

    def refresh(self): ...

    def failed(self, task, reason, blocked):
        self.failures[task.name] = reason

    def retried(self, task, cause, message):
        self.retries.append((task.name, cause))

    def told(self, text):
        self.said.append(text)


@dataclass
class Never:
    number: int | None = None


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "results")


def run(tasks, store, workers=2, fault=lambda task, attempt: None, notes=None, stop=None, **more):
    simulated = {name: more.pop(name) for name in ("start", "stillborn", "lost", "warned") if name in more}
    executor = Simulation(store, fault, **simulated)
    board = Board(tasks, {record.task for record in store.records()})
    controller = Controller(board, store, executor, notes or Notes(), stop or Never(), workers=workers, **more)
    return controller.run(), executor, board


def named(store, tasks):
    names = {task.id: task.name for task in tasks}
    return {names[task] for task in digests(store)}


def test_everything_that_a_study_needs_is_done_once(store):
    tasks = study()
    summary, executor, board = run(tasks, store)
    assert summary.done == len(tasks) == len(digests(store))
    assert Counter(name for _, _, name in executor.began) == Counter(task.name for task in tasks)
    assert board.total(State.DONE) == len(tasks)


def test_what_is_committed_is_not_done_again(store):
    tasks = study()
    run(tasks[:4], store)
    _, executor, _ = run(tasks, store)
    assert {name for _, _, name in executor.began} == {task.name for task in tasks[4:]}


def test_one_worker_writes_what_four_write(tmp_path):
    stores = [Store.open(tmp_path / name) for name in ("one", "four")]
    for store, workers in zip(stores, (1, 4), strict=True):
        run(study(), store, workers)
    assert digests(stores[0]) == digests(stores[1]) != {}


def test_a_network_is_attacked_while_others_are_still_trained(store):
    quick, slow = TrainStep(name="quick", seconds=1), TrainStep(name="slow", seconds=100)
    craft = CraftStep(name="craft", after=(quick,), seconds=1)
    _, executor, _ = run([slow, quick, craft], store)
    began = {name: time for time, _, name in executor.began}
    assert began["craft"] < began["slow"] + 100


def test_trainings_go_first_since_others_wait_for_them(store):
    first = TrainStep(name="first", seconds=1)
    craft = CraftStep(name="craft", after=(first,), seconds=1)
    show = EvaluateStep(name="show", after=(craft,), seconds=1)
    late = TrainStep(name="late", seconds=1)
    _, executor, _ = run([first, craft, show, late], store, workers=1)
    assert [name for _, _, name in executor.began] == ["first", "late", "craft", "show"]


def test_nothing_is_queued_behind_a_long_task(store):
    tasks = [TrainStep(name=f"train {number}", seconds=10) for number in range(6)]
    _, executor, _ = run([TrainStep(name="long", seconds=100), *tasks], store)
    workers = {name: worker for _, worker, name in executor.began}
    assert [name for name, worker in workers.items() if worker == workers["long"]] == ["long"]


def test_short_tasks_are_queued_two_deep_and_no_deeper(store):
    deepest = 0

    class Watching(Simulation):
        def submit(self, worker, task, attempt):
            nonlocal deepest
            super().submit(worker, task, attempt)
            deepest = max(deepest, len(self._queues[worker]))

    tasks = [TrainStep(name=f"train {number}", seconds=0.01) for number in range(20)]
    Controller(Board(tasks), store, Watching(store), Notes(), Never(), workers=2).run()
    assert deepest == 2


def test_an_exception_is_not_tried_again_and_what_needs_it_is_left_out(store):
    tasks = [TrainStep(name="good"), TrainStep(name="bad", does="raise no such layer")]
    behind = CraftStep(name="craft", after=(tasks[1],))
    shown = EvaluateStep(name="show", after=(behind, tasks[0]))
    alone = CraftStep(name="alone", after=(tasks[0],))
    everything = [*tasks, behind, shown, alone]
    summary, _, board = run(everything, store)
    assert named(store, everything) == {"good", "alone"}
    assert summary.reasons == {tasks[1].id: "ValueError: no such layer"}
    assert summary.blocked_by == {behind.id: tasks[1].id, shown.id: tasks[1].id}
    assert board.in_state(State.BLOCKED) == [behind, shown]
    (failure,) = store.failures()
    assert failure["cause"] == "exception"
    assert "in misbehave" in failure["traceback"]


def test_a_failed_task_is_remembered_until_somebody_asks_for_another_try(store):
    bad = TrainStep(name="bad", does="raise")
    mended = TrainStep(name="bad")
    assert bad.id == mended.id
    run([bad], store)
    summary, executor, _ = run([mended], store)
    assert executor.began == []
    assert list(summary.reasons) == [bad.id]
    summary, _, _ = run([mended], store, retry_failed=True)
    assert summary.reasons == {}
    assert named(store, [bad]) == {"bad"}


def test_leaving_by_sys_exit_fails_the_task_and_not_the_study(store):
    notes = Notes()
    run([TrainStep(name="bad", does="exit 7"), TrainStep(name="good")], store, notes=notes)
    assert notes.failures == {"bad": "called sys.exit(7)"}


def test_running_out_of_memory_names_the_setting_to_change(store):
    notes = Notes()
    run([TrainStep(name="bad", does="memory")], store, notes=notes)
    assert notes.failures["bad"].startswith(
        "ran out of memory twice, at last with its node to itself; set `batch` below"
    )


@pytest.mark.parametrize(
    "cause,attempts",
    [(Cause.DIED, 3), (Cause.UNAVAILABLE, 3), (Cause.MEMORY, 2)],
)
def test_a_task_that_loses_its_workers_is_given_up_when_its_budget_is_used_up(store, cause, attempts):
    notes = Notes()
    poison = TrainStep(name="poison", seconds=1)
    good = [TrainStep(name=f"good {number}", seconds=1) for number in range(8)]
    summary, executor, _ = run(
        [poison, *good], store, fault=lambda task, attempt: cause if task.name == "poison" else None, notes=notes
    )
    assert Counter(name for _, _, name in executor.began)["poison"] == attempts
    assert summary.done == 8
    assert list(notes.failures) == ["poison"]
    assert [failure["attempt"] for failure in store.failures()] == list(range(1, attempts + 1))


def test_a_task_that_kills_its_workers_does_not_begin_anew_with_each_run(store):
    poison = TrainStep(name="poison", seconds=1)
    stop = Never()

    def fault(task, attempt):
        stop.number = signal.SIGINT if attempt == 2 else None  # the second run is cut short
        return Cause.DIED

    run([poison], store, fault=fault, stop=stop, workers=1)
    assert len(store.failures()) == 2
    _, executor, _ = run([poison], store, fault=lambda task, attempt: Cause.DIED, workers=1)
    assert len(executor.began) == 1


def test_losing_spot_machines_is_free(store):
    tasks = study()
    summary, _, _ = run(tasks, store, fault=lambda task, attempt: Cause.PREEMPTED if attempt <= 9 else None)
    assert summary.done == len(tasks)
    assert summary.reasons == {}


def test_a_task_behind_the_one_that_killed_its_worker_is_not_charged(store):
    quick = [TrainStep(name=f"quick {number}", seconds=0.01) for number in range(12)]
    poison = TrainStep(name="poison", seconds=0.01)
    notes = Notes()
    summary, _, _ = run(
        [*quick[:6], poison, *quick[6:]],
        store,
        fault=lambda task, attempt: Cause.DIED if task.name == "poison" else None,
        notes=notes,
    )
    assert set(notes.failures) == {"poison"}
    assert {name for name, _ in notes.retries} == {"poison"}
    assert summary.done == 12


def test_a_task_that_was_committed_before_its_worker_died_is_not_done_again(store):
    tasks = study()
    summary, executor, _ = run(tasks, store, fault=lambda task, attempt: "late" if task.stage == "train" else None)
    assert Counter(name for _, _, name in executor.began) == Counter(task.name for task in tasks)
    assert summary.done == len(tasks)
    assert store.failures() == []


def test_a_task_that_hangs_is_ended_twice_and_then_given_up(store):
    notes = Notes()
    tasks = [TrainStep(name="stuck"), *(TrainStep(name=f"good {number}", seconds=5) for number in range(4))]
    summary, executor, _ = run(
        tasks, store, fault=lambda task, attempt: "hang" if task.name == "stuck" else None, deadline=60, notes=notes
    )
    assert summary.done == 4
    assert notes.failures == {
        "stuck": "took longer than a task may, twice; --deadline allows more (stopped after 60 s)"
    }
    assert summary.seconds == pytest.approx(2 * 60 + 2 * executor.start, abs=5)


def test_a_long_task_of_a_long_kind_is_given_time(store):
    tasks = [TrainStep(name="long", seconds=50), TrainStep(name="longer", seconds=200)]
    summary, _, _ = run(tasks, store, workers=1, deadline=60)
    assert summary.done == 2


def test_a_study_whose_workers_cannot_start_ends_with_the_cause(store):
    with pytest.raises(EnvironmentProblem, match=r"U095.*tried 3 times: ModuleNotFoundError.*'torch'"):
        run(study(), store, stillborn=3)


def test_a_worker_that_fails_to_start_now_and_then_is_replaced(store):
    summary, _, _ = run(study(), store, stillborn=2)
    assert summary.done == 9


def test_storage_that_cannot_be_written_ends_the_run_with_its_own_words(store):
    full = EnvironmentProblem("R075", "no space left on device")

    class Full(Simulation):
        def _end(self, worker):
            event = super()._end(worker)
            return type(event)(worker, event.task, Cause.ENVIRONMENT, str(full), "", full)

    task = TrainStep(name="bad", does="raise")
    with pytest.raises(EnvironmentProblem, match=r"R075.*no space left"):
        Controller(Board([task]), store, Full(store), Notes(), Never(), workers=1).run()


def test_a_damaged_input_is_told_and_is_no_failure_of_the_task(store):
    train = TrainStep(name="train")
    craft = CraftStep(name="craft", after=(train,))
    run([train], store)
    (record,) = store.records()
    path = store.location / record.objects["made"]["key"]
    path.write_bytes(b"x" + path.read_bytes()[1:])
    summary, _, _ = run([train, craft], store)
    assert summary.damaged.code == "R078"
    assert train.id[:12] in str(summary.damaged)
    assert store.failures() == []


class At:
    """A signal that comes at a time of the simulation."""

    def __init__(self, executor, seconds, signal):
        self.executor, self.seconds, self.signal = executor, seconds, signal

    @property
    def number(self):
        return self.signal if self.executor.clock >= self.seconds else None


def test_a_signal_lets_what_is_running_end_and_begins_nothing_more(store):
    executor = Simulation(store)
    board = Board([TrainStep(name=f"train {number}", seconds=10) for number in range(6)])
    stop = At(executor, 5, signal.SIGTERM)
    summary = Controller(board, store, executor, Notes(), stop, workers=2).run()
    assert len(executor.began) == summary.done == 2
    assert summary.interrupted == signal.SIGTERM


def test_after_a_signal_a_long_task_is_not_waited_for(store):
    executor = Simulation(store)
    stop = At(executor, 5, signal.SIGINT)
    board = Board([TrainStep(name="long", seconds=1000)])
    summary = Controller(board, store, executor, Notes(), stop, workers=1, grace=30).run()
    assert summary.done == 0
    assert summary.seconds == pytest.approx(35, abs=1)


def test_a_person_is_told_when_no_worker_comes_up(store):
    notes = Notes()
    run([TrainStep(name="train")], store, start=150, notes=notes)
    assert notes.said == ["no worker has come up for 60 s: are the cluster's CPUs taken?"] * 2


def test_no_more_workers_are_hired_than_there_are_tasks(store):
    hired = []

    class Counting(Simulation):
        def hire(self):
            hired.append(super().hire())
            return hired[-1]

    tasks = [TrainStep(name="one"), TrainStep(name="two")]
    Controller(Board(tasks), store, Counting(store), Notes(), Never(), workers=64).run()
    assert len(hired) == 2


def test_the_controllers_own_time_is_below_two_milliseconds_a_task(store):
    class Instant(Simulation):
        """Workers that are done at once and write nothing: what is left is the controller."""

        def _end(self, worker):
            task, _ = self._queues[worker].popleft()
            if self._queues[worker]:
                self._begin(worker)
            receipt = Receipt(
                task=task.id, stage=task.stage, seconds=0.01, pid=1, host="", attempt="", bytes=0, accuracy=None
            )
            return Done(worker, task, receipt)

    tasks = [TrainStep(name=str(number), seconds=0.01) for number in range(3000)]
    board = Board(tasks)
    controller = Controller(board, store, Instant(store), Notes(), Never(), workers=64)
    began = time.process_time()
    assert controller.run().done == 3000
    assert (time.process_time() - began) / 3000 < 0.002
