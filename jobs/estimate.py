"""What a study will cost: a few images through everything it asks for, timed in this process."""

import io
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import pyarrow.parquet as pq

from transfer.identity import digest
from transfer.rehearse import Rehearsal
from transfer.stages import STAGES
from transfer.tasks import Craft, Evaluate, Probe, Task, Train
from transfer.train import logits_of, train

ENOUGH = 0.05  # seconds that a timing should last
TRAINED = 256  # images that a recipe is timed on
PREDICTION, ROW = 3.8, 40.0  # bytes of a row of predictions (measured at 10^8 rows) and of crafted
COMMIT = 0.02  # seconds that a task's files and record take


@dataclass(frozen=True)
class Cost:
    """Of one task or many: images classified, gradients taken, bytes kept, seconds on one processor."""

    images: float = 0.0
    gradients: float = 0.0
    bytes: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def __mul__(self, times: float) -> "Cost":
        return Cost(*(getattr(self, field.name) * times for field in fields(self)))


def total(costs: Iterable[Cost]) -> Cost:
    return sum(costs, Cost())


class Meter:
    """The cost of each task, from one timing of each kind of training, attack and network."""

    def __init__(self, shelf: Rehearsal) -> None:
        self.shelf = shelf
        self._timed: dict[str, Any] = {}

    def cost(self, task: Task) -> Cost:
        match task:
            case Train():
                return self._train(task) + Cost(seconds=COMMIT)
            case Craft():
                return self._attacked(task) * task.images + Cost(seconds=COMMIT)
            case Evaluate():
                images = sum(craft.images for craft in task.crafts)
                shown = total(self._shown(target) for target in task.targets) * images
                return shown + Cost(bytes=PREDICTION * images * len(task.targets), seconds=COMMIT)
            case Probe():
                return self._measured(task) * task.images + Cost(seconds=COMMIT)
        return Cost(seconds=COMMIT)

    def _measured(self, task: Probe) -> Cost:
        """Of one image of a probe, from a few; a probe without images is taken to cost what it costs once."""

        def once() -> Cost:
            few = min(task.images, 16)
            small = replace(task, images=few, craft=_smaller(task.craft, few) if task.craft else None)
            began = time.perf_counter()
            objects, _ = STAGES["probe"](small, self.shelf)
            return Cost(bytes=len(objects["measured"].data) / few, seconds=(time.perf_counter() - began) / few)

        kind = [task.probe.spec(), *(one.architecture.spec() if one else None for one in (task.model, task.other))]
        return self._once("probe", kind, once)

    def _train(self, task: Train) -> Cost:
        held = len(self.shelf.data(task.data)[1])
        own = task.split.stop - task.split.start if task.split else held
        scored = self._shown(task) * (held + len(self.shelf.data(task.test)[1]))
        weights = 4.0 * sum(value.numel() for value in self.shelf.model(task)[0].state_dict().values())
        kept = Cost(bytes=weights * (1 + len(task.epochs))) + scored
        # A point of a training is read from the file of the training.
        return kept + self._trained(task) * own if task.recipe and not task.training else kept

    def _trained(self, task: Train) -> Cost:
        """Of one image of the split, over all epochs."""
        recipe = task.recipe
        assert recipe
        epochs = int(recipe.settings.get("epochs", 1))
        settings = {**self.shelf.settings(recipe), **({"epochs": 1} if "epochs" in recipe.settings else {})}
        images, labels = (part[:TRAINED] for part in self.shelf.data(task.data))
        function = self.shelf.function("recipes", recipe)

        def once() -> float:
            module = self.shelf.started(task)
            began = time.perf_counter()
            train(module, function, settings, images, labels, seed=0)
            return (time.perf_counter() - began) / len(labels)

        seconds = self._once("recipe", [recipe.spec(), task.architecture.spec()], lambda: min(once(), once()))
        return Cost(gradients=epochs, seconds=seconds * epochs)

    def _attacked(self, task: Craft) -> Cost:
        """Of one image of a craft."""
        kind = [task.attack.spec(), [one.architecture.spec() for one in task.surrogates], task.toward]
        return self._once("attack", kind, lambda: self._attack(task))

    def _attack(self, task: Craft) -> Cost:
        """A batch costs what one image costs and something more for each: two sizes tell both."""
        batch, timed = min(task.batch, task.images), list[tuple[int, float]]()
        count = min(4, batch)
        while not timed or (timed[-1][1] < ENOUGH and timed[-1][0] < batch) or (len(timed) < 2 and count < batch):
            count = min(count * 4, batch) if timed else count
            began = time.perf_counter()
            objects, _ = STAGES["craft"](_smaller(task, count), self.shelf)
            timed.append((count, time.perf_counter() - began))
        rows = pq.read_table(io.BytesIO(objects["crafted"].data), columns=["gradients"])
        gradients = sum(rows["gradients"].to_pylist()) / count
        size = 4.0 * math.prod(task.data.shape) + ROW
        return Cost(2 * len(task.surrogates), gradients, size, seconds_of_batch(timed[-2:], batch) / batch)

    def _shown(self, task: Train) -> Cost:
        """Of one image that a network classifies."""

        def once() -> float:
            model, _ = self.shelf.model(task)
            images = self.shelf.data(task.test)[0][:TRAINED]
            began = time.perf_counter()
            logits_of(model, images, TRAINED)
            return (time.perf_counter() - began) / len(images)

        seconds = self._once("network", task.architecture.spec(), lambda: min(once(), once()))
        return Cost(images=1, seconds=seconds)

    def _once(self, what: str, kind: Any, measure: Callable[[], Any]) -> Any:
        key = digest([what, kind])
        if key not in self._timed:
            self._timed[key] = measure()
        return self._timed[key]


def seconds_of_batch(timed: Sequence[tuple[int, float]], batch: int) -> float:
    """What a batch takes, from what one or two smaller ones took (images, seconds): a straight line through them."""
    (first, begun), (last, ended) = timed[0], timed[-1]
    slope = (ended - begun) / (last - first) if last > first else ended / last
    return ended + max(slope, 0.0) * (batch - last)


def _smaller(task: Craft, images: int) -> Craft:
    return replace(task, images=images, like=_smaller(task.like, images) if task.like else None)
