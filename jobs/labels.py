"""What people call a task: by the names in their study file."""

from collections.abc import Mapping
from typing import Any

from transfer.tasks import Craft, Evaluate, Task

VERBS = {"train": "train", "craft": "craft", "evaluate": "show", "probe": "measure"}
DONE = {"train": "trained", "craft": "crafted", "evaluate": "shown", "probe": "measured"}


class Labels:
    """The names of tasks in a resolved study; a task that is not in it goes by its id."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._models = {model["model"]: model["name"] for model in document.get("models", ())}
        self._crafts = {craft["craft"]: craft for craft in document.get("crafts", ())}

    def __call__(self, task: Task) -> str:
        """`mlp P1`, `fgsm linf 0.1 on mlp P1`, `mlp P1's 4 crafts to 12 models`."""
        if isinstance(task, Evaluate):
            return f"{self._maker(task)} to {_count(len(task.targets), 'model')}"
        if isinstance(task, Craft):
            return self.craft(task.id)
        return self._models.get(task.id) or task.id[:12]

    def craft(self, craft_id: str) -> str:
        craft = self._crafts.get(craft_id)
        if craft is None:
            return craft_id[:12]
        if craft["role"] == "clean":
            return "clean images"
        attack = " ".join(filter(None, (craft["attack"], craft["budget"])))
        made_on = f" on {craft['surrogate']}" if craft["surrogate"] else ""
        like = f"{craft['control']} like " if craft["role"] == "control" and craft["like"] else ""
        return f"{like}{attack}{made_on}"

    def _maker(self, task: Evaluate) -> str:
        crafts = [self._crafts.get(craft.id) for craft in task.crafts]
        makers = {craft["surrogate"] or self.craft(craft["craft"]) for craft in crafts if craft}
        if len(task.crafts) == 1:
            return self.craft(task.crafts[0].id)
        maker = f"{makers.pop()}'s " if len(makers) == 1 else ""
        return f"{maker}{_count(len(task.crafts), 'craft')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
