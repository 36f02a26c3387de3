"""Images that come as numbers: made bytes without changing one, or refused."""

import numpy as np
from numpy.typing import NDArray

from transfer.errors import EnvironmentProblem

CHANNELS = (1, 3)
NEAR = 0.01  # of a byte: float32 holds k/255 to a millionth


def as_images(values: NDArray[np.generic], where: str, scale: int) -> NDArray[np.uint8]:
    """Numbers (image, height, width, or with channels first or last) as uint8 NCHW; `scale` is the value of white.

    Raises EnvironmentProblem where a value is no byte: a study keeps images as bytes, and rounds nothing silently.
    """
    if values.dtype == object:
        raise EnvironmentProblem("D048", f"{where}: images differ in size")
    if values.ndim == 3:
        values = values[:, None]
    elif values.ndim == 4 and values.shape[1] not in CHANNELS and values.shape[3] in CHANNELS:
        values = values.transpose(0, 3, 1, 2)
    if values.ndim != 4 or values.shape[1] not in CHANNELS:
        form = "(image, height, width) with 1 or 3 channels first or last"
        raise EnvironmentProblem("D048", f"{where}: images are of shape {values.shape[1:]}; expected {form}")
    return values.astype(np.uint8, copy=False) if values.dtype == np.uint8 else _bytes(values, where, scale)


def _bytes(values: NDArray[np.generic], where: str, scale: int) -> NDArray[np.uint8]:
    if not np.issubdtype(values.dtype, np.integer) and not np.issubdtype(values.dtype, np.floating):
        raise EnvironmentProblem("D054", f"{where}: pixels are {values.dtype}; numbers expected")
    white = scale if np.issubdtype(values.dtype, np.floating) else 255
    made = np.empty(values.shape, np.uint8)
    for place, image in enumerate(values):  # one at a time: a copy of all in float64 would be eight times the data
        pixels = image.astype(np.float64)
        if not np.isfinite(pixels).all():
            what = "NaN" if np.isnan(pixels).any() else "infinity"
            raise EnvironmentProblem("D055", f"{where}: image {place} holds {what}")
        _check_range(pixels, white, f"{where}: image {place}")
        scaled = pixels * (255 / white)
        whole = np.rint(scaled)
        if (worst := np.abs(scaled - whole)).max() > NEAR:
            text = f"holds {pixels.flat[worst.argmax()]:.6g}, which is no byte; images are kept as bytes"
            raise EnvironmentProblem("D054", f"{where}: image {place} {text}. Round pixels to k/255 first")
        made[place] = whole
    return made


def _check_range(pixels: NDArray[np.float64], white: int, where: str) -> None:
    low, high = pixels.min(), pixels.max()
    if low < 0:
        text = f"pixel values from {low:g}; expected [0,{white}]. Undo their normalisation: models bring their own"
        raise EnvironmentProblem("D054", f"{where}: {text}")
    if high > white:
        hint = " Set 'scale: 255'" if white == 1 and high <= 255 else ""
        raise EnvironmentProblem("D054", f"{where}: pixel values up to {high:g}; expected [0,{white}].{hint}")
