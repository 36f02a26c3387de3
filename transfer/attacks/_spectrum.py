"""Images whose spectrum is disturbed."""

from functools import partial

from torch import Tensor

from transfer.attacks._axes import cosines, sandwich, whole
from transfer.attacks._views import View, Views, drawn
from transfer.draws import Draws
from transfer.shapes import Images


def disturbed(images: Images, draws: Draws, *, spectra: int, tuning: float, noise: float) -> Views:
    """The images plus Gaussian noise, every frequency times a number from 1 - tuning to 1 + tuning.

    Long et al. 2022, arXiv:2207.05382; the frequencies are those of the discrete cosine transform.
    """
    shape = images.shape[1:]
    rows, columns = cosines(whole(shape[1])), cosines(whole(shape[2]))

    def view() -> View:
        added = draws.normal(*shape).to(images) * noise
        factors = (draws.uniform(*shape).to(images) * 2 - 1) * tuning + 1
        return partial(_disturb, rows, columns, added, factors)

    return drawn(view, spectra)


def _disturb(rows: Tensor, columns: Tensor, added: Images, factors: Images, images: Images) -> Images:
    spectrum = sandwich(rows, columns, images + added) * factors
    return sandwich(rows.mT, columns.mT, spectrum)
