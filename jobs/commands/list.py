"""Lists what a study can name and what can be asked."""

from collections.abc import Callable
from typing import Annotated

import typer

Row = tuple[str, str, str]  # name, what it is, its settings


def list(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="[attacks|architectures|datasets|recipes|studies|queries]",
            help="Only these. [default: everything]",
            show_default=False,
        ),
    ] = "",
) -> None:
    """List attacks, architectures, data sets, recipes, studies and queries."""
    import sys
    from functools import partial

    from transfer import catalog
    from transfer.errors import TransferError

    kinds: dict[str, Callable[[], tuple[Row, ...]]] = {
        name: partial(_functions, name) for name in catalog.KINDS if catalog.names(name)
    }
    kinds |= {"studies": _studies, "queries": _queries}
    if kind and kind not in kinds:
        hint = catalog.did_you_mean(kind, kinds)
        raise TransferError("U089", f"nothing is listed under {kind!r}.{hint} Known: {', '.join(kinds)}.")
    for name in [kind] if kind else kinds:
        rows = kinds[name]()
        if sys.stdout.isatty():
            _show(name, rows)
            continue
        for row in rows:
            # One line each, with the kind in front where there are several: for grep and cut.
            typer.echo("\t".join([*([] if kind else [name]), *filter(None, row)]))


def _functions(kind: str) -> tuple[Row, ...]:
    from transfer import catalog

    rows = []
    for name in catalog.names(kind):
        found = catalog.describe(kind, name)
        settings = (
            setting.name if setting.default is catalog.REQUIRED else f"{setting.name}={_written(setting.default)}"
            for setting in found.settings
            if setting.name not in catalog.HANDED_OVER
        )
        rows.append((name, found.summary, ", ".join(settings)))
    return tuple(rows)


def _written(value: object) -> str:
    """A default as a study file spells it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    return "none" if value is None else str(value)


def _studies() -> tuple[Row, ...]:
    from jobs.request import STUDIES
    from transfer.study.nodes import Text
    from transfer.study.yaml_text import read_file

    rows = []
    for path in sorted(STUDIES.glob("*.yaml")):
        title = read_file(path).items.get("title")
        rows.append((path.stem, title.value if isinstance(title, Text) else "", ""))
    return tuple(rows)


def _queries() -> tuple[Row, ...]:
    from analysis.questions import questions

    return tuple((name, question.summary, "") for name, question in questions("queries").items())


def _show(kind: str, rows: tuple[Row, ...]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=kind, title_justify="left", title_style="bold", box=None, pad_edge=False, show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for name, summary, settings in rows:
        # Text, not str: what stands in brackets is a list and no markup.
        about = Text(summary)
        if settings:
            about.append(f"\n{settings}", style="dim")
        table.add_row(Text(name), about)
    Console().print(table, "")
