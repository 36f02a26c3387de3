"""Vision transformers."""

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn

from transfer.architectures._blocks import Patches, Residual, perceptron, start_small
from transfer.architectures._layers import Normalise


class Attention(nn.Module):
    """Each token takes from all tokens what is like it. `weights` gives who looks at whom, for attacks that hook it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide a width of {width}")
        self.heads = heads
        self.inputs = nn.Linear(width, 3 * width)
        self.weights = nn.Softmax(dim=-1)
        self.output = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        queries, keys, values = self.inputs(tokens).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        likeness = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
        return self.output((self.weights(likeness) @ values).transpose(1, 2).flatten(2))


class Placed(nn.Module):
    """Patches with a token for the class before them, and to each what is learned of its position."""

    def __init__(self, patches: Patches, width: int) -> None:
        super().__init__()
        self.patches = patches
        self.token = nn.Parameter(torch.empty(1, 1, width))
        self.position = nn.Parameter(torch.empty(1, 1 + patches.count, width))
        for learned in (self.token, self.position):
            nn.init.trunc_normal_(learned, std=0.02, a=-0.04, b=0.04)

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.patches(images)
        return torch.cat([self.token.expand(len(tokens), -1, -1), tokens], dim=1) + self.position


class FirstToken(nn.Module):
    """What the transformer has made of the token for the class."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens[:, 0]


def vit(
    shape: tuple[int, int, int],
    classes: int,
    *,
    patch: int = 4,
    width: int = 96,
    depth: int = 4,
    heads: int = 3,
    hidden: int | None = None,
) -> nn.Module:
    """Vision transformer: an image is a sequence of patches, and a token for the class looks at them.

    Dosovitskiy et al. 2021, arXiv:2010.11929, equations 1 to 4: `patch` 16, `width` 192, `depth` 12 and `heads` 3 are
    the ViT-Ti/16 of Touvron et al. 2021, arXiv:2012.12877. `hidden` is the perceptrons' width, four times `width` where
    nothing is said.
    """
    blocks = {}
    for index in range(1, depth + 1):
        attention = nn.Sequential(nn.LayerNorm(width, eps=1e-6), Attention(width, heads))
        mixing = nn.Sequential(nn.LayerNorm(width, eps=1e-6), perceptron(width, hidden or 4 * width))
        blocks[f"block{index}"] = nn.Sequential(Residual(attention), Residual(mixing))
    head = nn.Sequential(FirstToken(), nn.LayerNorm(width, eps=1e-6), nn.Linear(width, classes))
    stem = Placed(Patches(shape, patch, width), width)
    return start_small(nn.Sequential(OrderedDict(normalise=Normalise(), stem=stem, **blocks, head=head)))
