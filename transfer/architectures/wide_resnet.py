"""Wide residual networks."""

from typing import Literal

from torch import nn

from transfer.architectures._blocks import Residual, averaged, convolution, stages, start_he, stem_of


def wide_resnet(
    shape: tuple[int, int, int],
    classes: int,
    *,
    depth: int = 10,
    widen: int = 2,
    dropout: float = 0.0,
    stem: Literal["full", "half", "quarter"] = "full",
) -> nn.Module:
    """Residual networks of 6n+4 layers, `widen` times as wide as they are usual: WRN-28-10, WRN-16-4.

    Zagoruyko & Komodakis 2016, arXiv:1605.07146, Table 1: normalisation and ReLU come before each convolution, dropout
    between the two of a block. `stem` is how large the first stage's maps are beside the image.
    """
    if depth < 10 or depth % 6 != 4:
        raise ValueError(f"a wide residual network has 6n+4 layers: 10, 16, 22, 28, ...; found depth {depth}")
    before, parts = 16, []
    for index in range(3):
        part: list[nn.Module] = []
        for position in range(depth // 6):
            stride = 2 if index and not position else 1
            after = 16 * widen * 2**index
            part += _block(before, after, stride, dropout)
            before = after
        parts.append(part)
    head = [nn.BatchNorm2d(before), nn.ReLU(), *averaged(before, classes)]
    return start_he(stages(stem_of(stem, shape[0], 16, is_bare=True), parts, head))


def _block(before: int, after: int, stride: int, dropout: float) -> list[nn.Module]:
    """Where the shape changes, the shortcut too takes what is normalised and rectified."""
    start = [nn.BatchNorm2d(before), nn.ReLU()]
    between = [nn.BatchNorm2d(after), nn.ReLU(), *([nn.Dropout(dropout)] if dropout else [])]
    branch = [convolution(before, after, 3, stride=stride), *between, convolution(after, after, 3)]
    if before == after and stride == 1:
        return [Residual(nn.Sequential(*start, *branch))]
    return [*start, Residual(nn.Sequential(*branch), convolution(before, after, 1, stride=stride))]
