"""Answers a question that has a name."""

from typing import Annotated

import typer


def ask(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Which question; without one, all are listed.")] = "",
    form: Annotated[str, typer.Option("--format", metavar="table|csv|json", help="How rows are written.")] = "table",
) -> None:
    """Ask a named question, such as transfer_matrix or clean_accuracy."""
    from analysis import database, tabular
    from analysis.questions import question, questions
    from jobs.results import find

    folder = find(results)
    tabular.known_form(form)
    if not query:
        rows = [(one.name, one.summary) for one in questions("queries", "audits").values()]
        typer.echo(tabular.render(form, ("question", "one row"), rows), nl=False)
        return
    answer = database.open(folder).execute(f"from {question(query).name}")
    names = [column[0] for column in answer.description or ()]
    typer.echo(tabular.render(form, names, answer.fetchall()), nl=False)
