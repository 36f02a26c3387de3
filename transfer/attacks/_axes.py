"""An axis of each image, cut into blocks at places of its own, and the matrices that act on it.

Resizing, and the cosine transform, are linear in the rows of an image and in its columns: two matrices an image do
them for a whole batch, each image its own, and their gradients are two more products.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from transfer.draws import Draws
from transfer.shapes import Images


class Axis(NamedTuple):
    """For each image and each pixel along an axis: the block that the pixel lies in."""

    block: Tensor  # its number
    start: Tensor  # its first pixel
    size: Tensor  # its number of pixels

    @property
    def local(self) -> Tensor:
        """The pixel's own number within its block."""
        return torch.arange(self.block.shape[1]) - self.start

    @property
    def is_together(self) -> Tensor:
        """Which pixels lie in one block."""
        return self.block[:, :, None] == self.block[:, None, :]


def cut(sizes: Tensor) -> Axis:
    """The axis of each image cut into blocks of these sizes, some of which may be zero."""
    ends = sizes.cumsum(dim=1)
    pixel = torch.arange(int(ends[0, -1]))
    block = (pixel[None, :, None] >= ends[:, None, :]).sum(dim=2)
    return Axis(block, (ends - sizes).gather(1, block), sizes.gather(1, block))


def whole(length: int) -> Axis:
    """An axis of one block, the same for all images."""
    return cut(torch.tensor([[length]]))


def sizes_between_places(length: int, blocks: int, draws: Draws) -> Tensor:
    """Sizes of the blocks that an axis falls into when it is cut at different pixels, any of them as likely."""
    check_blocks(length, blocks)
    places = draws.uniform(length - 1).argsort(dim=1)[:, : blocks - 1].sort(dim=1).values + 1
    first, last = torch.zeros(len(places), 1).long(), torch.full((len(places), 1), length)
    return torch.cat([first, places, last], dim=1).diff(dim=1)


def sizes_in_proportion(length: int, blocks: int, draws: Draws) -> Tensor:
    """Sizes of blocks in proportion to uniform draws, rounded; the largest takes what rounding left."""
    check_blocks(length, blocks)
    parts = draws.uniform(blocks)
    sizes = (parts / parts.sum(dim=1, keepdim=True) * length).round().long()
    left = length - sizes.sum(dim=1, keepdim=True)
    return sizes.scatter_add(1, sizes.argmax(dim=1, keepdim=True), left)


def check_blocks(length: int, blocks: int) -> None:
    """Raises ValueError unless an axis of this length can be cut into so many blocks."""
    if not 1 <= blocks <= length:
        raise ValueError(f"{length} pixels cannot be cut into {blocks} blocks; take from 1 to {length}")


def sandwich(rows: Tensor, columns: Tensor, images: Images) -> Images:
    """What a matrix on the rows of each image and another on its columns make of it."""
    return rows.to(images)[:, None] @ images @ columns.to(images)[:, None].mT


def nearest(positions: Tensor, pixels: Tensor) -> Tensor:
    """The matrices whose rows read the pixel at a position."""
    return (positions[:, :, None] == pixels[:, None, :]).double()


def between(positions: Tensor, size: Tensor | int, pixels: Tensor) -> Tensor:
    """The matrices whose rows read between the two pixels next to a position; beyond the last pixel, that pixel."""
    distance = positions.clamp_min(0).clamp_max(size - 1)[:, :, None] - pixels[:, None, :]
    return (1 - distance.abs()).clamp_min(0)


def scaled_to(size: Tensor, pixels: Tensor, other: Tensor | int) -> Tensor:
    """Where in a line of `other` pixels the middles of pixels lie, when the line is shown with `size` pixels."""
    return (pixels.double() + 0.5) * other / size - 0.5


def coarsened(axis: Axis, part: float) -> Tensor:
    """The matrices that shrink every block to `part` of its size, and one pixel, and enlarge it again."""
    local, together = axis.local, axis.is_together
    small = (axis.size.double() * part).long() + 1
    shrunk = between(scaled_to(small, local, axis.size), axis.size, local) * (local < small)[:, :, None]
    enlarged = between(scaled_to(axis.size, local, small), small, local)
    return (enlarged * together) @ (shrunk * together)


def cosines(axis: Axis) -> Tensor:
    """The matrices of the orthonormal discrete cosine transform (the second kind) of every block."""
    pixel, frequency = axis.local[:, None, :].double(), axis.local[:, :, None].double()
    size = axis.size[:, :, None]
    waves = torch.cos(math.pi * (2 * pixel + 1) * frequency / (2 * size))
    return waves * (torch.where(frequency == 0, 1.0, 2.0).double() / size).sqrt() * axis.is_together


def low_pass(axis: Axis, removed: float) -> Tensor:
    """The matrices that take from every block the part `removed` of its frequencies, the highest."""
    waves = cosines(axis)
    is_kept = axis.local < axis.size - (axis.size.double() * removed).long()
    return waves.mT @ (waves * is_kept[:, :, None])


def of_block(values: Tensor, rows: Axis, columns: Axis) -> Tensor:
    """What each pixel takes from the last two axes of `values`, which hold a value for each block of its image."""
    row, column = rows.block[:, :, None], columns.block[:, None, :]
    chosen = (row * values.shape[-1] + column).flatten(1)
    leading = values.shape[1:-2]
    chosen = chosen.reshape(len(values), *(1 for _ in leading), -1).expand(-1, *leading, -1)
    return values.flatten(-2).gather(-1, chosen).unflatten(-1, (rows.block.shape[1], columns.block.shape[1]))


def read(images: Images, row: Tensor, column: Tensor) -> Images:
    """For each pixel, the one that lies in a row and a column of the same image."""
    chosen = (row * images.shape[3] + column).to(images.device).flatten(1)[:, None]
    return images.flatten(2).gather(2, chosen.expand(-1, images.shape[1], -1)).unflatten(2, row.shape[1:])
