"""Bad input of every kind, and the test that tries it. Rows 1 to 92 were listed before the program was written."""

import csv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Row:
    """One input, what it is answered with, and the tests that try it: those of a function whose id holds `case`."""

    row: str
    input: str
    answer: str  # a code, `refused` where the line has several, `text` or `ignored` where it does no harm
    test: str
    case: str
    why_not: str  # why such a thing cannot be asked here

    @property
    def kind(self) -> str:
        if self.answer in ("text", "ignored"):
            return "taken as text or left alone"
        return "told as a warning" if self.answer.startswith("W") else "refused"

    def names(self, test: str) -> bool:
        """Whether a test, by its id, is one of this row; a file stands for all that is in it."""
        function, _, case = test.partition("[")
        is_of_file = self.test.endswith("::") and function.startswith(self.test)
        return (function == self.test or is_of_file) and self.case in case


def rows() -> list[Row]:
    with Path(__file__).with_name("catalogue.csv").open(encoding="utf-8", newline="") as file:
        return [Row(**one) for one in csv.DictReader(file)]
