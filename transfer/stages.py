"""The only meeting of science and disk: read committed inputs, train | craft | evaluate | probe, commit one record."""

import functools
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from safetensors.torch import save
from torch import Tensor, nn

from transfer.balls import ball
from transfer.black_box import Queried
from transfer.confidence import confidence_of
from transfer.craft import Crafted, Given, craft, eight_bit, finite, norm_of, random_wrong, sizes, taken
from transfer.evaluate import answers, classes_of
from transfer.measure import Asked, measure
from transfer.provenance import provenance
from transfer.schemas import TABLES, parquet
from transfer.shapes import Flags, Images, Labels, Logits, Pixels
from transfer.shelf import Shelf, make_room
from transfer.splits import others, piece
from transfer.store import Object, Record, Store
from transfer.tasks import IMPORTED, Craft, Evaluate, Probe, Task, Train
from transfer.train import DTYPES, Weights, frozen, logits_of, pixels, score, train, weights_of

REST = 10_000  # training images outside its split that a network is scored on: enough for a tenth of a percent
Made = tuple[dict[str, Object], dict[str, str]]  # objects by role; digest of what was read, by task


def settle(threads: int, device: str = "cpu", share: float = 1.0) -> None:
    """Fixes what a process's results may depend on; called once, before the first task.

    On a GPU the process takes at most its share of the memory. Weights are drawn on the processor all the same, and
    whatever a task or a person's own attack makes anew is made on the device.
    """
    torch.set_num_threads(threads)
    if device != "cpu":
        torch.set_default_device(device)
    if device.startswith("cuda"):
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # products that come out the same each time
        torch.backends.cudnn.allow_tf32 = False  # float32 means float32, as on a processor
        torch.cuda.set_per_process_memory_fraction(share, device)
        make_room(share * torch.cuda.get_device_properties(device).total_memory)
    # Sigmoid networks spend most of their time in denormal numbers otherwise.
    torch.set_flush_denormal(True)
    torch.use_deterministic_algorithms(True)
    # Writing to memory that is about to be overwritten took up to a quarter of a training's time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def perform(task: Task, store: Store) -> Record:
    """Does a task whose needs are committed, and commits it; done already, it is the record that stands.

    Raises what the science raises, DamagedResults where an input is not what was committed.
    """
    standing = store.record(task.stage, task.id)
    if standing:
        return standing
    began = time.perf_counter()
    objects, inputs = STAGES[task.stage](task, _shelf(store))
    return store.commit(
        task.id,
        task.stage,
        spec=task.spec(),
        inputs=inputs,
        objects=objects,
        provenance=provenance(),
        seconds=time.perf_counter() - began,
    )


@functools.lru_cache(maxsize=1)
def _shelf(store: Store) -> Shelf:
    return Shelf(store, _made_again)


def _made_again(task: Craft, shelf: Shelf) -> bytes:
    """The file of a craft's images: a task is a pure function of its content."""
    objects, _ = _craft(task, shelf)
    return objects["images"].data


def _train(task: Train, shelf: Shelf) -> Made:
    images, labels = shelf.data(task.data)
    own = torch.arange(len(labels))
    if task.split:
        own = piece(labels, task.split.start, task.split.stop, task.split.seed)
    kept, inputs = dict[int, Weights](), dict[str, str]()
    settings = shelf.settings(task.recipe) if task.recipe and not task.training else {}
    if task.training and task.epoch is not None:
        module, inputs[task.training.id] = shelf.network_at(task.training, task.epoch)
    else:
        module = _learnt(task, shelf, settings, images[own], labels[own], kept)
    inputs |= {need.id: shelf.model(need)[1] for need in task.asks()}
    queries = sum(model.queries for model in settings.values() if isinstance(model, Queried)) or None
    module = frozen(module.float())
    epochs = int(task.recipe.settings.get("epochs", 0)) if task.recipe else 0
    rest = others(labels, own, REST, task.split.seed) if task.split else own[:0]
    parts = {"train": (images[own], labels[own]), "rest": (images[rest], labels[rest]), "test": shelf.data(task.test)}
    scores = {part: score(module, *held) for part, held in parts.items() if len(held[1])}
    rows, count = parquet(
        "trained",
        {
            "model": [task.id] * len(scores),
            "epoch": [epochs if task.epoch is None else task.epoch] * len(scores),
            "part": list(scores),
            "images": [one.images for one in scores.values()],
            "right": [one.right for one in scores.values()],
            "loss": [one.loss for one in scores.values()],
            "queries": [queries if part == "train" else None for part in scores],
        },
    )
    held = weights_of(module)
    for epoch, weights in kept.items():
        held |= {f"epoch {epoch} {name}": tensor for name, tensor in weights.items()}
    return {"weights": _file(held), "trained": Object(rows, "parquet", count)}, inputs


def _learnt(
    task: Train, shelf: Shelf, settings: dict[str, Any], images: Pixels, labels: Labels, kept: dict[int, Weights]
) -> nn.Module:
    """The network at the end of its training; `kept` takes its weights after each of the task's epochs."""
    module = shelf.started(task).to(DTYPES[task.precision])
    if not task.recipe:
        return module

    def trace(epoch: int, module: nn.Module) -> None:
        if epoch in task.epochs:
            kept[epoch] = weights_of(module)

    recipe = shelf.function("recipes", task.recipe)
    module = train(module, recipe, settings, images, labels, seed=task.seed, trace=trace if task.epochs else None)
    if set(task.epochs) - set(kept):
        raise ValueError(f"the recipe told of no epoch {min(set(task.epochs) - set(kept))}")
    return module


def _craft(task: Craft, shelf: Shelf) -> Made:
    dtype = DTYPES[task.precision]
    ids, raw, labels = shelf.chosen(task)
    read = {surrogate.id: shelf.model(surrogate, task.precision) for surrogate in task.surrogates}
    inputs = {name: sha256 for name, (_, sha256) in read.items()}
    models = [model for model, _ in read.values()]
    clean = pixels(raw, dtype)
    before = _fused(models, clean, task.batch)
    given = Given(models, clean, labels, ids, _goals(task, ids, labels, before))
    made = _attacked(task, shelf, given, inputs)
    images = _as_kept(task, made.images)
    after = _fused(models, images.to(dtype), task.batch)
    rows, count = parquet("crafted", _crafted_rows(task, given, made, pixels(raw), images, before, after))
    held = {"crafted": images, "image": ids.int()}
    for step, one in made.iterates.items():
        held |= {f"crafted {step}": _as_kept(task, one.images), f"gradients {step}": one.gradients.int()}
    return {"images": _file(held), "crafted": Object(rows, "parquet", count)}, inputs


def _attacked(task: Craft, shelf: Shelf, given: Given, inputs: dict[str, str]) -> Crafted:
    """What the attack makes of the images, or what was made of them elsewhere."""
    dtype, settings = DTYPES[task.precision], task.attack.settings
    if task.attack.name == IMPORTED:
        return taken(shelf.imported(task, given.ids, given.labels).to(dtype), given, settings)
    function = shelf.function("attacks", task.attack)
    norm = norm_of(function, settings)
    spent = None
    if task.like:
        (base, spent), inputs[task.like.id] = shelf.crafted(task.like, task.step)
        given = given._replace(perturbations=base.to(dtype) - given.images)
        if norm and "epsilon" not in settings:
            given = given._replace(epsilon=ball(norm).size(given.perturbations))
    made = craft(function, given, settings, seed=task.seed, batch=task.batch, norm=norm, steps=task.steps)
    # An iterate costs what was spent until then.
    return made if spent is None else made._replace(gradients=spent)


def _as_kept(task: Craft, images: Images) -> Images:
    return (eight_bit(images) if task.pixels == "8bit" else images).float().contiguous()


def _crafted_rows(
    task: Craft, given: Given, made: Crafted, clean: Images, images: Images, before: Logits | None, after: Logits | None
) -> dict[str, Any]:
    count = len(images)
    is_found = made.is_found if made.is_found is not None else _is_fooled(after, given.labels, given.goals)
    return {
        "craft": [task.id] * count,
        "image": given.ids.numpy(force=True),
        "label": given.labels.numpy(force=True),
        "goal": given.goals.numpy(force=True) if given.goals is not None else [None] * count,
        "surrogate_clean": classes_of(before).numpy(force=True) if before is not None else [None] * count,
        "surrogate_crafted": classes_of(after).numpy(force=True) if after is not None else [None] * count,
        **{name: size.numpy(force=True) for name, size in sizes(clean, images).items()},
        "is_found": (is_found if is_found is not None else torch.zeros(count, dtype=torch.bool)).numpy(force=True),
        "gradients": made.gradients.numpy(force=True),
        "constant": finite(made.constant, count),
        "flat": made.flat.numpy(force=True) if made.flat is not None else [None] * count,
    }


def _goals(task: Craft, ids: Tensor, labels: Labels, before: Logits | None) -> Labels | None:
    if task.toward is None:
        return None
    if task.toward == "random_wrong":
        return random_wrong(labels, task.data.classes, ids, task.seed)
    if task.toward == "least_likely" and before is not None:
        return before[:, : task.data.classes].argmin(dim=1)
    return torch.full_like(labels, int(task.toward))


def _fused(models: Sequence[nn.Module], images: Images, batch: int) -> Logits | None:
    if not models:
        return None
    return torch.stack([logits_of(model, images, batch) for model in models]).mean(dim=0)


def _file(held: dict[str, Tensor]) -> Object:
    return Object(save({name: tensor.cpu() for name, tensor in held.items()}), "safetensors")


def _is_fooled(logits: Logits | None, labels: Labels, goals: Labels | None) -> Flags | None:
    if logits is None:
        return None
    return classes_of(logits) != labels if goals is None else classes_of(logits) == goals


def _evaluate(task: Evaluate, shelf: Shelf) -> Made:
    inputs: dict[str, str] = {}
    squares: dict[tuple[str, str], dict[str, pa.Array]] = {}
    # A network passes by once and is shown all crafts, which stay: there may be hundreds of networks in a tile.
    for target in task.targets:
        for shown in task.crafts:
            rows = _square(task, shown, target, shelf, inputs)
            squares[shown.id, target.id] = {
                name: pa.array(values, TABLES["predictions"].field(name).type) for name, values in rows.items()
            }
    ordered = [squares[shown.id, target.id] for shown in task.crafts for target in task.targets]
    names = TABLES["predictions"].names
    columns = {name: pa.concat_arrays([square[name] for square in ordered]) for name in names}
    rows_file, count = parquet("predictions", columns)
    return {"predictions": Object(rows_file, "parquet", count)}, inputs


def _square(task: Evaluate, shown: Craft, target: Train, shelf: Shelf, inputs: dict[str, str]) -> dict[str, Any]:
    """What one target says to the images of one craft."""
    ids, _, labels = shelf.chosen(shown)
    (images, _), inputs[shown.id] = shelf.crafted(shown)
    model, inputs[target.id] = shelf.model(target, task.precision)
    logits = logits_of(model, images.to(DTYPES[task.precision]), task.batch)
    clean = shelf.clean_classes(target, shown, task.batch, task.precision)
    return {
        "craft": np.full(len(ids), shown.id, object),
        "target": np.full(len(ids), target.id, object),
        "image": ids.numpy(force=True),
        "label": labels.numpy(force=True),
        **shelf.surrogate_classes(shown),
        "target_clean": clean.numpy(force=True),
        **answers(logits, labels, confidence_of(model)),
    }


def _probe(task: Probe, shelf: Shelf) -> Made:
    dtype = DTYPES[task.precision]
    ids, raw, labels = shelf.chosen(task)
    inputs: dict[str, str] = {}
    models = dict[str, nn.Module | None](model=None, other=None)
    for role, one in (("model", task.model), ("other", task.other)):
        if one:
            models[role], inputs[one.id] = shelf.model(one, task.precision)
    crafted = None
    if task.craft:
        (images, _), inputs[task.craft.id] = shelf.crafted(task.craft)
        crafted = images.to(dtype)
    asked = Asked(models["model"], models["other"], pixels(raw, dtype), labels, ids, crafted, task.data.classes)
    columns = measure(shelf.function("probes", task.probe), asked, task.probe.settings, seed=task.seed)
    count = len(columns["name"])
    of = {"model": task.model, "other": task.other, "craft": task.craft}
    named = {name: [one.id if one else None] * count for name, one in of.items()}
    rows, count = parquet("measured", {"probe": [task.id] * count, **named, **columns})
    return {"measured": Object(rows, "parquet", count)}, inputs


STAGES: dict[str, Callable[[Any, Shelf], Made]] = {
    "train": _train,
    "craft": _craft,
    "evaluate": _evaluate,
    "probe": _probe,
}
