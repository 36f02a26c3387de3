"""Writes what was found as a page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from analysis.findings import Asked


def findings(
    results: Annotated[
        list[str],
        typer.Argument(metavar="RESULTS...", help="Results folders, names of studies, or answers kept before (.json)."),
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE.md", help="[default: stdout]")] = None,
) -> None:
    """Write what papers printed beside what was measured, with verdicts.

    With -o the answers that the page is made of are kept in a folder of its name, one file a study: `transfer findings
    docs/findings/*.json -o docs/findings.md` makes the same page of them again.
    """
    from analysis.findings import page
    from transfer.errors import TransferError

    asked = [_asked(one) for one in results]
    text = page(asked)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        folder = output.with_suffix("")
        folder.mkdir(exist_ok=True)
        for one in asked:
            folder.joinpath(f"{one.study}.json").write_text(one.kept(), encoding="utf-8")
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TransferError("Q090", f"cannot write {output}: {error.strerror}") from error
    typer.echo(output)


def _asked(results: str) -> "Asked":
    from analysis import database
    from analysis.findings import of_kept, of_results
    from jobs.results import find

    path = Path(results)
    if path.suffix == ".json":
        return of_kept(path)
    return of_results(database.open(find(results)))
