"""Studies by dice for questions about claims: committees, noise, substitutes, halves of two drawings, five probes."""

import numpy as np

from tests.analysis.dice import Dice
from tests.analysis.made import Entry, clean, craft, crafted, model, noise, prediction

SPLITS = ("all", "P1", "P2", "Q1")
FGSM = {"attack": "fgsm", "budget": "linf 0.25"}
DDN = {"attack": "ddn", "budget": "as crafted"}
TOPS = (2, 4)  # images that excite a unit most


def thrown(seed: int, names: list[str], *, seeds: int, images: int, classes: int, holes: float) -> Dice:
    draws = np.random.default_rng(seed)
    dice = Dice()
    _train(dice, names, seeds, draws)
    _ask(dice, names)
    labels = draws.integers(0, classes, images)
    for one in dice.crafts:
        if one["role"] == "clean" or draws.random() >= holes / 2:
            _perform(dice, one, labels, classes, holes, draws)
    for one in dice.models:
        _probe_model(dice, one, images, draws)
    for one in dice.crafts:
        if one["role"] == "attack":
            _look_around(dice, one, images, draws)
    return dice


def _train(dice: Dice, names: list[str], seeds: int, draws: np.random.Generator) -> None:
    """Models in an order that mixes families, of which some answer with labels, ask others, or are no targets."""
    told = [(name, seed) for name in names for seed in range(seeds)]
    for place, order in enumerate(draws.permutation(len(told)).tolist()):
        family, seed = told[place]
        kept = {"family": family, "seed": seed, "split": str(draws.choice(SPLITS)), "is_target": draws.random() < 0.9}
        name = f"{family} seed {seed}" if seeds > 1 else family
        answers = "logits" if draws.random() < 0.8 else "labels"
        dice.models.append(model(name, order, answers=answers, **kept))
    for one in dice.models:
        others = [other["model"] for other in dice.models if other is not one]
        one["asks"] = [other for other in others if draws.random() < 0.3]
        queries = int(draws.integers(1, 99)) if one["asks"] else None
        for part in ("train", "test"):
            row = {"model": one["model"], "epoch": 1, "part": part, "images": 9, "right": 1, "loss": 1.0}
            dice.trained.append({**row, "queries": queries if part == "train" else None})
        spec = {"architecture": {"name": "mlp", "width": int(draws.integers(1, 3))}}
        dice.records.append({"task": one["model"], "stage": "train", "spec": spec})


def _ask(dice: Dice, names: list[str]) -> None:
    """Each attack on each model and on the committee of each seed, and noise like fgsm."""
    dice.crafts.append(clean())
    for attack in (FGSM, DDN):
        for one in dice.models:
            dice.crafts.append(craft(one, order=len(dice.crafts), **attack))
            if attack is FGSM:
                dice.crafts.append(noise(dice.crafts[-1], one, order=len(dice.crafts)))
        for seed in sorted({one["seed"] for one in dice.models}) if len(names) > 1 else ():
            members = [one["model"] for one in dice.models if one["seed"] == seed]
            joined = {"name": f"committee seed {seed}", "model": members[0]}
            dice.crafts.append(craft(joined, order=len(dice.crafts), surrogates=members, **attack))


def _said(labels: np.ndarray, classes: int, right: float, draws: np.random.Generator) -> list[int]:
    said: list[int] = np.where(
        draws.random(len(labels)) < right, labels, draws.integers(0, classes, len(labels))
    ).tolist()
    return said


def _perform(
    dice: Dice, one: Entry, labels: np.ndarray, classes: int, holes: float, draws: np.random.Generator
) -> None:
    """What a craft is, image by image, and what everybody says to it, how surely: in eighths, so that many tie."""
    own = zip(_said(labels, classes, 0.7, draws), _said(labels, classes, 0.3, draws), strict=True)
    seen = [{"surrogate_clean": a, "surrogate_crafted": b} if one["surrogates"] else {} for a, b in own]
    for image, label in enumerate(labels.tolist()):
        size = {"rms": _eighths(draws), "l2": _eighths(draws), "is_found": bool(draws.random() < 0.6)}
        dice.crafted.append(crafted(one, image, label, **size, **seen[image]))
    for target in dice.models:
        if target["is_target"] and draws.random() >= holes:
            before, after = (_said(labels, classes, right, draws) for right in (0.7, 0.4))
            for image, label in enumerate(labels.tolist()):
                sure = {"confidence": _eighths(draws), "margin": int(draws.integers(-4, 5)) / 4}
                said = {"target_clean": before[image], **sure, **seen[image]}
                dice.predictions.append(prediction(one, target, image, label, after[image], **said))


def _eighths(draws: np.random.Generator) -> float:
    return int(draws.integers(1, 9)) / 8


def _probe(dice: Dice, function: str, rows: list[Entry], one: Entry, **of: str) -> None:
    probe = f"probe {len(dice.probes)}"
    told = {"name": f"my {function}", "function": function, "model": one["name"], "part": "test"}
    dice.probes.append({"probe": probe, "order": len(dice.probes), **told, **of})
    nothing = {"model": one["model"], "other": None, "craft": None, "image": None, "layer": None, "unit": None}
    dice.measured.extend({"probe": probe, **nothing, **row} for row in rows)


def _of_images(words: list[str], images: int, draws: np.random.Generator) -> list[Entry]:
    """Values of most images."""
    rows = [{"image": image, "name": word, "value": _eighths(draws)} for image in range(images) for word in words]
    return [row for row in rows if draws.random() < 0.8]


def _probe_model(dice: Dice, one: Entry, images: int, draws: np.random.Generator) -> None:
    for _ in range(int(draws.integers(1, 3))):  # twice: with other settings
        _probe(dice, "local_slopes", _of_images(["margin", "slope", "jacobian", "curvature"], images, draws), one)
    kinds = ("variance", "residual", "pieces", "intervals", "first", "logit 3")
    scanned = _of_images([f"{line} {kind}" for line in ("gradient", "other") for kind in kinds], images, draws)
    places = [{"name": "at", "unit": unit, "value": _eighths(draws)} for unit in range(3)]
    _probe(dice, "line_scan", [*scanned, *places], one)
    units = []
    for layer in ("1", "2"):
        for basis in ("unit", "direction", "chance"):
            for unit in range(int(draws.integers(0, 4))):
                words = {f"{basis} {kind} {top}": _eighths(draws) for kind in ("same", "entropy") for top in TOPS}
                words |= {f"{basis} active": int(draws.integers(1, 6)), f"{basis} response": 1.0}
                units += [{"layer": layer, "unit": unit, "name": name, "value": words[name]} for name in words]
    _probe(dice, "unit_coherence", units, one)
    for other in dice.models:
        for _ in range(int(draws.integers(0, 3)) if other is not one else 0):
            kinds = [f"{way} {kind}" for way in ("legitimate", "random") for kind in ("model", "other", "between")]
            rows = [*_of_images(kinds, images, draws), {"name": "both_right", "value": float(images)}]
            told = [{**row, "other": other["model"]} for row in rows]
            _probe(dice, "boundary_distance", told, one, other=other["name"])


def _look_around(dice: Dice, made: Entry, images: int, draws: np.random.Generator) -> None:
    words = [
        f"{place} {noise} {answer}"
        for place in ("crafted", "clean")
        for noise in ("gaussian 0.5", "histogram")
        for answer in ("original", "adversarial", "entropy")
    ]
    rows = [*_of_images(words, images, draws), {"name": "samples", "value": float(draws.integers(5, 9))}]
    of = {"craft": made["craft"], "attack": made["attack"], "budget": made["budget"]}
    told = [{**row, "craft": made["craft"]} for row in rows]
    _probe(dice, "neighbourhood", told, {"name": made["surrogate"], "model": made["surrogates"][0]}, **of)
