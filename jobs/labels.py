"""What people call a task: by the names in their study file."""

from collections.abc import Mapping, Sequence
from typing import Any

from transfer.tasks import Task

VERBS = {"train": "train", "craft": "craft", "evaluate": "show", "probe": "measure"}
DONE = {"train": "trained", "craft": "crafted", "evaluate": "shown", "probe": "measured"}


class Labels:
    """The names of tasks in a resolved study; a task that is not in it goes by its id."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._models = {model["model"]: model["name"] for model in document.get("models", ())}
        self._crafts = {craft["craft"]: craft for craft in document.get("crafts", ())}
        self._probes = {probe["probe"]: probe for probe in document.get("probes", ())}

    def __call__(self, task: Task) -> str:
        """`mlp P1`, `fgsm linf 0.1 on mlp P1`, `mlp P1's 4 crafts to 12 models`."""
        return self.spec(task.id, task.spec())

    def spec(self, task_id: str, spec: Mapping[str, Any]) -> str:
        """The same for a task that is known by its spec."""
        if "targets" in spec:
            return f"{self._maker(spec['crafts'])} to {count(len(spec['targets']), 'model')}"
        return self._models.get(task_id) or self._probe(task_id) or self.craft(task_id)

    def craft(self, craft_id: str) -> str:
        craft = self._crafts.get(craft_id)
        if craft is None:
            return craft_id[:12]
        if craft["role"] == "clean":
            return "clean images"
        attack = " ".join(filter(None, (craft["attack"], craft["budget"])))
        made_on = f" on {craft['surrogate']}" if craft["surrogates"] else ""
        like = f"{craft['control']} like " if craft["role"] == "control" and craft["like"] else ""
        return f"{like}{attack}{made_on}"

    def _probe(self, probe_id: str) -> str | None:
        probe = self._probes.get(probe_id)
        if probe is None:
            return None
        of = self.craft(probe["craft"]) if probe["craft"] else probe["model"]
        return " ".join(filter(None, (probe["name"], of and f"of {of}", probe["other"] and f"and {probe['other']}")))

    def _maker(self, ids: Sequence[str]) -> str:
        if len(ids) == 1:
            return self.craft(ids[0])
        crafts = [self._crafts.get(craft_id) for craft_id in ids]
        makers = {craft["surrogate"] if craft else None for craft in crafts}
        maker = makers.pop() if len(makers) == 1 else None
        return f"{maker}'s {count(len(ids), 'craft')}" if maker else count(len(ids), "craft")


def count(number: int, noun: str) -> str:
    """`1 model`, `12 models`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
