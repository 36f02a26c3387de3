"""Whether adversarial images are points or regions."""

from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from transfer.draws import Draws
from transfer.probes._batches import image_by_image, logits_of
from transfer.shapes import Images, Labels, Measured

MULTIPLIERS = (0.03125, 0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


def neighbourhood(
    model: nn.Module,
    images: Images,
    labels: Labels,
    crafted: Images,
    *,
    multipliers: tuple[float, ...] = MULTIPLIERS,
    samples: int = 100,
    batch: int = 250,
    draws: Draws,
) -> Iterator[Measured]:
    """How the model answers noise around an adversarial image and around the clean one.

    Tabacof & Valle 2016, arXiv:1510.05328: noise in each pixel by itself, normal with the mean of the image's
    perturbation and its deviation times each of the `multipliers`, or drawn from the perturbation's own pixel
    values (`histogram`); clipped to [0, 1]. The authors' code also shrinks the deviation by a tenth from one
    multiplier to the next; here they are what they say. The same noise serves both places and all multipliers.

    An image each, out of `samples`: `PLACE NOISE original`, how often the answer is the label, and `PLACE NOISE
    adversarial`, how often it is the model's class for the crafted image; PLACE is `crafted` or `clean`, NOISE is
    `gaussian MULTIPLIER` or `histogram`. And `mean`, `deviation`, `skewness` and `kurtosis` (3 where normal) of the
    perturbation's pixel values.
    """
    yield Measured("samples", float(samples))
    adversarial = logits_of(model, crafted, batch).argmax(dim=1)

    def look(positions: Tensor) -> dict[str, Tensor]:
        places = {"crafted": crafted[positions], "clean": images[positions]}
        answers = {"original": labels[positions], "adversarial": adversarial[positions]}
        away = places["crafted"] - places["clean"]
        found = _moments(away)
        for noise, values in _noises(away, multipliers, samples, draws.of(positions)):
            for place, centres in places.items():
                moved = (centres[:, None] + values).clamp(0.0, 1.0).flatten(0, 1)
                said = logits_of(model, moved, batch).argmax(dim=1).reshape(-1, samples)
                for answer, classes in answers.items():
                    found[f"{place} {noise} {answer}"] = (said == classes[:, None]).sum(dim=1).double()
        return found

    yield from image_by_image(look, len(images), max(1, batch // samples))


def _noises(away: Images, multipliers: Sequence[float], samples: int, draws: Draws) -> Iterator[tuple[str, Tensor]]:
    """Samples of each noise for each image."""
    normal = draws.normal(samples, *away.shape[1:]).to(away)
    pixels = away.flatten(1)
    mean, deviation = (value.reshape(-1, 1, 1, 1, 1) for value in (pixels.mean(dim=1), pixels.std(dim=1, correction=0)))
    for multiplier in multipliers:
        yield f"gaussian {multiplier:g}", mean + multiplier * deviation * normal
    chosen = draws.below(pixels.shape[1], samples, *away.shape[1:]).to(away.device)
    yield "histogram", pixels.gather(1, chosen.flatten(1)).view_as(normal)


def _moments(away: Images) -> dict[str, Tensor]:
    """Moments of the pixel values; none of the third and fourth where all are equal."""
    pixels = away.flatten(1).double()
    mean, deviation = pixels.mean(dim=1), pixels.std(dim=1, correction=0)
    standard = (pixels - mean[:, None]) / deviation[:, None]
    third, fourth = (standard.pow(power).mean(dim=1) for power in (3, 4))
    return {"mean": mean, "deviation": deviation, "skewness": third, "kurtosis": fourth}
