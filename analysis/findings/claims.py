"""Rows of the table of findings: a claim, its source, the published number, ours, and the verdict by a fixed rule."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
NOT_RUN = "not run"


def number(value: float | None, form: str = ".1f") -> str:
    """A number in Python's format, with a minus sign that no line is broken at."""
    return NOT_RUN if value is None else format(value, form).replace("-", "−")


def interval(low: float | None, high: float | None, form: str = "+.1f") -> str:
    """`[low, high]`, or nothing where there is no interval."""
    return "" if low is None or high is None else f"[{number(low, form)}, {number(high, form)}]"


def claim(text: str, source: str, published: str, ours: str, verdict: str) -> str:
    """One row of the table; what would end a cell of it is written out."""
    cells = (cell.strip().replace("|", "\\|") for cell in (text, source, published, ours, verdict))
    return f"| {' | '.join(cells)} |"


def rate(text: str, source: str, row: Row) -> str:
    """A percentage of a paper: it differs where Holm's p is below 0.05, over all cells of its table."""
    if row["ours"] is None:
        return claim(text, source, number(row["published"], "g"), NOT_RUN, NOT_RUN)
    side = "higher" if row["difference"] > 0 else "lower"
    ours = f"{number(row['ours'], '.2f')}; difference {interval(row['low'], row['high'], '+.2f')}"
    verdict = f"ours is {side}" if row["mark"] else "no difference shown"
    return claim(text, source, number(row["published"], "g"), ours, verdict)


def size(text: str, source: str, row: Row, factor: float = 1.5) -> str:
    """A mean distortion: it is reproduced where ours is within a factor of the paper's."""
    if row["ratio"] is None:
        return claim(text, source, number(row["published"], "g"), NOT_RUN, NOT_RUN)
    bounds = interval(row["ratio_low"], row["ratio_high"], ".2f")
    ours = f"{number(row['ours'], '.3f')}: {number(row['ratio'], '.2f')} times {bounds}"
    is_near = 1 / factor <= row["ratio"] <= factor
    verdict = f"{'within' if is_near else 'beyond'} a factor of {factor:g}"
    return claim(text, source, number(row["published"], "g"), ours, verdict)


def cells(text: str, source: str, rows: Sequence[Row]) -> str:
    """All cells of a table: how many differ after Holm's correction, and how far ours are from the paper's."""
    run = [row for row in rows if row["ours"] is not None]
    if not run:
        return claim(text, source, f"{len(rows)} cells", NOT_RUN, NOT_RUN)
    apart = sum(abs(row["difference"]) for row in run) / len(run)
    differ = sum(bool(row["mark"]) for row in run)
    ours = f"{number(apart)} points away on average"
    return claim(text, source, f"{len(run)} cells", ours, f"{differ} of {len(run)} differ")


def least(text: str, source: str, row: Row, of: float) -> str:
    """A number that is claimed to be at least so large."""
    if row["ours"] is None:
        return claim(text, source, number(row["published"]), NOT_RUN, NOT_RUN)
    verdict = "reproduced" if row["ours"] >= of else f"below {of:g}"
    return claim(text, source, number(row["published"]), number(row["ours"]), verdict)


def plain(text: str, source: str, row: Row, form: str = ".1f") -> str:
    """A number with nothing to say how sure it is: both are shown, and nothing is decided."""
    verdict = NOT_RUN if row["ours"] is None else "shown, not tested"
    return claim(text, source, number(row["published"], form), number(row["ours"], form), verdict)


def effect(text: str, source: str, published: float | None, row: Row) -> str:
    """An effect in percentage points: it is shown where its interval over seeds excludes 0."""
    theirs = "not in the paper" if published is None else number(published, "+.1f")
    if row["effect"] is None:
        return claim(text, source, theirs, NOT_RUN, NOT_RUN)
    ours = number(100 * row["effect"], "+.1f")
    if row["low"] is None:
        return claim(text, source, theirs, ours, "too few seeds for an interval")
    is_shown = row["low"] > 0 or row["high"] < 0
    ours += f" {interval(100 * row['low'], 100 * row['high'])}"
    verdict = ("above 0" if row["low"] > 0 else "below 0") if is_shown else "not shown: 0 is inside"
    return claim(text, source, theirs, ours, verdict)


def inside(text: str, source: str, row: Row, form: str = ".2f") -> str:
    """A number that is reproduced where the paper's lies in the interval of ours."""
    if row["ours"] is None:
        return claim(text, source, number(row["published"], form), NOT_RUN, NOT_RUN)
    ours = f"{number(row['ours'], form)} {interval(row['low'], row['high'], form)}"
    if row["low"] is None:
        return claim(text, source, number(row["published"], form), ours, "too few for an interval")
    side = "ours is higher" if row["low"] > row["published"] else "ours is lower"
    verdict = "within our interval" if row["low"] <= row["published"] <= row["high"] else side
    return claim(text, source, number(row["published"], form), ours, verdict)


def against(text: str, source: str, published: str, row: Row, form: str = ".1f", of: float = 0.0) -> str:
    """A number of which a paper says in words on which side of a limit it is: it is there where its interval is."""
    if row["ours"] is None:
        return claim(text, source, published, NOT_RUN, NOT_RUN)
    ours = f"{number(row['ours'], form)} {interval(row['low'], row['high'], form)}"
    if row["low"] is None:
        return claim(text, source, published, ours, "too few for an interval")
    limit = number(of, "g")
    verdict = f"above {limit}" if row["low"] > of else f"below {limit}"
    is_shown = row["low"] > of or row["high"] < of
    return claim(text, source, published, ours, verdict if is_shown else f"not shown: {limit} is inside")


KINDS = {kind.__name__: kind for kind in (rate, size, cells, least, plain, effect, inside, against)}
