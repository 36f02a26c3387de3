"""Networks of perceptrons over patches."""

from collections import OrderedDict

from torch import Tensor, nn

from transfer.architectures._blocks import Patches, Residual, perceptron, start_small
from transfer.architectures._layers import Normalise


class Transposed(nn.Module):
    """A module that is shown channels as tokens and tokens as channels."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, tokens: Tensor) -> Tensor:
        return self.module(tokens.transpose(1, 2)).transpose(1, 2)


class TokenAverage(nn.Module):
    """The mean over the patches."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens.mean(dim=1)


def mlp_mixer(
    shape: tuple[int, int, int],
    classes: int,
    *,
    patch: int = 4,
    width: int = 96,
    depth: int = 4,
    token_hidden: int | None = None,
    channel_hidden: int | None = None,
) -> nn.Module:
    """MLP-Mixer: perceptrons across the patches and across the channels, in turn.

    Tolstikhin et al. 2021, arXiv:2105.01601, equation 1 and Table 1: `patch` 16, `width` 768 and `depth` 12 are
    Mixer-B/16. The perceptrons are half (across patches) and four times (across channels) as wide as `width` where
    nothing is said.
    """
    patches = Patches(shape, patch, width)
    blocks = {}
    for index in range(1, depth + 1):
        across = Transposed(perceptron(patches.count, token_hidden or width // 2))
        within = perceptron(width, channel_hidden or 4 * width)
        blocks[f"block{index}"] = nn.Sequential(
            Residual(nn.Sequential(nn.LayerNorm(width, eps=1e-6), across)),
            Residual(nn.Sequential(nn.LayerNorm(width, eps=1e-6), within)),
        )
    head = nn.Sequential(nn.LayerNorm(width, eps=1e-6), TokenAverage(), nn.Linear(width, classes))
    return start_small(nn.Sequential(OrderedDict(normalise=Normalise(), stem=patches, **blocks, head=head)))
