"""Ghost networks."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._erosion import Eroded, watch
from transfer.draws import Draws
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Logits, Model, Trace

DROPOUT = 0.006  # of Inception v3 in the authors' code
SKIP = 0.2  # of ResNet-50


def ghost(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    dropout_erosion: float | None = None,
    skip_erosion: float | None = None,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Ghost networks: every step asks another network, which is the surrogate eroded at random.

    Li et al. 2020, arXiv:1812.03413. Dropout erosion drops each unit behind an activation with chance
    `dropout_erosion` and makes up for it in the others; skip connection erosion multiplies what skips each residual
    branch by a number in 1 +- `skip_erosion`. As in the paper a network with skip connections is eroded there (0.2),
    any other by dropout (0.006), where neither is set; what is set is done, and the other then not. A ghost a step is
    the paper's longitudinal ensemble. Each image has its own ghosts.

    The multiplier is one scalar a skip, as the paper has it; the authors' code and TransferAttack's draw one a
    channel. Their dropout follows the larger units of Inception networks, here it follows every activation, functional
    ones too. TransferAttack offers ResNet-101 and 152 alone, and draws one ghost for a whole batch, so that an image
    depends on its company.

    A step costs an added pass over the activations: about as many draws as units are dropped, one mask a layer.

    Raises ValueError where a surrogate has nothing to erode.
    """
    skips, activations = watch(model, images)
    dropout, scale = _erosion(dropout_erosion, skip_erosion, len(skips), activations)

    def eroded(pixels: Images) -> Logits:
        with Eroded(draws, dropout, scale, skips):
            return model(pixels)

    gradient = loss_gradient(eroded, labels, goals=goals, loss=loss)
    return ascend(
        gradient,
        images,
        norm="linf",
        epsilon=epsilon,
        steps=steps,
        step_size=epsilon / steps,
        decay=decay,
        trace=trace,
    )


def _erosion(dropout: float | None, scale: float | None, skips: int, activations: int) -> tuple[float, float]:
    """How much is dropped and how much scaled: what is set, or what the paper sets for such a network."""
    if dropout is None and scale is None:
        dropout, scale = (0.0, SKIP) if skips else (DROPOUT, 0.0)
    if dropout and not 0 <= dropout < 1:
        raise ValueError(f"dropout_erosion is a chance from 0 to less than 1, not {dropout:g}")
    if scale and not skips:
        raise ValueError("skip_erosion scales skip connections, and this surrogate has none; set dropout_erosion")
    if dropout and not activations:
        raise ValueError("dropout_erosion drops units behind activations, and this surrogate has none; use mi_fgsm")
    return dropout or 0.0, scale or 0.0
