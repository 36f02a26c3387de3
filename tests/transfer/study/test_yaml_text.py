"""YAML without its surprises."""

import time

import pytest

from transfer.study.nodes import List, Map, Text
from transfer.study.problems import StudyError
from transfer.study.yaml_text import read_file, read_text


def refused(text: str) -> str:
    with pytest.raises(StudyError) as problem:
        read_text(text, "study.yaml")
    return str(problem.value)


@pytest.mark.parametrize("text", ["no", "012", "2026-01-01", "1e-3", "8/255", "12:30:45", "null", "1_000", ".nan"])
def test_every_scalar_is_the_text_that_was_written(text):
    tree = read_text(f"{text}: {text}", "study.yaml")
    assert isinstance(tree, Map)
    value = tree.items[text]
    assert isinstance(value, Text)
    assert value.value == text


def test_every_node_knows_its_line_its_column_and_the_keys_that_lead_to_it():
    tree = read_text("é: 1\nmodels:\n  mlp: {hidden: [a, b]}\n", "study.yaml")
    assert isinstance(tree, Map)
    models = tree.items["models"]
    assert isinstance(models, Map)
    assert str(models.keys["mlp"]) == "study.yaml:3:3"
    mlp = models.items["mlp"]
    assert isinstance(mlp, Map)
    hidden = mlp.items["hidden"]
    assert isinstance(hidden, List)
    assert (str(hidden.place), hidden.path) == ("study.yaml:3:17", "models.mlp.hidden")
    assert str(hidden.items[1].place) == "study.yaml:3:21"


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\ufeff".strip("\ufeff")])
def test_an_empty_text_is_nothing(text):
    assert read_text(text, "study.yaml") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", "error[S008]: study.yaml:3:1: key 'a' given twice (first on line 1)"),
        ("x: !!python/object/apply:os.system ['true']", "error[S010]: study.yaml:1:4: YAML tags are not allowed"),
        ("x: !own 1", "error[S010]: study.yaml:1:4: YAML tags are not allowed"),
        ("a: &here 1\nb: *here", "error[S011]: study.yaml:2:4: YAML anchors and aliases are not allowed"),
        ("a:\n\tb: 1\n", "error[S006]: study.yaml:2:1: tab used for indentation; use spaces"),
        ("a: 1\nb: \x00", "error[S005]: study.yaml:2:4: holds a control character (U+0000)"),
        ('a: "\\0"', "error[S005]: study.yaml:1:4: a holds a control character (U+0000)"),
        ('a: "\\u202e"', "error[S027]: study.yaml:1:4: a holds an invisible direction mark (U+202E)"),
        ("a: 1 # \u202e", "error[S027]: study.yaml:1:8: holds an invisible direction mark (U+202E)"),
        ("? [a]\n: 1", "error[S093]: study.yaml:1:3: a list cannot be a key; quote the text"),
        ("--- a\n--- b", "error[S093]: study.yaml:2:1: a second document; one study a file"),
        ("a: [1, 2\nb: 3", "error[S093]: study.yaml:2:2: not YAML: "),
        ("a: b: c", "error[S093]: study.yaml:1:5: not YAML: mapping values are not allowed"),
        ("[" * 25 + "]" * 25, "error[S012]: study.yaml:1:21: nested deeper than 20 levels"),
    ],
)
def test_what_hides_a_meaning_is_refused_with_its_place(text, told):
    assert told in refused(text)


def test_all_problems_are_told_at_once_and_in_their_order():
    told = refused("a: !x 1\nb: 1\nb: 2\nc: &y 3\n").splitlines()
    assert [line[:26] for line in told] == [
        "error[S010]: study.yaml:1:",
        "error[S008]: study.yaml:3:",
        "error[S011]: study.yaml:4:",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 3_000,
        "[" * 900_000,
        "a: " + "{" * 900_000,
        "- " * 400_000,
        "a: &a [x, x]\n"
        + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)),
        "a:\n" + "\t" * 900_000,
        "a:\n" + "\t\n" * 300_000 + "\t x",
        "a: 1\n" * 150_000,
        "k" * 400_000 + ":\n" + "".join(f" a{i}: 1\n" for i in range(40_000)) + "x: !y 1\n",
        "\u202e" * 300_000,
    ],
    ids=[
        "brackets",
        "many brackets",
        "braces",
        "dashes",
        "laughs",
        "tabs",
        "tab lines",
        "one key",
        "long path",
        "marks",
    ],
)
def test_a_file_made_to_exhaust_its_reader_is_refused_at_once(text):
    began = time.perf_counter()
    told = refused(text)
    assert time.perf_counter() - began < 5
    assert len(told) < 100_000


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "error[S003]: {path}: the file is empty. `transfer init NAME` writes a study to edit"),
        (b"- a\n", "error[S007]: {path}:1:1: expected a mapping at top level, found a list"),
        (b"a: 1\nb: caf\xe9\n", "error[S004]: {path}:2:7: not valid UTF-8 (byte 0xE9). Save as UTF-8"),
        (b"x" * 1_200_000, "error[S012]: {path}: study file is 1.2 MB; limit 1 MB"),
    ],
)
def test_a_file_that_is_no_study_is_refused_in_one_line(tmp_path, content, told):
    path = tmp_path / "study.yaml"
    path.write_bytes(content)
    with pytest.raises(StudyError) as problem:
        read_file(path)
    assert str(problem.value) == told.format(path=path)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(StudyError, match=r"S001.*no such file"):
        read_file(tmp_path / "missing.yaml")
    with pytest.raises(StudyError, match=r"S002.*is a directory; give a study file"):
        read_file(tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_bytes("\ufefftitle: x\n".encode())
    assert list(read_file(path).items) == ["title"]


def test_an_error_cannot_write_to_the_terminal_that_shows_it():
    told = refused('"a\\e[2J": 1\n"a\\e[2J": 2\n')
    assert told.isprintable() or told.replace("\n", "").isprintable()
