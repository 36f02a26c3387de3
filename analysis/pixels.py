"""The pixels of a craft, for a figure that shows images."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from transfer.store import Store

Pictures = dict[int, npt.NDArray[np.float32]]


def pictures(results: Path | str, craft: str) -> Pictures:
    """The images of a craft by their number in the part: channel, row, column, in [0, 1].

    Raises LookupError where the craft has not been made.
    """
    store = Store.open(results, writing=False)
    record = store.record("craft", craft)
    if record is None:
        raise LookupError(f"{store.location} has no images of craft {craft[:12]}")
    held = load_file(store.fetch(record, "images"))
    return dict(zip(held["image"].tolist(), held["crafted"], strict=True))
