"""Several tricks at once."""

from typing import Literal

from transfer.attacks._ascend import ascend, nesterov
from transfer.attacks._resize import resized
from transfer.attacks._shuffle import shuffled
from transfer.attacks._smoothing import smoothed
from transfer.attacks._spectrum import disturbed
from transfer.attacks._transform import transformed
from transfer.attacks._variance import Tuned
from transfer.attacks._views import chain, mixed, scaled, through
from transfer.draws import Draws
from transfer.shapes import Images, Labels, Model, Pool, Trace

TRICKS = ("ni", "vmi", "di", "ti", "si", "admix", "ssa", "sia", "bsr")


def composed(
    model: Model,
    images: Images,
    labels: Labels,
    pool: Pool,
    *,
    epsilon: float,
    of: tuple[Literal["ni", "vmi", "di", "ti", "si", "admix", "ssa", "sia", "bsr"], ...] = ("si", "ni", "ti", "di"),
    steps: int = 10,
    decay: float = 1.0,
    vmi_samples: int = 20,
    vmi_relative_radius: float = 1.5,
    di_probability: float = 0.5,
    di_smallest: float = 0.9,
    di_interpolation: Literal["nearest", "bilinear"] = "nearest",
    ti_kernel: int = 7,
    scales: int = 5,
    admix_mixes: int = 3,
    admix_portion: float = 0.2,
    ssa_spectra: int = 20,
    ssa_tuning: float = 0.5,
    ssa_relative_noise: float = 1.0,
    sia_copies: int = 20,
    sia_blocks: int = 3,
    bsr_copies: int = 20,
    bsr_blocks: int = 2,
    bsr_angle: float = 24.0,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """SI-NI-TI-DIM and its like: MI-FGSM with any of the tricks on what is seen and what is climbed.

    Lin et al. 2020, arXiv:1908.06281, whose SI-NI-TI-DIM is the default; Wang & He 2021, arXiv:2103.15571; and the
    combinations in the papers of the others. In whatever order they are named, an image is mixed, scaled, disturbed,
    cut and transformed, shuffled and shown smaller, drawn anew for each copy; the mean gradient is tuned by those of
    its neighbours and then smoothed. With no trick it is MI-FGSM.
    """
    seen = check(of)
    tricks = {
        "admix": mixed(labels, pool, draws, mixes=admix_mixes, portion=admix_portion),
        "si": scaled(scales),
        "ssa": disturbed(images, draws, spectra=ssa_spectra, tuning=ssa_tuning, noise=ssa_relative_noise * epsilon),
        "sia": transformed(images, draws, copies=sia_copies, blocks=sia_blocks),
        "bsr": shuffled(images, draws, copies=bsr_copies, blocks=bsr_blocks, angle=bsr_angle),
        "di": resized(images, draws, probability=di_probability, smallest=di_smallest, interpolation=di_interpolation),
    }
    views = chain(*(trick for name, trick in tricks.items() if name in seen))
    gradient = through(model, labels, views, goals=goals, loss=loss)
    pace = epsilon / steps
    look = nesterov(pace, decay) if "ni" in of else None
    if "vmi" in of:
        radius = vmi_relative_radius * epsilon
        gradient = tuned = Tuned(gradient, radius=radius, samples=vmi_samples, draws=draws, ahead=look)
        look = tuned.look
    climbed = smoothed(gradient, ti_kernel) if "ti" in of else gradient
    return ascend(
        climbed, images, norm="linf", epsilon=epsilon, steps=steps, step_size=pace, decay=decay, look=look, trace=trace
    )


def check(of: tuple[str, ...]) -> set[str]:
    """The tricks that are asked for, and those in them. Raises ValueError where one is not known, or is there twice."""
    for name in of:
        if name not in TRICKS:
            raise ValueError(f"no trick is called {name!r}. Known: {', '.join(TRICKS)}.")
    # Admix looks at what it has mixed at the scales of SI.
    asked = [*of, *(["si"] if "admix" in of else [])]
    doubled = [name for name in TRICKS if asked.count(name) > 1]
    if doubled:
        raise ValueError(f"{', '.join(doubled)} cannot be there twice (admix has si in it), in {', '.join(of)}")
    return set(asked)
