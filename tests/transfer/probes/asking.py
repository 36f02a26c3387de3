"""A probe asked as a study asks it, and its answer by name."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from transfer import catalog
from transfer.measure import Asked, measure

IDS = 100  # the number of the first image, so that no test mistakes a position for a number


class Answer(NamedTuple):
    """Columns of the table measured."""

    columns: dict[str, list[Any]]

    def names(self) -> set[str]:
        return set(self.columns["name"])

    def of(self, name: str, layer: str | None = None) -> Tensor:
        """The values under a name, in the order of the probe."""
        return torch.tensor([row[1] for row in self.rows(name, layer)], dtype=torch.float64)

    def one(self, name: str, layer: str | None = None) -> float:
        (value,) = self.of(name, layer).tolist()
        return value

    def images(self, name: str) -> list[int]:
        """The positions of the images that have a value under a name."""
        return [row[2] - IDS for row in self.rows(name)]

    def rows(self, name: str, layer: str | None = None) -> list[tuple[Any, ...]]:
        every = zip(*(self.columns[key] for key in ("name", "value", "image", "layer", "unit")), strict=True)
        return [row for row in every if row[0] == name and layer in (None, row[3])]


def ask(
    name: str,
    images: Tensor,
    *,
    model: nn.Module | None = None,
    other: nn.Module | None = None,
    labels: Tensor | None = None,
    crafted: Tensor | None = None,
    classes: int = 2,
    seed: int = 0,
    **settings: Any,
) -> Answer:
    ids = IDS + torch.arange(len(images))
    labels = torch.zeros(len(images)).long() if labels is None else labels
    asked = Asked(model, other, images, labels, ids, crafted, classes)
    return Answer(measure(catalog.load("probes", name), asked, settings, seed=seed))


class Opposite(nn.Module):
    """The network that says the contrary of another."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return -self.model(images)
