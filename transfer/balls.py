"""Norm balls around an image: size, steepest direction, projection, sampling.

`linf` is the largest absolute pixel difference, `l2` the Euclidean length, `rms` the square root of the mean
squared pixel difference: the distortion of Szegedy et al. 2014, section 4.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from transfer.draws import Draws
from transfer.shapes import Images, PerImage

TINY = 1e-30  # below every float32 length that is not zero, so that dividing by it changes no direction


@dataclass(frozen=True)
class Ball:
    """A norm: `size` of a perturbation, unit `steepest` direction of a gradient, `project`, `sample`."""

    name: str
    size: Callable[[Images], PerImage]
    steepest: Callable[[Images], Images]
    project: Callable[[Images, Tensor], Images]
    sample: Callable[[Images, Tensor, Draws], Images]


def ball(norm: str) -> Ball:
    """The ball of a norm: linf, l2 or rms."""
    if norm not in BALLS:
        raise LookupError(f"no norm is called {norm!r}. Known: {', '.join(sorted(BALLS))}.")
    return BALLS[norm]


def each(values: Tensor | float, images: Images) -> Tensor:
    """A value per image (or one for all), shaped to multiply images."""
    return torch.as_tensor(values, dtype=images.dtype, device=images.device).reshape(-1, 1, 1, 1)


def _linf(perturbations: Images) -> PerImage:
    return perturbations.abs().amax(dim=(1, 2, 3))


def _l2(perturbations: Images) -> PerImage:
    return perturbations.flatten(1).norm(dim=1)


def _rms(perturbations: Images) -> PerImage:
    return perturbations.square().mean(dim=(1, 2, 3)).sqrt()


def _unit(size: Callable[[Images], PerImage]) -> Callable[[Images], Images]:
    return lambda gradients: gradients / each(size(gradients).clamp_min(TINY), gradients)


def _clip(perturbations: Images, epsilon: Tensor) -> Images:
    return torch.maximum(torch.minimum(perturbations, epsilon), -epsilon)


def _shrink(size: Callable[[Images], PerImage]) -> Callable[[Images, Tensor], Images]:
    def project(perturbations: Images, epsilon: Tensor) -> Images:
        lengths = each(size(perturbations), perturbations).clamp_min(TINY)
        return perturbations * (epsilon / lengths).clamp_max(1.0)

    return project


def _in_cube(like: Images, epsilon: Tensor, draws: Draws) -> Images:
    return (draws.uniform(*like.shape[1:]).to(like) * 2 - 1) * epsilon


def _in_sphere(size: Callable[[Images], PerImage]) -> Callable[[Images, Tensor, Draws], Images]:
    def sample(like: Images, epsilon: Tensor, draws: Draws) -> Images:
        # Uniform in the ball: a uniform direction, a radius whose d-th power is uniform.
        direction = _unit(size)(draws.normal(*like.shape[1:]).to(like))
        radius = draws.uniform().to(like) ** (1.0 / like[0].numel())
        return direction * each(radius, like) * epsilon

    return sample


BALLS = {
    "linf": Ball("linf", _linf, torch.sign, _clip, _in_cube),
    "l2": Ball("l2", _l2, _unit(_l2), _shrink(_l2), _in_sphere(_l2)),
    "rms": Ball("rms", _rms, _unit(_rms), _shrink(_rms), _in_sphere(_rms)),
}
