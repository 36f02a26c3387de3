"""A substitute for a model that only answers."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.recipes._adversary import attacked
from transfer.recipes._fit import descent, fit
from transfer.shapes import Images, Labels, Model, Pixels

ASKED_AT_ONCE = 250


def substitute(
    module: nn.Module,
    images: Pixels,
    labels: Labels,
    *,
    draws: Draws,
    target: Model,
    asked: int = 150,
    rounds: int = 6,
    step: float = 0.1,
    period: int | None = None,
    reservoir: int | None = None,
    epochs: int = 70,
    batch: int = 128,
    learning_rate: float = 0.01,
    momentum: float = 0.9,
) -> nn.Module:
    """A network that learns from another model's answers alone, about images that it makes up itself.

    Papernot et al. 2017, arXiv:1602.02697, algorithm 1: the target is asked for the classes of `asked` images, and the
    network is trained on its answers. In each of the `rounds` the images are joined by as many new ones, each a `step`
    along the sign of the gradient of the class that the target gave, and training goes on with all; the trainings share
    `epochs`. Papernot et al. 2016, arXiv:1605.07277: with a `period` the step changes its sign every so many rounds,
    and of more than `reservoir` images no more have a new one in a round. The authors' code begins with steps down, as
    a negative `step` does: of 9,600 images asked, a LeNet on MNIST then gives 97% of a LeNet's answers, 84% with steps
    up. The true labels are never looked at. What is asked about is an image of bytes.
    """
    seed = int(draws.below(2**53)[0])
    known = images[draws.order()[:asked]]
    answers = _answers(target, known)
    for number, (begun, ended) in enumerate(pairwise(epochs * part // (rounds + 1) for part in range(rounds + 2))):
        own = Draws(f"round {number} of {seed}", torch.arange(len(known)))
        optimiser = descent(module, learning_rate=learning_rate, momentum=momentum)
        fit(
            module,
            known,
            answers,
            draws=own,
            optimiser=optimiser,
            epochs=ended - begun,
            batch=batch,
            schedule="constant",
        )
        if number < rounds:
            chosen = own.order()[:reservoir].sort().values
            sign = -1 if period and number // period % 2 else 1
            new = _moved(module, known[chosen], answers[chosen], sign * step)
            known, answers = torch.cat([known, new]), torch.cat([answers, _answers(target, new)])
    return module


def _answers(target: Model, images: Pixels) -> Labels:
    """The classes that the target gives, which is asked once for each image."""
    with torch.no_grad():
        logits: list[Tensor] = [target(part.float() / 255) for part in images.split(ASKED_AT_ONCE)]
    return torch.cat(logits).argmax(dim=1)


def _moved(module: nn.Module, images: Pixels, answers: Labels, step: float) -> Pixels:
    """Each image a step up the probability of the class that it was given, as an image file can hold it."""
    parts = zip(images.split(ASKED_AT_ONCE), answers.split(ASKED_AT_ONCE), strict=True)
    with attacked(module):
        return torch.cat([_step(module, part, classes, step) for part, classes in parts])


def _step(module: nn.Module, images: Pixels, classes: Labels, step: float) -> Pixels:
    seen: Images = (images.to(next(module.parameters()).dtype) / 255).requires_grad_()
    chances: Tensor = module(seen).log_softmax(dim=1)
    (gradient,) = torch.autograd.grad(chances.gather(1, classes[:, None]).sum(), seen)
    moved = seen.detach() + step * gradient.sign()
    return (moved.clamp(0.0, 1.0) * 255).round().to(torch.uint8)
