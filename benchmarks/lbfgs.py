"""Batched L-BFGS against scipy's L-BFGS-B, image by image on the same objective, at equal success and distortion."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.scipy_lbfgs import OneImage, scipy_lbfgs
from benchmarks.timing import one_thread
from transfer.architectures.lenet import lenet
from transfer.architectures.mlp import mlp
from transfer.attacks import lbfgs as module
from transfer.craft import random_wrong
from transfer.datasets.mnist import mnist
from transfer.recipes.sgd import sgd
from transfer.shapes import Found
from transfer.train import build, train

ROUNDS = 4
IMAGES = 256
DECAY = {"weight_decay": (1e-5, 1e-5, 1e-6), "penalty": "l2_per_unit"}


def trained(architecture: Callable[..., nn.Module], settings: Mapping[str, Any], **recipe: Any) -> nn.Module:
    """A network trained on MNIST."""
    pixels, labels = (torch.tensor(part) for part in mnist(part="train"))
    return train(build(architecture, settings, (1, 28, 28), 10), sgd, recipe, pixels, labels, seed=0)


def in_the_model(attack: Callable[[], Found]) -> tuple[float, float]:
    """Processor seconds of an attack, whoever else is on the machine, and those of them in the model's passes."""
    look, seconds = module.look, 0.0

    def timed(*given: Any) -> Any:
        nonlocal seconds
        began = time.process_time()
        point = look(*given)
        seconds += time.process_time() - began
        return point

    module.look = timed
    try:
        began = time.process_time()
        attack()
        return time.process_time() - began, seconds
    finally:
        module.look = look


def race(name: str, model: nn.Module, compared: int, wanted: int) -> None:
    """Interleaves rounds of both, ours on a whole batch and scipy on a share of it, and prints how they compare."""
    pixels, labels = (torch.tensor(part[:IMAGES]) for part in mnist(part="test"))
    images = pixels.float() / 255
    goals = random_wrong(labels, 10, torch.arange(IMAGES), 0)
    ones: list[OneImage] = []
    found = module.lbfgs(model, images, labels, goals=goals)
    ratios, ours, theirs, shares = [], [], [], []
    for chosen in torch.arange(compared).chunk(ROUNDS):
        total, inside = in_the_model(lambda: module.lbfgs(model, images, labels, goals=goals))
        began = time.process_time()
        ones += [scipy_lbfgs(model, images[i : i + 1], goals[i : i + 1]) for i in chosen.tolist()]
        ours.append(total / IMAGES)
        theirs.append((time.process_time() - began) / len(chosen))
        ratios.append(theirs[-1] / ours[-1])
        shares.append(inside / total)
    print(f"L-BFGS on {name}, one thread")
    print(f"  lbfgs {1 / statistics.median(ours):.0f} images/s   scipy {1 / statistics.median(theirs):.1f} images/s")
    print(f"  lbfgs is {statistics.median(ratios):.0f} times as fast as scipy (wanted: {wanted})")
    print(f"  {statistics.median(shares):.0%} of its time is the model's forward and backward pass")
    agree(found, images, ones)


def agree(found: Found, images: Tensor, ones: list[OneImage]) -> None:
    """Prints success, distortion and evaluations of both on the images that scipy has attacked."""
    count = len(ones)
    ours = (found.images - images)[:count].flatten(1).norm(dim=1)
    theirs = torch.tensor([one.size for one in ones])
    both = found.is_found[:count] & theirs.isfinite() & (theirs > 0)
    ratio = (ours / theirs)[both]
    spent = found.gradients[:count].float()
    print(f"  of {count} images: successes {found.is_found[:count].sum()} and {theirs.isfinite().sum()}", end="")
    print(f", mean distortion {ours[both].mean() / theirs[both].mean():.4f} of scipy's", end="")
    print(f", at worst {ratio.max():.4f}, at best {ratio.min():.4f}")
    print(
        f"  evaluations of the batch of {len(images)}: {found.gradients.max()}; an image's mean {spent.mean():.0f}",
        end="",
    )
    print(f", scipy's {statistics.mean(one.evaluations for one in ones):.0f}")


def races() -> None:
    one_thread()
    sigmoid = {"hidden": (100, 100), "activation": "sigmoid"}
    race("FC100-100-10", trained(mlp, sigmoid, epochs=15, **DECAY), compared=32, wanted=35)
    race("lenet", trained(lenet, {}, epochs=2, learning_rate=0.05), compared=16, wanted=5)


def main() -> None:
    """Runs the races where scipy has one thread too: its linear algebra asks for the number when it is loaded."""
    single = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    subprocess.run([sys.executable, "-m", "benchmarks.lbfgs"], env={**os.environ, **single}, check=True)


if __name__ == "__main__":
    races()
