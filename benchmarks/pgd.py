"""PGD-40 of four libraries: the same network, images, steps and step size, one thread, processor seconds.

The others are handed the network as a person has it: eval mode, contiguous. Its weights ask for no gradients, which
spares foolbox and the Adversarial Robustness Toolbox what they would otherwise take for nothing. Ours goes the way of
every study: the layout and the first layer of `transfer.train.frozen`, the counts and checks of `transfer.craft`.

What was predicted of a step on 250 digits, and what came (milliseconds; Xeon with AVX-512 and no AMX, a busy machine):

- The channels innermost: 1.6 times faster. 1.3 to 1.8: max pooling is vectorised only then.
- The backward pass of the first convolution fills the one channel of an image up to 16; as a product of matrices it
  should cost what its forward pass does. 26 became 7, the forward pass takes 4. With 3 channels it is 1 to 3 times as
  fast as before.
- Parts of 64 images stay in the cache and should win. With 8 and 16 channels they lose a tenth; with 32 and 64 they win
  a fourth over 250, but as much is won where the allocator keeps what it was given back (MALLOC_TRIM_THRESHOLD_,
  MALLOC_TOP_PAD_): it was page faults, not the cache. So a batch stays what the study says.
- Gradients of weights were never taken; nothing was to be won there. Writing in place, in the dozen elementwise passes
  of a step, would by the profile win some 2%: not tried, they were left as they read.
- bfloat16 halves the time: not without AMX. AVX-512's own product of bfloat16 numbers is half as fast as float32's.

In all 2.1 and 1.6 times the speed of the fastest other in float32, 1.9 and 1.6 times in bfloat16, which misses the 2.5
wanted. Without the product of matrices a trial of 10 steps gave 1.8 with 8 and 16 channels and 1.3 to 1.4 with 32 and
64 (and 128 units) over torchattacks alone. The numbers of single steps above are from such trials too, untrained
networks and the least of a few repetitions; processors with AMX were not at hand.
"""

import copy
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.timing import interleaved, one_thread, ratio_of
from transfer.architectures.lenet import lenet
from transfer.attacks.pgd import pgd
from transfer.craft import Given, craft
from transfer.datasets.mnist import mnist
from transfer.recipes.adam import adam
from transfer.train import build, channels_last, frozen, in_precision, train

EPSILON, STEPS, STEP_SIZE = 0.3, 40, 0.01  # Madry et al. 2018, section 5, for digits
IMAGES, ROUNDS = 250, 4
NETWORKS: dict[str, Mapping[str, Any]] = {
    "lenet, 8 and 16 channels, 120 and 84 units": {},
    "lenet, 32 and 64 channels, 1024 units": {"channels": (32, 64), "hidden": (1024,)},
}
WANTED = {"float32": 1.5, "bfloat16": 2.5}
Attack = Callable[[], Tensor]


def main() -> None:
    one_thread()
    tell_of_bfloat16()
    for name, settings in NETWORKS.items():
        race(name, settings)


def race(name: str, settings: Mapping[str, Any]) -> None:
    """Interleaves rounds of all, and prints how fast they are and how many images they fool."""
    module = trained(settings)
    pixels, digits = (torch.tensor(part[:IMAGES]) for part in mnist(part="test"))
    images, labels = pixels.float() / 255, digits
    plain = lenet((1, 28, 28), 10, **settings).eval().requires_grad_(False)
    plain.load_state_dict(module.state_dict())  # a copy would keep the layout of ours
    sides: dict[str, Attack] = {f"ours, {kind}": ours(module, kind, images, labels) for kind in WANTED}
    others = {"torchattacks": torchattacks, "foolbox": foolbox, "art": art}
    sides |= {called: prepared(plain, images, labels) for called, prepared in others.items()}
    right = plain(images).argmax(dim=1) == labels
    made: dict[str, Tensor] = {}
    seconds = interleaved({side: keep(made, side, attack) for side, attack in sides.items()}, ROUNDS, time.process_time)
    fooled = {side: int(((plain(crafted).argmax(dim=1) != labels) & right).sum()) for side, crafted in made.items()}
    print(f"PGD-{STEPS}, epsilon {EPSILON:g}, {name}; {IMAGES} images of MNIST in one batch, one thread")
    for side, took in seconds.items():
        speed = IMAGES / statistics.median(took)
        print(f"  {side:<16} {speed:6.0f} images/s   {fooled[side]} of {right.sum()} fooled")
    fastest = min(others, key=lambda one: statistics.median(seconds[one]))
    for kind, wanted in WANTED.items():
        ratio = ratio_of(seconds, f"ours, {kind}", fastest)
        print(f"  ours in {kind} is {ratio:.2f} times as fast as {fastest}, the fastest other (wanted: {wanted})")


def keep(made: dict[str, Tensor], side: str, attack: Attack) -> Callable[[], None]:
    return lambda: made.update({side: attack()})


def tell_of_bfloat16() -> None:
    """Prints what the processor has for bfloat16, and what it is worth in a product of matrices."""
    cpu = Path("/proc/cpuinfo")
    flags = set(cpu.read_text().split()) if cpu.exists() else set()
    has = ", ".join(f"{name} {'yes' if name in flags else 'no'}" for name in ("avx512_bf16", "amx_bf16"))
    one, other = (torch.rand(1024, 1024) for _ in range(2))
    half = one.bfloat16(), other.bfloat16()
    seconds = interleaved({"float32": lambda: one @ other, "bfloat16": lambda: half[0] @ half[1]}, 9, time.process_time)
    worth = ratio_of(seconds, "bfloat16", "float32")
    print(f"{has}; a product of matrices is {worth:.2f} times as fast in bfloat16 as in float32")


def trained(settings: Mapping[str, Any]) -> nn.Module:
    """A network that knows digits."""
    pixels, labels = (torch.tensor(part[:12_000]) for part in mnist(part="train"))
    return train(build(lenet, settings, (1, 28, 28), 10), adam, {"epochs": 2}, pixels, labels, seed=0)


def ours(module: nn.Module, precision: str, images: Tensor, labels: Tensor) -> Attack:
    model = frozen(channels_last(in_precision(copy.deepcopy(module), precision)))
    settings = {
        "epsilon": EPSILON,
        "steps": STEPS,
        "relative_step": STEP_SIZE / EPSILON,
        "random_start": False,
    }
    given = Given([model], images, labels, torch.arange(len(images)))
    return lambda: craft(pgd, given, settings, seed=0, batch=len(images), norm="linf").images


def torchattacks(model: nn.Module, images: Tensor, labels: Tensor) -> Attack:
    import torchattacks as library

    attack = library.PGD(model, eps=EPSILON, alpha=STEP_SIZE, steps=STEPS, random_start=False)
    return lambda: attack(images, labels)


def foolbox(model: nn.Module, images: Tensor, labels: Tensor) -> Attack:
    import foolbox as library

    attack = library.attacks.LinfPGD(abs_stepsize=STEP_SIZE, steps=STEPS, random_start=False)
    wrapped = library.PyTorchModel(model, bounds=(0, 1), device="cpu")
    return lambda: attack(wrapped, images, labels, epsilons=EPSILON)[1]


def art(model: nn.Module, images: Tensor, labels: Tensor) -> Attack:
    from art.attacks.evasion import ProjectedGradientDescentPyTorch
    from art.estimators.classification import PyTorchClassifier

    wrapped = PyTorchClassifier(
        model,
        loss=nn.CrossEntropyLoss(),
        input_shape=tuple(images.shape[1:]),
        nb_classes=10,
        clip_values=(0.0, 1.0),
        device_type="cpu",
    )
    attack = ProjectedGradientDescentPyTorch(
        wrapped, eps=EPSILON, eps_step=STEP_SIZE, max_iter=STEPS, batch_size=len(images), verbose=False
    )
    given = images.numpy(), np.asarray(labels)
    return lambda: torch.from_numpy(attack.generate(*given))


if __name__ == "__main__":
    main()
