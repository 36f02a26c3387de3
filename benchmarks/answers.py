"""How fast questions are answered over 10^8 predictions: from row Parquet, on two threads, with no cache."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from analysis.answers import answer
from analysis.database import open
from analysis.matrix import matrix
from transfer.identity import digest
from transfer.schemas import parquet
from transfer.store import Object, Store

MODELS, ATTACKS, BUDGETS, IMAGES, CLASSES = 40, 5, 4, 3125, 10
THREADS = 2
# What the transfer matrix looks at, and nothing is done with it.
BARE = """
    select max(craft), max(target), sum(label + predicted + target_clean + surrogate_clean + surrogate_crafted)
    from predictions
"""


def write(folder: Path, models: int = MODELS, images: int = IMAGES) -> None:
    """A study of so many models, each crafted on with all attacks and budgets and shown to all; answers drawn."""
    store = Store.open(folder)
    named = [_model(place) for place in range(models)]
    crafts = [_craft(one, attack, budget) for one in named for attack in range(ATTACKS) for budget in range(BUDGETS)]
    random = np.random.default_rng(0)
    labels, hardness = random.integers(0, CLASSES, images), random.normal(0, 2, images)
    clean = np.stack([_said(labels, hardness + random.normal(4, 1, images), random) for _ in named])
    for place, one in enumerate(named):
        own = [craft for craft in crafts if craft["surrogates"] == [one["model"]]]
        columns = _rows(own, [other["model"] for other in named], labels, hardness, clean[place], clean, random)
        data, rows = parquet("predictions", columns)
        spec = {
            "stage": "evaluate",
            "crafts": [craft["craft"] for craft in own],
            "targets": [m["model"] for m in named],
        }
        objects = {"predictions": Object(data, "parquet", rows)}
        store.commit(digest(spec), "evaluate", spec=spec, inputs={}, objects=objects, provenance={}, seconds=1.0)
    store.save_study({"version": 1, "study": "large", "title": "", "data": {}, "models": named, "crafts": crafts})


def _model(place: int) -> dict[str, Any]:
    seen = {
        "name": f"model {place}",
        "family": f"family {place // 8}",
        "architecture": "mlp",
        "split": "all",
        "seed": 0,
    }
    return {"model": digest({"train": place}), **seen, "order": place, "is_surrogate": True, "is_target": True}


def _craft(one: dict[str, Any], attack: int, budget: int) -> dict[str, Any]:
    asked = {"attack": f"attack {attack}", "budget": f"linf {budget + 1}/255", "norm": "linf", "epsilon": budget / 255}
    order = (one["order"] * ATTACKS + attack) * BUDGETS + budget
    made = {"surrogate": one["name"], "surrogates": [one["model"]], "role": "attack", "part": "test", "order": order}
    return {"craft": digest({**made, **asked}), **made, **asked, "control": None, "like": None}


def _rows(crafts: Any, targets: Any, labels: Any, hardness: Any, own: Any, clean: Any, random: Any) -> dict[str, Any]:
    """The columns of one tile: all crafts on one surrogate, shown to all targets."""
    squares, images = len(crafts) * len(targets), len(labels)
    strength = np.array([craft["order"] % BUDGETS for craft in crafts]).repeat(len(targets))[:, None]
    margins = hardness + 4 - 1.5 * strength + random.normal(0, 2, (squares, images))
    crafted = np.stack([_said(labels, hardness - 1.5 * craft["order"] % BUDGETS, random) for craft in crafts])
    return {
        "craft": np.repeat([craft["craft"] for craft in crafts], len(targets) * images),
        "target": np.tile(np.repeat(targets, images), len(crafts)),
        "image": np.tile(np.arange(images, dtype=np.int32), squares),
        "label": np.tile(labels.astype(np.int16), squares),
        "surrogate_clean": np.tile(own, squares),
        "surrogate_crafted": crafted.repeat(len(targets), axis=0).ravel(),
        "target_clean": np.tile(clean, (len(crafts), 1)).ravel(),
        "predicted": _said(labels, margins, random).ravel(),
        "margin": (np.round(margins * 64) / 64).astype(np.float32).ravel(),
        "confidence": (np.round(1024 / (1 + np.exp(-np.abs(margins)))) / 1024).astype(np.float32).ravel(),
    }


def _said(labels: Any, margins: Any, random: Any) -> Any:
    """The label where the margin is positive, else one of two wrong classes, the nearer one more often."""
    wrong = (labels + 1 + (random.random(margins.shape) < 0.3)) % CLASSES
    return np.where(margins > 0, labels, wrong).astype(np.int16)


def measure(folder: str) -> None:
    """Prints wall and CPU seconds of each question, asked twice, and the peak memory of this process."""
    store = Store.open(folder, writing=False)
    records = store.records()
    held = sum(kept["bytes"] for record in records for kept in record.objects.values())
    rows = sum(kept["rows"] or 0 for record in records for kept in record.objects.values())
    print(f"  {rows:,} rows in {len(records)} files, {held / rows:.2f} bytes a row (wanted: at most 4)")
    timed("digests of all files", lambda: [store.fetch(record, "predictions") for record in records])
    connection = timed("opening, digests included", lambda: open(folder))
    connection.execute(f"set threads = {THREADS}")
    one = {"attack": "attack 2", "budget": "linf 3/255"}
    mcnemar = f"select count(*) from targets_compared where attack = '{one['attack']}'"
    timed("bare scan", lambda: connection.execute(BARE).fetchall())
    bare = timed("bare scan, warm", lambda: connection.execute(BARE).fetchall(), is_told=True)
    timed("filtered matrix", lambda: matrix(connection, **one))
    timed("filtered matrix, warm", lambda: matrix(connection, **one), wanted="at most 1 s")
    full = timed("full matrix", lambda: answer(connection, "transfer_matrix"), wanted="at most 4 s", is_told=True)
    timed("McNemar table of one attack", lambda: connection.execute(mcnemar).fetchall(), wanted="at most 10 s")
    print(f"  full matrix / bare scan, CPU: {full / bare:.2f} (wanted: at most 2)")
    print(f"  peak memory {peak() / 1e9:.2f} GB (wanted: at most 2)")


def peak() -> int:
    """The most bytes that this process has held. Linux's ru_maxrss would be that of whoever started it, if larger."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def timed(title: str, ask: Callable[[], Any], wanted: str = "", is_told: bool = False) -> Any:
    """What was asked for, or when it is told, the CPU-seconds that it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = ask()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {title}: {wall:.2f} s, {cpu:.2f} CPU-seconds{f' (wanted: {wanted})' if wanted else ''}", flush=True)
    return cpu if is_told else found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(f"10^8 predictions: {MODELS} x {MODELS} models, {ATTACKS} attacks, {BUDGETS} budgets, {IMAGES} images")
        timed("writing them", lambda: write(Path(folder)))
        # In a process of its own, so that its peak memory is that of the questions.
        asked = f"from benchmarks.answers import measure; measure({folder!r})"
        subprocess.run([sys.executable, "-c", asked], check=True)


if __name__ == "__main__":
    main()
