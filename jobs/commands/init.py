"""Writes a study to begin with."""

from pathlib import Path
from typing import Annotated

import typer

TEMPLATES = Path(__file__).parents[1] / "templates"


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The study's name; its folder is made here.")],
) -> None:
    """Write a study to edit, with a network and an attack of your own beside it."""
    from transfer.errors import EnvironmentProblem, TransferError

    folder = Path(name)
    if not folder.name or folder.name == "..":
        raise TransferError("U089", f"{name!r} is no name for a study; give a word, as in `transfer init mine`")
    files = {folder / f"{folder.name}.yaml": "study.yaml", folder / "my_code.py": "my_code.txt"}
    for path in files:
        if path.exists():
            raise TransferError("U097", f"{path} is there already and is left as it is; give another name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, template in files.items():
            # Created, never opened for writing: a file that appears meanwhile is not ours.
            with path.open("x", encoding="utf-8") as file:
                file.write((TEMPLATES / template).read_text("utf-8"))
            typer.echo(path)
    except OSError as problem:
        raise EnvironmentProblem("R075", f"cannot write {folder}: {problem.strerror}") from None
    study = next(iter(files))
    typer.echo(f"\nEdit both, then:\n  transfer check {study}\n  transfer run {study} --small", err=True)
