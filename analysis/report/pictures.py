"""The images that a page shows of its squares, in one picture, and what each model says to them.

They are not chosen by what happened to them: the first images of each part that the most models classify right when
clean. Of a craft a page holds what was crafted and, beside it, the difference from the clean image made larger.
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
from PIL import Image

from analysis.figures._sheet import entries
from analysis.pixels import Picture, amplification, amplified, bitmap, pictures, sampled
from analysis.tables import literal
from transfer.store import Store

SIDE = 64  # pixels that an image is wide on the page at most
VALUES = 2_400_000  # pixels times channels: what keeps the page under 5 MB
ACROSS = 64  # images side by side in the one picture


@dataclass
class Sheet:
    """Images side by side in one picture, each known by its place."""

    tiles: list[npt.NDArray[np.uint8]] = field(default_factory=list)

    def add(self, tile: npt.NDArray[np.uint8]) -> int:
        """The place of an image that is added."""
        self.tiles.append(tile)
        return len(self.tiles) - 1

    def data(self) -> str:
        """The picture as a data URI; lossless, since what is shown is small differences."""
        if not self.tiles:
            return ""
        high, wide, _ = self.tiles[0].shape
        rows = -(-len(self.tiles) // ACROSS)
        whole = np.zeros((rows * high, ACROSS * wide, 3), np.uint8)
        for place, tile in enumerate(self.tiles):
            y, x = divmod(place, ACROSS)
            whole[y * high : (y + 1) * high, x * wide : (x + 1) * wide] = tile
        sink = io.BytesIO()
        Image.fromarray(whole).save(sink, "WEBP", lossless=True, method=3, exact=True)
        return "data:image/webp;base64," + base64.b64encode(sink.getvalue()).decode()


def album(connection: duckdb.DuckDBPyConnection, store: Store, images: int) -> dict[str, Any]:
    """So many images of every craft of an attack, or as many as keep the page small; none where none are asked for."""
    crafts = entries(connection, "select craft, part from crafts where role = 'attack' order by position")
    made = {record.task for record in store.records() if record.stage == "craft"}
    crafts = [craft for craft in crafts if craft["craft"] in made]
    sheet, parts, places, factors = Sheet(), {}, {}, {}
    for part in dict.fromkeys(craft["part"] for craft in crafts if images):
        of_part = [craft["craft"] for craft in crafts if craft["part"] == part]
        clean = _clean(connection, store, part, images)
        if not clean:
            continue
        shown = _affordable(next(iter(clean.values())), len(crafts), len(clean))
        clean = dict(list(clean.items())[:shown])
        kept = {craft: pictures(store, craft, list(clean)) for craft in of_part[: _rows_of(clean, len(crafts))]}
        parts[part] = {"images": list(clean), "clean": [sheet.add(_small(one)) for one in clean.values()]}
        for craft, held in kept.items():
            factors[craft] = amplification([one - clean[image] for image, one in held.items()])
            places[craft] = [_pair(sheet, held.get(image), one, factors[craft]) for image, one in clean.items()]
    size = sheet.tiles[0].shape[:2] if sheet.tiles else (0, 0)
    said = _said(connection, parts, places)
    return {
        "sheet": sheet.data(),
        "across": ACROSS,
        "high": size[0],
        "wide": size[1],
        "parts": parts,
        "crafts": places,
        "factors": factors,
        **said,
    }


def _clean(connection: duckdb.DuckDBPyConnection, store: Store, part: str, images: int) -> dict[int, Picture]:
    found = connection.execute(f"select craft from crafts where role = 'clean' and part = {literal(part)}").fetchone()
    if found is None or store.record("craft", found[0]) is None:
        return {}
    left = sampled(store, found[0])
    if left == ():
        return {}
    among = "true" if left is None else f"image in ({', '.join(map(str, left))})"
    rows = connection.execute(
        f"""
        select image
        from verdicts
        inner join crafts using (craft)
        where crafts.role = 'attack' and crafts.part = {literal(part)} and {among}
        group by image
        order by count_if(not is_target_right), image
        limit {images}
        """
    ).fetchall()
    return pictures(store, found[0], sorted(image for (image,) in rows))


def _affordable(picture: Picture, crafts: int, asked: int) -> int:
    """How many images of each craft there is room for, at least one."""
    return max(1, min(asked, VALUES // (2 * _values(picture) * max(crafts, 1))))


def _rows_of(clean: Mapping[int, Picture], crafts: int) -> int:
    """How many crafts there is room for; the first of the study are shown."""
    return min(crafts, VALUES // (2 * _values(next(iter(clean.values()))) * len(clean)))


def _values(picture: Picture) -> int:
    channels, high, wide = picture.shape
    shrink = max(1.0, max(high, wide) / SIDE)
    return int(channels * high * wide / shrink**2)


def _pair(sheet: Sheet, picture: Picture | None, clean: Picture, factor: float) -> int | None:
    """The place of a crafted image; its difference from the clean one comes next."""
    if picture is None:
        return None
    place = sheet.add(_small(picture))
    sheet.add(_small(amplified(picture - clean, factor)))
    return place


def _small(picture: Picture) -> npt.NDArray[np.uint8]:
    shown = bitmap(picture)
    if max(shown.shape[:2]) <= SIDE:
        return shown
    scale = SIDE / max(shown.shape[:2])
    size = (max(1, round(shown.shape[1] * scale)), max(1, round(shown.shape[0] * scale)))
    return np.asarray(Image.fromarray(shown).resize(size, Image.Resampling.BOX))


def _said(connection: duckdb.DuckDBPyConnection, parts: Mapping[str, Any], places: Mapping[str, Any]) -> dict[str, Any]:
    """What each model says to the images: class and confidence in percent, clean and crafted; and their labels."""
    labels: dict[str, dict[int, int]] = {}
    clean: dict[str, dict[str, list[Any]]] = {}
    crafted: dict[str, dict[str, list[Any]]] = {}
    surrogate: dict[str, list[Any]] = {}
    for part, held in parts.items():
        rows = connection.execute(
            f"""
            select crafts.craft, crafts.role, targets.name, predictions.image, predictions.label, predictions.predicted,
                round(100 * predictions.confidence)::integer, predictions.surrogate_crafted
            from predictions
            inner join crafts using (craft)
            inner join targets using (target)
            where crafts.part = {literal(part)} and crafts.role in ('attack', 'clean')
                and predictions.image in ({", ".join(map(str, held["images"]))})
            order by crafts.position, targets.position, predictions.image
            """
        ).fetchall()
        order = {image: place for place, image in enumerate(held["images"])}
        for craft, role, target, image, label, predicted, confidence, seen in rows:
            labels.setdefault(part, {})[image] = label
            into = clean.setdefault(part, {}) if role == "clean" else crafted.setdefault(craft, {})
            if role == "clean" or craft in places:
                into.setdefault(target, [None] * len(order))[order[image]] = [predicted, confidence]
            if craft in places:
                surrogate.setdefault(craft, [None] * len(order))[order[image]] = seen
    numbered = {part: [labels[part].get(image) for image in held["images"]] for part, held in parts.items()}
    return {"labels": numbered, "saidClean": clean, "said": crafted, "surrogateSaid": surrogate}
