"""Small networks for phones."""

from typing import Literal

from torch import nn

from transfer.architectures._blocks import Residual, averaged, normalised, stages, start_he

# Expansion, channels, blocks and stride of each stage: Table 2 of the paper.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def mobilenet(
    shape: tuple[int, int, int],
    classes: int,
    *,
    width: float = 0.5,
    reduction: Literal[8, 16, 32] = 16,
    dropout: float = 0.0,
) -> nn.Module:
    """MobileNetV2: narrow maps are widened, filtered channel by channel and narrowed again.

    Sandler et al. 2018, arXiv:1801.04381, Table 2. `width` multiplies the channels, in steps of 8 as in the authors'
    code. The last maps are `reduction` times smaller than the image: 32 in the paper, for 224 pixels; below that the
    first strides are 1.
    """
    before = _channels(32, width)
    first = [*normalised(shape[0], before, 3, stride=2 if reduction > 8 else 1), nn.ReLU6()]
    parts = []
    for index, (expansion, channels, blocks, stride) in enumerate(STAGES):
        after = _channels(channels, width)
        first_stride = 1 if index == 1 and reduction < 32 else stride
        part = [_block(before, after, expansion, first_stride)]
        parts.append(part + [_block(after, after, expansion, 1) for _ in range(blocks - 1)])
        before = after
    last = _channels(1280, max(1.0, width))
    pool, linear = averaged(last, classes)
    head = [*normalised(before, last, 1), nn.ReLU6(), pool, nn.Dropout(dropout), linear]
    return start_he(stages(first, parts, head))


def _block(before: int, after: int, expansion: int, stride: int) -> nn.Module:
    inside = before * expansion
    branch = nn.Sequential(
        *([*normalised(before, inside, 1), nn.ReLU6()] if expansion > 1 else []),
        *normalised(inside, inside, 3, stride=stride, groups=inside),
        nn.ReLU6(),
        *normalised(inside, after, 1),
    )
    return Residual(branch) if before == after and stride == 1 else branch


def _channels(channels: int, width: float) -> int:
    """The multiple of 8 nearest to that many times as many channels, and not a tenth fewer."""
    wanted = channels * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded
