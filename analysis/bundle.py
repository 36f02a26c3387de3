"""A study as one file to hand on: the study, its rows, the views over them, the report, figures and how to redo it.

What was committed stays as it was; images and weights stay behind, as the report holds a sample and they can be made
again from the study. Equal results make an equal file.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from analysis import report, shell
from analysis.database import open as opened
from analysis.figures import figure
from analysis.latex import latex
from analysis.matrix import matrix
from transfer.errors import TransferError
from transfer.store import Store

FIGURES = ("heatmap", "curves", "map", "asymmetry")
DATED = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file knows: equal bytes on every run
PAGE = """# {title}

This is the study `{study}`: what was asked, every row that was counted, and the pictures made of these.

| file | what it is |
|---|---|
| `report.html` | everything on one page; open it in a browser, it needs no network |
| `resolved.yaml` | the study with every default written out, to be read; `studies/` has it as it was committed |
| `objects/*.parquet` | the rows; `records/` says of each file which task made it, from what, with which digest |
| `open.sql` | the tables and views: `duckdb -init open.sql` in this folder, then `from transfer_matrix;` |
| `figures/` | each figure as PDF, with the SQL it is drawn of and its numbers |
| `matrix.tex` | the first transfer matrix as a table for LaTeX |

Images and weights are left out: they are made again with the rows.

## To run it again

    pip install transfer-study=={version}
    transfer run {study}
    transfer compare results/{study} THE-RESULTS-TO-COMPARE-WITH

where `{study}` is the study's file, or its name if it comes with the package. Results are equal bit for bit on the same
processor and versions, and otherwise equal within their intervals. What it was run with:

{versions}

## What was found

{cards}
"""


def write(results: Path, path: Path) -> None:
    """Writes the bundle of a results folder."""
    with TemporaryDirectory() as scratch:
        made = Path(scratch)
        _derive(results, made)
        try:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
                for name, source in sorted([*_committed(results), *_made(made)]):
                    entry = zipfile.ZipInfo(f"{results.absolute().name}/{name}", DATED)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    file.writestr(entry, source.read_bytes())
        except OSError as error:
            raise TransferError("Q090", f"cannot write {path}: {error.strerror}") from error


def _committed(results: Path) -> Iterator[tuple[str, Path]]:
    """The study, its records, and their rows."""
    store = Store.open(results, writing=False)
    for record in store.records():
        yield f"records/{record.stage}/{record.task}.json", results / "records" / record.stage / f"{record.task}.json"
        for kept in record.objects.values():
            if kept["key"].endswith(".parquet"):
                yield kept["key"], results / kept["key"]
    for path in sorted((results / "studies").glob("*.json")):
        yield f"studies/{path.name}", path


def _made(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _derive(results: Path, made: Path) -> None:
    """Everything that is made of the rows."""
    connection = opened(results)
    study: dict[str, Any] = dict(Store.open(results, writing=False).study() or {})
    content = report.content(results)
    (made / "report.html").write_text(report.rendered(content), encoding="utf-8")
    (made / "open.sql").write_text(shell.script(results), encoding="utf-8")
    (made / "resolved.yaml").write_text(content["resolved"], encoding="utf-8")
    (made / "REPRODUCE.md").write_text(_reproduce(study, content), encoding="utf-8")
    seeds = len({model["seed"] for model in study["models"]})
    if content["cards"]:  # a study of probes alone has no matrix
        (made / "matrix.tex").write_text(latex(matrix(connection), seeds), encoding="utf-8")
    (made / "figures").mkdir()
    for name in FIGURES:
        _figure(connection, name, made / "figures" / f"{name}.pdf")


def _figure(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    try:
        figure(name)(connection, path)
    except TransferError as problem:  # such as a map of two models: say why it is not there
        path.with_suffix(".txt").write_text(f"{problem}\n", encoding="utf-8")


def _reproduce(study: dict[str, Any], content: dict[str, Any]) -> str:
    cards = [f"* {card.asked} {card.answer}. {card.detail}. {card.interval}" for card in content["cards"]]
    packages = [one["text"] for one in content["versions"]]
    named = [part for text in packages for part in text.split(", ") if part.startswith("package ")]
    version = named[0].removeprefix("package ") if named else ""
    return PAGE.format(
        title=study.get("title") or study["study"],
        study=study["study"],
        version=version,
        versions="\n".join(f"* {text}" for text in packages),
        cards="\n".join(cards).rstrip(),
    )
