"""`python -m tests.hostile`: tries every bad input of the catalogue by its tests; a line for each, and the count."""

import sys
from collections import defaultdict

import pytest

from tests.hostile.catalogue import ROOT, Row, rows


class Tried:
    """Leaves out the tests that no row names, and keeps how the others ended."""

    def __init__(self, wanted: list[Row]) -> None:
        self.wanted = wanted
        self.outcomes = defaultdict[str, set[str]](set)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if any(row.names(item.nodeid) for row in self.wanted)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self.outcomes[report.nodeid].add(report.outcome)

    def outcome(self, row: Row) -> str:
        """How the tests of a row ended: one that was not run, or does not exist, is no success."""
        found = set().union(*(ended for test, ended in self.outcomes.items() if row.names(test)))
        return "passed" if found == {"passed"} else "skipped" if found == {"skipped"} else "failed"


def main() -> int:
    wanted = rows()
    tried = Tried(wanted)
    files = sorted({row.test.partition("::")[0] for row in wanted})
    pytest.main(["-p", "no:cacheprovider", "--no-header", "--rootdir", str(ROOT), "-m", "", *files], plugins=[tried])
    held = [(row, tried.outcome(row)) for row in wanted]
    for row, outcome in held:
        print(f"{row.row:>3}  {row.answer:8} {row.input}{f': {row.why_not}' * bool(row.why_not)}  {outcome}")
    asked = [(row, outcome) for row, outcome in held if not row.why_not]
    for kind in dict.fromkeys(row.kind for row, _ in asked):
        own = [outcome for row, outcome in asked if row.kind == kind]
        skipped = f", {own.count('skipped')} not tried on this machine" * ("skipped" in own)
        print(f"hostile inputs: {own.count('passed')} {kind} of {len(own)}{skipped}")
    print(f"not applicable: {len(held) - len(asked)}, for the reasons above")
    return int(any(outcome == "failed" for _, outcome in held))


if __name__ == "__main__":
    sys.exit(main())
