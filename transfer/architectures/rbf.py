"""Networks that know one place for each class, and nothing far from it."""

import math

import torch
from torch import Tensor, nn

from transfer.shapes import Logits, PerImage

NEAR = 1e-6  # how near to certain an activation may come: its logarithm and that of the rest stay finite


class RadialBasis(nn.Module):
    """exp of a quadratic form for each class; the logits are the logarithms of these, which need not sum to one.

    A softmax of them would be certain of something everywhere, so the network says its confidence itself. While it is
    trained it gives one more logit, that of none of the classes: the cross entropy then asks for an activation near
    one, where a softmax over the classes alone asks for no more than that it be the largest.
    """

    def __init__(self, pixels: int, classes: int, rank: int) -> None:
        super().__init__()
        self.centre = nn.Parameter(0.5 + 0.01 * torch.randn(classes, pixels))
        # As far from the centre as images are, the form is about -1 at the start: neither sure nor out of reach.
        self.log_scale = nn.Parameter(torch.full((classes, pixels), 0.5 * math.log(15 / pixels)))
        self.directions = nn.Parameter(torch.randn(classes, rank, pixels) / math.sqrt(pixels * max(1, rank)))

    def forward(self, images: Tensor) -> Tensor:
        # Squares below would lose most of their digits in bfloat16, and the activation is exp of their sum.
        with torch.autocast(images.device.type, enabled=False):
            away = images.flatten(1)[:, None] - self.centre
            form = (away * self.log_scale.exp()).square().sum(dim=-1)
            along = torch.einsum("ncp,crp->ncr", away, self.directions)
            logits = -(form + along.square().sum(dim=-1))
            return torch.cat([logits, rest(logits)], dim=1) if self.training else logits

    def confidence(self, logits: Logits) -> PerImage:
        """The activation of the predicted class."""
        return logits.amax(dim=1).exp()


def rest(logits: Tensor) -> Tensor:
    """The logarithm of what the largest activation leaves to none of the classes."""
    return (-torch.expm1(logits.amax(dim=1, keepdim=True).clamp(max=-NEAR))).log()


def rbf(shape: tuple[int, int, int], classes: int, *, rank: int = 0) -> nn.Module:
    """A shallow radial basis function network: it is confident near the one centre that each class has.

    Goodfellow et al. 2015, arXiv:1412.6572, section 7: p(y = 1 | x) = exp((x - mu)^T beta (x - mu)). Of several classes
    the paper says nothing; here each has its own mu and beta, and the confidence is p of the predicted class,
    unnormalised, as the paper's 1.2% on ten classes must be. beta is negative: of each pixel, and of `rank` learned
    directions.
    """
    return RadialBasis(math.prod(shape), classes, rank)
