"""Training on noisy images."""

from typing import Literal

from torch import Tensor, nn

from transfer.draws import Draws
from transfer.recipes._fit import descent, fit
from transfer.shapes import Images, Labels, Pixels, Progress


def noise_training(
    module: nn.Module,
    images: Pixels,
    labels: Labels,
    *,
    draws: Draws,
    epsilon: float = 0.25,
    noise: Literal["signs", "uniform", "normal"] = "signs",
    epochs: int = 10,
    batch: int = 128,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    weight_decay: float | tuple[float, ...] = 0.0,
    penalty: Literal["l2", "l2_per_unit"] = "l2",
    schedule: Literal["cosine", "constant"] = "cosine",
    trace: Progress | None = None,
) -> nn.Module:
    """Training on noisy images, the control of adversarial training: noise of the same size, in no direction.

    Goodfellow et al. 2015, arXiv:1412.6572, section 6: +-epsilon for each pixel (`signs`), or uniform from -epsilon
    to epsilon. `normal` has epsilon for its deviation. Images are cut to [0, 1], as all that a network is shown.
    """

    def drawn(draws: Draws, *shape: int) -> Tensor:
        if noise == "uniform":
            return 2 * draws.uniform(*shape) - 1
        return draws.signs(*shape) if noise == "signs" else draws.normal(*shape)

    def see(images: Images, draws: Draws) -> Images:
        return (images + epsilon * drawn(draws, *images.shape[1:]).to(images)).clamp(0.0, 1.0)

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
        see=see,
        trace=trace,
    )
