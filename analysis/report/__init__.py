"""A study's answers as one page that needs no network and no server, and that a reviewer can question.

Everything is in the file: numbers, images, style and script. A content security policy allows these by their hashes and
nothing else, and every name in the page is text, so that no name of a model can do harm.
"""

import base64
import hashlib
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib import colormaps

from analysis.database import open as opened
from analysis.figures import curves as curves_figure
from analysis.likeness import likeness
from analysis.matrix import DENOMINATORS, matrix
from analysis.questions import question
from analysis.report import drawings, sections
from analysis.report.headline import headline
from analysis.report.pictures import album
from analysis.report.squares import holes, matrices
from transfer.errors import TransferError
from transfer.store import Store

HERE = Path(__file__).parent
SCRIPTS = ("scale.js", "matrix.js", "dialog.js", "page.js")
IMAGES = 4  # of each square


def write(results: Path | str, path: Path, images: int = IMAGES) -> None:
    """Writes the report of some results into a file."""
    text = page(results, images)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TransferError("Q090", f"cannot write {path}: {error.strerror}") from error


def page(results: Path | str, images: int = IMAGES) -> str:
    """The report as text."""
    return rendered(content(results, images))


def rendered(found: Mapping[str, Any]) -> str:
    """The page of what was found."""
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # their order is the study's
    style = (HERE / "style.css").read_text("utf-8")
    script = "\n".join((HERE / name).read_text("utf-8") for name in SCRIPTS)
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{_hash(style)}'; script-src 'sha256-{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    template = environment.get_template("page.html.j2")
    return template.render(**found, style=Markup(style), script=Markup(script), policy=policy)


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def content(results: Path | str, images: int = IMAGES) -> dict[str, Any]:
    """Everything that the page says."""
    connection = opened(results)
    store = Store.open(results, writing=False)
    document: Mapping[str, Any] = store.study() or {}
    every = matrices(connection)
    chosen = {word: every[0][word] for word in ("attack", "budget", "part")} if every else {}
    first = matrix(connection, **chosen) if every else None  # a study may consist of probes alone
    asked, missing = holes(every)
    data = {
        "targets": [{"name": label.name, "family": label.family} for label in (first.columns if first else ())],
        "matrices": [{name: value for name, value in one.items() if name != "sql"} for one in every],
        "denominators": DENOMINATORS,
        "album": album(connection, store, images),
        "rates": _colours("cividis"),
        "differences": _colours("PuOr_r"),
    }
    drawn = curves_figure.points(connection)
    return {
        "study": document.get("study", ""),
        "title": document.get("title") or document.get("study", ""),
        "chosen": first,
        "cards": headline(connection, chosen) if every else [],
        "squares": asked,
        "missing": missing,
        "failures": sections.table(connection, "failures"),
        "data": data,
        "matrix_sql": question("transfer_matrix").sql,
        "curves": drawings.curves(drawn),
        "curves_sql": curves_figure.SQL,
        "atlas": drawings.atlas(likeness(first)) if first else {},
        "atlas_sql": first.sql if first else "",
        "asymmetry": sections.table(connection, "asymmetry"),
        "asked": list(sections.asked(connection)),
        "published": sections.published(connection),
        "probes": sections.probes(connection),
        "drawn": sections.drawn(connection, results),
        "cost": sections.table(connection, "cost"),
        "versions": sections.versions(connection),
        "digests": sections.digests(connection),
        "resolved": yaml.safe_dump(document.get("resolved", {}), sort_keys=False, allow_unicode=True, width=100),
        "again": _again(document),
    }


def _colours(name: str) -> list[str]:
    """A colour map as a hundred and one colours, one for each percent."""
    return [
        "#" + "".join(f"{round(255 * part):02x}" for part in colormaps[name](step / 100)[:3]) for step in range(101)
    ]


def _again(document: Mapping[str, Any]) -> list[str]:
    study = str(document.get("study", "study"))
    return [
        shlex.join(["transfer", "run", study]),
        shlex.join(["transfer", "report", f"results/{study}", "-o", "report.html"]),
    ]
