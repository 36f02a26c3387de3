"""Compares two results."""

from typing import Annotated

import typer

DIFFERENT = 1  # as `diff` ends


def compare(
    one: Annotated[str, typer.Argument(metavar="A", help="A results folder, or the name of a study.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    rows: Annotated[int, typer.Option(metavar="N", min=0, help="How many squares to show, the largest first.")] = 20,
    form: Annotated[str, typer.Option("--format", metavar="table|csv|json", help="How rows are written.")] = "table",
) -> int:
    """Tell which squares of two results differ beyond their intervals. Ends with 1 where any does, for CI."""
    from analysis import database, tabular
    from analysis.comparison import compare as compared
    from jobs.results import find

    tabular.known_form(form)
    found = compared(database.open(find(one)), database.open(find(other)))
    names = ("attack", "budget", "part", "surrogate", "target", "a", "b", "points", "low", "high", "p_holm")
    shown = found.beyond or found.both[:3]
    lines = []
    for each in shown[:rows]:
        low, high = each.interval or (None, None)
        rates = [100 * fooled / n if n else None for fooled, n in (each.one, each.other)]
        lines.append((*each.square, *rates, each.points, low, high, each.p))
    typer.echo(tabular.render(form, names, lines), nl=False)
    for line in found.summary():
        typer.echo(line, err=True)
    return 0 if found.is_equal else DIFFERENT
