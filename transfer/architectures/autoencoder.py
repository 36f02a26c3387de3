"""A classifier on the codes of an autoencoder."""

import math

from torch import Tensor, nn


class Autoencoder(nn.Module):
    """An `encoder` and, on its codes, a linear `head`; the decoder is the recipe's, which throws it away."""

    def __init__(self, encoder: nn.Module, head: nn.Linear) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.encoder(images))
        return logits


def autoencoder(shape: tuple[int, int, int], classes: int, *, hidden: int = 400) -> nn.Module:
    """One sigmoid layer and softmax on its codes: AE400-10 of Szegedy et al. 2014, Table 1.

    The recipe `layerwise` trains the layer to give its input back, without labels; any other trains it like an mlp.
    """
    layer = nn.Linear(math.prod(shape), hidden)
    nn.init.xavier_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
    return Autoencoder(nn.Sequential(nn.Flatten(), layer, nn.Sigmoid()), nn.Linear(hidden, classes))
