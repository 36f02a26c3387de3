"""Shows the transfer matrix in the terminal."""

from typing import Annotated

import typer


def matrix(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
    attack: Annotated[str, typer.Option(metavar="A", help="Which attack. [default: the study's first]")] = "",
    budget: Annotated[
        str, typer.Option(metavar="B", help="Which budget, as in 'linf 0.1'. [default: the attack's first]")
    ] = "",
    of: Annotated[
        str,
        typer.Option(
            metavar="both-right|target-right|surrogate-fooled|all", help="The images that the rates are shares of."
        ),
    ] = "both-right",
    part: Annotated[str, typer.Option(metavar="train|test", help="Which images. [default: the study's first]")] = "",
    wide: Annotated[bool, typer.Option("--wide", help="All targets, however wide the terminal is.")] = False,
) -> None:
    """Show the transfer matrix: who is fooled by whose examples."""
    import shutil

    from analysis import database, matrix, terminal
    from jobs.results import find

    connection = database.open(find(results))
    shown = matrix.matrix(connection, attack=attack, budget=budget, part=part, of=of)
    typer.echo(terminal.text(shown, None if wide else shutil.get_terminal_size().columns), nl=False)
