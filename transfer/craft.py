"""Adversarial examples for one surrogate: tensors in, tensors out, everything checked before anyone stores it."""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from transfer.balls import ball
from transfer.draws import Draws
from transfer.shapes import Counts, Flags, Found, Images, Labels, PerImage

TOLERANCE = 1e-6  # float32 rounding of a right projection was 2e-9 over epsilon; files would show 2e-3


class Crafted(NamedTuple):
    """What an attack made of every image."""

    images: Images
    is_found: Flags | None  # None: judged by the surrogate's class
    gradients: Counts
    constant: PerImage | None


class Given(NamedTuple):
    """What an attack is given beside its settings; what it does not ask for in its signature it does not get."""

    surrogates: Sequence[nn.Module]
    images: Images
    labels: Labels
    ids: Tensor  # the images' indices in their part: they alone decide what is drawn
    goals: Labels | None = None
    perturbations: Images | None = None  # of the craft this one is made from
    epsilon: PerImage | None = None  # sizes of those perturbations, for a control of equal size


class Counting(nn.Module):
    """The surrogate as an attack sees it: one network, or the mean logits of several, counting gradients."""

    def __init__(self, surrogates: Sequence[nn.Module]) -> None:
        super().__init__()
        self.surrogates = nn.ModuleList(surrogates)
        self.gradients = 0

    def forward(self, images: Tensor) -> Tensor:
        logits = torch.stack([surrogate(images) for surrogate in self.surrogates]).mean(dim=0)
        if logits.requires_grad:
            logits.register_hook(self._count)
        return logits

    def _count(self, gradient: Tensor) -> None:
        self.gradients += 1


def craft(
    attack: Callable[..., Any],
    given: Given,
    settings: Mapping[str, Any],
    *,
    seed: int,
    batch: int,
    norm: str | None = None,
) -> Crafted:
    """Runs an attack over the images, a batch at a time, and refuses what leaves the box, the ball or the shape.

    Raises ValueError with what was wrong in how many images, RuntimeError where the attack changed the surrogate.
    """
    versions = [_versions(surrogate) for surrogate in given.surrogates]
    parts = [_attack_batch(attack, part, settings, seed) for part in _batches(given, batch)]
    if versions != [_versions(surrogate) for surrogate in given.surrogates]:
        raise RuntimeError("the attack changed its surrogate's weights or buffers; attack a copy")
    crafted = _joined(parts)
    epsilon = settings.get("epsilon", given.epsilon)
    check(given.images, crafted.images, norm=norm if epsilon is not None else None, epsilon=epsilon)
    return crafted


def check(clean: Images, crafted: Any, *, norm: str | None = None, epsilon: float | Tensor | None = None) -> None:
    """Raises ValueError unless the images are finite, of the clean ones' shape and type, in the box and the ball."""
    if not isinstance(crafted, Tensor):
        raise ValueError(f"the attack returned {type(crafted).__name__}, not a tensor of images")
    if crafted.shape != clean.shape or crafted.dtype != clean.dtype:
        raise ValueError(
            f"the attack returned {crafted.dtype} {tuple(crafted.shape)}, not {clean.dtype} {tuple(clean.shape)}"
        )
    bad = ~crafted.isfinite().flatten(1).all(dim=1)
    if bad.any():
        raise ValueError(f"the attack returned NaN or infinity in {int(bad.sum())} of {len(clean)} images")
    low, high = crafted.amin().item(), crafted.amax().item()
    out = ((crafted < -TOLERANCE) | (crafted > 1 + TOLERANCE)).flatten(1).any(dim=1)
    if out.any():
        raise ValueError(f"the attack left [0, 1] in {int(out.sum())} of {len(clean)} images: {low:g} to {high:g}")
    if norm is None or epsilon is None:
        return
    sizes = ball(norm).size(crafted - clean)
    over = sizes > torch.as_tensor(epsilon, dtype=sizes.dtype) * (1 + 1e-5) + TOLERANCE
    if over.any():
        limit = f"epsilon {epsilon:g}" if isinstance(epsilon, int | float) else "the size asked for"
        raise ValueError(
            f"the attack left the {norm} ball in {int(over.sum())} of {len(clean)} images: "
            f"largest {sizes.amax().item():.6g}, {limit}"
        )


def random_wrong(labels: Labels, classes: int, ids: Tensor, seed: int) -> Labels:
    """A wrong class per image, drawn from the study's seed and the image alone: the same for every surrogate."""
    return (labels + 1 + Draws(f"goals {seed}", ids).below(classes - 1)) % classes


def eight_bit(images: Images) -> Images:
    """The nearest images that a file of bytes can hold."""
    return images.mul(255).round().div(255)


def _batches(given: Given, batch: int) -> Iterator[Given]:
    for start in range(0, len(given.images), batch):
        yield Given(
            given.surrogates,
            *(None if part is None else part[start : start + batch].clone() for part in given[1:]),  # type: ignore[arg-type]
        )


def norm_of(attack: Callable[..., Any], settings: Mapping[str, Any]) -> str | None:
    """The norm that an attack's budget is in: its setting `norm`, else linf for an `epsilon`, else none."""
    return settings.get("norm", "linf" if "epsilon" in inspect.signature(attack).parameters else None)


def _attack_batch(attack: Callable[..., Any], given: Given, settings: Mapping[str, Any], seed: int) -> Crafted:
    model = Counting(given.surrogates)
    inputs = {"model": model, "models": list(given.surrogates), **given._asdict()}
    handed = {"draws": Draws(f"attack {seed}", given.ids), "goals": given.goals, "epsilon": given.epsilon}
    positional, named = [], dict(settings)
    for name, parameter in inspect.signature(attack).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            positional.append(inputs[name])
        elif name in handed and name not in settings:
            named[name] = handed[name]
    with torch.enable_grad():
        made = attack(*positional, **named)
    count = len(given.images)
    if isinstance(made, Found):
        check(given.images, made.images)
        return Crafted(made.images, made.is_found, made.gradients, made.constant)
    check(given.images, made)
    return Crafted(made.detach(), None, torch.full((count,), model.gradients), None)


def _joined(parts: Sequence[Crafted]) -> Crafted:
    columns = zip(*parts, strict=True)
    return Crafted(*(None if column[0] is None else torch.cat(column) for column in columns))


def _versions(module: nn.Module) -> list[tuple[int, int]]:
    """Changes with every write to a weight or a buffer, at no cost: torch counts them."""
    return [(tensor.data_ptr(), tensor._version) for tensor in [*module.parameters(), *module.buffers()]]


def sizes(clean: Images, crafted: Images) -> dict[str, PerImage]:
    """The size of each perturbation in every norm."""
    perturbations = crafted - clean
    return {norm: ball(norm).size(perturbations) for norm in ("rms", "linf", "l2")}


def finite(constant: PerImage | None, count: int) -> list[float | None]:
    """The constants as a column: null where an image has none."""
    if constant is None:
        return [None] * count
    return [value if math.isfinite(value) else None for value in constant.double().tolist()]
