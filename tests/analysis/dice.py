"""Studies by dice that have everything: seeds, splits, checkpoints, ensembles, attacks, holes and failed tasks."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from tests.analysis.made import HOSTILE, NAMES, Entry, clean, craft, crafted, model, prediction, tiles_of_one_record

FEW = settings(max_examples=6, deadline=None)
MANY = settings(max_examples=100, deadline=None)

SPLITS = ("all", "P1", "P2")
ATTACKS = ("fgsm", "bim")
BUDGETS = (0.1, 0.2)
EARLY, END = 2, 4  # epochs
UNASKED = "a task of an earlier version of the study"


@dataclass
class Dice:
    """The rows of a study. Crafts that failed have no rows, and nobody was shown them; holes were not shown either."""

    models: list[Entry] = field(default_factory=list)
    crafts: list[Entry] = field(default_factory=list)
    predictions: list[Entry] = field(default_factory=list)
    crafted: list[Entry] = field(default_factory=list)
    trained: list[Entry] = field(default_factory=list)
    records: list[Entry] = field(default_factory=list)
    failed_attempts: list[Entry] = field(default_factory=list)
    probes: list[Entry] = field(default_factory=list)
    measured: list[Entry] = field(default_factory=list)

    @property
    def tables(self) -> dict[str, list[Entry]]:
        return {**vars(self), "tiles": tiles_of_one_record(self.predictions)}


def studies_of(thrown: "Callable[..., Dice]", *, seeds: int, images: int, holes: float) -> "st.SearchStrategy[Dice]":
    """Studies of up to three models of any names; `seeds` and `images` at most, with no, some or all holes."""
    return st.builds(
        thrown,
        st.integers(0, 10_000),
        st.lists(st.sampled_from([*NAMES, *HOSTILE]), min_size=1, max_size=3, unique=True),
        seeds=st.integers(1, seeds),
        images=st.integers(1, images),
        classes=st.integers(1, 3),
        holes=st.sampled_from([0.0, holes, 1.0]),
    )


def thrown(seed: int, names: list[str], *, seeds: int, images: int, classes: int, holes: float) -> Dice:
    draws = np.random.default_rng(seed)
    dice = Dice()
    for name in names:
        _train(dice, name, seeds, draws)
    labels = draws.integers(0, classes, images)
    _asked(dice, draws)
    for one in dice.crafts:
        if one["role"] == "clean" or not _is_lost(dice, one["craft"], "craft", holes, draws):
            _perform(dice, one, labels, classes, holes, draws)
    _probed(dice, images, draws)
    _finish(dice, UNASKED, "train", draws)
    return dice


def _probed(dice: Dice, images: int, draws: np.random.Generator) -> None:
    """Gradients of models and of most pairs, some of them twice under other names, and losses."""
    kinds = [("size", "gradient_size", "l2"), ("again", "gradient_size", "l2"), ("losses", "losses", "loss")]
    asked = [(*kind, one, None) for kind in kinds for one in dice.models]
    for one in dice.models:
        for other in dice.models:
            asked.append(("alignment", "gradient_alignment", "cosine", one, other))
    for name, function, measure, one, other in asked:
        if one is not other and draws.random() < 0.8:
            probe = f"probe {len(dice.probes)}"
            of = {"probe": probe, "name": name, "function": function, "part": "test", "order": len(dice.probes)}
            dice.probes.append({**of, "model": one["name"], "other": other and other["name"]})
            row = {"probe": probe, "model": one["model"], "other": other and other["model"], "craft": None}
            for image in range(images):
                value = int(draws.integers(1, 9)) / 8
                kept = {"image": image, "layer": None, "unit": None, "name": measure, "value": value}
                dice.measured.append({**row, **kept})


def _train(dice: Dice, name: str, seeds: int, draws: np.random.Generator) -> None:
    split, family = (str(draws.choice(words)) for words in (SPLITS, ("a", "b <i>")))
    for seed in range(seeds):
        training = f"{name} seed {seed}" if seeds > 1 else name
        kept = {"family": family, "split": split, "seed": seed, "trained_as": training}
        for epoch in (EARLY, END) if draws.random() < 0.5 else (END,):
            told = training if epoch == END else f"{training} epoch {epoch}"
            dice.models.append(model(told, len(dice.models), **kept, epoch=epoch))
            for part in ("test", "train"):
                row = {"model": dice.models[-1]["model"], "epoch": epoch, "part": part, "images": 10, "loss": 5.0}
                dice.trained.append({**row, "right": int(draws.integers(0, 11)), "queries": None})
            _finish(dice, dice.models[-1]["model"], "train", draws)


def _asked(dice: Dice, draws: np.random.Generator) -> None:
    """Each attack and budget on each model and on one ensemble of two, bim also after half of its steps."""
    dice.crafts.append(clean())
    groups = [[one] for one in dice.models]
    if len(dice.models) > 1:
        groups.append([dice.models[place] for place in draws.choice(len(dice.models), 2, replace=False)])
    for attack in ATTACKS:
        for epsilon in BUDGETS:
            for members in groups:
                budget = {"attack": attack, "budget": f"linf {epsilon:g}", "epsilon": epsilon}
                joined = {"name": " + ".join(one["name"] for one in members), "model": ""}
                on = {"surrogates": [one["model"] for one in members]}
                for step in (5, 10) if attack == "bim" else (None,):
                    iterated = {"iterated": attack, "step": step} if step else {}
                    halfway = {"attack": "bim after 5"} if step == 5 else {}
                    made = {**budget, **on, **iterated, **halfway}
                    dice.crafts.append(craft(joined, order=len(dice.crafts), **made))


def _is_lost(dice: Dice, task: str, stage: str, share: float, draws: np.random.Generator) -> bool:
    is_lost = draws.random() < share / 2
    if is_lost:
        for attempt in range(int(draws.integers(1, 4))):
            _fail(dice, task, stage, attempt, draws)
    return is_lost


def _fail(dice: Dice, task: str, stage: str, attempt: int, draws: np.random.Generator) -> None:
    said = {"cause": f"cause {attempt}", "message": "it's <b>lost</b>", "traceback": ""}
    row = {"task": task, "stage": stage, "attempt": str(attempt), **said, "seconds": int(draws.integers(1, 9))}
    dice.failed_attempts.append(row)


def _finish(dice: Dice, task: str, stage: str, draws: np.random.Generator) -> None:
    """A record, and sometimes an attempt that had failed before."""
    if draws.random() < 0.2:
        _fail(dice, task, stage, 0, draws)
    row = {"task": task, "stage": stage, "seconds": int(draws.integers(1, 9)), "bytes": int(draws.integers(1, 9))}
    dice.records.append(row)


def _perform(
    dice: Dice, one: Entry, labels: np.ndarray, classes: int, holes: float, draws: np.random.Generator
) -> None:
    """What a craft is, image by image, and what everybody says to it."""
    _finish(dice, one["craft"], "craft", draws)
    own = draws.integers(0, classes, (len(labels), 2)).tolist()
    seen = [{"surrogate_clean": a, "surrogate_crafted": b} if one["surrogates"] else {} for a, b in own]
    gradients = int(draws.integers(0, 3)) * (one.get("step") or 1) if one["surrogates"] else 0
    for image, label in enumerate(labels.tolist()):
        size = {"rms": int(draws.integers(1, 9)) / 16, "is_found": bool(draws.random() < 0.6)}
        dice.crafted.append(crafted(one, image, label, gradients=gradients, **size, **seen[image]))
    for target in dice.models:
        if draws.random() >= holes:
            answers = draws.integers(0, classes, (2, len(labels))).tolist()
            for image, label in enumerate(labels.tolist()):
                right = {"target_clean": answers[0][image], **seen[image]}
                dice.predictions.append(prediction(one, target, image, label, answers[1][image], **right))
