from jobs.watching import watch
from tests.studies import SMALL, planned, write
from transfer.store import Object, Store
from transfer.study import read


def commit(store, task):
    """What stands in a task's record; its objects are not looked at here."""
    empty = Object(b"", "safetensors")
    store.commit(task.id, task.stage, spec=task.spec(), inputs={}, objects={"made": empty}, provenance={}, seconds=0.1)


def test_a_line_tells_what_has_changed_and_the_last_that_nothing_is_left(tmp_path):
    study = read(write(tmp_path, SMALL.replace("splits: {A: 400, B: 400}", "splits: {A: 100}").replace("[A, B]", "A")))
    store = Store.open(tmp_path / "results")
    tasks = iter(planned(study).tasks)

    def rest(seconds):
        """In between, others go on with the study."""
        if store.study() is None:
            store.save_study(planned(study).document)
        elif rest.looks % 2:  # and now and then they do not
            commit(store, next(tasks))
        rest.looks += 1

    rest.looks = 0
    lines = [line.partition("  ")[2] for line in watch(store, rest=rest)]
    assert lines[:3] == [
        "no study yet",
        "models 0/2, crafts 0/13, squares 0/26",
        "models 1/2, crafts 0/13, squares 0/26",
    ]
    assert lines[-1] == "models 2/2, crafts 13/13, squares 26/26"
    assert len(set(lines)) == len(lines)
