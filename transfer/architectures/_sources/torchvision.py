"""Networks of torchvision: `torchvision:resnet18`, `torchvision:vit_b_16`."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from transfer.architectures._sources._registered import described, file_of
from transfer.signatures import Signature

if TYPE_CHECKING:
    from torch import nn

REVISION = 1
# Networks with classifiers for training alone, which are left out, and what these are called in a file of weights.
AUXILIARY = {"googlenet": ("aux1.", "aux2."), "inception_v3": ("AuxLogits.",)}


def describe(name: str) -> Signature:
    """The signature of a network, and torchvision's version as its revision."""
    file_of("torchvision", name, "torchvision")
    return described(__file__, "torchvision", name)


def load(name: str) -> Callable[..., Any]:
    """The function that builds a network."""
    file_of("torchvision", name, "torchvision")
    return partial(torchvision, name)


def torchvision(
    name: str,
    shape: tuple[int, int, int],
    classes: int,
    *,
    mean: tuple[float, ...] | None = None,
    deviation: tuple[float, ...] | None = None,
    size: int | None = None,
) -> "nn.Module":
    """Untrained, or with the weights of a file. Pixels are resized and normalised inside, as its weights declare.

    `mean`, `deviation` and `size` replace what torchvision declares for the weights that it publishes (its default
    ones); a `size` of the images themselves resizes nothing. Images are resized whole; cutting out their middle is for
    the data.
    """
    from torchvision import models

    from transfer.architectures._sources._seen import prepared

    declared = models.get_model_weights(name).DEFAULT.transforms()
    size = size or declared.crop_size[0]
    extra: dict[str, Any] = {}
    if name in AUXILIARY:
        # These two were published with another normalisation. torchvision declares the usual one and converts it
        # inside, but only where it loads the weights itself; a normalisation of one's own is not converted.
        is_declared = mean is None and deviation is None
        extra = {"aux_logits": False, "transform_input": is_declared, "init_weights": True}
    elif name.startswith("vit_"):
        extra = {"image_size": size}
    elif name.startswith("maxvit"):
        extra = {"input_size": (size, size)}
    network = models.get_model(name, weights=None, num_classes=classes, **extra)
    if name in AUXILIARY:
        network.left_out = AUXILIARY[name]
        network.register_load_state_dict_pre_hook(_leave_out)
    return prepared(network, shape, mean=mean or declared.mean, deviation=deviation or declared.std, size=size)


def _leave_out(network: Any, weights: dict[str, Any], prefix: str, *rest: Any) -> None:
    """Drops the weights of the auxiliary classifiers before a file of weights is loaded."""
    for key in [key for key in weights if key.removeprefix(prefix).startswith(network.left_out)]:
        del weights[key]
