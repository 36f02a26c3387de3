"""Deep plain convolutional networks."""

from typing import Literal

from torch import nn

from transfer.architectures._blocks import stages, start_he

# Convolutions a stage: configurations A, B, D and E of the paper's Table 1.
CONVOLUTIONS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def vgg(
    shape: tuple[int, int, int],
    classes: int,
    *,
    depth: Literal[11, 13, 16, 19] = 11,
    width: int = 16,
    hidden: tuple[int, ...] = (),
    dropout: float = 0.0,
    batch_norm: bool = True,
) -> nn.Module:
    """Stacks of 3x3 convolutions, each stack followed by max pooling: VGG-11 to VGG-19.

    Simonyan & Zisserman 2015, arXiv:1409.1556, Table 1, there with `width` 64, `hidden` [4096, 4096], `dropout` 0.5 and
    without batch normalisation, which came later and without which the deeper ones need a careful start. Pooling rounds
    up, so that 28 pixels survive its five halvings.
    """
    before, parts = shape[0], []
    for index, count in enumerate(CONVOLUTIONS[depth]):
        part: list[nn.Module] = []
        for _ in range(count):
            after = width * min(2**index, 8)
            part += [nn.Conv2d(before, after, 3, padding=1, bias=not batch_norm)]
            part += [nn.BatchNorm2d(after), nn.ReLU()] if batch_norm else [nn.ReLU()]
            before = after
        parts.append([*part, nn.MaxPool2d(2, ceil_mode=True)])
    head: list[nn.Module] = [nn.Flatten()]
    before *= _halved(shape[1]) * _halved(shape[2])
    for units in hidden:
        head += [nn.Linear(before, units), nn.ReLU(), nn.Dropout(dropout)]
        before = units
    return start_he(stages([], parts, [*head, nn.Linear(before, classes)]))


def _halved(size: int) -> int:
    """Pixels that are left of a side after five halvings, each rounded up."""
    return -(-size // 2**5)
