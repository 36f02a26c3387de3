"""DeepFool and Carlini-Wagner of four libraries: the same network and images, one thread, processor seconds.

An attack for the smallest distortion is as fast as the time in which it finds perturbations as small. So each of the
others is run as it is and, for Carlini-Wagner, with more and with fewer steps, and ours is given the fewest steps with
which it succeeds on as many images and needs at most 1.01 times the mean l2 distortion where both do.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.timing import one_thread
from transfer.architectures.lenet import lenet
from transfer.attacks.cw_l2 import cw_l2
from transfer.attacks.deepfool import deepfool
from transfer.craft import Given, craft
from transfer.datasets.mnist import mnist
from transfer.recipes.adam import adam
from transfer.train import build, channels_last, frozen, train

IMAGES, ROUNDS, WANTED, NO_LARGER = 32, 2, 2, 1.01
Attack = Callable[[], Tensor]
OURS = {f"ours, {steps} steps": {"steps": steps} for steps in (10, 25, 50, 100, 200, 400)}
FOOLBOX: dict[str, dict[str, Any]] = {
    "foolbox, 4 x 100 steps of 0.1": {"binary_search_steps": 4, "steps": 100, "stepsize": 0.1, "initial_const": 1.0},
    "foolbox, 9 x 100 steps of 0.05": {"binary_search_steps": 9, "steps": 100, "stepsize": 0.05, "initial_const": 0.01},
    "foolbox, 9 x 1000 steps of 0.01": {"binary_search_steps": 9, "steps": 1000, "initial_const": 0.01},
}
TORCHATTACKS: dict[str, dict[str, Any]] = {
    "torchattacks, 50 steps of 0.01, c 1": {},
    "torchattacks, 200 steps of 0.1, c 10": {"c": 10, "steps": 200, "lr": 0.1},
}
ART: dict[str, dict[str, Any]] = {
    "art, 10 x 10 steps": {},
    "art, 10 x 10 steps, c from 1": {"initial_const": 1.0},
}


def main() -> None:
    one_thread()
    module = trained()
    pixels, digits = (torch.tensor(part[:IMAGES]) for part in mnist(part="test"))
    images, labels = pixels.float() / 255, digits
    plain = lenet((1, 28, 28), 10).eval().requires_grad_(False)
    plain.load_state_dict(module.state_dict())  # a copy would keep the layout of ours
    given = Given([frozen(channels_last(module))], images, labels, torch.arange(IMAGES))
    others = {
        "foolbox, 50 steps": foolbox("L2DeepFoolAttack", plain, images, labels),
        "torchattacks, 50 steps": torchattacks("DeepFool", plain, images, labels),
        "art, 100 steps": art("DeepFool", plain, images, labels),
    }
    race("DeepFool", {"ours, 50 steps": ours(deepfool, given)}, others, plain, images, labels)
    others = {name: foolbox("L2CarliniWagnerAttack", plain, images, labels, **more) for name, more in FOOLBOX.items()}
    others |= {name: torchattacks("CW", plain, images, labels, **more) for name, more in TORCHATTACKS.items()}
    others |= {name: art("CarliniL2Method", plain, images, labels, **more) for name, more in ART.items()}
    tries = {name: ours(cw_l2, given, **settings) for name, settings in OURS.items()}
    race("Carlini-Wagner", tries, others, plain, images, labels)


def race(
    name: str,
    tries: Mapping[str, Attack],
    others: Mapping[str, Attack],
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
) -> None:
    """Interleaves rounds of all, prints what they find and how long it takes, and who is how much faster."""
    seconds: dict[str, list[float]] = {side: [] for side in (*tries, *others)}
    made: dict[str, Tensor] = {}
    for _ in range(ROUNDS):
        for side, attack in {**tries, **others}.items():
            began = time.process_time()
            made[side] = attack()
            seconds[side].append(time.process_time() - began)
    found = {side: model(crafted).argmax(dim=1) != labels for side, crafted in made.items()}
    sizes = {side: (crafted - images).flatten(1).norm(dim=1) for side, crafted in made.items()}
    print(f"{name}; {IMAGES} images of MNIST in one batch, a network of two convolutions, one thread")
    for side, took in seconds.items():
        size = sizes[side][found[side]].mean()
        print(f"  {side:<38} {statistics.median(took):7.2f} s   {found[side].sum()} found, mean l2 {size:.3f}")
    for side in others:
        print(f"  {side}: {verdict(side, tries, seconds, found, sizes)}")


def verdict(
    side: str,
    tries: Mapping[str, Attack],
    seconds: Mapping[str, list[float]],
    found: Mapping[str, Tensor],
    sizes: Mapping[str, Tensor],
) -> str:
    """How much sooner ours is there, with the fewest steps that do."""
    if not found[side].any():
        return "finds none"
    for one in tries:
        both = found[side] & found[one]
        ratio = (sizes[one][both].mean() / sizes[side][both].mean()).item()
        if found[one].sum() >= found[side].sum() and ratio <= NO_LARGER:
            faster = statistics.median(b / a for a, b in zip(seconds[one], seconds[side], strict=True))
            return f"{one} is {faster:.1f} times as fast at {ratio:.3f} of its distortion (wanted: {WANTED})"
    return f"ours finds nothing as small, at best {ratio:.3f} of its distortion"


def trained() -> nn.Module:
    """A network that knows digits."""
    pixels, labels = (torch.tensor(part[:12_000]) for part in mnist(part="train"))
    return train(build(lenet, {}, (1, 28, 28), 10), adam, {"epochs": 2}, pixels, labels, seed=0)


def ours(attack: Callable[..., Any], given: Given, **settings: Any) -> Attack:
    return lambda: craft(attack, given, settings, seed=0, batch=IMAGES).images


def foolbox(name: str, model: nn.Module, images: Tensor, labels: Tensor, **settings: Any) -> Attack:
    import foolbox as library

    attack = getattr(library.attacks, name)(**settings)
    wrapped = library.PyTorchModel(model, bounds=(0, 1), device="cpu")
    criterion = library.criteria.Misclassification(labels)
    return lambda: attack.run(wrapped, images, criterion)


def torchattacks(name: str, model: nn.Module, images: Tensor, labels: Tensor, **settings: Any) -> Attack:
    import torchattacks as library

    attack = getattr(library, name)(model, **settings)
    return lambda: attack(images, labels)


def art(name: str, model: nn.Module, images: Tensor, labels: Tensor, **settings: Any) -> Attack:
    from art.attacks import evasion
    from art.estimators.classification import PyTorchClassifier

    wrapped = PyTorchClassifier(
        model,
        loss=nn.CrossEntropyLoss(),
        input_shape=tuple(images.shape[1:]),
        nb_classes=10,
        clip_values=(0.0, 1.0),
        device_type="cpu",
    )
    attack = getattr(evasion, name)(wrapped, batch_size=len(images), verbose=False, **settings)
    given = images.numpy(), np.asarray(labels)
    return lambda: torch.from_numpy(attack.generate(*given))


if __name__ == "__main__":
    main()
