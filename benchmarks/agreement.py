"""Do our attacks transfer as far as those of other libraries, with equal settings, on the same networks and images?

`python -m benchmarks.agreement` trains three small networks on CIFAR-10, where the environment variable TRANSFER_DATA
names a folder that has it, else on MNIST; crafts 1,000 test images on each; and counts, of the images that a surrogate
and a target both classify right, those that fool the target. It prints a table and writes it to docs/agreement.md.
`--quick` takes a minute: MNIST, 200 images, a few attacks, no page. Names of attacks ask for those alone.
"""

import argparse
import datetime
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from benchmarks.rivals import attacked, is_here
from benchmarks.small_networks import MIDDLE, NETWORKS
from transfer import catalog
from transfer.craft import Given, craft, norm_of
from transfer.datasets.cifar10 import cifar10
from transfer.datasets.mnist import mnist
from transfer.recipes.adam import adam
from transfer.train import build, train

PAGE = Path(__file__).parents[1] / "docs" / "agreement.md"
BATCH = 100  # some draw once a batch: more batches, less chance
POINTS = 3.0  # that a rate may differ by


class Pair(NamedTuple):
    """An attack of ours and its counterpart, with settings that ask for the same; theirs are made of epsilon."""

    ours: str
    settings: Mapping[str, Any]
    library: str
    theirs: str
    named: Callable[[float], Mapping[str, Any]]
    is_quick: bool = False
    only: tuple[str, ...] = tuple(NETWORKS)  # surrogates
    is_ensemble: bool = False
    note: str = ""


def eps(**settings: Any) -> Callable[[float], Mapping[str, Any]]:
    return lambda epsilon: {"eps": epsilon, **settings}


def eps_and_step(**settings: Any) -> Callable[[float], Mapping[str, Any]]:
    return lambda epsilon: {"eps": epsilon, "alpha": epsilon / 10, "steps": 10, **settings}


def by_attributes(**settings: Any) -> Callable[[float], Mapping[str, Any]]:
    """TransferAttack's; numbers under a name that ends in _of_epsilon are shares of it."""

    def named(epsilon: float) -> Mapping[str, Any]:
        shares = {key: value * epsilon for key, value in settings.items() if key.endswith("_of_epsilon")}
        return {
            "epsilon": epsilon,
            "alpha": epsilon / 10,
            **{key: value for key, value in settings.items() if key not in shares},
            **{key.removesuffix("_of_epsilon"): value for key, value in shares.items()},
        }

    return named


ONE, MANY, SOURCES = "torchattack", "torchattacks", "transferattack"
FEATURES, THEIR_FEATURES = {"layer": MIDDLE, "samples": 10}, eps(num_ens=10, feature_layer_cfg=MIDDLE)
REVERSE = {"steps": 10, "late_start": 5, "relative_step": 0.1}
THEIR_REVERSE = by_attributes(epoch=10, transpoint=5, decay=0.0, epsilon_n_of_epsilon=1.0, alpha_n_of_epsilon=0.1)
LEVEL = {"first_steps": 10, "steps": 10, "relative_step": 0.1, "decay": 1.0}
LEVELS = {"plain": "layer1.2", "residual": "layer1.0", "wide": "layer1.1"}  # theirs is half way down the modules
BLOCKS = "input_transformation.sia:SIA"
WEAKNESS = by_attributes(alpha_of_epsilon=0.2, r_size_of_epsilon=1 / 15)
PAIRS = (
    Pair("fgsm", {}, ONE, "FGSM", eps(), True),
    Pair("bim", {}, MANY, "BIM", eps_and_step()),
    Pair("pgd", {"steps": 10, "relative_step": 0.1}, ONE, "PGD", eps(), True),
    Pair("mi_fgsm", {}, ONE, "MIFGSM", eps(), True),
    Pair("ni_fgsm", {}, MANY, "NIFGSM", eps_and_step()),
    Pair("vmi_fgsm", {"samples": 5}, ONE, "VMIFGSM", eps(n=5)),
    Pair("vni_fgsm", {"samples": 5}, ONE, "VNIFGSM", eps(n=5)),
    Pair("pi_fgsm", {}, MANY, "PIFGSM", lambda epsilon: {"max_epsilon": epsilon}),
    Pair("di_fgsm", {}, ONE, "DIFGSM", eps(diversity_prob=0.5), True),
    Pair("ti_fgsm", {}, MANY, "TIFGSM", eps_and_step(decay=1.0, diversity_prob=0.0)),
    Pair("composed", {"of": ["si", "ni"]}, MANY, "SINIFGSM", eps_and_step(), True),
    Pair("admix", {"mixes": 1}, ONE, "Admix", eps(size=1, num_classes=10), note="mixes in any class"),
    Pair("ssa", {"spectra": 5}, ONE, "SSA", eps(num_spectrum=5, decay=0.0)),
    Pair("bsr", {"copies": 5, "blocks": 3}, ONE, "BSR", eps(num_scale=5), note="turns strips, not blocks"),
    Pair("sgm", {}, ONE, "SGM", eps(hook_cfg="resnet18"), only=("residual",), note="leaves out first blocks"),
    Pair("fia", FEATURES, ONE, "FIA", THEIR_FEATURES, note="weighs by the probability"),
    Pair("naa", FEATURES, ONE, "NAA", THEIR_FEATURES),
    Pair("deepfool", {}, ONE, "DeepFool", lambda epsilon: {"steps": 50}),
    *(
        Pair("ila", {**LEVEL, "layer": layer}, SOURCES, "advanced_objective.ila:ILA", by_attributes(), only=(network,))
        for network, layer in LEVELS.items()
    ),
    Pair("pgn", {"samples": 5}, SOURCES, "gradient.pgn:PGN", by_attributes(num_neighbor=5)),
    Pair("rap", REVERSE, SOURCES, "gradient.rap:RAP", THEIR_REVERSE),
    Pair("sia", {"copies": 5}, SOURCES, BLOCKS, by_attributes(num_scale=5), note="7 of 10 kinds"),
    Pair("ensemble", {}, SOURCES, "gradient.mifgsm:MIFGSM", by_attributes(), is_ensemble=True),
    Pair("svre", {}, SOURCES, "ensemble.svre:SVRE", by_attributes(beta_of_epsilon=0.1), is_ensemble=True),
    Pair("cwa", {"inner_step": 250.0}, SOURCES, "ensemble.cwa:CWA", WEAKNESS, is_ensemble=True),
    Pair("smer", {}, SOURCES, "ensemble.smer:SMER", by_attributes(), is_ensemble=True),
)  # fmt: skip


class Data(NamedTuple):
    name: str
    epsilon: float
    training: tuple[Tensor, Tensor]
    images: Tensor
    labels: Tensor


class Row(NamedTuple):
    """Rates in percent, on the surrogates and on the others; how far the last differ, and how much of it is chance."""

    pair: Pair
    white: tuple[float, float]
    transfer: tuple[float, float]
    difference: float
    chance: float  # half of a 95% interval of the difference, over images
    equal: float  # images that both made alike
    seconds: tuple[float, float]

    @property
    def verdict(self) -> str:
        return "agrees" if abs(self.difference) <= POINTS else "differs"


def data_for(is_quick: bool) -> Data:
    """CIFAR-10, or MNIST in three channels: some attacks of others can see no other images."""
    has_photographs = "TRANSFER_DATA" in os.environ and not is_quick
    load = cifar10 if has_photographs else mnist
    count, trained = (200, 6_000) if is_quick else (1_000, 15_000)
    parts = {}
    for part, wanted in (("train", trained), ("test", count)):
        pixels, labels = load(part=part)
        pixels = torch.tensor(pixels[:wanted])
        parts[part] = pixels.expand(-1, 3, -1, -1).contiguous(), torch.tensor(labels[:wanted]).long()
    pixels, labels = parts["test"]
    name, epsilon = ("CIFAR-10", 8 / 255) if has_photographs else ("MNIST", 0.15)
    return Data(name, epsilon, parts["train"], pixels.float() / 255, labels)


def trained(data: Data, is_quick: bool) -> dict[str, nn.Module]:
    """The networks, from fixed seeds."""
    recipe = {"epochs": 2 if is_quick else 4, "learning_rate": 0.003}
    shape = (3, *data.images.shape[2:])
    return {
        name: train(build(kind, {}, shape, 10, seed), adam, recipe, *data.training, seed=seed)
        for seed, (name, kind) in enumerate(NETWORKS.items())
    }


def measure(pair: Pair, networks: Mapping[str, nn.Module], data: Data) -> Row:
    """Crafts with both on every surrogate and shows it to the targets."""
    classes = {name: one(data.images).argmax(dim=1) for name, one in networks.items()}
    white, ways, equal = [], [], []
    spent = [0.0, 0.0]
    for surrogates in sources_of(pair):
        crafted = []
        for side, make in enumerate((ours, theirs)):
            began = time.perf_counter()
            crafted.append(make(pair, [networks[name] for name in surrogates], data))
            spent[side] += time.perf_counter() - began
        change = (crafted[0] - crafted[1]).abs().flatten(1).amax(dim=1)
        equal.append((change < 1e-4).double().mean().item())
        own = torch.stack([classes[name] == data.labels for name in surrogates]).all(dim=0)
        fused = [torch.stack([networks[name](images) for name in surrogates]).mean(dim=0) for images in crafted]
        white.append([rate(logits.argmax(dim=1) != data.labels, own) for logits in fused])
        for target in (name for name in networks if name not in surrogates):
            both = own & (classes[target] == data.labels)
            fooled = [networks[target](images).argmax(dim=1) != data.labels for images in crafted]
            ways.append((both, *fooled))
    rates = [100 * sum(rate(way[side], way[0]) for way in ways) / len(ways) for side in (1, 2)]
    # What one image adds to the mean difference: images are drawn, networks and attacks stay.
    shares = sum(way[0] * (way[1].double() - way[2].double()) / way[0].sum() for way in ways) / len(ways)
    chance = 1.96 * 100 * (shares - shares.mean()).square().sum().sqrt().item()
    means = [100 * sum(one[side] for one in white) / len(white) for side in (0, 1)]
    return Row(
        pair, tuple(means), tuple(rates), rates[0] - rates[1], chance, 100 * sum(equal) / len(equal), tuple(spent)
    )


def sources_of(pair: Pair) -> list[tuple[str, ...]]:
    """Each network alone; for an ensemble attack, each two together."""
    if pair.is_ensemble:
        return [two for two in permutations(NETWORKS, 2) if two == tuple(sorted(two))]
    return [(name,) for name in pair.only]


def rate(flags: Tensor, among: Tensor) -> float:
    return flags[among].double().mean().item()


def ours(pair: Pair, networks: Sequence[nn.Module], data: Data) -> Tensor:
    attack = catalog.load("attacks", pair.ours)
    norm = norm_of(attack, pair.settings)
    settings = {**pair.settings, **({"epsilon": data.epsilon} if norm else {})}
    given = Given(networks, data.images, data.labels, torch.arange(len(data.labels)))
    return craft(attack, given, settings, seed=0, batch=BATCH, norm=norm).images


def theirs(pair: Pair, networks: Sequence[nn.Module], data: Data) -> Tensor:
    settings = pair.named(data.epsilon)
    return attacked(pair.library, pair.theirs, settings, networks, data.images, data.labels, batch=BATCH)


HEAD = (
    "| attack | against | on itself: ours, theirs | transfer: ours, theirs | difference | verdict | equal images | "
    "seconds: ours, theirs | theirs |\n|---|---|---|---|---|---|---|---|---|"
)


def shown(row: Row) -> str:
    cells = (
        row.pair.ours,
        f"{row.pair.library} {row.pair.theirs.split(':')[-1]}",
        "{:.1f} {:.1f}".format(*row.white),
        "{:.1f} {:.1f}".format(*row.transfer),
        f"{row.difference:+.1f} ± {row.chance:.1f}",
        row.verdict,
        f"{row.equal:.0f}%",
        "{:.0f} {:.0f}".format(*row.seconds),
        row.pair.note,
    )
    return f"| {' | '.join(cells)} |"


def circumstances(networks: Mapping[str, nn.Module], data: Data) -> str:
    """What the numbers were measured on and with."""
    right = ", ".join(
        f"{name} {100 * rate(one(data.images).argmax(dim=1) == data.labels, torch.ones_like(data.labels).bool()):.1f}%"
        for name, one in networks.items()
    )
    libraries = ", ".join(f"{name} {number}" for name in ("torch", ONE, MANY) if (number := version_of(name)))
    return (
        f"{datetime.date.today()}; {data.name}, {len(data.labels):,} test images, epsilon {data.epsilon:.4g}; "
        f"networks that are right on {right}; {libraries}; {processor()}, {torch.get_num_threads()} threads"
    )


def version_of(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


PREFACE = f"""# Agreement with other libraries

Made by `make agreement`. Each attack runs with equal settings here and in another library, on each of three small
networks (`benchmarks/small_networks.py`), and is shown to the two others. A rate is of the images that surrogate and
target both classify right, a mean over surrogates and targets. Up to {POINTS:g} points of difference agree; the
interval after ± is of the difference over images, networks and draws as they are. `theirs` says where the other
library is known to do something else; the settings are the lines of `PAIRS` in `benchmarks/agreement.py`.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.agreement", description=__doc__)
    parser.add_argument("attacks", nargs="*", help="of ours; all, if none is named")
    parser.add_argument("--quick", action="store_true", help="MNIST, 200 images, a few attacks")
    asked = parser.parse_args(arguments)
    torch.set_flush_denormal(True)
    data = data_for(asked.quick)
    networks = trained(data, asked.quick)
    about = circumstances(networks, data)
    print(f"{about}\n{HEAD}", flush=True)
    lines, missing = [], set()
    for pair in PAIRS:
        if pair.ours not in asked.attacks if asked.attacks else asked.quick and not pair.is_quick:
            continue
        if not is_here(pair.library) or pair.ours not in catalog.names("attacks"):
            missing.add(f"{pair.ours} ({pair.library})")
            continue
        lines.append(shown(measure(pair, networks, data)))
        print(lines[-1], flush=True)
    left_out = f"Left out, what they need is not here: {', '.join(sorted(missing))}.\n" if missing else ""
    print(left_out, end="")
    if not asked.quick and not asked.attacks:
        PAGE.write_text("\n".join([PREFACE, f"{about}.\n", HEAD, *lines, "", left_out]).rstrip() + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
