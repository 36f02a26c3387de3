"""The transfer matrix of one attack and budget, as a value: counts in squares, with names and order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from analysis.questions import nearest
from analysis.statistics import Interval, wilson
from analysis.tables import literal
from transfer.errors import TransferError

Entry = dict[str, Any]

# What a rate is a share of, in words that fit behind "% fooled of".
DENOMINATORS = {
    "both-right": "the images that surrogate and target classify right when clean",
    "target-right": "the images that the target classifies right when clean",
    "surrogate-fooled": "the images that both classify right when clean and that fool the surrogate",
    "all": "all images, those included that the target gets wrong when clean",
}


@dataclass(frozen=True)
class Square:
    """How many of n images fooled one target, or how often in `pooled` crafts that share their images."""

    fooled: int
    n: int
    is_diagonal: bool = False
    pooled: int = 1

    @property
    def rate(self) -> float | None:
        return self.fooled / self.n if self.n else None

    @property
    def interval(self) -> Interval | None:
        """The 95% Wilson interval; pooled crafts show the same images, so these count once."""
        return wilson(self.fooled / self.pooled, self.n / self.pooled)


@dataclass(frozen=True)
class Label:
    """A model at the edge of the matrix, or a row that is none."""

    name: str
    family: str | None = None


@dataclass(frozen=True)
class Row:
    """What one surrogate's crafts, or a control, did to each target; None is a square that has not been run."""

    label: Label
    squares: tuple[Square | None, ...]
    has_surrogate: bool = True
    is_clean: bool = False
    craft: str = ""  # of a surrogate: the craft that is shown

    @property
    def mean(self) -> float | None:
        return mean(self.squares)


@dataclass(frozen=True)
class Matrix:
    """Rows are surrogates, columns targets, both in the study's order; controls and the clean row stand apart."""

    title: str
    attack: str
    budget: str
    part: str | None  # named only where the study has images of more than one part
    of: str
    columns: tuple[Label, ...]
    surrogates: tuple[Row, ...]
    controls: tuple[Row, ...]
    chosen: Mapping[str, str] = field(default_factory=dict)  # its attack, budget, part, and denominator

    @property
    def sql(self) -> str:
        """The rows of the question that the squares of its surrogates are drawn of."""
        named = " and ".join(f"{word} = {literal(text)}" for word, text in self.chosen.items())
        return f"from transfer_matrix\nwhere role = 'attack' and {named}\n"

    @property
    def heading(self) -> str:
        return ", ".join(filter(None, (self.attack, self.budget, self.part and f"{self.part} images")))

    @property
    def means(self) -> tuple[float | None, ...]:
        """How fragile each target is: the mean of its column off the diagonal."""
        return tuple(mean(row.squares[index] for row in self.surrogates) for index in range(len(self.columns)))

    @property
    def n(self) -> tuple[int, int] | None:
        """The least and the most images that a square of a surrogate counts."""
        counts = [square.n for row in self.surrogates for square in row.squares if square]
        return (min(counts), max(counts)) if counts else None


def mean(squares: Iterable[Square | None]) -> float | None:
    """The mean rate off the diagonal, squares weighed alike; empty squares and those not run are left out."""
    rates = [square.rate for square in squares if square and not square.is_diagonal and square.rate is not None]
    return sum(rates) / len(rates) if rates else None


def matrix(
    connection: duckdb.DuckDBPyConnection, *, attack: str = "", budget: str = "", part: str = "", of: str = "both-right"
) -> Matrix:
    """The matrix of one attack and budget; what is not said is the first that the study names."""
    _refuse_unknown("denominator", of, list(DENOMINATORS))
    ((title,),) = connection.execute("select title from study").fetchall()
    crafts = _entries(connection, "select * from crafts order by position")
    targets = _entries(connection, "select * from targets order by position")
    families = dict(connection.execute("select name, family from models").fetchall())
    asked = _choose(crafts, attack, budget, part)
    parts = {craft["part"] for craft in crafts}
    crafts = [craft for craft in crafts if craft["part"] == asked["part"]]
    attacks = [craft for craft in crafts if craft["role"] == "attack" and _is(craft, asked)]
    shown = {craft["craft"] for craft in attacks}
    beside = [craft for craft in crafts if craft["role"] != "attack" and craft["made_like"] in {*shown, None}]
    counted = _Counts(connection, [*attacks, *beside], [target["target"] for target in targets], of)
    return Matrix(
        title=title or "",
        attack=asked["attack"],
        budget=asked["budget"],
        part=asked["part"] if len(parts) > 1 else None,
        of=of,
        columns=tuple(Label(target["name"], target["family"]) for target in targets),
        surrogates=tuple(
            Row(
                Label(craft["surrogate"], families.get(craft["surrogate"])),
                counted.row(craft),
                has_surrogate=bool(craft["surrogates"]),  # images made elsewhere were made on none of ours
                craft=craft["craft"],
            )
            for craft in attacks
        ),
        controls=tuple(counted.controls()),
        chosen={**{word: asked[word] for word in ("attack", "budget", "part")}, "denominator": of},
    )


class _Counts:
    """The counted squares of some crafts, and the rows that are made of them."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, crafts: Sequence[Entry], targets: Sequence[str], of: str
    ) -> None:
        self.crafts, self.targets = crafts, targets
        ids = [craft["craft"] for craft in crafts]
        found = connection.execute(
            f"""
            select craft, target_model, denominator, fooled, n, is_diagonal
            from transfer_matrix
            where denominator in ($1, 'all') and craft in ({", ".join(f"${number + 2}" for number in range(len(ids)))})
            """,
            [of, *ids],
        ).fetchall()
        self.of = of
        self.squares = {(craft, target, denominator): Square(*counts) for craft, target, denominator, *counts in found}

    def row(self, craft: Entry, of: str = "") -> tuple[Square | None, ...]:
        return tuple(self.squares.get((craft["craft"], target, of or self.of)) for target in self.targets)

    def pooled(self, crafts: Sequence[Entry]) -> tuple[Square | None, ...]:
        """The squares of several crafts as one row; no diagonal, as their surrogates differ."""
        return tuple(_pooled(filter(None, squares)) for squares in zip(*map(self.row, crafts), strict=True))

    def controls(self) -> Iterator[Row]:
        """The controls made like the crafts that are shown, pooled; those crafted once; and the clean row."""
        controls = [craft for craft in self.crafts if craft["role"] == "control"]
        made_like = [craft for craft in controls if craft["made_like"]]
        for name in dict.fromkeys(craft["control"] for craft in made_like):
            alike = [craft for craft in made_like if craft["control"] == name]
            yield Row(Label(name), self.pooled(alike), has_surrogate=any(craft["surrogates"] for craft in alike))
        for craft in controls:
            if craft["made_like"] is None:
                name = f"{craft['control']} {craft['budget'] or ''}".strip()
                yield Row(Label(name), self.row(craft), has_surrogate=False)
        for craft in self.crafts:
            if craft["role"] == "clean":
                # Of the images that it gets right when clean a target gets none wrong: the clean row is of all.
                yield Row(Label("clean"), self.row(craft, of="all"), has_surrogate=False, is_clean=True)


def _pooled(squares: Iterable[Square]) -> Square | None:
    run = list(squares)
    if not run:
        return None
    return Square(sum(square.fooled for square in run), sum(square.n for square in run), pooled=len(run))


def _choose(crafts: Sequence[Entry], attack: str, budget: str, part: str) -> Entry:
    """The first craft of an attack that is as asked for; an error that knows the others when there is none."""
    left = [craft for craft in crafts if craft["role"] == "attack"]
    if not left:
        raise TransferError("Q089", "this study crafts nothing on a surrogate, so it has no transfer matrix.")
    for word, wanted in (("attack", attack), ("budget", budget), ("part", part)):
        if wanted:
            of = f" of {left[0]['attack']}" if word != "attack" else ""
            _refuse_unknown(word, wanted, list(dict.fromkeys(craft[word] for craft in left)), of)
            left = [craft for craft in left if craft[word] == wanted]
    return left[0]


def _is(craft: Entry, asked: Entry) -> bool:
    return all(craft[word] == asked[word] for word in ("attack", "budget", "part"))


def _refuse_unknown(word: str, wanted: str, known: list[str], of: str = "") -> None:
    if wanted not in known:
        hint = nearest(wanted, known)
        raise TransferError("Q089", f"no {word}{of} is called {wanted!r}.{hint} Known: {', '.join(known)}.")


def _entries(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Entry]:
    rows = connection.execute(sql)
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
