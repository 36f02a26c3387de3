"""Images made elsewhere are shown as any craft, and refused in a line where they are not what they claim to be."""

import csv
import io
import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from safetensors.numpy import load, save_file

from tests.studies import done, planned, write
from transfer import datasets
from transfer.errors import TransferError
from transfer.importing import Part, from_folder, from_parquet
from transfer.rehearse import Rehearsal, rehearse
from transfer.stages import perform
from transfer.store import Store
from transfer.study import StudyError, read
from transfer.tasks import Choice

STUDY = """
data: mnist
models: {linear: {architecture: linear, recipe: {name: adam, epochs: 1}, split: A}}
splits: {A: 400}
attacks: {theirs: {images: theirs.safetensors%s}}
images: {test: 20}
"""
LABELS = np.array([3, 1, 4, 1, 5], dtype=np.int64)
SMALL = Part("drawn", "test", np.arange(5 * 6, dtype=np.uint8).reshape(5, 1, 2, 3) * 8, LABELS)


def png(pixels, mode="L"):
    file = io.BytesIO()
    Image.fromarray(pixels, mode).save(file, "png")
    return file.getvalue()


def folder(path, rows=None, heading="file,image,label", part=SMALL):
    """Pictures of the clean images, one brighter, and their labels."""
    path.mkdir(exist_ok=True)
    rows = rows or [(f"{i}.png", i, label) for i, label in enumerate(part.labels)]
    for name, place, *_ in rows:
        (path / name).write_bytes(png(part.images[int(place) % len(part.images), 0] + 1))
    with (path / "labels.csv").open("w", newline="") as file:
        file.write(heading + "\n")
        csv.writer(file).writerows(row[: heading.count(",") + 1] for row in rows)
    return path


def taken(path, part=SMALL):
    return from_folder(path, path / "labels.csv", part)


# From a folder and from a Parquet file.


def test_a_folder_gives_its_pictures_in_the_order_of_the_data(tmp_path):
    rows = [("c.png", 2, 4), ("a.png", 0, 3), ("b.png", 4, 5)]
    found = taken(folder(tmp_path / "theirs", rows))
    held = load(found.file())
    assert held["image"].tolist() == [0, 2, 4]
    assert held["label"].tolist() == [3, 4, 5]
    assert held["crafted"].dtype == np.uint8
    assert np.array_equal(held["crafted"], SMALL.images[[0, 2, 4]] + 1)
    assert np.allclose(found.linf, 1 / 255)


def test_the_layout_of_transferattack_has_one_row_an_image_in_order(tmp_path):
    rows = [(f"{i}.png", label, 0) for i, label in enumerate(LABELS)]
    path = folder(tmp_path / "theirs")
    with (path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("filename", "label", "targeted_label"), *rows])
    assert taken(path).places.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("nested", [False, True])
def test_a_parquet_file_keeps_float_pixels_exactly(tmp_path, nested):
    pixels = np.random.default_rng(0).random((2, 1, 2, 3), dtype=np.float32)
    rows = {"image": [4, 1], "label": [5, 1], "pixels": pixels.tolist() if nested else pixels.reshape(2, -1).tolist()}
    pq.write_table(pa.table(rows), tmp_path / "theirs.parquet")
    held = load(from_parquet(tmp_path / "theirs.parquet", SMALL).file())
    assert held["crafted"].dtype == np.float32
    assert np.array_equal(held["crafted"], pixels[::-1])
    assert held["image"].tolist() == [1, 4]


@pytest.mark.parametrize("hold", [lambda data: data, lambda data: {"bytes": data, "path": "3.png"}])
def test_a_parquet_file_may_hold_pictures(tmp_path, hold):
    rows = {"image": [3], "label": [1], "pixels": [hold(png(SMALL.images[3, 0]))]}
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    assert np.array_equal(from_parquet(tmp_path / "t.parquet", SMALL).pixels[0], SMALL.images[3])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("x.png", 5, 3)], "D052.*x.png: image 5; drawn .test. has images 0 to 4"),
        ([("x.png", -1, 3)], "D052.*image -1"),
        ([("x.png", 0, 3), ("y.png", 0, 3)], "D052.*y.png: image 0 was given before, as x.png"),
        ([("x.png", 0, 4)], "D050.*x.png: label 4, but image 0 of drawn .test. is of class 3"),
        ([("x.png", 0, 1.5)], "D051.*label must be a whole number, found '1.5'"),
    ],
)
def test_a_wrong_index_or_label_is_refused(tmp_path, rows, message):
    with pytest.raises(TransferError, match=message):
        taken(folder(tmp_path / "theirs", rows))


ONE = [("x.png", 0, 3)]
RGB = png(np.zeros((2, 3, 3), np.uint8), "RGB")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (png(np.zeros((3, 2), np.uint8)), "D048.*x.png: 2x3 pixels, the data has 3x2"),
        (RGB, "D049.*x.png: 3 channels, the data has 1"),
        (png(SMALL.images[0, 0])[:-20], "D043.*x.png: truncated"),
        (b"GIF89a", "D047.*not a PNG"),
        (b"\x89PNG" + b"\0" * 12 + b"\0\0\0\x03\0\0\0\x02" + b"IEND\xaeB`\x82", "D04[37].*x.png"),
        # A picture that would not fit into memory is refused by its heading.
        (b"\x89PNG" + b"\0" * 12 + b"\0\xff\xff\xff" * 2 + b"IEND\xaeB`\x82", "D048.*16777215x16777215"),
    ],
)
def test_a_picture_that_is_none_of_the_data_is_refused(tmp_path, data, message):
    path = folder(tmp_path / "theirs", ONE)
    (path / "x.png").write_bytes(data)
    with pytest.raises(TransferError, match=message):
        taken(path)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        ([0.5] * 5, "D048.*5 pixels, the data has 1x2x3"),
        ([float("nan")] * 6, "D055.*NaN"),
        ([None] * 6, "D055.*NaN"),
        ([255.0] * 6, r"D054.*pixel values 255 to 255; expected \[0, 1\]"),
        ([-0.1] * 6, "D054"),
    ],
)
def test_numbers_that_are_no_pixels_are_refused(tmp_path, pixels, message):
    pq.write_table(pa.table({"image": [0], "label": [3], "pixels": [pixels]}), tmp_path / "t.parquet")
    with pytest.raises(TransferError, match=message):
        from_parquet(tmp_path / "t.parquet", SMALL)


def test_what_lacks_a_file_a_row_or_a_column_is_refused(tmp_path):
    path = folder(tmp_path / "theirs", [("a.png", 0, 3), ("b.png", 1, 1)])
    (path / "c.png").write_bytes(b"")
    with pytest.raises(TransferError, match=r"D052.*no row for 1 images.*c.png"):
        taken(path)
    (path / "a.png").unlink()
    with pytest.raises(TransferError, match=r"D042.*lacks 1 of 2 images .first: a.png"):
        taken(path)
    with pytest.raises(TransferError, match=r"D042.*no such file"):
        from_folder(path, tmp_path / "none.csv", SMALL)
    (path / "labels.csv").write_text("picture,label\na.png,3\n")
    with pytest.raises(TransferError, match=r"D052.*must have columns file, image and label; it has picture, label"):
        taken(path)
    (path / "labels.csv").write_text("file,image,label\n")
    with pytest.raises(TransferError, match=r"D052.*it has nothing"):
        taken(path)
    (tmp_path / "t.parquet").write_bytes(b"none")
    with pytest.raises(TransferError, match=r"D056.*no Parquet file"):
        from_parquet(tmp_path / "t.parquet", SMALL)
    pq.write_table(pa.table({"image": [0], "label": [3]}), tmp_path / "t.parquet")
    with pytest.raises(TransferError, match=r"D052.*no column 'pixels'"):
        from_parquet(tmp_path / "t.parquet", SMALL)


# In a study.


@pytest.fixture(scope="module")
def mnist():
    return Part("mnist", "test", *datasets.load(Choice("mnist", {}), "test"))


@pytest.fixture
def theirs(tmp_path, mnist):
    """All test images with a frame that is a tenth brighter, as exact numbers."""
    pixels = mnist.images.astype(np.float32) / 255
    pixels[:, :, 0] = np.minimum(pixels[:, :, 0] + np.float32(0.1), 1)
    return imported(tmp_path, mnist, pixels)


def imported(tmp_path, part, pixels, places=None):
    from transfer.importing import Taken

    places = np.arange(len(part.labels)) if places is None else places
    (tmp_path / "theirs.safetensors").write_bytes(Taken(pixels, places, part).file())
    return tmp_path


def told(path, settings=""):
    """What is wrong with a study, read and checked against its data."""
    with pytest.raises(StudyError) as problem:
        study = read(write(path, STUDY % settings))
        study.check(datasets.facts(study.data))
    return str(problem.value).replace(f"{path}/", "")


def rows_of(store, stage, role):
    return [row for record in store.records(stage) for row in pq.read_table(store.fetch(record, role)).to_pylist()]


def test_a_study_shows_them_to_all_targets_and_measures_them(theirs, mnist):
    study, store = read(write(theirs, STUDY % ", epsilon: 0.1")), Store.open(theirs / "results")
    done(study, store)
    (shown,) = [one for one in planned(study).crafts if one.attack == "theirs"]
    assert (shown.surrogate, shown.budget, shown.role, shown.task.surrogates) == ("theirs", "linf 0.1", "attack", ())
    crafted = [row for row in rows_of(store, "craft", "crafted") if row["craft"] == shown.task.id]
    assert len(crafted) == 20
    assert all(abs(row["linf"] - 0.1) < 1e-6 and row["surrogate_clean"] is None for row in crafted)
    assert [row["gradients"] for row in crafted] == [0] * 20
    assert [row["flat"] for row in crafted] == [None] * 20
    held = load(store.fetch(store.record("craft", shown.task.id), "images").read_bytes())
    file = load((theirs / "theirs.safetensors").read_bytes())
    assert np.array_equal(held["crafted"], file["crafted"][held["image"]])  # exactly, bit for bit
    seen = [row for row in rows_of(store, "evaluate", "predictions") if row["craft"] == shown.task.id]
    assert [row["label"] for row in seen] == mnist.labels[[row["image"] for row in seen]].tolist()


def test_those_made_on_a_model_of_the_study_are_on_its_row(theirs):
    study, store = read(write(theirs, STUDY % ", surrogate: linear")), Store.open(theirs / "results")
    done(study, store)
    (shown,) = [one for one in planned(study).crafts if one.attack == "theirs"]
    assert (shown.surrogate, shown.budget) == ("linear", "as crafted")
    crafted = [row for row in rows_of(store, "craft", "crafted") if row["craft"] == shown.task.id]
    assert all(row["is_found"] == (row["surrogate_crafted"] != row["label"]) for row in crafted)


def test_noise_stands_beside_them(theirs):
    study = read(write(theirs, STUDY % "" + "controls: [noise]\n"))
    (control,) = [one for one in planned(study).crafts if one.control == "noise"]
    assert (control.surrogate, control.task.like.attack.name) == ("theirs", "imported")


def test_other_images_are_new_work_and_every_attack_does_not_touch_them(tmp_path, mnist):
    text = STUDY.replace("{theirs:", "{fgsm: {}, theirs:")
    ids = []
    for shade in (0.1, 0.2, 0.1):
        imported(tmp_path, mnist, np.full((10_000, 1, 28, 28), shade, np.float32))
        study = read(write(tmp_path, text % "" + "every_attack: {epsilon: 0.3}\n"))
        assert [attack.budget for attack in study.attacks] == ["linf 0.3", "as crafted"]
        ids += [one.task.id for one in planned(study).crafts if one.attack == "theirs"]
    assert ids[0] == ids[2] != ids[1]


def test_a_budget_that_they_leave_is_told_by_check(theirs):
    study = read(write(theirs, STUDY % ", epsilon: 0.05"))
    store = Store.open(theirs / "checked")
    for file in study.files.values():
        store.keep(file)
    plan = planned(study)
    lines = list(rehearse(plan, Rehearsal(store), {row["model"]: row["name"] for row in plan.document["models"]}))
    (problem,) = [line.problem for line in lines if line.problem]
    assert re.search(r"left the linf ball in 8 of 8 images: largest 0.1, epsilon 0.05", problem)


def test_images_that_the_study_attacks_and_nobody_made_are_told(tmp_path, mnist):
    imported(tmp_path, mnist, mnist.images[:30], np.arange(30))
    study, store = read(write(tmp_path, STUDY % "")), Store.open(tmp_path / "results")
    for file in study.files.values():
        store.keep(file)
    task = next(one.task for one in planned(study).crafts if one.attack == "theirs")
    with pytest.raises(TransferError, match=r"D052.*of the 20 images that the study attacks were not made elsewhere"):
        perform(task, store)


def test_a_file_whose_labels_were_changed_by_hand_is_refused(theirs):
    file = theirs / "theirs.safetensors"
    size = int.from_bytes(file.read_bytes()[:8], "little")
    about = json.loads(file.read_bytes()[8 : 8 + size])["__metadata__"]
    held = load(file.read_bytes())
    save_file({**held, "label": (held["label"] + 1) % 10}, file, metadata=about)
    study, store = read(write(theirs, STUDY % "")), Store.open(theirs / "results")
    for kept in study.files.values():
        store.keep(kept)
    task = next(one.task for one in planned(study).crafts if one.attack == "theirs")
    with pytest.raises(TransferError, match=r"D050.*other labels than the data"):
        perform(task, store)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (", steps: 3", r"S009.*attacks.theirs: unknown key 'steps'. Known: images, surrogate, epsilon, norm"),
        (", surrogate: lineer", r"S097.*no model 'lineer'. Did you mean 'linear'"),
        (", epsilon: 8", r"S016.*found 8"),
        (", norm: l2", r"S096.*needs an 'epsilon'"),
        (", epsilon: [0.1, 0.2]", r"S094.*the images are what they are"),
    ],
)
def test_a_mistake_in_the_study_is_told(theirs, settings, message):
    assert re.search(message, told(theirs, settings))


def test_a_name_that_is_a_model_s_is_told(theirs):
    with pytest.raises(StudyError, match=r"S023.*'linear' is a model's name, too"):
        read(write(theirs, STUDY.replace("theirs: {", "linear: {") % ""))


def test_a_file_for_other_data_or_too_few_images_is_told_before_anything_runs(tmp_path, mnist):
    imported(tmp_path, mnist, mnist.images[:10], np.arange(10))
    assert re.search(r"S032.*20 test images are asked for; theirs.safetensors holds 10", told(tmp_path))
    other = Part("mnist", "test", mnist.images, (mnist.labels + 1) % 10)
    imported(tmp_path, other, mnist.images)
    assert re.search(r"D059.*was made for other test images than this study's", told(tmp_path))
    train = Part("mnist", "train", *datasets.load(Choice("mnist", {}), "train"))
    imported(tmp_path, train, train.images[:10], np.arange(10))
    assert re.search(r"S032.*holds train images; the study attacks none", told(tmp_path))


@pytest.mark.parametrize("data", [b"", b"\x10\0\0\0\0\0\0\0{}", b"\xff" * 40, b"\x02\0\0\0\0\0\0\0[]"])
def test_what_import_images_has_not_written_is_refused(tmp_path, data):
    (tmp_path / "theirs.safetensors").write_bytes(data)
    message = r"D056.*theirs.safetensors is no file of images to import. Make one .* `transfer import-images`"
    assert re.search(message, told(tmp_path))
    (tmp_path / "theirs.safetensors").unlink()
    assert re.search("S098.*no such file", told(tmp_path))


def test_the_command_writes_the_file_that_the_study_names(tmp_path, mnist, transfer):
    few = Part("mnist", "test", mnist.images[:50], mnist.labels[:50])
    folder(tmp_path / "theirs", part=few)
    # The file is not there yet, and the study that names it is read all the same.
    write(tmp_path, STUDY % "", "mine")
    done = transfer("import-images", "theirs", "--study", "mine.yaml", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "theirs.safetensors\n"
    assert "50 of 10,000 images of mnist (test), labels as there; linf " in done.stderr
    assert "    theirs: {images: theirs.safetensors}" in done.stderr
    held = load((tmp_path / "theirs.safetensors").read_bytes())
    assert torch.equal(torch.tensor(held["crafted"]), torch.tensor(few.images) + 1)
    again = transfer("import-images", "nowhere", "--study", "mine.yaml", folder=tmp_path)
    assert (again.returncode, again.stderr) == (4, "error[D042]: no such folder or file: nowhere\n")
