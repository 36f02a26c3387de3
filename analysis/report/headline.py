"""What a reader wants to know first: whom to attack from, who is fragile, and whether the training split matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb

from analysis.answers import after
from analysis.figures._sheet import entries
from analysis.questions import question as asked
from analysis.tables import literal

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Card:
    """An answer, and what it rests on."""

    asked: str
    question: str  # what gives it
    answer: str
    detail: str
    interval: str = ""
    next: str = ""
    last: str = ""


def headline(connection: duckdb.DuckDBPyConnection, chosen: Mapping[str, Any]) -> list[Card]:
    """Three answers for one attack, budget and part, each with its interval and the question that gives it."""
    first = [
        _ranking(connection, "best_surrogate", "surrogate", chosen),
        _ranking(connection, "most_fragile_target", "target", chosen),
    ]
    return [*first, _split(connection, chosen)]


def _ranking(connection: duckdb.DuckDBPyConnection, question: str, column: str, chosen: Mapping[str, Any]) -> Card:
    rows = [row for row in _of(connection, question, chosen) if row["rate"] is not None]
    is_surrogate = column == "surrogate"
    card = partial(Card, "Which model should I attack from?" if is_surrogate else "Which model is fragile?", question)
    if not rows:
        return card("not known", "No model was shown what was crafted on another")
    best, rest = rows[0], rows[1:]
    others = best["targets"] if is_surrogate else best["surrogates"]
    rate, counts = percent(best["rate"]), f"{best['fooled']:,} of {best['n']:,}"
    what = (
        f"{rate} of what is crafted on it fools {others} other models ({counts})"
        if is_surrogate
        else f"{rate} of what is crafted on {others} other models fools it ({counts})"
    )
    return card(
        best[column],
        what,
        interval=_interval(best["low"], best["high"]),
        next=_next(best, rest, column),
        last=f"Least: {rest[-1][column]}, {percent(rest[-1]['rate'])}" if len(rest) > 1 else "",
    )


def _next(best: Row, rest: Sequence[Row], column: str) -> str:
    if not rest:
        return ""
    other = rest[0]
    is_close = other["high"] is not None and best["low"] is not None and other["high"] >= best["low"]
    return f"Next: {other[column]}, {percent(other['rate'])}" + (" (the intervals overlap)" if is_close else "")


def _split(connection: duckdb.DuckDBPyConnection, chosen: Mapping[str, Any]) -> Card:
    card = partial(Card, "Does the training split matter?", "split_effect")
    rows = [row for row in _of(connection, "split_effect", chosen) if row["effect"] is not None]
    kinds = {row["likeness"]: row for row in rows}
    row = kinds.get("either") or (rows[0] if rows else None)
    if row is None:
        return card(
            "not asked", "No two models that are alike were trained on one split of the data and on disjoint ones"
        )
    points = 100 * row["effect"]
    if row["low"] is None:
        sure = "Fewer than three seeds: no interval"
        said = f"{points:+.1f} points"
    else:
        sure = f"95%: {100 * row['low']:+.1f} to {100 * row['high']:+.1f} points, over seeds"
        said = "yes" if row["low"] > 0 else "no, the other way round" if row["high"] < 0 else "not seen"
        said = f"{said}: {points:+.1f} points"
    within, across = percent(row["within_rate"]), percent(row["across_rate"])
    detail = f"{within} transfer within a split, {across} across disjoint ones, between models otherwise alike"
    return card(said, detail, interval=sure)


def _of(connection: duckdb.DuckDBPyConnection, question: str, chosen: Mapping[str, Any]) -> Sequence[Row]:
    """The rows of a question that are of this attack, budget and part; only for these its header's function is run."""
    where = " and ".join(f"{word} = {literal(chosen[word])}" for word in ("attack", "budget", "part"))
    return after(asked(question), entries(connection, f"from {question} where {where}"))


def percent(rate: float) -> str:
    """A rate as people read it."""
    return f"{100 * rate:.1f}%"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"95%: {100 * low:.1f} to {100 * high:.1f}%"
