"""Every view against a count in Python over the same rows, on random studies with holes."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.matrix import DENOMINATORS, Square, matrix
from tests.analysis.made import HOSTILE, NAMES, random_results, tables, tiles_of_one_record


@st.composite
def studies(draw):
    return random_results(
        draw(st.integers(0, 10_000)),
        names=draw(st.lists(st.sampled_from([*NAMES, *HOSTILE]), min_size=1, max_size=4, unique=True)),
        images=draw(st.integers(1, 8)),
        classes=draw(st.integers(1, 4)),
        holes=draw(st.sampled_from([0.0, 0.3, 1.0])),
    )


FEW = settings(max_examples=7, deadline=None)


def connected(results):
    rows = {"models": results.models, "crafts": results.crafts, "predictions": results.predictions}
    tiles = tiles_of_one_record(results.predictions)
    return tables(study=[results.document], tiles=tiles, crafted=results.crafted, **rows)


def is_counted(row, of):
    right = row["target_clean"] == row["label"]
    if of == "all":
        return True
    if of == "target-right" or row["surrogate_clean"] is None:
        return right
    both = right and row["surrogate_clean"] == row["label"]
    return both and (of == "both-right" or row["surrogate_crafted"] != row["label"])


def by_square(results):
    squares = defaultdict(list)
    for row in results.predictions:
        squares[row["craft"], row["target"]].append(row)
    return squares


def counted(rows, of):
    seen = [row for row in rows if is_counted(row, of)]
    return sum(row["predicted"] != row["label"] for row in seen), len(seen)


def fooled_of(rows):
    """The images of some rows that are fooled."""
    return {row["image"] for row in rows if row["predicted"] != row["label"]}


@FEW
@given(studies())
def test_the_transfer_matrix_is_the_count(results):
    asked = "select craft, target_model, denominator, fooled, n, rate from transfer_matrix"
    found = {(craft, target, of): counts for craft, target, of, *counts in connected(results).execute(asked).fetchall()}
    expected = {}
    for square, rows in by_square(results).items():
        for of in DENOMINATORS:
            fooled, n = counted(rows, of)
            expected[*square, of] = [fooled, n, fooled / n if n else None]
    assert found == expected


@FEW
@given(studies())
def test_outcomes_are_the_count(results):
    asked = "select surrogate, target, budget, n, unfooled, fooled_otherwise, fooled_alike from outcomes"
    names = {model["model"]: model["name"] for model in results.models}
    crafts = {craft["craft"]: craft for craft in results.crafts}
    expected = []
    for (craft, target), rows in by_square(results).items():
        seen = [row for row in rows if is_counted(row, "both-right")]
        if crafts[craft]["role"] == "attack" and seen:
            fooled = [row for row in seen if row["predicted"] != row["label"]]
            alike = sum(row["predicted"] == row["surrogate_crafted"] for row in fooled)
            kinds = (len(seen), len(seen) - len(fooled), len(fooled) - alike, alike)
            expected.append((crafts[craft]["surrogate"], names[target], crafts[craft]["budget"], *kinds))
    assert sorted(connected(results).execute(asked).fetchall()) == sorted(expected)


@FEW
@given(studies())
def test_clean_accuracy_and_noise_are_the_count(results):
    connection = connected(results)
    squares = by_square(results)
    clean = next(craft for craft in results.crafts if craft["role"] == "clean")
    for model, images, right in connection.execute("select model, images, images_right from clean_accuracy").fetchall():
        rows = squares.get((clean["craft"], next(one["model"] for one in results.models if one["name"] == model)))
        expected = (len(rows), sum(row["predicted"] == row["label"] for row in rows)) if rows else (None, None)
        assert (images, right) == expected
    asked = "select surrogate, target, budget, fooled, n, control_fooled, control_n from noise_control"
    names = {model["model"]: model["name"] for model in results.models}
    made_like = {craft["like"]: craft["craft"] for craft in results.crafts if craft["like"]}
    expected = []
    for craft in results.crafts:
        for target, name in names.items():
            pair = squares.get((craft["craft"], target)), squares.get((made_like.get(craft["craft"]), target))
            if all(pair):
                counts = [count for rows in pair for count in counted(rows, "both-right")]
                expected.append((craft["surrogate"], name, craft["budget"], *counts))
    assert sorted(connection.execute(asked).fetchall()) == sorted(expected)


@FEW
@given(studies())
def test_the_rate_against_the_budget_is_the_count(results):
    asked = "select budget, squares, n, fooled from rate_against_budget"
    crafts = {craft["craft"]: craft for craft in results.crafts}
    expected = defaultdict(lambda: [0, 0, 0])
    for (craft, target), rows in by_square(results).items():
        if crafts[craft]["role"] == "attack" and target not in crafts[craft]["surrogates"]:
            fooled, n = counted(rows, "both-right")
            for place, more in enumerate((1, n, fooled)):
                expected[crafts[craft]["budget"]][place] += more
    found = {budget: counts for budget, *counts in connected(results).execute(asked).fetchall()}
    assert found == expected


@FEW
@given(studies())
def test_trials_and_verdicts_judge_each_row_alike(results):
    connection = connected(results)
    judged = """
        select
            count(*),
            count(*) filter (trials.is_fooled is distinct from verdicts.is_fooled),
            count(*) filter (trials.is_same_mistake is distinct from verdicts.is_same_mistake),
            count(*) filter (trials.is_surrogate_right is distinct from verdicts.is_surrogate_right)
        from trials inner join verdicts
        on (trials.craft, trials.target_model, trials.image) = (verdicts.craft, verdicts.target, verdicts.image)
    """
    assert connection.execute(judged).fetchone() == (len(results.predictions), 0, 0, 0)


@FEW
@given(studies(), st.sampled_from(list(DENOMINATORS)))
def test_the_matrix_is_the_count(results, of):
    made = matrix(connected(results), of=of)
    squares = by_square(results)
    names = [model["name"] for model in results.models]
    assert [column.name for column in made.columns] == [row.label.name for row in made.surrogates] == names
    first = [craft for craft in results.crafts if craft["role"] == "attack" and craft["budget"] == "linf 0.1"]
    noises = [craft for craft in results.crafts if craft["like"] in {craft["craft"] for craft in first}]
    once = [craft for craft in results.crafts if craft["role"] == "control" and not craft["like"]]
    clean = [craft for craft in results.crafts if craft["role"] == "clean"]

    def row(crafts, of=of):
        for target in results.models:
            run = [
                squares[craft["craft"], target["model"]]
                for craft in crafts
                if (craft["craft"], target["model"]) in squares
            ]
            counts = [counted(rows, of) for rows in run]
            yield (sum(fooled for fooled, _ in counts), sum(n for _, n in counts), len(run)) if run else None

    for craft, shown in zip(first, made.surrogates, strict=True):
        assert [plain(square) for square in shown.squares] == list(row([craft]))
        diagonal = [square.is_diagonal for square in shown.squares if square]
        assert diagonal == [
            name == craft["surrogate"] for name, square in zip(names, shown.squares, strict=True) if square
        ]
    assert [control.label.name for control in made.controls] == ["noise", "gaussian rms 0.3", "clean"]
    for control, crafts, share in zip(made.controls, (noises, once, clean), (of, of, "all"), strict=True):
        assert [plain(square) for square in control.squares] == list(row(crafts, share))
    assert made.means == tuple(pytest.approx(one) for one in mean_of_columns(made))


def plain(square: Square | None):
    return (square.fooled, square.n, square.pooled) if square else None


def mean_of_columns(made):
    for place in range(len(made.columns)):
        rates = [
            row.squares[place].fooled / row.squares[place].n
            for number, row in enumerate(made.surrogates)
            if number != place and row.squares[place] and row.squares[place].n
        ]
        yield sum(rates) / len(rates) if rates else None
