"""Small real studies for the tests: MNIST, a few hundred images, a second of training."""

from pathlib import Path

from transfer import datasets
from transfer.plan import Plan, plan
from transfer.stages import perform
from transfer.store import Record, Store
from transfer.study import Study, read

SMALL = """
title: A small study
data: mnist
splits: {A: 400, B: 400}
models:
  linear: {architecture: linear}
  mlp:    {architecture: {name: mlp, hidden: [16]}}
every_model:
  recipe: {name: adam, epochs: 2, batch: 50, learning_rate: 0.01}
  split: [A, B]
attacks:
  fgsm: {epsilon: [0.1, 0.2]}
  pgd:  {epsilon: 0.1, steps: 3}
controls: [noise]
images: {test: 60}
"""


def write(folder: Path, text: str = SMALL, name: str = "small") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def planned(study: Study, store: Store | None = None) -> Plan:
    return plan(study, datasets.facts(study.data), store.squares() if store else ())


def done(study: Study, store: Store) -> list[Record]:
    """Every task of a study, one after the other in this process."""
    for file in study.files.values():
        store.keep(file)
    asked = planned(study, store)
    store.save_study(asked.document)
    return [perform(task, store) for task in asked.tasks]


def finished(folder: Path, text: str = SMALL) -> tuple[Study, Store]:
    """A study run to its end in a folder of its own."""
    study = read(write(folder, text))
    store = Store.open(folder / "results")
    done(study, store)
    return study, store
