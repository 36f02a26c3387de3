"""What a probe measures: tensors in, columns out."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.shapes import Images, Labels, Measured


class Asked(NamedTuple):
    """What a probe is given beside its settings; what it does not ask for in its signature it does not get."""

    model: nn.Module | None
    other: nn.Module | None
    images: Images
    labels: Labels
    ids: Tensor  # the images' indices in their part
    crafted: Images | None
    classes: int


def measure(probe: Callable[..., Any], asked: Asked, settings: Mapping[str, Any], *, seed: int) -> dict[str, list[Any]]:
    """The columns `name`, `value`, `image`, `layer` and `unit` of the table measured, in the order of the probe.

    Raises ValueError where values, images and units are not of one length.
    """
    shape = tuple(asked.images.shape[1:])  # for what looks at none of the images and must know how large they are
    handed = {**asked._asdict(), "shape": shape, "draws": Draws(f"probe {seed}", asked.ids)}
    positional, named = [], dict(settings)
    for name, parameter in inspect.signature(probe).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            positional.append(handed[name])
        elif name in handed and name not in settings:
            named[name] = handed[name]
    columns: dict[str, list[Any]] = {name: [] for name in ("name", "value", "image", "layer", "unit")}
    with torch.enable_grad():
        for one in probe(*positional, **named):
            _add(columns, one, asked.ids)
    return columns


def _add(columns: dict[str, list[Any]], one: Measured, ids: Tensor) -> None:
    values = torch.as_tensor(one.values, dtype=torch.float64).reshape(-1).tolist()
    nothing: list[Any] = [None] * len(values)
    images = nothing if one.images is None else ids[one.images].tolist()
    units = nothing if one.units is None else one.units.tolist()
    if not len(values) == len(images) == len(units):
        raise ValueError(f"{one.name}: {len(values)} values of {len(images)} images and {len(units)} units")
    for name, column in (("value", values), ("image", images), ("unit", units)):
        columns[name] += column
    columns["name"] += [one.name] * len(values)
    columns["layer"] += [one.layer] * len(values)
