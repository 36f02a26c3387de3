"""The transfer matrix as a table for LaTeX: booktabs, squares shaded by their rate, intervals beneath."""

from collections.abc import Iterator

from analysis.matrix import DENOMINATORS, Matrix, Row, Square

NEEDED = r"% needs \usepackage{booktabs}, \usepackage[table]{xcolor} and \usepackage{graphicx}"
MARKS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    '"': r"\textquotedbl{}",
}
SMALL = 12  # more columns than these are set in smaller type
SHADE = 70  # percent of the colour where everything is fooled: black ink stays readable


def latex(matrix: Matrix, seeds: int) -> str:
    """A table with its caption; `seeds` is how many seeds the models have."""
    columns = len(matrix.columns) + 2
    head = [_turned(label.name) for label in matrix.columns] + ["mean"]
    lines = [
        NEEDED,
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_caption(matrix, seeds)}}}",
        r"\small" if columns <= SMALL else r"\tiny\setlength{\tabcolsep}{2pt}",
        rf"\begin{{tabular}}{{l{'c' * (columns - 1)}}}",
        r"\toprule",
        " & ".join(["crafted on", *head]) + r" \\",
        r"\midrule",
        *(_line(row) for row in matrix.surrogates),
        r"\midrule",
        " & ".join(["mean", *map(_percent, matrix.means), ""]) + r" \\",
        *(_line(row) for row in matrix.controls),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    return " & ".join([escaped(row.label.name), *map(_cell, row.squares), _percent(row.mean)]) + r" \\"


def _cell(square: Square | None) -> str:
    if square is None:
        return "--"
    if square.rate is None or square.interval is None:
        return ""
    text = rf"{100 * square.rate:.1f}{{\tiny$\,\pm\,${100 * square.interval.half_width:.1f}}}"
    shown = rf"\textit{{{text}}}" if square.is_diagonal else text
    return rf"\cellcolor{{blue!{round(SHADE * square.rate)}}}" + shown


def _percent(mean: float | None) -> str:
    return "" if mean is None else f"{100 * mean:.1f}"


def _turned(name: str) -> str:
    return rf"\rotatebox{{90}}{{{escaped(name)}}}"


def escaped(text: str) -> str:
    """A text in which no sign is a command."""
    return "".join(MARKS.get(one, one) for one in text)


def _caption(matrix: Matrix, seeds: int) -> str:
    return " ".join(_sentences(matrix, seeds))


def _sentences(matrix: Matrix, seeds: int) -> Iterator[str]:
    n = matrix.n
    counted = "" if n is None else f" ($n$ = {n[0]:,})" if n[0] == n[1] else f" ($n$ = {n[0]:,} to {n[1]:,})"
    yield f"{escaped(matrix.title)}"
    yield rf"{escaped(matrix.heading)}: \% fooled of {DENOMINATORS[matrix.of]}{counted},"
    yield r"with half the width of Wilson's 95\% interval."
    yield "Rows: the model that examples are crafted on; columns: the model that they are shown to."
    yield "In italics: the surrogate itself, left out of means. --: not run."
    yield f"{seeds} seed{'s' if seeds != 1 else ''}."
    if any(square and square.pooled > 1 for row in matrix.controls for square in row.squares):
        yield "Controls: the crafts of the same images pooled, each image counted once."
