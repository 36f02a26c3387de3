"""Images whose blocks are shuffled and turned."""

import math
from functools import partial
from itertools import product

import torch
from torch import Tensor

from transfer.attacks._axes import cut, of_block, read, sizes_in_proportion
from transfer.attacks._views import View, Views, drawn
from transfer.draws import Draws
from transfer.shapes import Images


def shuffled(images: Images, draws: Draws, *, copies: int, blocks: int, angle: float) -> Views:
    """Rows and columns of blocks in a random order, and each block turned: Wang et al. 2024, arXiv:2308.10299.

    Every image has sizes, orders and angles of its own; an angle is uniform from -angle to angle degrees.
    """

    def view() -> View:
        sizes = [sizes_in_proportion(side, blocks, draws) for side in images.shape[2:]]
        orders = [draws.uniform(blocks).argsort(dim=1) for _ in sizes]
        angles = (draws.uniform(blocks, blocks) * 2 - 1) * math.radians(angle)
        return partial(rearranged, sizes, orders, angles)

    return drawn(view, copies)


def rearranged(sizes: list[Tensor], orders: list[Tensor], angles: Tensor, images: Images) -> Images:
    """Blocks of these sizes along rows and columns, put in these orders, each turned clockwise by its angle in radians.

    Where a turned block does not reach its place is black, and beyond its place it is not seen.
    """
    rows, columns = (cut(size.gather(1, order)) for size, order in zip(sizes, orders, strict=True))
    row_from, column_from = (
        (size.cumsum(dim=1) - size).gather(1, order).gather(1, axis.block)
        for size, order, axis in zip(sizes, orders, (rows, columns), strict=True)
    )
    height, width = rows.size[:, :, None], columns.size[:, None, :]
    turn = of_block(angles, rows, columns)
    down, right = rows.local[:, :, None] - (height - 1) / 2, columns.local[:, None, :] - (width - 1) / 2
    row = turn.cos() * down - turn.sin() * right + (height - 1) / 2
    column = turn.sin() * down + turn.cos() * right + (width - 1) / 2
    seen = torch.zeros_like(images)
    for lower, later in product((0, 1), repeat=2):
        row_weight, row_read = _neighbour(row, lower, height)
        column_weight, column_read = _neighbour(column, later, width)
        pixels = read(images, row_from[:, :, None] + row_read, column_from[:, None, :] + column_read)
        seen = seen + pixels * (row_weight * column_weight).to(images)[:, None]
    return seen


def _neighbour(positions: Tensor, after: int, size: Tensor) -> tuple[Tensor, Tensor]:
    """How much of the whole pixel before or after a position is seen there, and which it is; none beyond the block."""
    pixel = positions.floor().long() + after
    weight = (1 - (positions - pixel).abs()) * ((pixel >= 0) & (pixel < size))
    return weight, pixel.clamp_min(0).minimum(size - 1)
