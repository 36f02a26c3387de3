"""Spectrum simulation attack."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._spectrum import disturbed
from transfer.attacks._views import through
from transfer.draws import Draws
from transfer.shapes import Images, Labels, Model, Trace


def ssa(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 0.0,
    spectra: int = 20,
    tuning: float = 0.5,
    relative_noise: float = 1.0,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Spectrum simulation: the model sees the image with noise and with every frequency made stronger or weaker.

    Long et al. 2022, arXiv:2207.05382, algorithm 1 (S2I-FGSM), which has no momentum; a decay of 1 gives its
    S2I-MI-FGSM. The noise has a standard deviation of epsilon. The gradient is taken at the image, as in the algorithm
    and torchattack 1.7, which forgets its momentum; the authors' code and TransferAttack take it at what is seen.
    """
    views = disturbed(images, draws, spectra=spectra, tuning=tuning, noise=relative_noise * epsilon)
    gradient = through(model, labels, views, goals=goals, loss=loss)
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
