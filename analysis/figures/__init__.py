"""One file a figure: its name, a first docstring line that says what it shows, and `of_results`, which draws it.

`of_results(connection, path, *, ...)` draws results into a file. Its keywords are what one may ask of it: `of` (what
of, in the figure's own words), `width` (column or page), `attack`, `budget`, `part`; one that shows images is handed
`results`, where these lie. It returns the characters that no font on this machine has.
"""

import ast
import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from analysis.questions import nearest
from transfer.errors import TransferError

# Where no home folder can be written to, matplotlib does without its cache and tells so on every start.
logging.getLogger("matplotlib").setLevel(logging.ERROR)


def figures() -> dict[str, str]:
    """What each figure shows, by name, in alphabetical order; nothing is imported for it."""
    paths = sorted(path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("_"))
    texts = {path.stem: ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "" for path in paths}
    return {name: text.partition("\n")[0] for name, text in texts.items()}


def figure(name: str) -> Callable[..., str]:
    """The function that draws a figure; an error that knows the others when there is none of that name."""
    known = figures()
    if name not in known:
        hint = nearest(name, known)
        raise TransferError("Q089", f"no figure is called {name!r}.{hint} Known: {', '.join(known)}.")
    drawn: Callable[..., str] = import_module(f"analysis.figures.{name}").of_results
    return drawn
