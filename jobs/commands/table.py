"""Writes the transfer matrix as a table for a paper."""

from pathlib import Path
from typing import Annotated

import typer


def table(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
    latex: Annotated[bool, typer.Option("--latex", help="For LaTeX, with booktabs and shaded squares.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE.tex", help="[default: stdout]")] = None,
    attack: Annotated[str, typer.Option(metavar="A", help="Which attack. [default: the study's first]")] = "",
    budget: Annotated[str, typer.Option(metavar="B", help="Which budget. [default: the attack's first]")] = "",
    of: Annotated[
        str,
        typer.Option(
            metavar="both-right|target-right|surrogate-fooled|all", help="The images that the rates are shares of."
        ),
    ] = "both-right",
    part: Annotated[str, typer.Option(metavar="train|test", help="Which images. [default: the study's first]")] = "",
    order: Annotated[str, typer.Option(metavar="study|family|cluster", help="Like models side by side.")] = "study",
) -> None:
    """Write the transfer matrix as a table for a paper, with intervals and a caption that says what was counted."""
    from analysis import database
    from analysis.latex import latex as written
    from analysis.likeness import ordered
    from analysis.matrix import matrix
    from jobs.results import find
    from transfer.errors import TransferError

    if not latex:
        raise TransferError("U089", "say which table: --latex. In the terminal, `transfer matrix` shows it.")
    connection = database.open(find(results))
    shown = ordered(matrix(connection, attack=attack, budget=budget, part=part, of=of), order)
    ((seeds,),) = connection.execute("select count(distinct seed) from models").fetchall()
    text = written(shown, seeds)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TransferError("Q090", f"cannot write {output}: {error.strerror}") from error
    typer.echo(output)
