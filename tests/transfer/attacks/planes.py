"""Models whose best attack is known, and images to attack: shared by the tests of the attacks."""

import torch
from torch import nn

from transfer.architectures.lenet import lenet
from transfer.architectures.mlp import mlp
from transfer.draws import Draws
from transfer.train import build, frozen

SHAPE, CLASSES = (1, 16, 16), 10


def images(count: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Images away from the borders of the box, each its own draw."""
    return (0.25 + 0.5 * Draws("images", range(count)).uniform(*SHAPE)).to(dtype)


def network(kind: str = "mlp", seed: int = 0, dtype: torch.dtype = torch.float64) -> nn.Module:
    """A random network with logits large enough to have gradients in."""
    if kind == "lenet":
        module = build(lenet, {"channels": (4, 8), "hidden": (16,)}, SHAPE, CLASSES, seed)
    else:
        module = build(mlp, {"hidden": (24,)}, SHAPE, CLASSES, seed)
    for parameter in module.parameters():
        parameter.data.mul_(3)
    return frozen(module.to(dtype))


class Plane(nn.Module):
    """Two classes, logits +-(w.x - b)/2: the signed distance to the boundary is known in every norm."""

    def __init__(self, seed: int = 0, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.weight = nn.Parameter(Draws(f"plane {seed}", [0]).normal(*SHAPE)[0].to(dtype), requires_grad=False)
        self.offset = self.weight.sum() * 0.5

    def value(self, pictures: torch.Tensor) -> torch.Tensor:
        return (pictures * self.weight).sum(dim=(1, 2, 3)) - self.offset

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        value = self.value(pictures)
        return torch.stack([-value, value], dim=1) / 2

    def distance(self, pictures: torch.Tensor, norm: str) -> torch.Tensor:
        """The smallest perturbation that crosses the plane: |f| over the dual norm of the weights."""
        dual = {"linf": self.weight.abs().sum(), "l2": self.weight.norm()}
        dual["rms"] = dual["l2"] * self.weight.numel() ** 0.5
        return self.value(pictures).abs() / dual[norm]
