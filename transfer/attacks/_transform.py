"""Images cut into blocks, each of which is transformed in its own way."""

from functools import partial

import torch
from torch import Tensor

from transfer.attacks._axes import Axis, coarsened, cut, low_pass, of_block, read, sandwich, sizes_between_places
from transfer.attacks._views import View, Views, drawn
from transfer.draws import Draws
from transfer.shapes import Images

KINDS = (
    "resize",
    "shift_rows",
    "shift_columns",
    "flip_rows",
    "flip_columns",
    "turn",
    "scale",
    "add_noise",
    "low_pass",
    "drop",
)
# As in the code of Wang et al. 2023.
SMALLER, NOISE, REMOVED, DROPPED = 0.8, 16 / 255, 0.4, 0.1


def transformed(images: Images, draws: Draws, *, copies: int, blocks: int) -> Views:
    """Every block of an image in one of ten ways, drawn for it: Wang et al. 2023, arXiv:2309.14700."""

    def view() -> View:
        rows, columns = (cut(sizes_between_places(side, blocks, draws)) for side in images.shape[2:])
        kinds = draws.below(len(KINDS), blocks, blocks)
        shifts, factors = draws.uniform(blocks, blocks), draws.uniform(blocks, blocks)
        noise = (draws.uniform(*images.shape[1:]) * 2 - 1) * NOISE
        left = (draws.uniform(images.shape[1], blocks, blocks) >= DROPPED).double() / (1 - DROPPED)
        return partial(block_by_block, rows, columns, kinds, shifts, factors, noise, left)

    return drawn(view, copies)


def block_by_block(
    rows: Axis,
    columns: Axis,
    kinds: Tensor,
    shifts: Tensor,
    factors: Tensor,
    noise: Tensor,
    left: Tensor,
    images: Images,
) -> Images:
    """Every block in the way of its kind; each kind takes what it needs of the numbers drawn for the block.

    Resized to 0.8 and back, shifted around by a part of its length, mirrored, turned by half, scaled to a part of its
    brightness, with uniform noise, without the highest 0.4 of its frequencies, or without a tenth of its channels.
    """
    kind = of_block(kinds, rows, columns)

    def only(name: str, seen: Images, otherwise: Images) -> Images:
        return torch.where((kind == KINDS.index(name)).to(images.device)[:, None], seen, otherwise)

    def every(values: Tensor) -> Tensor:
        return of_block(values, rows, columns).to(images)

    seen = moved(rows, columns, kind, of_block(shifts, rows, columns), images)
    seen = only("resize", sandwich(coarsened(rows, SMALLER), coarsened(columns, SMALLER), images), seen)
    seen = only("scale", images * every(factors)[:, None], seen)
    seen = only("add_noise", (images + noise.to(images)).clamp(0, 1), seen)
    seen = only("low_pass", sandwich(low_pass(rows, REMOVED), low_pass(columns, REMOVED), images), seen)
    return only("drop", images * every(left), seen)


def moved(rows: Axis, columns: Axis, kind: Tensor, shift: Tensor, images: Images) -> Images:
    """Pixels that stay within their block, at other places where its kind is to shift, to mirror or to turn."""

    def source(local: Tensor, size: Tensor, way: str) -> Tensor:
        shifted = (local - (shift * size).long()) % size
        is_mirrored = (kind == KINDS.index(f"flip_{way}")) | (kind == KINDS.index("turn"))
        there = torch.where(kind == KINDS.index(f"shift_{way}"), shifted, local)
        return torch.where(is_mirrored, size - 1 - local, there)

    row = source(rows.local[:, :, None], rows.size[:, :, None], "rows")
    column = source(columns.local[:, None, :], columns.size[:, None, :], "columns")
    return read(images, rows.start[:, :, None] + row, columns.start[:, None, :] + column)
