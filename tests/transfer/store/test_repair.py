import pytest

from transfer.store import Object, Store
from transfer.store.repair import repair
from transfer.store.upkeep import verify


@pytest.fixture
def finished(store, tasks, offer):
    for task in tasks:
        offer(store, task)
    store.save_study({"study": "quickstart"})
    return store


def spoil(store, key):
    path = store.location / key
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def repaired(store):
    return repair(store, verify(store))


def left(store):
    return {record.task for record in store.records()}


def test_sound_results_are_left_as_they_are(finished):
    before = sorted(finished.location.rglob("*"))
    done = repaired(finished)
    assert (done.damaged, done.outdated, done.dependent) == ((), (), ())
    assert sorted(finished.location.rglob("*")) == before


@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_the_task_of_a_damaged_object_and_all_that_was_made_from_it_is_done_again(
    finished, tasks, offer, digests, harm, store
):
    first, second, craft, tile = tasks
    before = digests(finished)
    key = finished.record("train", first.id).objects["weights"]["key"]
    if harm == "changed":
        spoil(finished, key)
    else:
        (finished.location / key).unlink()
    done = repaired(finished)
    assert done.damaged == (f"records/train/{first.id}.json",)
    assert set(done.dependent) == {f"records/craft/{craft.id}.json", f"records/evaluate/{tile.id}.json"}
    assert left(finished) == {second.id}
    assert (finished.location / f"records/train/{first.id}.json.damaged-1").exists()
    verdict = verify(finished)
    assert verdict.is_sound and verdict.aside == 3 and verdict.unknown == ()
    for task in tasks:
        offer(finished, task)
    assert digests(finished) == before
    assert verify(finished).is_sound


def test_a_damaged_record_takes_along_what_was_made_from_its_task(finished, tasks):
    first, second, _, _ = tasks
    spoil(finished, f"records/train/{second.id}.json")
    done = repaired(finished)
    assert done.damaged == (f"records/train/{second.id}.json",)
    assert len(done.outdated) == 1  # the tile shows it a craft on the first, which stays
    assert left(finished) == {first.id, tasks[2].id}
    assert verify(finished).is_sound


def test_what_read_an_input_that_was_made_again_and_differs_is_put_back_to_work(finished, tasks, offer):
    first, second, craft, tile = tasks
    (finished.location / f"records/train/{first.id}.json").unlink()
    offer(finished, first, "other bytes")
    done = repaired(finished)
    assert set(done.outdated) == {f"records/craft/{craft.id}.json", f"records/evaluate/{tile.id}.json"}
    assert left(finished) == {first.id, second.id}


def test_a_task_that_is_damaged_again_is_set_aside_under_another_number(finished, tasks, offer):
    for number in (1, 2):
        record = finished.record("evaluate", tasks[3].id)
        spoil(finished, record.objects["predictions"]["key"])
        repaired(finished)
        assert (finished.location / f"records/evaluate/{tasks[3].id}.json.damaged-{number}").exists()
        offer(finished, tasks[3])
    assert verify(finished).aside == 2


@pytest.mark.parametrize("area", ["studies", "failures", "inputs"])
def test_a_damaged_document_of_any_kind_is_set_aside(finished, tasks, tmp_path, area):
    note = {"cause": "died", "message": "", "traceback": "", "seconds": 0.0}
    finished.fail(tasks[0].id, "train", spec=tasks[0].spec(), attempt=1, **note)
    (tmp_path / "mine.py").write_text("def mine(): ...")
    finished.keep(tmp_path / "mine.py")
    (name,) = finished.place.names(area)
    spoil(finished, f"{area}/{name}")
    assert repaired(finished).damaged == (f"{area}/{name}",)
    assert finished.place.names(area) == [f"{name}.damaged-1"]
    assert verify(finished).is_sound and len(left(finished)) == 4
    finished.save_study({"study": "quickstart"})
    finished.keep(tmp_path / "mine.py")
    assert finished.study() == {"study": "quickstart"}
    assert verify(finished).is_sound


def test_a_repair_that_ends_half_way_is_finished_by_the_next(finished, tasks, monkeypatch):
    """It ends after each of its moves in turn; what is left then is never taken for sound too early."""
    spoil(finished, finished.record("train", tasks[0].id).objects["weights"]["key"])
    move, moved = finished.place.move, []

    def only_one(key, other):
        if moved:
            raise KeyboardInterrupt
        moved.append(key)
        move(key, other)

    monkeypatch.setattr(finished.place, "move", only_one)
    for _ in range(2):
        moved.clear()
        with pytest.raises(KeyboardInterrupt):
            repaired(finished)
        assert not verify(finished).is_sound
    moved.clear()
    repaired(finished)
    assert verify(finished).is_sound and left(finished) == {tasks[1].id}


def test_a_link_in_place_of_an_object_or_a_record_is_repaired_and_what_it_leads_to_is_left_alone(
    finished, tasks, tmp_path
):
    weights = finished.record("train", tasks[0].id).objects["weights"]["key"]
    for key in (f"records/evaluate/{tasks[3].id}.json", weights):
        path = finished.location / key
        elsewhere = tmp_path / path.name
        path.rename(elsewhere)
        path.symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    repaired(finished)
    assert verify(finished).is_sound and left(finished) == {tasks[1].id}
    assert {path: path.read_bytes() for path in before} == before


def test_results_in_a_bucket_are_repaired_alike(remote, tasks, offer, digests):
    for task in tasks:
        offer(remote, task)
    before = digests(remote)
    remote.place.put(remote.record("train", tasks[0].id).objects["weights"]["key"], b"?")
    assert len(repaired(remote).dependent) == 2
    assert verify(remote).is_sound and left(remote) == {tasks[1].id}
    for task in tasks:
        offer(remote, task)
    assert digests(remote) == before


def test_a_role_whose_object_nobody_reads_is_repaired_too(store: Store, task, offer):
    record = offer(store, task, objects={"trained": Object(b"rows", "parquet"), "weights": Object(b"w", "safetensors")})
    spoil(store, record.objects["trained"]["key"])
    assert repaired(store).damaged == (f"records/train/{task.id}.json",)
