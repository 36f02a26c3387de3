"""Three small convolutional networks of different kinds, whose layers have the same names."""

from collections import OrderedDict

from torch import nn
from torchvision.models.resnet import BasicBlock

from transfer.architectures._layers import GlobalAverage, Normalise

MIDDLE = "layer1"
Shape = tuple[int, int, int]


def plain(shape: Shape, classes: int) -> nn.Module:
    """Three convolutions of 3x3 with batch normalisation."""
    return _named(
        [*_normalised(shape[0], 16, 3), nn.MaxPool2d(2)],
        [*_normalised(16, 32, 3), nn.MaxPool2d(2)],
        [*_normalised(32, 64, 3)],
        [GlobalAverage(), nn.Linear(64, classes)],
    )


def residual(shape: Shape, classes: int) -> nn.Module:
    """Four residual blocks; torchvision's, since other libraries know their layers by its names."""
    return _named(
        [*_normalised(shape[0], 16, 3), nn.MaxPool2d(2)],
        [BasicBlock(16, 16), BasicBlock(16, 16)],
        [BasicBlock(16, 32, 2, nn.Sequential(nn.Conv2d(16, 32, 1, 2), nn.BatchNorm2d(32))), BasicBlock(32, 32)],
        [GlobalAverage(), nn.Linear(32, classes)],
    )


def wide(shape: Shape, classes: int) -> nn.Module:
    """Two convolutions of 5x5 without normalisation, and two fully connected layers, as in LeNet."""
    pixels = (shape[1] // 4) * (shape[2] // 4)
    return _named(
        [nn.Conv2d(shape[0], 12, 5, padding=2), nn.MaxPool2d(2), nn.ReLU()],
        [nn.Conv2d(12, 24, 5, padding=2), nn.MaxPool2d(2), nn.ReLU()],
        [nn.Flatten(), nn.Linear(24 * pixels, 64), nn.ReLU()],
        [nn.Linear(64, classes)],
    )


NETWORKS = {"plain": plain, "residual": residual, "wide": wide}


def _named(*layers: list[nn.Module]) -> nn.Module:
    names = ("stem", "layer1", "layer2", "head")
    named = {name: nn.Sequential(*parts) for name, parts in zip(names, layers, strict=True)}
    return nn.Sequential(OrderedDict({"normalise": Normalise(), **named}))


def _normalised(before: int, after: int, kernel: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, kernel, padding=kernel // 2), nn.BatchNorm2d(after), nn.ReLU()]
