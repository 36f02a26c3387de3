"""Layer by layer: a code without labels, then softmax on the code."""

from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.recipes._fit import Batch, BatchLoss, descent, fit
from transfer.shapes import Labels, Pixels


def layerwise(
    module: nn.Module,
    images: Pixels,
    labels: Labels,
    *,
    draws: Draws,
    epochs: int = 10,
    softmax_epochs: int = 20,
    batch: int = 128,
    learning_rate: float = 0.01,
    softmax_learning_rate: float = 0.5,
    momentum: float = 0.9,
    sparsity: float = 0.1,
    sparsity_weight: float = 1.0,
    weight_decay: float = 1e-6,
    penalty: Literal["l2", "l2_per_unit"] = "l2_per_unit",
    schedule: Literal["cosine", "constant"] = "cosine",
) -> nn.Module:
    """A sparse autoencoder without labels, then softmax on its frozen codes: AE400-10 of Szegedy et al. 2014.

    The encoder is trained with a decoder of its own to give the pixels back (cross entropy a pixel), its mean
    activations held near `sparsity` by their relative entropy: Ng 2011, "Sparse autoencoder", CS294A lecture notes.
    `weight_decay` holds for the softmax. Raises ValueError for a network without `encoder` and `head`.
    """
    encoder, head = parts_of(module)
    decoder = nn.Linear(head.in_features, images[0].numel()).to(head.weight)
    passes = partial(fit, images=images, labels=labels, draws=draws, batch=batch, schedule=schedule)
    coder = nn.ModuleList([encoder, decoder])
    coding = torch.optim.SGD(coder.parameters(), lr=learning_rate, momentum=momentum, fused=True)
    passes(coder, optimiser=coding, epochs=epochs, loss=reconstruction(encoder, decoder, sparsity, sparsity_weight))
    encoder.requires_grad_(False)
    optimiser = descent(
        head, learning_rate=softmax_learning_rate, momentum=momentum, weight_decay=weight_decay, penalty=penalty
    )
    passes(head, optimiser=optimiser, epochs=softmax_epochs, loss=softmax(encoder))
    return module


def parts_of(module: nn.Module) -> tuple[nn.Module, nn.Linear]:
    """The encoder and the head of a network that has both."""
    encoder, head = getattr(module, "encoder", None), getattr(module, "head", None)
    if not isinstance(encoder, nn.Module) or not isinstance(head, nn.Linear):
        raise ValueError("layerwise trains an encoder and a linear head; give it the architecture autoencoder")
    return encoder, head


def reconstruction(encoder: nn.Module, decoder: nn.Module, sparsity: float, weight: float) -> BatchLoss:
    """How badly the codes of a batch give its pixels back, and how far from sparse they are."""

    def loss(_: nn.Module, batch: Batch) -> Tensor:
        codes = encoder(batch.images)
        error = F.binary_cross_entropy_with_logits(decoder(codes), batch.images.flatten(1), reduction="sum")
        return error / len(batch.images) + weight * relative_entropy(sparsity, codes.mean(dim=0))

    return loss


def softmax(encoder: nn.Module) -> BatchLoss:
    """The cross entropy of a head on codes that are given."""

    def loss(head: nn.Module, batch: Batch) -> Tensor:
        return F.cross_entropy(head(encoder(batch.images)), batch.labels)

    return loss


def relative_entropy(wanted: float, activations: Tensor) -> Tensor:
    """How far mean activations are from the wanted one, in nats, summed over the units."""
    activations = activations.clamp(1e-6, 1 - 1e-6)
    on, off = wanted / activations, (1 - wanted) / (1 - activations)
    return (wanted * on.log() + (1 - wanted) * off.log()).sum()
