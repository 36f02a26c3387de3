"""Where a study's results lie: a folder, or the name of a study under ./results."""

from difflib import get_close_matches
from pathlib import Path

from transfer.errors import TransferError

HOME = Path("results")


def find(text: str) -> Path:
    """The results folder that a person means; TransferError names the ones that are known."""
    for folder in (Path(text), HOME / text):
        if _is_results(folder):
            return folder
    if Path(text).exists():
        raise TransferError("R074", f"{text} is not a results folder: it has no studies/ and records/")
    known = sorted(folder.name for folder in HOME.glob("*") if _is_results(folder))
    close = get_close_matches(text, known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    there = f" Known in {HOME}/: {', '.join(known)}." if known else " Make some with `transfer run STUDY`."
    raise TransferError("R093", f"no results are called {text!r}.{hint}{there}")


def home_of(study: str) -> Path:
    """The folder that a study's results go to when nobody says otherwise."""
    return HOME / study


def _is_results(folder: Path) -> bool:
    return (folder / "studies").is_dir() and (folder / "records").is_dir()
