"""A walk along a line through images, and what the logits on it are like."""

import warnings
from functools import partial
from typing import Any, NamedTuple

import torch
import torch.autograd.forward_ad as forward
from torch import Tensor, nn

from transfer.balls import TINY
from transfer.shapes import Images

BENT = 1e-3  # of the steepest slope on the line: a larger change between two places is no rounding


class Seen(NamedTuple):
    """The logits at each place of a line and their slopes along it: image, place, class."""

    logits: Tensor
    slopes: Tensor | None


def walk(model: nn.Module, images: Images, direction: Images, places: Tensor) -> Seen:
    """Logits and their exact slopes, one pass a place; no slopes where the network rounds its products to bfloat16."""
    at = (images + place * direction for place in places.tolist())
    if _is_rounded(model, images[:1]):
        with torch.no_grad():
            return Seen(torch.stack([model(one).double() for one in at], dim=1), None)
    logits, slopes = zip(*(_slope(model, one, direction) for one in at), strict=True)
    return Seen(torch.stack(logits, dim=1), torch.stack(slopes, dim=1))


def _slope(model: nn.Module, images: Images, direction: Images) -> tuple[Tensor, Tensor]:
    """The logits and their derivative along a direction, carried forward through the network."""
    with torch.no_grad(), warnings.catch_warnings():
        # Of torch about itself, when it first takes such a derivative.
        warnings.simplefilter("ignore", FutureWarning)
        with forward.dual_level():
            seen = forward.unpack_dual(model(forward.make_dual(images, direction)))
            slope = torch.zeros_like(seen.primal) if seen.tangent is None else seen.tangent
            return seen.primal.double(), slope.double()


def _is_rounded(model: nn.Module, images: Images) -> bool:
    """Whether any layer runs in a precision that torch chooses for it."""
    seen: list[bool] = []
    note = partial(_note, seen, images.device.type)
    hooks = [part.register_forward_hook(note) for part in model.modules()]
    try:
        with torch.no_grad():
            model(images)
    finally:
        for hook in hooks:
            hook.remove()
    return any(seen)


def _note(seen: list[bool], device: str, module: nn.Module, inputs: Any, output: Any) -> None:
    seen.append(torch.is_autocast_enabled(device))


def least_squares(logits: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """The squared deviation of the logits from their means on the line, and from the best line in each class."""
    away = logits - logits.mean(dim=1, keepdim=True)
    steps = (places - places.mean()).to(away)
    slopes = torch.einsum("p,ipc->ic", steps, away) / steps.square().sum()
    left = away - steps[None, :, None] * slopes[:, None, :]
    return away.square().sum(dim=(1, 2)), left.square().sum(dim=(1, 2))


def pieces(slopes: Tensor) -> Tensor:
    """One more than the steps over which the slope of any logit changes."""
    steepest = slopes.abs().amax(dim=(1, 2)).clamp_min(TINY)
    change = slopes.diff(dim=1).abs().amax(dim=2)
    return 1.0 + (change > BENT * steepest[:, None]).sum(dim=1)


def intervals(is_wrong: Tensor, places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How many places are wrong, in how many stretches, and the first of them; NaN where none is."""
    begins = is_wrong.clone()
    begins[:, 1:] &= ~is_wrong[:, :-1]
    first = torch.where(is_wrong, places.to(is_wrong.device), torch.inf).amin(dim=1)
    return is_wrong.sum(dim=1).double(), begins.sum(dim=1).double(), torch.where(first.isinf(), torch.nan, first)
