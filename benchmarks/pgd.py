"""PGD-40 on a two-layer convolutional network: ours, through every check, against a bare loop."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.timing import compare, one_thread
from transfer.architectures._layers import Normalise
from transfer.attacks.pgd import pgd
from transfer.craft import Given, craft
from transfer.train import channels_last, frozen

STEPS, EPSILON, PACE = 40, 0.1, 0.0625


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        Normalise(0.5, 0.5),
        nn.Conv2d(1, 16, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 10),
    )


def bare(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The loop that a person writes by hand."""
    crafted = images + torch.empty_like(images).uniform_(-EPSILON, EPSILON)
    crafted = crafted.clamp(0, 1)
    for _ in range(STEPS):
        crafted = crafted.detach().requires_grad_()
        loss = F.cross_entropy(model(crafted), labels)
        (gradient,) = torch.autograd.grad(loss, crafted)
        crafted = crafted.detach() + PACE * EPSILON * gradient.sign()
        crafted = torch.min(torch.max(crafted, images - EPSILON), images + EPSILON).clamp(0, 1)
    return crafted


def main() -> None:
    one_thread()
    images = torch.rand(250, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    plain = frozen(network())
    ours = channels_last(frozen(network()))
    labels = plain(images).argmax(dim=1)
    settings = {"epsilon": EPSILON, "steps": STEPS, "relative_step": PACE}
    given = Given([ours], images, labels, torch.arange(250))
    fooled = {
        "ours": (ours(craft(pgd, given, settings, seed=0, batch=250, norm="linf").images).argmax(dim=1) != labels),
        "bare": (plain(bare(plain, images, labels)).argmax(dim=1) != labels),
    }
    print("fooled: " + ", ".join(f"{name} {100 * flags.double().mean():.1f}%" for name, flags in fooled.items()))
    compare(
        "PGD-40, two-layer CNN, 250 images of 28x28, one thread",
        {
            "ours": lambda: craft(pgd, given, settings, seed=0, batch=250, norm="linf"),
            "a bare loop": lambda: bare(plain, images, labels),
        },
        wanted="not slower: at least 1",
    )


if __name__ == "__main__":
    main()
