"""What the model sees of an image: differentiable views of it, and the mean gradient through all of them."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import torch
from torch import Tensor

from transfer.draws import Draws
from transfer.losses import Gradient, loss_gradient
from transfer.shapes import Images, Labels, Model, Pool

# Images to what the model sees of them: differentiable, image by image, and always the same.
View = Callable[[Images], Images]
# The views of one step, drawn anew for each and one at a time, so that memory holds one.
Views = Callable[[], Iterable[View]]


def through(
    model: Model, labels: Labels, views: Views, *, goals: Labels | None = None, loss: str = "cross_entropy"
) -> Gradient:
    """The mean over all views of the gradient of the loss of what is seen, by the chain rule, at the images."""

    def gradient(images: Images) -> Images:
        total, count = torch.zeros_like(images), 0
        for view in views():
            total += loss_gradient(partial(_seen, model, view), labels, goals=goals, loss=loss)(images)
            count += 1
        if not count:
            raise ValueError("the model is to see 0 views of an image; it takes at least 1 to have a gradient")
        return total / count

    return gradient


def chain(*tricks: Views) -> Views:
    """The views of one trick seen through those of the next: as many as the product of their numbers."""

    def views() -> Iterator[View]:
        if not tricks:
            yield unchanged
            return
        for first in tricks[0]():
            for rest in chain(*tricks[1:])():
                yield partial(_seen, rest, first)

    return views


def drawn(view: Callable[[], View], copies: int) -> Views:
    """As many views as `copies`, each drawn when its turn comes."""
    return lambda: (view() for _ in range(copies))


def unchanged(images: Images) -> Images:
    """The view of those who look at the images themselves."""
    return images


def scaled(scales: int) -> Views:
    """The images, half as bright, a quarter, and so on: Lin et al. 2020, arXiv:1908.06281, equation 9."""
    return lambda: (partial(torch.mul, other=0.5**power) for power in range(scales))


def mixed(labels: Labels, pool: Pool, draws: Draws, *, mixes: int, portion: float) -> Views:
    """The images plus a portion of an image of another class: Wang et al. 2021, arXiv:2102.00436.

    The other image is drawn for each image from all that the craft attacks, as they are when clean. Where all are of
    one class it is any of them.
    """
    classes: Tensor = pool.labels
    pictures: Tensor = pool.images
    is_other = labels[:, None] != classes.to(labels.device)[None, :]
    ranks = (is_other | ~is_other.any(dim=1, keepdim=True)).cumsum(dim=1)

    def view() -> View:
        rank = (draws.uniform().to(labels.device) * ranks[:, -1]).long() + 1
        chosen = torch.searchsorted(ranks, rank[:, None])[:, 0]
        return partial(torch.add, other=pictures[chosen.to(pictures.device)].to(labels.device), alpha=portion)

    return drawn(view, mixes)


def _seen(model: Callable[[Images], Tensor], view: View, images: Images) -> Tensor:
    return model(view(images))
