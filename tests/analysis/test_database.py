import io
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import analysis
from analysis.answers import audited
from analysis.database import heading
from analysis.tables import DESCRIBED, TYPES
from tests.analysis.made import (
    clean,
    commit,
    commit_tile,
    craft,
    crafted,
    model,
    noise,
    prediction,
    random_results,
    table,
)
from transfer.errors import DamagedResults, TransferError
from transfer.identity import digest
from transfer.schemas import TABLES
from transfer.store import Object, Store


@pytest.fixture(scope="module")
def made():
    return random_results(3, holes=0.2)


@pytest.fixture(scope="module")
def folder(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "made"
    made.commit(path)
    return path


def count(connection, table):
    return connection.execute(f"select count(*) from {table}").fetchone()[0]


def test_the_tables_hold_what_was_committed(made, folder):
    connection = analysis.open(folder)
    for name in ("predictions", "crafted"):
        columns = TABLES[name].names
        rows = connection.execute(f"select {', '.join(columns)} from {name}").fetchall()
        expected = [tuple(row[column] for column in columns) for row in getattr(made, name)]
        assert sorted(rows, key=str) == sorted(expected, key=str)
    named = connection.execute("select model, name, position, is_target from models").fetchall()
    assert named == [(one["model"], one["name"], one["order"], True) for one in made.models]
    crafts = connection.execute("select craft, surrogates, made_like, position from crafts").fetchall()
    assert crafts == [(one["craft"], one["surrogates"], one["like"], one["order"]) for one in made.crafts]
    assert count(connection, "trained") == len(made.models)
    assert connection.execute("select study, title from study").fetchall() == [("made", "Does it transfer?")]


def test_each_table_has_the_types_of_its_schema_also_without_rows(folder, tmp_path):
    Store.open(tmp_path / "new").save_study({**random_results().document, "models": [], "crafts": []})
    for connection in (analysis.open(folder), analysis.open(tmp_path / "new")):
        for name, schema in TABLES.items():
            described = connection.execute(f"select column_name, column_type from (describe {name})").fetchall()
            assert described == [(column.name, TYPES[str(column.type)]) for column in schema]
        for name, (_, columns) in DESCRIBED.items():
            described = connection.execute(f"select column_name from (describe {name})").fetchall()
            assert [column for (column,) in described] == list(columns)
    assert count(connection, "trials") == count(connection, "transfer_matrix") == 0


def test_tables_and_views_say_what_one_row_is(folder):
    comments = "select table_name, comment from duckdb_tables() union all select view_name, comment from duckdb_views()"
    rows = analysis.open(folder).execute(f"from ({comments}) where table_name not like '%duckdb%'").fetchall()
    described = {name: comment for name, comment in rows if name in {*DESCRIBED, *TABLES}}
    assert described.keys() == {*DESCRIBED, *TABLES}
    assert all(comment.startswith("One row") for comment in described.values())


def test_only_what_the_current_study_names_is_counted(made, tmp_path):
    store = made.commit(tmp_path / "r")
    gone, *rest = made.models
    kept = [one for one in made.crafts if gone["model"] not in one["surrogates"]]
    crafts = [{key: value for key, value in one.items() if key != "spec"} for one in kept]
    models = [{key: value for key, value in one.items() if key != "spec"} for one in rest]
    models[0]["is_target"] = False
    store.save_study({**made.document, "models": models, "crafts": crafts})
    connection = analysis.open(tmp_path / "r")
    named, target = {one["craft"] for one in crafts}, models[1]["model"]
    expected = [row for row in made.predictions if row["craft"] in named and row["target"] == target]
    found = connection.execute("select craft, target, image from predictions").fetchall()
    assert sorted(found) == sorted((row["craft"], row["target"], row["image"]) for row in expected)
    assert count(connection, "crafted") == sum(row["craft"] in named for row in made.crafted)
    assert count(connection, "trained") == 2
    assert count(connection, "squares_incomplete") == 0


def test_of_two_records_over_one_square_the_lower_task_id_counts(tmp_path):
    one, other = model("A"), model("B", 1)
    made = craft(one, images=1)
    store = Store.open(tmp_path)
    said = {}
    for answer, targets in enumerate([[one, other], [other], [one, other]]):
        rows = [prediction(made, target, 0, 0, answer) for target in targets]
        record = commit_tile(store, rows, [made["craft"]], [target["model"] for target in targets], batch=answer)
        said[record.task] = (answer, {target["model"] for target in targets})
    strip = [{key: value for key, value in entry.items() if key != "spec"} for entry in (one, other, made)]
    study = {"version": 1, "study": "s", "title": "t", "data": {}, "models": strip[:2], "crafts": strip[2:]}
    store.save_study(study)
    connection = analysis.open(tmp_path)
    expected = []
    for target in (one["model"], other["model"]):
        task = min(task for task, (_, targets) in said.items() if target in targets)
        expected.append((target, said[task][0]))
    assert sorted(connection.execute("select target, predicted from predictions").fetchall()) == sorted(expected)
    wasted = connection.execute("select target_name, counted, wasted from squares_counted_twice").fetchall()
    assert [row[2] for row in wasted] == [1, 2]
    assert count(connection, "squares_incomplete") == 0


@pytest.mark.parametrize("role", ["predictions", "crafted", "trained", "images", "weights"])
def test_a_flipped_bit_in_any_object_names_the_task(made, role, tmp_path):
    store = made.commit(tmp_path / "r")
    record = next(record for record in store.records() if role in record.objects)
    path = tmp_path / "r" / record.objects[role]["key"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    with pytest.raises(DamagedResults, match=f"R078.*{record.task[:12]}"):
        analysis.open(tmp_path / "r")


def test_a_folder_whose_name_is_a_pattern_reads_its_own_files(made, tmp_path):
    made.commit(tmp_path / "a[1]*?'{x}")
    random_results(9).commit(tmp_path / "a1")
    rows = (
        analysis.open(tmp_path / "a[1]*?'{x}")
        .execute("select count(*), sum(predicted)::int from predictions")
        .fetchone()
    )
    assert rows == (len(made.predictions), sum(row["predicted"] for row in made.predictions))


def test_foreign_files_beside_the_objects_are_not_read(made, tmp_path):
    store = made.commit(tmp_path / "r")
    record = store.records("evaluate")[0]
    copy = store.fetch(record, "predictions").read_bytes()
    (tmp_path / "r/objects" / f"{record.task}-{'0' * 32}.parquet").write_bytes(copy)
    assert count(analysis.open(tmp_path / "r"), "predictions") == len(made.predictions)


def test_a_file_of_an_older_schema_gives_null_for_what_it_lacks(tmp_path):
    one = model("A")
    made = craft(one, images=1)
    store = Store.open(tmp_path)
    older = TABLES["predictions"].remove(TABLES["predictions"].get_field_index("confidence"))
    row = prediction(made, one, 0, 0, 1)
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([{name: row[name] for name in older.names}], schema=older), sink)
    spec = {"stage": "evaluate", "crafts": [made["craft"]], "targets": [one["model"]]}
    commit(store, digest(spec), "evaluate", spec, predictions=Object(sink.getvalue(), "parquet", 1))
    strip = [{key: value for key, value in entry.items() if key != "spec"} for entry in (one, made)]
    study = {"version": 1, "study": "s", "title": "t", "data": {}, "models": strip[:1], "crafts": strip[1:]}
    store.save_study(study)
    found = analysis.open(tmp_path).execute("select predicted, confidence from predictions").fetchall()
    assert found == [(1, None)]


OLDER = Path(__file__).parents[1] / "fixtures/crafted_without_flat"  # a study of one model, written before


def test_results_of_before_the_column_flat_are_read_beside_those_of_today(tmp_path):
    shutil.copytree(OLDER, tmp_path / "r")
    store = Store.open(tmp_path / "r")
    before = store.study()
    assert "flat" not in pq.read_schema(store.fetch(store.records("craft")[0], "crafted")).names
    today = craft({"name": "linear", "model": before["models"][0]["model"]}, order=9, attack="pgd", images=3)
    rows = table("crafted", [crafted(today, image, flat=image) for image in range(3)])
    commit(store, today["craft"], "craft", today["spec"], crafted=rows)
    strip = {key: value for key, value in today.items() if key != "spec"}
    store.save_study({**before, "crafts": [*before["crafts"], strip]})
    connection = analysis.open(tmp_path / "r")
    found = connection.execute("select attack, flat from crafted join crafts using (craft) order by position, image")
    assert found.fetchall() == [*[(None, None)] * 3, *[("fgsm", None)] * 3, ("pgd", 0), ("pgd", 1), ("pgd", 2)]
    # Everything that is asked of today's results can be asked of those: the rows are there, and nothing of them is odd.
    assert count(connection, "transfer_matrix") == 2 * 4
    assert connection.execute("select distinct iterated, step from crafts").fetchall() == [(None, None)]
    assert not any(audited(analysis.open(OLDER)).values())


def test_names_of_any_kind_come_back_as_they_are(hostile, tmp_path):
    results = random_results(names=[hostile, "b"], budgets=(0.1,), title=hostile)
    results.commit(tmp_path / "r")
    connection = analysis.open(tmp_path / "r")
    assert connection.execute("select title from study").fetchall() == [(hostile,)]
    assert connection.execute("select distinct target from trials order by target = 'b'").fetchall() == [
        (hostile,),
        ("b",),
    ]


def test_failed_attempts_are_a_table(made, tmp_path):
    store = made.commit(tmp_path / "r")
    spec = {"stage": "craft", "name": "never done"}
    told = {"cause": "science", "message": "NaN in 'x'", "traceback": "...", "seconds": 2.0}
    store.fail(digest(spec), "craft", spec=spec, attempt=1, **told)
    rows = analysis.open(tmp_path / "r").execute("select task, cause, message from failures").fetchall()
    assert rows == [(digest(spec), "science", "NaN in 'x'")]


def test_a_folder_without_a_study_says_so(tmp_path):
    with pytest.raises(TransferError, match=r"R074.*no such results folder"):
        analysis.open(tmp_path / "nowhere")
    Store.open(tmp_path / "empty")
    with pytest.raises(TransferError, match=r"R074.*holds no study yet"):
        analysis.open(tmp_path / "empty")


def test_a_craft_has_a_name_that_people_understand():
    one = model("lenet P1")
    made = craft(one)
    assert heading(made) == "fgsm, linf 0.1, on lenet P1"
    assert heading(noise(made, one)) == "noise like fgsm, linf 0.1, on lenet P1"
    assert heading(clean()) == "clean"
    once = craft(role="control", control="gaussian", attack="gaussian", budget="rms 0.3")
    assert heading(once) == "gaussian, rms 0.3"
