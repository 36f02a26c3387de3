"""Layers that several families share."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
# About the mean and the deviation of the pixels of photographs.
MEAN, DEVIATION = 0.5, 0.25
NORMAL = ("mean", "deviation")


class Constants(nn.Module):
    """A layer with numbers that are no weights: not in its file, and exact in any precision that the network is in."""

    def __init__(self, **numbers: Tensor) -> None:
        super().__init__()
        self.exact = numbers
        for name, values in numbers.items():
            self.register_buffer(name, values.to(torch.get_default_dtype()), persistent=False)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "Constants":
        # Called by .to(), .double(), .cuda(): what was rounded to float32 before would stay so.
        super()._apply(fn, recurse)
        for name, values in self.exact.items():
            setattr(self, name, values.to(getattr(self, name)))
        return self


class Normalise(Constants):
    """Pixels in [0, 1] to zero mean and unit deviation: inside the model, so that an attack sees pixels.

    One number holds for every channel, a sequence has one a channel.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: float | Sequence[float] = MEAN, deviation: float | Sequence[float] = DEVIATION) -> None:
        numbers = (torch.tensor(values, dtype=torch.float64, device="cpu") for values in (mean, deviation))
        super().__init__(**{name: values.reshape(-1, 1, 1) for name, values in zip(NORMAL, numbers, strict=True)})

    def forward(self, images: Tensor) -> Tensor:
        return (images - self.mean) / self.deviation


class Resize(Constants):
    """Images of one size to another, linearly between pixels and smoothed where they shrink.

    A product with a matrix on each side: what torch's own resizing gives, but its gradient is the same on every
    run of a GPU too.
    """

    rows: Tensor
    columns: Tensor

    def __init__(self, before: tuple[int, int], after: tuple[int, int]) -> None:
        rows, columns = (_resizing(old, new) for old, new in zip(before, after, strict=True))
        super().__init__(rows=rows, columns=columns.T.contiguous())

    def forward(self, images: Tensor) -> Tensor:
        # Pixels keep their precision, also where the network's products are in bfloat16.
        with torch.autocast(images.device.type, enabled=False):
            return self.rows @ images @ self.columns


def _resizing(old: int, new: int) -> Tensor:
    """What each of the new pixels of a line takes from the old ones."""
    line = torch.eye(old, dtype=torch.float64, device="cpu")
    return F.interpolate(line[None, None], (new, old), mode="bilinear", antialias=True)[0, 0]


class ThreeChannels(nn.Module):
    """A grey image in all three channels."""

    def forward(self, images: Tensor) -> Tensor:
        return images.expand(-1, 3, -1, -1)


class GlobalAverage(nn.Module):
    """The mean of each map."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps.mean(dim=(2, 3))


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels at each position of the maps."""

    def forward(self, maps: Tensor) -> Tensor:
        return super().forward(maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Maxout(nn.Module):
    """Units that give the largest of several linear maps: Goodfellow et al. 2013, arXiv:1302.4389, equation 1."""

    def __init__(self, before: int, units: int, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces
        self.linear = nn.Linear(before, units * pieces)

    def forward(self, values: Tensor) -> Tensor:
        return self.linear(values).unflatten(-1, (-1, self.pieces)).amax(dim=-1)


def dropped(share: float) -> list[nn.Module]:
    """A layer that drops this share of its units while training; none where nothing is dropped."""
    # The other layers then keep the names that weights were saved under.
    return [nn.Dropout(share)] if share else []
