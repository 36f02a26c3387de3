"""A pool of adversarial examples beside the training set."""

from typing import Literal

from torch import Tensor, nn

from transfer.draws import Draws
from transfer.recipes._fit import Batch, descent, fit, plain_loss
from transfer.recipes._layer_pool import LayerPool
from transfer.shapes import Attack, Labels, Pixels, Progress


def pool(
    module: nn.Module,
    images: Pixels,
    labels: Labels,
    *,
    draws: Draws,
    attack: Attack,
    layers: tuple[int, ...] = (0,),
    share: float = 0.5,
    size: int = 1000,
    replaced: int = 128,
    every: int = 10,
    epochs: int = 10,
    batch: int = 128,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    weight_decay: float | tuple[float, ...] = 0.0,
    penalty: Literal["l2", "l2_per_unit"] = "l2",
    schedule: Literal["cosine", "constant"] = "cosine",
    trace: Progress | None = None,
) -> nn.Module:
    """A pool of adversarial examples, a random part of which is replaced again and again, beside the training set.

    Szegedy et al. 2014, arXiv:1312.6199, section 4.2, who gained only with pools for the outputs of hidden layers.
    `layers` says for which: 0 are the pixels, 1 is the output of the first layer. Steps take them in turn, and what
    is found at the output of one trains the layers above it. `share` of a step's loss is on a batch of the pool; at
    every `every`-th turn of a layer the batch's first images are attacked there and `replaced` of `size` make room.
    """
    pools = [LayerPool(module, layer, attack, size, draws.apart(f"layer {layer}")) for layer in layers]
    step = 0

    def loss(module: nn.Module, batch: Batch) -> Tensor:
        nonlocal step
        turn, place = divmod(step, len(pools))
        if turn % every == 0:
            pools[place].renew(batch, replaced)
        step += 1
        natural = plain_loss(module, batch)
        return (1 - share) * natural + share * pools[place].loss(len(batch.labels))

    return fit(
        module,
        images,
        labels,
        draws=draws,
        optimiser=descent(
            module, learning_rate=learning_rate, momentum=momentum, weight_decay=weight_decay, penalty=penalty
        ),
        epochs=epochs,
        batch=batch,
        schedule=schedule,
        loss=loss,
        trace=trace,
    )
