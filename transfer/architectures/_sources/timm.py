"""Networks of timm: `timm:resnet18`, `timm:vit_tiny_patch16_224.augreg_in21k_ft_in1k`."""

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from transfer.architectures._sources._registered import described, file_of
from transfer.catalog import did_you_mean
from transfer.signatures import Signature

if TYPE_CHECKING:
    from torch import nn

REVISION = 1
EXTRA = "'transfer-study[models]'"


def describe(name: str) -> Signature:
    """The signature of a network, and timm's version as its revision."""
    _check(name)
    return described(__file__, "timm", name)


def load(name: str) -> Callable[..., Any]:
    """The function that builds a network."""
    _check(name)
    return partial(timm, name)


def timm(
    name: str,
    shape: tuple[int, int, int],
    classes: int,
    *,
    mean: tuple[float, ...] | None = None,
    deviation: tuple[float, ...] | None = None,
    size: int | None = None,
) -> "nn.Module":
    """Untrained, or with the weights of a file. Pixels are resized and normalised inside, as its weights declare.

    What follows a dot in the name says which of timm's published weights declare it: they differ in their
    normalisation. `mean`, `deviation` and `size` replace what is declared; a `size` of the images themselves resizes
    nothing. Images are resized whole; cutting out their middle is for the data.
    """
    from timm import create_model
    from timm.models import get_pretrained_cfg

    from transfer.architectures._sources._seen import prepared

    declared = get_pretrained_cfg(name)
    if declared is None:
        raise LookupError(f"timm declares nothing of the weights of {name!r}")
    usual = declared.input_size[1:]
    wanted = (size, size) if size else usual
    # Networks with a place for each patch are built for a size; the others have no such argument.
    extra: dict[str, Any] = {"img_size": wanted} if declared.fixed_input_size and wanted != usual else {}
    network = create_model(name, pretrained=False, num_classes=classes, **extra)
    return prepared(network, shape, mean=mean or declared.mean, deviation=deviation or declared.std, size=wanted)


def _check(name: str) -> None:
    """Raises LookupError where timm has no such network, or no such weights of it."""
    base, dot, tag = name.partition(".")
    text = file_of("timm", base, EXTRA).read_text(encoding="utf-8")
    known = sorted(set(re.findall(rf"['\"]{base}\.(\w+)['\"]", text)))
    if dot and not re.search(rf"\b{re.escape(tag)}\b", text):
        listed = ", ".join(known) or "none"
        raise LookupError(f"timm knows no weights {tag[:64]!r} of {base}.{did_you_mean(tag, known)} Known: {listed}.")
