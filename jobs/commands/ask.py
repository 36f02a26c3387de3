"""Answers a question that has a name."""

from typing import Annotated

import typer


def ask(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Which question; without one, all are listed.")] = "",
    form: Annotated[str, typer.Option("--format", metavar="table|csv|json", help="How rows are written.")] = "table",
) -> None:
    """Ask a named question, such as transfer_matrix or clean_accuracy."""
    from analysis import answers, crosstab, database, tabular
    from analysis.questions import question, questions
    from jobs.results import find

    folder = find(results)
    tabular.known_form(form)
    if not query:
        rows = [(one.name, one.summary) for one in questions("queries", "audits").values()]
        typer.echo(tabular.render(form, ("question", "one row"), rows), nl=False)
        return
    question(query)  # an unknown one is told before any file is read
    answer = answers.answer(database.open(folder), query)
    if form == "table" and answer.layout:
        typer.echo(crosstab.crosstab(answer, answer.layout), nl=False)
        return
    typer.echo(tabular.render(form, answer.names, answer.rows), nl=False)
