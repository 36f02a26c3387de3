"""Curves, map and tree as places on a drawing, which the template writes as lines and dots in the style of the page."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from scipy.cluster.hierarchy import dendrogram

from analysis.likeness import Likeness, clustering, scaled

WIDE, HIGH = 640, 320  # of a drawing, in its own units
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 12, 40  # around the places that data may take
COLOURS = 8


def curves(points: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A line for each attack and control, a dot for each budget."""
    drawn = [row for row in points if row["rms"] is not None]
    if not drawn:
        return {}
    across = _Axis([0, *(row["rms"] for row in drawn)], LEFT, WIDE - RIGHT)
    up = _Axis([0, *(100 * (row["high"] or row["rate"]) for row in drawn)], HIGH - BOTTOM, TOP)
    names = list(dict.fromkeys(row["attack"] for row in drawn))
    lines = []
    for (attack, control, part), rows in groupby(drawn, lambda row: (row["attack"], row["control"], row["part"])):
        dots = [_dot(row, across, up) for row in rows]
        lines.append(
            {
                "name": ", ".join(filter(None, (control and f"{control} like {attack}", attack, part)))
                if not control
                else f"{control} like {attack}, {part}",
                "colour": names.index(attack) % COLOURS,
                "is_control": bool(control),
                "path": " ".join(f"{dot['x']},{dot['y']}" for dot in dots),
                "dots": dots,
            }
        )
    return {"x": across.ticks, "y": up.ticks, "lines": lines, "wide": WIDE, "high": HIGH}


def _dot(row: dict[str, Any], across: "_Axis", up: "_Axis") -> dict[str, Any]:
    bounds = "" if row["low"] is None else f", 95%: {100 * row['low']:.1f} to {100 * row['high']:.1f}"
    return {
        "x": across(row["rms"]),
        "y": up(100 * row["rate"]),
        "low": None if row["low"] is None else up(100 * row["low"]),
        "high": None if row["high"] is None else up(100 * row["high"]),
        "title": f"{row['attack']} {row['budget']}: {100 * row['rate']:.1f}% of n = {row['n']:,}{bounds}",
        "budget": row["budget"],
    }


class _Axis:
    """Numbers to places."""

    def __init__(self, values: Iterable[float], start: float, end: float) -> None:
        held = list(values)
        low, high = min(held), max(held)
        steps = MaxNLocator(6).tick_values(low, high if high > low else low + 1)
        self.low, self.high, self.start, self.end = float(steps[0]), float(steps[-1]), start, end
        self.ticks = [{"at": self(float(step)), "text": f"{step:.6g}"} for step in steps]

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def atlas(found: Likeness) -> dict[str, Any]:
    """The models of a matrix in a plane, and their family tree."""
    if len(found.models) < 3:
        return {}
    places, kept = scaled(found.distances)
    families = list(dict.fromkeys(model.family or model.name for model in found.models))
    colours = [families.index(model.family or model.name) % COLOURS for model in found.models]
    half = max(float(np.abs(places).max()), 1e-9) * 1.15
    side = HIGH + 80
    dots = [
        {
            "x": round(side * (0.5 + x / half / 2), 1),
            "y": round(side * (0.5 - y / half / 2), 1),
            "name": model.name,
            "family": model.family or model.name,
            "colour": colour,
        }
        for (x, y), model, colour in zip(places, found.models, colours, strict=True)
    ]
    return {
        "side": side,
        "dots": dots,
        "names": list(_named(dots, side)),
        "kept": round(100 * kept),
        "unknown": found.unknown,
        "families": [{"name": name, "colour": place % COLOURS} for place, name in enumerate(families)],
        "tree": _tree(found, colours),
    }


def _named(dots: Sequence[dict[str, Any]], side: float) -> Iterator[dict[str, Any]]:
    """The names that find a place beside their dots, none over another name or dot."""
    taken = [(dot["x"] - 6, dot["y"] - 6, dot["x"] + 6, dot["y"] + 6) for dot in dots]
    for dot in dots:
        wide = 7.0 * len(dot["name"])
        for x, y in ((9, 4), (-9 - wide, 4), (-wide / 2, -10), (-wide / 2, 19)):
            left, base = dot["x"] + x, dot["y"] + y
            box = (left, base - 10, left + wide, base + 3)
            is_inside = box[0] >= -16 and box[2] <= side + 16 and box[1] >= -8 and box[3] <= side + 8
            if is_inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                yield {"x": round(left, 1), "y": round(base, 1), "text": dot["name"]}
                break


def _meet(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _tree(found: Likeness, colours: Sequence[int]) -> dict[str, Any]:
    made = dendrogram(clustering(found.distances), no_plot=True)
    line, wide = 18, 300
    furthest = max(max(join) for join in made["dcoord"]) or 1.0
    steps = [
        " ".join(
            f"{round(wide * (1 - across / furthest), 1)},{round(along / 10 * line, 1)}"
            for across, along in zip(join, places, strict=True)
        )
        for join, places in zip(made["dcoord"], made["icoord"], strict=True)
    ]
    leaves = [
        {"name": found.models[leaf].name, "colour": colours[leaf], "y": round((place + 0.5) * line, 1)}
        for place, leaf in enumerate(made["leaves"])
    ]
    return {"joins": steps, "leaves": leaves, "wide": wide, "high": line * len(leaves), "furthest": furthest}
