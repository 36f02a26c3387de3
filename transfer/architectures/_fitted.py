"""Techniques that are fitted to images and not trained by gradients, kept as tensors all the same."""

import importlib
import math
import warnings
from typing import Any

import torch
from torch import Tensor, nn

from transfer.errors import EnvironmentProblem
from transfer.shapes import Labels, Pixels


class Fitted(nn.Module):
    """A classifier that fits itself, with tensors as large as the fit makes them.

    Until it is fitted it is a small random one of its kind, so that an attack can be tried on it before anything is
    trained. A fit or a file of weights replaces its tensors and their shapes; nothing else of it is learnt.
    """

    def __init__(self, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        self.pixels, self.classes = math.prod(shape), classes

    def fit(self, images: Pixels, labels: Labels, seed: int) -> None:
        """Fits itself to images; the seed is all that it draws from."""
        raise NotImplementedError

    def hold(self, **tensors: Tensor) -> None:
        """Takes tensors for its own: numbers as parameters, so that a precision holds for them, others as buffers."""
        for name, tensor in tensors.items():
            if tensor.is_floating_point():
                setattr(self, name, nn.Parameter(tensor.float().contiguous(), requires_grad=False))
            else:
                self.register_buffer(name, tensor.contiguous())

    def train(self, mode: bool = True) -> "Fitted":
        """Raises TypeError where a recipe would train it."""
        if mode:
            raise TypeError(f"{type(self).__name__} is fitted, not trained by gradients; give it the recipe 'fit'")
        super().train(mode)
        return self

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        for name, own in self.state_dict().items():
            if (held := state_dict.get(prefix + name)) is not None:
                self.hold(**{name: torch.empty(held.shape, dtype=own.dtype)})
        super()._load_from_state_dict(state_dict, prefix, *rest)


def fitted(estimator: Any, images: Pixels, labels: Tensor) -> Any:
    """An estimator of scikit-learn after its fit, by one thread, to the very numbers that a network sees.

    Raises ValueError where it came to no end.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            return estimator.fit(pixel_rows(images), labels.numpy(force=True))
        except ConvergenceWarning:
            text = f"{type(estimator).__name__} came to no end in {estimator.max_iter} iterations"
            raise ValueError(f"{text}; let it take more, or regularise it more") from None


def pixel_rows(images: Pixels) -> Any:
    """The images as scikit-learn takes them: a row of pixels in [0, 1] each."""
    return (images.flatten(1).float() / 255).numpy(force=True)


def scikit_learn(module: str) -> Any:
    """A module of scikit-learn. Raises EnvironmentProblem with how to install it."""
    try:
        return importlib.import_module(f"sklearn.{module}")
    except ImportError:
        text = "this technique is fitted by scikit-learn, which is not installed"
        raise EnvironmentProblem("U092", f"{text}: pip install 'transfer-study[models]'") from None


def squared_distances(images: Tensor, others: Tensor) -> Tensor:
    """The squared Euclidean distance of each image from each of `others`, which are rows of bytes."""
    # Distances of near images are small differences of large numbers, of which bfloat16 would leave nothing.
    with torch.autocast(images.device.type, enabled=False):
        pixels, centres = images.flatten(1), others.to(images.dtype) / 255
        lengths = pixels.square().sum(dim=1)[:, None] + centres.square().sum(dim=1)
        return (lengths - 2 * pixels @ centres.T).clamp_min(0)
