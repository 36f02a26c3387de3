"""Whether a network refuses what is nothing."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import nn

from transfer.draws import Draws
from transfer.probes._noise import noise, per_class, said
from transfer.shapes import Measured


def rubbish(
    model: nn.Module,
    shape: tuple[int, int, int],
    classes: int,
    *,
    kind: Literal["gaussian", "uniform"] = "gaussian",
    samples: int = 10_000,
    threshold: float = 0.5,
    batch: int = 250,
    draws: Draws,
) -> Iterator[Measured]:
    """Noise inputs that a network is confident of, by class.

    Goodfellow et al. 2015, arXiv:1412.6572, appendix A: with N(0, I) pixels an error is any class of probability
    above one half (`threshold`), by the network's own confidence where its probabilities need not sum to one.
    `samples` were asked; `confident` are errors; `confidence` is the summed confidence of these,
    `confidence_of_all` that of all samples. A class each (its number as unit): `confident_as`, the errors called
    so, and `called`, all samples called so. The same noise for every network of a study.
    """
    found = said(model, noise(kind, shape, samples, model, draws), batch)
    is_sure = found.is_sure(threshold)
    yield Measured("samples", float(samples))
    yield Measured("confident", float(is_sure.sum()))
    yield Measured("confidence", float(found.confidence[is_sure].sum()))
    yield Measured("confidence_of_all", float(found.confidence.sum()))
    units = torch.arange(classes)
    yield Measured("confident_as", per_class(found.classes[is_sure], classes), units=units)
    yield Measured("called", per_class(found.classes, classes), units=units)
