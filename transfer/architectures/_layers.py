"""Layers that several families share."""

from torch import Tensor, nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


class Normalise(nn.Module):
    """Pixels in [0, 1] to zero mean and unit deviation: inside the model, so that an attack sees pixels."""

    def __init__(self, mean: float, deviation: float) -> None:
        super().__init__()
        self.mean, self.deviation = mean, deviation

    def forward(self, images: Tensor) -> Tensor:
        return (images - self.mean) / self.deviation
