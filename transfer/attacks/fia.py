"""The feature importance-aware attack."""

from torch import Tensor

from transfer.attacks._ascend import ascend
from transfer.attacks._layers import Look, along, gradient_at_pixels, gradients_at_features, inside, lengths
from transfer.draws import Draws
from transfer.losses import logit
from transfer.shapes import Images, Labels, Model, Trace


def fia(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    layer: str = "middle",
    samples: int = 30,
    drop: float = 0.3,
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Feature importance-aware attack: suppresses the features that matter to the label however the image is masked.

    Wang et al. 2021, arXiv:2107.14185: the importance of a feature is the gradient there of the
    label's logit, summed over `samples` copies of the image in which each pixel is set to 0 with chance `drop` (0.3
    for usual surrogates, 0.1 against defences), scaled to length 1 an image. What falls is the sum of the features, so
    weighted. `layer` is a module's name, or `middle`; the paper takes Mixed_5b of Inception v3, conv3_3 of VGG-16 and
    the last block of the second stage of ResNet-152. The weights cost `samples` gradients from the logits to the layer.

    The authors' code takes the logit, as the paper; TransferAttack and torchattack take the label's probability, whose
    gradient all but vanishes where a surrogate is sure. With goals, which the paper does not have, the weighted
    features rise that matter to the goal's logit.
    """
    with inside(model, images, layer) as look:
        weights = _importance(look, images, labels, goals, samples, drop, draws)
        return ascend(
            gradient_at_pixels(look, lambda features: along(features, weights)),
            images,
            norm="linf",
            epsilon=epsilon,
            steps=steps,
            step_size=epsilon / steps,
            decay=decay,
            trace=trace,
        )


def _importance(
    look: Look, images: Images, labels: Labels, goals: Labels | None, samples: int, drop: float, draws: Draws
) -> list[Tensor]:
    """What raises the attack's logit, feature by feature: away from the label, so minus the paper's, or to the goal."""
    masked = (images * (draws.uniform(*images.shape[1:]) >= drop).to(images) for _ in range(samples))
    sums = gradients_at_features(look, masked, lambda logits: logit(logits, labels, goals).sum())
    return [one / lengths(one) for one in sums]
