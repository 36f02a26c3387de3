"""Residual networks."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from transfer.architectures._blocks import Residual, averaged, normalised, stages, start_he, stem_of

# Blocks a stage of those for large images (He et al. 2016, Table 1); the others have 6n+2 layers in three stages.
LARGE = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
EXPANSION = 4  # channels out of a bottleneck, for one inside


def resnet(
    shape: tuple[int, int, int],
    classes: int,
    *,
    depth: Literal[8, 14, 18, 20, 32, 34, 44, 50, 56, 101, 110, 152] = 14,
    width: int | None = None,
    stem: Literal["full", "half", "quarter"] = "full",
) -> nn.Module:
    """Residual networks of 6n+2 layers (8, 14, 20, ...) for small images, and the 18 to 152 layers of the larger kind.

    He et al. 2016, arXiv:1512.03385: sections 3.3 and 4.2. `width` is the channels of the first stage (16 and 64 in the
    paper), `stem` how large its maps are beside the image (a quarter: the paper's for 224 pixels). With 50 layers and
    more the blocks are bottlenecks, whose first 1x1 convolution has the stride (as in the paper; torchvision's have it
    in the 3x3). Where the shape changes, the 6n+2 networks fill up with zeros (option A), the larger kind projects
    (option B).
    """
    blocks = LARGE.get(depth, 3 * (depth // 6,))
    width = width or (64 if depth in LARGE else 16)
    block = _bottleneck if depth in LARGE and depth >= 50 else _basic
    before, parts = width, []
    for index, count in enumerate(blocks):
        part = []
        for position in range(count):
            stride = 2 if index and not position else 1
            added, after = block(before, width * 2**index, stride)
            part += [Residual(nn.Sequential(*added), _shortcut(before, after, stride, depth in LARGE)), nn.ReLU()]
            before = after
        parts.append(part)
    return start_he(stages(stem_of(stem, shape[0], width), parts, averaged(before, classes)))


def _basic(before: int, width: int, stride: int) -> tuple[list[nn.Module], int]:
    return [*normalised(before, width, 3, stride=stride), nn.ReLU(), *normalised(width, width, 3)], width


def _bottleneck(before: int, width: int, stride: int) -> tuple[list[nn.Module], int]:
    after = EXPANSION * width
    inside = [*normalised(before, width, 1, stride=stride), nn.ReLU(), *normalised(width, width, 3), nn.ReLU()]
    return [*inside, *normalised(width, after, 1)], after


def _shortcut(before: int, after: int, stride: int, is_projection: bool) -> nn.Module | None:
    if before == after and stride == 1:
        return None
    return nn.Sequential(*normalised(before, after, 1, stride=stride)) if is_projection else Padded(after, stride)


class Padded(nn.Module):
    """A shortcut without weights: every second pixel, and zeros for the channels that are new."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.channels, self.stride = channels, stride

    def forward(self, maps: Tensor) -> Tensor:
        maps = maps[:, :, :: self.stride, :: self.stride]
        return F.pad(maps, (0, 0, 0, 0, 0, self.channels - maps.shape[1]))
