"""Answers any question in SQL."""

from typing import Annotated

import typer


def sql(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
    query: Annotated[str, typer.Argument(metavar="QUERY", help="One SELECT over the tables that --views lists.")] = "",
    form: Annotated[str, typer.Option("--format", metavar="table|csv|json", help="How rows are written.")] = "table",
    views: Annotated[bool, typer.Option("--views", help="List tables and views, and what one row of each is.")] = False,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="How long the query may take.")] = 30,
    memory: Annotated[float, typer.Option(metavar="GB", min=0.1, help="How much memory it may take.")] = 2,
    rows: Annotated[int, typer.Option(metavar="N", min=0, help="How many rows to write; 0 for all.")] = 10_000,
) -> None:
    """Ask any question in SQL. Nothing can be written by it."""
    from analysis.guarded import Limits, ask
    from jobs.results import find
    from transfer.errors import TransferError

    folder = find(results)
    if views:
        from analysis.questions import described
        from analysis.tabular import render

        typer.echo(render(form, ("name", "kind", "one row"), described()), nl=False)
        return
    if not query:
        raise TransferError("U089", 'give a query, as in "from transfer_matrix limit 5"; --views lists the tables')
    answer, remark = ask(folder, query, form, Limits(timeout, memory, rows))
    typer.echo(answer, nl=False)
    if remark:
        typer.echo(remark, err=True)
