"""One network, from its seed: tensors in, a network in eval mode out."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transfer.architectures._pixel_convolution import PixelConvolution, fits
from transfer.draws import Draws
from transfer.shapes import Labels, Logits, Pixels, Progress

Architecture = Callable[..., nn.Module]
Recipe = Callable[..., nn.Module]
Weights = dict[str, Tensor]


class Score(NamedTuple):
    """How many of how many images are classified right, and the summed cross entropy."""

    images: int
    right: int
    loss: float


def build(
    architecture: Architecture, settings: Mapping[str, Any], shape: tuple[int, int, int], classes: int, seed: int = 0
) -> nn.Module:
    """The untrained network of a seed; the process's own random state is left as it was."""
    # On the processor, whatever it is trained on: a GPU would draw other weights.
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.manual_seed(Draws(f"weights {seed}", [0]).below(2**53)[0].item())
        module = architecture(shape, classes, **settings)
    return channels_last(module.to(torch.get_default_device()))


def train(
    module: nn.Module,
    recipe: Recipe,
    settings: Mapping[str, Any],
    images: Pixels,
    labels: Labels,
    *,
    seed: int,
    trace: Progress | None = None,
) -> nn.Module:
    """The network that `recipe` makes of `module`: in eval mode, its weights' gradients off.

    `trace` is told of the network before the first epoch, and by the recipe after each.
    """
    draws = Draws(f"recipe {seed}", torch.arange(len(images)))
    handed: dict[str, Any] = {"draws": draws}
    if trace:
        trace(0, module)
        handed["trace"] = trace
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(Draws(f"layers {seed}", [0]).below(2**53)[0].item())  # dropout has no other source
        module = recipe(module, images, labels, **handed, **settings)
    return frozen(module)


def frozen(module: nn.Module) -> nn.Module:
    """The network as it is attacked and evaluated: eval mode, gradients of the weights off, those of pixels cheap."""
    for part in module.modules():
        if fits(part):
            part.__class__ = PixelConvolution  # the same layer under the same name, with its weights and hooks
    return module.eval().requires_grad_(False)


def weights_of(module: nn.Module) -> Weights:
    """A copy of the weights as they stand, in the precision and the form in which they are kept."""
    return {
        name: (tensor.float() if tensor.is_floating_point() else tensor).clone(memory_format=torch.contiguous_format)
        for name, tensor in module.state_dict().items()
    }


DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.float32}


class Autocast(nn.Module):
    """A network whose products are in bfloat16; pixels and logits stay float32, so that no ball is left by rounding."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, images: Tensor) -> Tensor:
        with torch.autocast(images.device.type, torch.bfloat16):
            logits: Tensor = self.module(images)
        return logits.float()


def in_precision(module: nn.Module, precision: str) -> nn.Module:
    """The network as a study's precision asks for it: float32, float64 or bfloat16."""
    module = module.to(DTYPES[precision])
    return Autocast(module) if precision == "bfloat16" else module


def channels_last(module: nn.Module) -> nn.Module:
    """Convolutions with the channels innermost: 1.6 times faster on a CPU, and the same network."""
    if any(isinstance(part, nn.Conv2d) for part in module.modules()):
        return module.to(memory_format=torch.channels_last)
    return module


def logits_of(model: nn.Module, images: Tensor, batch: int) -> Logits:
    """The logits for images (bytes or pixels in [0, 1]), a batch at a time; bytes are scaled as they come."""
    dtype = next((parameter.dtype for parameter in model.parameters()), torch.float32)
    with torch.inference_mode():
        return torch.cat([model(pixels(part, dtype)) for part in images.split(batch)])


def pixels(images: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Images as pixels in [0, 1] of a type: bytes are divided by 255."""
    return images.to(dtype).div_(255) if images.dtype == torch.uint8 else images.to(dtype)


def score(model: nn.Module, images: Pixels, labels: Labels, batch: int = 1000) -> Score:
    """The network's accuracy and loss on images."""
    logits = logits_of(model, images, batch)
    right = int((logits.argmax(dim=1) == labels).sum())
    loss = F.cross_entropy(logits.double(), labels, reduction="sum").item()
    return Score(len(labels), right, loss)
