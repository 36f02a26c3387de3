"""What is wrong with a study, gathered: all problems of a file are told at once, each with its place."""

from collections.abc import Iterable
from dataclasses import dataclass

from transfer.errors import TransferError

MOST = 100  # problems told of one study; a file with more is not a study with slips


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands in a study file, or the command line argument that it came from."""

    source: str
    line: int = 0  # from 1; 0 where there are no lines
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, and what to do about it."""

    place: Place
    code: str
    text: str

    def __str__(self) -> str:
        return printable(f"error[{self.code}]: {self.place}: {self.text}")


class StudyError(TransferError):
    """A study that cannot be run as it is written; its text has a line for every problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self.problems[0].code, self.problems[0].text)
        self.args = (self.problems,)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:MOST]]
        return "\n".join([*lines, "... and more"] if len(self.problems) > MOST else lines)


class Problems:
    """Problems found so far."""

    def __init__(self) -> None:
        self.found: set[Problem] = set()

    def add(self, code: str, place: Place, text: str) -> None:
        self.found.add(Problem(place, code, text))
        # Somebody's mistake has few of these; a hostile file must not make us look for a hint to each of its lines.
        if len(self.found) > MOST:
            raise StudyError(self.found)

    def raise_any(self) -> None:
        if self.found:
            raise StudyError(self.found)


def printable(text: str) -> str:
    """Text that cannot move the cursor, break the line or turn the direction of what is written."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def quoted(text: str) -> str:
    """A person's text inside a message: in quotes, and short."""
    return f"'{text if len(text) <= 48 else text[:45] + '...'}'"
