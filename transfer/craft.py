"""Adversarial examples for one surrogate: tensors in, tensors out, everything checked before anyone stores it."""

import inspect
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from transfer.balls import ball
from transfer.draws import Draws
from transfer.losses import is_flat
from transfer.shapes import Counts, Flags, Found, Images, Labels, PerImage, Pool

TOLERANCE = 1e-6  # float32 rounding of a right projection was 2e-9 over epsilon; files would show 2e-3


class Iterate(NamedTuple):
    """Where an attack stood after some of its steps, and the gradients that it had taken for each image."""

    images: Images
    gradients: Counts


class Crafted(NamedTuple):
    """What an attack made of every image."""

    images: Images
    is_found: Flags | None  # None: judged by the surrogate's class
    gradients: Counts
    constant: PerImage | None
    flat: Counts | None  # gradients that were exactly zero or not finite; None: not known
    iterates: dict[int, Iterate]  # by the number of steps taken, those that were asked for


class Given(NamedTuple):
    """What an attack is given beside its settings; what it does not ask for in its signature it does not get."""

    surrogates: Sequence[nn.Module]
    images: Images
    labels: Labels
    ids: Tensor  # the images' indices in their part: they alone decide what is drawn
    goals: Labels | None = None
    perturbations: Images | None = None  # of the craft this one is made from
    epsilon: PerImage | None = None  # sizes of those perturbations, for a control of equal size
    pool: Pool | None = None  # all images of the craft, whatever the batch; these very images where nothing is said


class Tally:
    """What an attack asks of its surrogates, in gradients of one network an image."""

    def __init__(self, images: int) -> None:
        self.images = images
        self.rows = 0  # rows of all gradients: an attack may look at several copies of an image at once
        self.flat = torch.zeros(images, dtype=torch.long)

    def count(self, gradient: Tensor, networks: int) -> None:
        self.rows += len(gradient) * networks
        if len(gradient) % self.images == 0:  # copies of the whole batch, one after the other
            self.flat += networks * is_flat(gradient).reshape(-1, self.images).sum(dim=0)

    def gradients(self) -> Counts:
        return torch.full((self.images,), math.ceil(self.rows / self.images))


class Counting(nn.Module):
    """A surrogate as an attack sees it: one network, or the mean logits of several, counting gradients."""

    def __init__(self, surrogates: Sequence[nn.Module], tally: Tally) -> None:
        super().__init__()
        self.surrogates = nn.ModuleList(surrogates)
        self.tally = tally

    def forward(self, images: Tensor) -> Tensor:
        # A gradient is counted where it ends: at the pixels, or at the logits where only layers are asked for theirs.
        if images.requires_grad:
            images = images.view_as(images)
            images.register_hook(self._count)
        answers = [one(images) for one in self.surrogates]
        if images.requires_grad and torch.is_grad_enabled() and not all(one.requires_grad for one in answers):
            raise ValueError("the attack takes gradients, and a surrogate's answers have none; leave it out")
        logits = torch.stack(answers).mean(dim=0) if len(answers) > 1 else answers[0]
        if logits.requires_grad and not images.requires_grad:
            logits.register_hook(self._count)
        return logits

    def _count(self, gradient: Tensor) -> None:
        self.tally.count(gradient, len(self.surrogates))


def craft(
    attack: Callable[..., Any],
    given: Given,
    settings: Mapping[str, Any],
    *,
    seed: int,
    batch: int,
    norm: str | None = None,
    steps: Collection[int] = (),
) -> Crafted:
    """Runs an attack over the images, a batch at a time, and refuses what leaves the box, the ball or the shape.

    After each of `steps` the iterate is kept beside the result. Raises ValueError with what was wrong in how many
    images, RuntimeError where the attack changed the surrogate.
    """
    versions = [_versions(surrogate) for surrogate in given.surrogates]
    whole = given._replace(pool=given.pool or Pool(given.images, given.labels, given.perturbations, given.ids))
    size = len(given.images) if is_universal(attack) else batch
    parts = [_attack_batch(attack, part, settings, seed, steps) for part in _batches(whole, size)]
    if versions != [_versions(surrogate) for surrogate in given.surrogates]:
        raise RuntimeError("the attack changed its surrogate's weights or buffers; attack a copy")
    crafted = _joined(parts)
    epsilon = settings.get("epsilon", given.epsilon)
    for images in (crafted.images, *(one.images for one in crafted.iterates.values())):
        check(given.images, images, norm=norm if epsilon is not None else None, epsilon=epsilon)
    return crafted


def taken(images: Images, given: Given, settings: Mapping[str, Any]) -> Crafted:
    """Images made elsewhere, held to the same box, ball and shape; nobody knows how many gradients they took."""
    check(given.images, images, norm=settings.get("norm"), epsilon=settings.get("epsilon"))
    return Crafted(images, None, torch.zeros(len(images), dtype=torch.long), None, None, {})


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
        cut: dict[str, Any] = {
            name: None if part is None else part[start : start + batch].clone()
            for name, part in given._asdict().items()
            if name not in ("surrogates", "pool")
        }
        yield given._replace(**cut)


def norm_of(attack: Callable[..., Any], settings: Mapping[str, Any]) -> str | None:
    """The norm that an attack's budget is in: its setting `norm`, else linf for an `epsilon`, else none."""
    return settings.get("norm", "linf" if "epsilon" in inspect.signature(attack).parameters else None)


def is_universal(attack: Callable[..., Any]) -> bool:
    """Whether an attack makes of the pool one perturbation for all images: it asks for no images of its own."""
    parameters = inspect.signature(attack).parameters
    return "pool" in parameters and "images" not in parameters


def _attack_batch(
    attack: Callable[..., Any], given: Given, settings: Mapping[str, Any], seed: int, steps: Collection[int]
) -> Crafted:
    tally, iterates, universal = Tally(len(given.images)), dict[int, Iterate](), is_universal(attack)

    def trace(step: int, images: Tensor) -> None:
        if step in steps:
            iterates[step] = Iterate(images.detach().clone(), tally.gradients())

    handed = {
        **given._asdict(),
        "model": Counting(given.surrogates, tally),
        "models": [Counting([surrogate], tally) for surrogate in given.surrogates],
        "draws": Draws(f"attack {seed}", _ids(given.pool) if universal and given.pool else given.ids),
        "trace": trace,
    }
    positional, named = [], dict(settings)
    for name, parameter in inspect.signature(attack).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            positional.append(handed[name])
        elif name in handed and name not in settings:
            named[name] = handed[name]
    with torch.enable_grad():
        made = attack(*positional, **named)
    if universal:
        made = (given.images + made).clamp(0.0, 1.0)
    check(given.images, made.images if isinstance(made, Found) else made)
    if set(steps) - set(iterates):
        raise ValueError(f"the attack told of no step {min(set(steps) - set(iterates))}")
    if isinstance(made, Found):
        # It counts what it asked of `model`, where a gradient of several networks costs one of each.
        networks = len(given.surrogates) if "model" in inspect.signature(attack).parameters else 1
        flat = None if made.flat is None else made.flat * networks
        return Crafted(made.images, made.is_found, made.gradients * networks, made.constant, flat, iterates)
    # Nobody knows to which image a row of a universal attack's gradients belongs.
    return Crafted(made.detach(), None, tally.gradients(), None, None if universal else tally.flat, iterates)


def _ids(pool: Pool) -> Tensor:
    return torch.arange(len(pool.images)) if pool.ids is None else pool.ids


def _joined(parts: Sequence[Crafted]) -> Crafted:
    def column(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        return None if values[0] is None else torch.cat(values)

    iterates = {
        step: Iterate(*map(torch.cat, zip(*(part.iterates[step] for part in parts), strict=True)))
        for step in parts[0].iterates
    }
    return Crafted(**{name: column(name) for name in Crafted._fields if name != "iterates"}, iterates=iterates)


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
