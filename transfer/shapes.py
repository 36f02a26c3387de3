"""The axes, named once. The annotations cost nothing in a run and are checked under pytest."""

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

Images = Float[Tensor, "image channel height width"]
Pixels = UInt8[Tensor, "image channel height width"]
Labels = Int[Tensor, "image"]
Logits = Float[Tensor, "image label"]
PerImage = Float[Tensor, "image"]
Flags = Bool[Tensor, "image"]
Counts = Int[Tensor, "image"]

# Told of every iterate of an attack: how many steps were taken, and where they led.
Trace = Callable[[int, Images], None]
# Told of every epoch of a training that has ended: how many have, and the network as it stands.
Progress = Callable[[int, Any], None]
# Model, images, labels, draws and perhaps goals to crafted images: an attack with its settings, given to a recipe.
Attack = Callable[..., Images]
# Pixels in [0, 1] to logits; in practice a torch.nn.Module in eval mode.
Model = Callable[[Images], Logits]


class Found(NamedTuple):
    """What an attack for the smallest distortion returns: an image each, and whether it is a success."""

    images: Images
    is_found: Flags
    gradients: Counts  # gradients of the model taken for each image
    constant: PerImage  # the trade-off constant of the kept image; NaN where there is none
    flat: Counts | None = None  # of those gradients, how many were exactly zero or not finite


class Measured(NamedTuple):
    """Values that a probe has measured under one name: one number, or one a unit, an image, or both alike long."""

    name: str
    values: Tensor | float
    images: Tensor | None = None  # positions among the images it was given, one a value
    units: Tensor | None = None  # one a value
    layer: str | None = None


class Pool(NamedTuple):
    """All images that a craft attacks, whatever the batch: what an attack may take from other images than its own."""

    images: Images
    labels: Labels
    perturbations: Images | None = None  # of the craft that this one is made from
    ids: Tensor | None = None  # the images' indices in their part; None: not known
