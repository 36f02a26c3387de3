"""Results made of rows, as a study would commit them: in memory for SQL, in a folder for everything else."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from safetensors.numpy import save

from analysis.database import QUIET, add_views, heading
from analysis.published import add_published
from analysis.tables import DESCRIBED, TYPES, describe
from transfer.identity import digest
from transfer.schemas import TABLES, parquet
from transfer.store import Object, Record, Store

Entry = dict[str, Any]
NAMES = ("linear", "mlp", "lenet")
HOSTILE = (
    "神经网络",
    'O\'Brien "the net"',
    "<script>alert(1)</script>",
    "'); drop table crafts; --",
    "a$b_1^2$",
    "../x",
)


def model(name: str, order: int = 0, **changed: Any) -> Entry:
    spec = {"stage": "train", "name": name}
    entry = {"model": digest(spec), "name": name, "family": name.split()[0], "architecture": "mlp", "split": "all"}
    return {**entry, "seed": 0, "order": order, "is_surrogate": True, "is_target": True, "spec": spec, **changed}


def craft(surrogate: Entry | None = None, like: Entry | None = None, order: int = 0, **changed: Any) -> Entry:
    """A craft as a study names it: an attack on a surrogate, else a control or the clean row."""
    entry: Entry = {
        "surrogate": surrogate["name"] if surrogate else None,
        "surrogates": [surrogate["model"]] if surrogate else [],
        "attack": "fgsm",
        "budget": "linf 0.1",
        "norm": "linf",
        "epsilon": 0.1,
        "role": "attack",
        "control": None,
        "like": like["craft"] if like else None,
        "part": "test",
        "images": 4,
        "toward": None,
        "order": order,
        **changed,
    }
    entry["spec"] = {"stage": "craft", **{name: value for name, value in entry.items() if name != "order"}}
    return {"craft": digest(entry["spec"]), **entry}


def clean(order: int = 0, **changed: Any) -> Entry:
    nothing = {"attack": None, "budget": None, "norm": None, "epsilon": None}
    return craft(order=order, role="clean", **{**nothing, **changed})


def noise(like: Entry, surrogate: Entry, order: int = 0, **changed: Any) -> Entry:
    kept = {name: like[name] for name in ("attack", "budget", "norm", "epsilon", "part", "images")}
    return craft(surrogate, like, order, role="control", control="noise", **{**kept, **changed})


def prediction(craft: Entry, target: Entry, image: int, label: int, predicted: int, **changed: Any) -> Entry:
    """One row of predictions: clean and crafted, everybody is right who is not said to be wrong."""
    seen = label if craft["surrogates"] else None
    entry = {"craft": craft["craft"], "target": target["model"], "image": image, "label": label}
    clean = {"surrogate_clean": seen, "surrogate_crafted": seen, "target_clean": label, "predicted": predicted}
    return {**entry, **clean, "margin": 0.0, "confidence": 1.0, **changed}


def crafted(craft: Entry, image: int, label: int = 0, **changed: Any) -> Entry:
    seen = label if craft["surrogates"] else None
    entry = {"craft": craft["craft"], "image": image, "label": label, "goal": None, "surrogate_clean": seen}
    sizes = {"surrogate_crafted": seen, "rms": 0.0, "linf": 0.0, "l2": 0.0}
    return {**entry, **sizes, "is_found": False, "gradients": 1, "constant": None, "flat": 0, **changed}


def tables(**rows: Iterable[Mapping[str, Any]]) -> duckdb.DuckDBPyConnection:
    """The tables and all views in memory, holding exactly these rows."""
    connection = duckdb.connect(config=QUIET)
    for name in DESCRIBED:
        entries = list(rows.get(name, ()))
        if name == "crafts":
            entries = [{**entry, "name": heading(entry)} for entry in entries]
        describe(connection, name, entries)
    for name, schema in TABLES.items():
        columns = {column.name: TYPES[str(column.type)] for column in schema}
        connection.execute(
            f"create table {name} as select unnest(from_json($1, $2), max_depth := 2)",
            [json.dumps(list(rows.get(name, ()))), json.dumps([columns])],
        )
    add_published(connection)
    add_views(connection)
    return connection


def tiles_of_one_record(predictions: Iterable[Entry], task: str = "t") -> list[Entry]:
    pairs = dict.fromkeys((row["craft"], row["target"]) for row in predictions)
    return [{"craft": craft, "target": target, "task": task, "is_counted": True} for craft, target in pairs]


@dataclass
class Results:
    """A study with everything that was committed for it."""

    models: list[Entry]
    crafts: list[Entry]
    predictions: list[Entry] = field(default_factory=list)
    crafted: list[Entry] = field(default_factory=list)
    title: str = "Does it transfer?"

    @property
    def document(self) -> Entry:
        named = {"version": 1, "study": "made", "title": self.title, "data": {"dataset": "none"}, "resolved": {}}
        models = [{key: value for key, value in one.items() if key != "spec"} for one in self.models]
        crafts = [{key: value for key, value in one.items() if key != "spec"} for one in self.crafts]
        return {**named, "models": models, "crafts": crafts}

    def commit(self, folder: Path) -> Store:
        """Writes all of it: a tile holds the squares that one surrogate's crafts have with the same targets."""
        store = Store.open(folder)
        for one in self.models:
            weights = Object(f"weights of {one['name']}".encode(), "safetensors")
            commit(store, one["model"], "train", one["spec"], weights=weights, trained=trained(one))
        for one in self.crafts:
            rows = [row for row in self.crafted if row["craft"] == one["craft"]]
            if rows:
                images = Object(pixels(one, rows), "safetensors")
                commit(store, one["craft"], "craft", one["spec"], images=images, crafted=table("crafted", rows))
        for crafts, targets in self.blocks():
            commit_tile(store, self.predictions, crafts, targets)
        store.save_study(self.document)
        return store

    def blocks(self) -> list[tuple[list[str], list[str]]]:
        run: dict[str, tuple[str, ...]] = {}
        for row in self.predictions:
            run[row["craft"]] = tuple(dict.fromkeys((*run.get(row["craft"], ()), row["target"])))
        blocks: dict[tuple[str, ...], list[str]] = {}
        for one, targets in run.items():
            blocks.setdefault(targets, []).append(one)
        return [(crafts, list(targets)) for targets, crafts in blocks.items()]


def commit(store: Store, task: str, stage: str, spec: Entry, **objects: Object) -> Record:
    return store.commit(task, stage, spec=spec, inputs={}, objects=objects, provenance={}, seconds=1.5)


def pixels(one: Entry, rows: Sequence[Entry]) -> bytes:
    """Images of 4 x 4 pixels, as different from each other as the crafts' names."""
    images = np.array(sorted({row["image"] for row in rows}), np.int64)
    draws = np.random.default_rng([*one["craft"].encode()])
    return save({"image": images, "crafted": draws.random((len(images), 1, 4, 4), np.float32)})


def commit_tile(
    store: Store, predictions: Iterable[Entry], crafts: Sequence[str], targets: Sequence[str], **more: Any
) -> Record:
    rows = [row for row in predictions if row["craft"] in crafts and row["target"] in targets]
    spec = {"stage": "evaluate", "crafts": list(crafts), "targets": list(targets), **more}
    return commit(store, digest(spec), "evaluate", spec, predictions=table("predictions", rows))


def trained(one: Entry, right: int = 90) -> Object:
    row = {"model": one["model"], "epoch": 4, "part": "test", "images": 100, "right": right, "loss": 1.0}
    return table("trained", [{**row, "queries": None}])


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> Object:
    data, count = parquet(name, {column: [row[column] for row in rows] for column in TABLES[name].names})
    return Object(data, "parquet", count)


def random_results(
    seed: int = 0,
    *,
    names: Sequence[str] = NAMES,
    budgets: Sequence[float] = (0.1, 0.2),
    images: int = 6,
    classes: int = 3,
    holes: float = 0.0,
    title: str = "Does it transfer?",
) -> Results:
    """A study of one attack, with a clean row, noise like each craft and noise crafted once, answered by dice."""
    draws = np.random.default_rng(seed)
    models = [model(name, order) for order, name in enumerate(names)]
    crafts = [clean(images=images)]
    for epsilon in budgets:
        for surrogate in models:
            named = {"budget": f"linf {epsilon:g}", "epsilon": epsilon, "images": images}
            made = craft(surrogate, order=len(crafts), **named)
            crafts += [made, noise(made, surrogate, order=len(crafts) + 1)]
    once = {"attack": "gaussian", "budget": "rms 0.3", "norm": "rms", "epsilon": 0.3, "images": images}
    crafts.append(craft(order=len(crafts), role="control", control="gaussian", **once))
    results = Results(models, crafts, title=title)
    labels = draws.integers(0, classes, images)
    for one in crafts:
        surrogate = [int(value) for value in draws.integers(0, classes, (2, images)).ravel()]
        seen = [(surrogate[i], surrogate[images + i]) if one["surrogates"] else (None, None) for i in range(images)]
        for i in range(images):
            sees = {
                "surrogate_clean": seen[i][0],
                "surrogate_crafted": seen[i][1],
                "rms": float(np.float32(draws.random() / 9)),
            }
            results.crafted.append(crafted(one, i, int(labels[i]), **sees))
        for target in models:
            if draws.random() < holes:
                continue
            answers = draws.integers(0, classes, (2, images))
            for i in range(images):
                classed = {"surrogate_clean": seen[i][0], "surrogate_crafted": seen[i][1]}
                right = {"target_clean": int(answers[0, i]), **classed}
                results.predictions.append(prediction(one, target, i, int(labels[i]), int(answers[1, i]), **right))
    return results
