"""The further sections of a page: answers to questions as tables, probes with a drawing each, cost, what made it."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from inspect import signature
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from analysis.answers import answer
from analysis.figures import figure, figures
from analysis.figures._sheet import entries
from analysis.questions import question, questions
from transfer.errors import TransferError

OWN = {"asymmetry", "curves", "gallery", "heatmap", "map"}  # figures that the page draws itself
LINES = 200  # of a table; the rest is in SQL
DRAWN = 60  # subjects of a probe that one drawing holds

# What is asked, under which heading; a question that finds nothing in this study is left out.
ASKED = {
    "Same mistakes": ("same_mistakes", "confusion"),
    "Attacks compared": ("attacks_compared", "rate_against_gradients"),
    "Families and splits": ("family_blocks", "family_effect", "split_blocks", "split_effect"),
    "What foretells transfer": (
        "what_explains_transfer",
        "transfer_foreseen",
        "alignment_pairs",
        "surrogate_count_slope",
    ),
    "Images and sizes": ("hardest_images", "distortions", "smallest_transferable"),
    "Models": ("clean_accuracy", "noise_control"),
}

PROBED = """
select
    probes.name as probe,
    probes.function,
    measured.name,
    coalesce(one.name, crafts.name, probes.model, '') as model,
    other.name as other,
    probes.attack,
    probes.budget,
    measured.layer,
    count(measured.value) as n,
    avg(measured.value) as mean,
    min(measured.value) as lowest,
    max(measured.value) as highest
from measured
inner join probes on measured.probe = probes.probe
inner join (select name, min(position) as position from probes group by all) as begins on probes.name = begins.name
left join models as one on coalesce(measured.model, probes.model) = one.model
left join models as other on coalesce(measured.other, probes.other) = other.model
left join crafts on probes.craft = crafts.craft
group by all
order by
    min(begins.position),
    probes.name,
    measured.name,
    min(probes.position),
    min(one.position),
    min(other.position),
    measured.layer
"""


def asked(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """A section for each heading, with the tables of the questions that find something."""
    known = questions("queries")
    for heading, names in ASKED.items():
        tables = [table(connection, name) for name in names if name in known]
        if found := [one for one in tables if one["rows"]]:
            yield {"heading": heading, "tables": found}


def published(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The tables of papers of which this study has run anything."""
    named = "select table_name, list(column_name) from duckdb_columns() where not internal group by all"
    columns = dict(connection.execute(named).fetchall())
    beside = [name for name in questions("queries") if {"published", "ours"} <= set(columns[name])]
    found = (answer(connection, name) for name in beside)
    return [_table(one) for one in found if any(row["ours"] is not None for row in one.entries)]


def table(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    """The answer to a question, as far as a page shows it."""
    return _table(answer(connection, name))


def _table(found: Any) -> dict[str, Any]:
    held = found.entries[:LINES]
    names = [name for name in found.names if not any(isinstance(row[name], list | dict) for row in held)]
    ids = {"craft", "target_model", "task", "pairs"}
    shown = [name for name in names if name not in ids]
    rows = [[cell(row[name]) for name in shown] for row in held]
    return {
        "name": found.name,
        "summary": found.summary,
        "names": [name.replace("_", " ") for name in shown],
        "rows": rows,
        "more": max(0, len(found.entries) - LINES),
        "sql": question(found.name).sql,
    }


def cell(value: Any) -> dict[str, Any]:
    """A value as text, and whether it is a number."""
    if value is None:
        return {"text": "", "is_number": False}
    if isinstance(value, bool):
        return {"text": "yes" if value else "no", "is_number": False}
    if isinstance(value, int):
        return {"text": f"{value:,}", "is_number": True}
    if isinstance(value, float):
        is_whole = value.is_integer() or abs(value) >= 1e5
        return {"text": f"{value:,.0f}" if is_whole else f"{value:.4g}", "is_number": True}
    return {"text": str(value), "is_number": False}


def probes(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """A section for each probe: what it measured of whom, on average, with the range."""
    rows = entries(connection, PROBED)
    sections = []
    for (name, function), of_probe in groupby(rows, lambda row: (row["probe"], row["function"])):
        measures = [_measure(measure, list(held)) for measure, held in groupby(of_probe, lambda row: row["name"])]
        sections.append({"name": name, "function": function, "measures": measures, "sql": PROBED})
    return sections


def _measure(name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    held = [row for row in rows if row["mean"] is not None][:DRAWN]
    low = min((row["lowest"] for row in held), default=0.0)
    high = max((row["highest"] for row in held), default=1.0)
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return round(10 + 380 * (value - low) / span, 1)

    lines = [
        {
            "name": _subject(row),
            "n": row["n"],
            "mean": f"{row['mean']:.4g}",
            "range": f"{row['lowest']:.4g} to {row['highest']:.4g}",
            "at": at(row["mean"]),
            "from": at(row["lowest"]),
            "to": at(row["highest"]),
        }
        for row in held
    ]
    shown = {"name": name.replace("_", " "), "lines": lines, "more": max(0, len(rows) - DRAWN)}
    return shown | {"low": f"{low:.4g}", "high": f"{high:.4g}"}


def _subject(row: Mapping[str, Any]) -> str:
    of = f"{row['model']} → {row['other']}" if row["other"] else row["model"]
    return ", ".join(str(text) for text in (of, row["attack"], row["budget"], row["layer"]) if text)


def drawn(connection: duckdb.DuckDBPyConnection, results: Path | str) -> list[dict[str, str]]:
    """The figures that belong to what this study asked beside its attacks, such as those of its probes."""
    found = []
    with TemporaryDirectory() as scratch:
        for name, meaning in figures().items():
            if name in OWN:
                continue
            path = Path(scratch) / f"{name}.svg"
            wanted = {"results": results} if "results" in signature(figure(name)).parameters else {}
            try:
                figure(name)(connection, path, **wanted)
            except TransferError:
                continue  # this study has nothing that the figure shows
            data = base64.b64encode(path.read_bytes()).decode()
            sql = path.with_suffix(".sql").read_text("utf-8")
            found.append({"name": name.replace("_", " "), "meaning": meaning, "data": data, "sql": sql})
    return found


def versions(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """What the tasks were run with: one row per combination, with how many tasks."""
    rows = connection.execute(
        "select provenance::varchar, count(*) from records group by all order by 2 desc"
    ).fetchall()
    return [
        {
            "tasks": count,
            "text": ", ".join(f"{name} {value}" for name, value in sorted(json.loads(held or "{}").items())),
        }
        for held, count in rows
    ]


def digests(connection: duckdb.DuckDBPyConnection) -> list[dict[str, str]]:
    """The data's digests, and for each model and craft the task that made it."""
    ((data,),) = connection.execute("select data::varchar from study").fetchall()
    held = json.loads(data or "{}")
    kept = [
        {"what": f"{held.get('dataset')}, {part}", "digest": text} for part, text in held.get("digests", {}).items()
    ]
    tasks = connection.execute(
        "select name, model from models union all select name, craft from crafts where role <> 'control'"
    ).fetchall()
    return kept + [{"what": name, "digest": task} for name, task in tasks]
