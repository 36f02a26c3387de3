"""Models whose best attack is known, and images to attack: shared by the tests of the attacks."""

import torch
from torch import nn

from transfer.architectures.decision_tree import decision_tree
from transfer.architectures.lenet import lenet
from transfer.architectures.mlp import mlp
from transfer.draws import Draws
from transfer.train import build, frozen

SHAPE, CLASSES = (1, 16, 16), 10
RESIDUAL = {"sgm"}  # attacks for residual networks alone
DEEPER = {"fia"}  # attacks that draw nothing of consequence where a network is linear behind its middle
SEE_OTHERWISE = {"di_fgsm", "ti_fgsm", "sia", "bsr", "composed"}  # attacks that climb another plane than there is
LOOK_INSIDE = {"sgm", "linbp", "ghost", "ila", "fia", "naa"}


def images(count: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Images away from the borders of the box, each its own draw."""
    return (0.25 + 0.5 * Draws("images", range(count)).uniform(*SHAPE)).to(dtype)


def network(kind: str = "mlp", seed: int = 0, dtype: torch.dtype = torch.float64) -> nn.Module:
    """A random network with logits large enough to have gradients in."""
    if kind == "residual":
        torch.manual_seed(seed)
        module: nn.Module = nn.Sequential(Block(SHAPE[0]), nn.Conv2d(1, 4, 3, stride=2), Block(4), nn.Flatten())
        module.append(nn.Linear(4 * 7 * 7, CLASSES))
    elif kind == "lenet":
        module = build(lenet, {"channels": (4, 8), "hidden": (16,)}, SHAPE, CLASSES, seed)
    else:
        module = build(mlp, {"hidden": (24,)}, SHAPE, CLASSES, seed)
    for parameter in module.parameters():
        parameter.data.mul_(3)
    return frozen(module.to(dtype))


class Block(nn.Module):
    """A residual block with a ReLU in its branch: x + b(relu(a(x)))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.before, self.after = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps + self.after(torch.relu(self.before(maps)))


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


class LayeredPlane(Plane):
    """The same plane as layers, for the attacks that look inside: a residual block whose branch gives 0, and a head."""

    def __init__(self, seed: int = 0, dtype: torch.dtype = torch.float64) -> None:
        super().__init__(seed, dtype)
        self.block, self.flatten, self.head = Block(SHAPE[0]).to(dtype), nn.Flatten(), nn.Linear(self.weight.numel(), 2)
        self.head.weight.data = torch.stack([-self.weight.flatten(), self.weight.flatten()]) / 2
        self.head.bias.data = torch.stack([self.offset, -self.offset]) / 2
        for weight in self.block.after.parameters():
            weight.data.zero_()
        self.requires_grad_(False)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.head(self.flatten(self.block(pictures)))


def network_for(attack: str, kind: str | None = None) -> nn.Module:
    """A random network that the attack can be run on: of `kind`, where it can."""
    if attack == "tree_leaf":
        return frozen(build(decision_tree, {}, SHAPE, CLASSES).double())
    if attack in RESIDUAL:
        return network("residual")
    return network(kind or ("lenet" if attack in DEEPER else "mlp"))


def plane_for(attack: str) -> Plane:
    """A plane that the attack can be run on."""
    return LayeredPlane() if attack in LOOK_INSIDE else Plane()
