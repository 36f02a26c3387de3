"""The neuron attribution-based attack."""

from typing import Literal

import torch
from torch import Tensor

from transfer.attacks._ascend import ascend
from transfer.attacks._layers import Look, gradient_at_pixels, gradients_at_features, inside
from transfer.losses import logit
from transfer.shapes import Images, Labels, Logits, Model, Trace


def naa(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    layer: str = "middle",
    samples: int = 30,
    negative_weight: float = 1.0,
    output: Literal["probability", "logit"] = "probability",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Neuron attribution-based attack: suppresses the features that make the label, counted from a black image on.

    Zhang et al. 2022, arXiv:2204.00008: what a feature contributes is its change from that of the black
    image, times the gradient of the label's output at it, averaged over `samples` images on the straight way there,
    the image itself included. Contributions are summed, those below 0 weighted by `negative_weight` (the paper's
    gamma; transformations of them other than linear, which it finds no better, are not offered), and the sum falls.
    `layer` is a module's name, or `middle`; the paper takes Mixed_5b of Inception v3. The average costs `samples`
    gradients from the logits to the layer.

    The authors' code adds Gaussian noise to the images on the way, which the paper does not speak of; nor does this
    attack. TransferAttack and torchattack take the black image and leave the image itself out. All three take the
    probability, which is the default here. With goals, which the paper does not have, the goal's sum rises.
    """
    with inside(model, images, layer) as look:
        with torch.no_grad():
            black = look(torch.zeros_like(images)).features
        wanted, sign = (labels, -1.0) if goals is None else (goals, 1.0)
        weights = _attention(look, images, wanted, samples, output)

        def score(features: list[Tensor]) -> Tensor:
            shares = [
                (one - base).to(weight) * weight for one, base, weight in zip(features, black, weights, strict=True)
            ]
            return sign * torch.stack([_weighted(one, negative_weight) for one in shares]).sum()

        return ascend(
            gradient_at_pixels(look, score),
            images,
            norm="linf",
            epsilon=epsilon,
            steps=steps,
            step_size=epsilon / steps,
            decay=decay,
            trace=trace,
        )


def _attention(look: Look, images: Images, wanted: Labels, samples: int, output: str) -> list[Tensor]:
    """The gradient at each feature of the wanted class's output, averaged on the way from black to the image."""

    def wanted_output(logits: Logits) -> Tensor:
        return logit(logits.softmax(dim=1) if output == "probability" else logits, wanted, wanted).sum()

    way = (images * (sample / samples) for sample in range(1, samples + 1))
    return [one / samples for one in gradients_at_features(look, way, wanted_output)]


def _weighted(shares: Tensor, negative_weight: float) -> Tensor:
    # Not two clamped sums: where a feature is black's, each would have the gradient that belongs to one.
    return torch.where(shares < 0, negative_weight * shares, shares).sum()
