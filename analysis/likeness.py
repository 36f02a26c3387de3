"""How alike models are, by how well adversarial examples go back and forth between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from analysis.matrix import Label, Matrix, Row
from analysis.questions import nearest
from transfer.errors import TransferError

Distances = NDArray[np.float64]
ORDERS = ("study", "family", "cluster")


@dataclass(frozen=True)
class Likeness:
    """Models that are surrogates and targets both, and how far apart each two are."""

    models: tuple[Label, ...]
    distances: Distances  # 1 - (A + A') / 2 of the fooling rates A; between 0 and 1, and 0 to itself
    unknown: int  # pairs of which neither square counts an image: set to the mean of the others


def likeness(matrix: Matrix) -> Likeness:
    """The models of a matrix and their distances. Where only one of the two squares was run, it stands for both."""
    rows = {row.label.name: row for row in matrix.surrogates}
    places = {label.name: place for place, label in enumerate(matrix.columns)}
    models = tuple(label for label in matrix.columns if label.name in rows)
    rates = np.array([[_rate(rows[one.name], places[other.name]) for other in models] for one in models])
    rates = rates.reshape(len(models), len(models))
    known = np.stack([rates, rates.T])
    counts = (~np.isnan(known)).sum(axis=0)
    distances = 1 - np.nansum(known, axis=0) / np.maximum(counts, 1)
    np.fill_diagonal(distances, 0)
    missing = (counts == 0) & ~np.eye(len(models), dtype=bool)
    others = distances[~np.eye(len(models), dtype=bool) & ~missing]
    distances[missing] = others.mean() if others.size else 1.0
    return Likeness(models, distances, int(missing.sum()) // 2)


def clustering(distances: Distances) -> NDArray[np.float64]:
    """The steps in which models join, nearest first (average linkage), with like ones side by side."""
    joined: NDArray[np.float64] = linkage(squareform(distances, checks=False), "average", optimal_ordering=True)
    return joined


def ordered(matrix: Matrix, how: str) -> Matrix:
    """The matrix in the study's order, or with like models side by side: in each family (`family`) or in all."""
    if how not in ORDERS:
        text = f"no order is called {how!r}.{nearest(how, list(ORDERS))} Known: {', '.join(ORDERS)}."
        raise TransferError("Q089", text)
    if how == "study":
        return matrix
    found = likeness(matrix)
    families = {label.name: label.family for label in found.models} if how == "family" else {}
    blocks = list(dict.fromkeys(families.get(label.name) for label in found.models))
    order: list[str] = []
    for block in blocks:
        places = [place for place, label in enumerate(found.models) if families.get(label.name) == block]
        order += [found.models[place].name for place in _alike(found.distances, places)]
    return _permuted(matrix, order)


def _alike(distances: Distances, places: Sequence[int]) -> list[int]:
    if len(places) < 3:
        return list(places)
    leaves = leaves_list(clustering(distances[np.ix_(places, places)]))
    return [places[leaf] for leaf in leaves]


def _permuted(matrix: Matrix, order: Sequence[str]) -> Matrix:
    """Rows and columns in an order; what it does not name follows as it was."""
    rank = {name: place for place, name in enumerate(order)}
    columns = sorted(range(len(matrix.columns)), key=lambda place: rank.get(matrix.columns[place].name, len(rank)))

    def turned(row: Row) -> Row:
        return replace(row, squares=tuple(row.squares[place] for place in columns))

    surrogates = sorted(matrix.surrogates, key=lambda row: rank.get(row.label.name, len(rank)))
    return replace(
        matrix,
        columns=tuple(matrix.columns[place] for place in columns),
        surrogates=tuple(map(turned, surrogates)),
        controls=tuple(map(turned, matrix.controls)),
    )


def _rate(row: Row, place: int) -> float:
    square = row.squares[place]
    return np.nan if square is None or square.rate is None else square.rate


def scaled(distances: Distances) -> tuple[NDArray[np.float64], float]:
    """Places in a plane whose distances are as nearly these as can be, and the share of their spread that is kept.

    Classical scaling (Torgerson 1952). Of the mirror images the one is taken whose largest place is positive.
    """
    count = len(distances)
    centred = np.eye(count) - 1 / max(count, 1)
    values, vectors = np.linalg.eigh(-centred @ distances**2 @ centred / 2)
    order = np.argsort(values)[::-1]
    kept = np.clip(values[order[:2]], 0, None)
    places = np.zeros((count, 2))
    for axis, (value, column) in enumerate(zip(kept, order, strict=False)):
        vector = vectors[:, column]
        places[:, axis] = np.sqrt(value) * vector * (np.sign(vector[np.argmax(np.abs(vector))]) or 1)
    spread = np.abs(values).sum()
    return places, float(kept.sum() / spread) if spread > 0 else 1.0


def families_of(models: Sequence[Label]) -> list[tuple[str, list[int]]]:
    """The places of each family, in the order in which families come."""
    named = [(label.family or label.name, place) for place, label in enumerate(models)]
    first = {family: place for place, (family, _) in reversed(list(enumerate(named)))}
    named.sort(key=lambda one: first[one[0]])
    return [(family, [place for _, place in group]) for family, group in groupby(named, key=lambda one: one[0])]
