"""Who may import whom, and what nobody may do: the rows of the house, read from the source of all packages."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
PACKAGES = ("transfer", "jobs", "analysis")

# From the bottom. A module imports from rows below its own, and from its own row.
ROWS = (
    "errors",
    "shapes",
    "balls losses confidence splits draws identity catalog signatures weights",
    "attacks architectures datasets recipes probes",
    "tasks",
    "study",
    "plan",
    "train craft evaluate measure black_box",
    "schemas",
    "store",
    "provenance shelf stages rehearse importing checkpoints limited",
)
HEIGHT = {name: height for height, row in enumerate(ROWS) for name in row.split()}
WITHOUT_TORCH = "errors identity catalog signatures weights datasets tasks study plan schemas store".split()
WITHOUT_DISK = "train craft evaluate measure".split()
SEEN_BY_ANALYSIS = {"schemas", "store", "errors"}
PICKLES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
DISK = {"os", "pathlib", "io", "shutil", "tempfile", "pyarrow", "safetensors"}

FILE_LINES = 300  # the house aims at 200, and half as much again is a smell
FUNCTION_LINES = 60  # the style aims at 40

Sources = dict[str, str]  # text by module name
Found = Iterator[str]


def _sources() -> Sources:
    found = {}
    for package in PACKAGES:
        for path in sorted((HOUSE / package).rglob("*.py")):
            name = ".".join(path.relative_to(HOUSE).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path.read_text()
    return found


SOURCES = _sources()


@cache
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


def _imports(name: str, text: str, sources: Sources) -> Iterator[str]:
    """The full names of all modules that a module imports, also inside functions."""
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            module = ".".join([*name.split(".")[: -node.level], node.module or ""] if node.level else [node.module])
            inner = [f"{module}.{alias.name}" for alias in node.names]
            yield from [one for one in inner if one in sources] or [module]


def _part(name: str) -> str:
    """The row's word for a module of transfer: `transfer.attacks.pgd` is of `attacks`."""
    return [*name.split("."), ""][1]


def _is_of(name: str, package: str) -> bool:
    return name.split(".")[0] == package


def imports_from_above(sources: Sources) -> Found:
    for name, text in sources.items():
        if not _is_of(name, "transfer") or name == "transfer":
            continue
        if _part(name) not in HEIGHT:
            yield f"{name} has no row in the house"
            continue
        for other in _imports(name, text, sources):
            if _is_of(other, "transfer") and other != "transfer" and HEIGHT.get(_part(other), 99) > HEIGHT[_part(name)]:
                yield f"{name} imports {other} from a row above"


def crosses_packages(sources: Sources) -> Found:
    for name, text in sources.items():
        for other in _imports(name, text, sources):
            if _is_of(name, "transfer") and other.split(".")[0] in ("jobs", "analysis"):
                yield f"{name} imports {other}: nothing flows back"
            if _is_of(name, "analysis") and _is_of(other, "jobs"):
                yield f"{name} imports {other}: analysis knows results, not runs"
            if _is_of(name, "analysis") and _is_of(other, "transfer") and _part(other) not in SEEN_BY_ANALYSIS:
                yield f"{name} imports {other}: analysis knows the records and the schemas alone"
            is_allowed = name.startswith("jobs.commands") or name == "jobs.run_study"
            if _is_of(name, "jobs") and _is_of(other, "analysis") and not is_allowed:
                yield f"{name} imports {other}: only commands and run_study do"


def is_out_of_place(sources: Sources) -> Found:
    homes = {"ray": "jobs", "duckdb": "analysis", "pandas": "nobody"}
    for name, text in sources.items():
        for other in _imports(name, text, sources):
            home = homes.get(other.split(".")[0])
            if home and not _is_of(name, home):
                yield f"{name} imports {other}, which is for {home}"
            if other.split(".")[0] == "torch" and _is_of(name, "analysis"):
                yield f"{name} imports {other}: analysis reads what torch has made"
            if other == "transfer.provenance" and name != "transfer.stages":
                yield f"{name} imports {other}, which is for stages"


def reaches_torch(sources: Sources) -> Found:
    """From a module that the driver imports, over whatever this imports in turn."""
    for name in sources:
        if not _is_of(name, "transfer") or _part(name) not in WITHOUT_TORCH:
            continue
        seen, waiting = set(), [(name,)]
        while waiting:
            path = waiting.pop()
            for other in _imports(path[-1], sources[path[-1]], sources):
                if other.split(".")[0] in ("torch", "torchvision"):
                    yield f"{' -> '.join(path)} -> {other}"
                if other in sources and other not in seen:
                    seen.add(other)
                    waiting.append((*path, other))


def touches_the_disk(sources: Sources) -> Found:
    for name in WITHOUT_DISK:
        text = sources.get(f"transfer.{name}", "")
        for other in _imports(name, text, sources):
            if other.split(".")[0] in DISK or other.startswith("transfer.store"):
                yield f"transfer.{name} imports {other}: tensors in, tensors out"
        if "open" in _called(text):
            yield f"transfer.{name} opens a file: tensors in, tensors out"


def runs_what_it_reads(sources: Sources) -> Found:
    """Pickles, and text that is run as code."""
    for name, text in sources.items():
        for other in _imports(name, text, sources):
            if other.split(".")[0] in PICKLES:
                yield f"{name} imports {other}: pickles are never read"
        for call in sorted(_called(text) & {"eval", "exec", "yaml.load"}):
            yield f"{name} calls {call}"
        for node in ast.walk(_tree(text)):
            is_load = isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load"
            if is_load and "weights_only=True" not in map(ast.unparse, node.keywords):
                yield f"{name} calls torch.load without weights_only=True"


def blinds_the_check_of_axes(sources: Sources) -> Found:
    for name, text in sources.items():
        if _is_of(name, "transfer") and "__future__" in _imports(name, text, sources):
            yield f"{name} imports from __future__: shapes would no longer be checked in tests"


def is_too_long(sources: Sources) -> Found:
    for name, text in sources.items():
        if (lines := len(text.splitlines())) > FILE_LINES:
            yield f"{name} has {lines} lines"
        for node in ast.walk(_tree(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    yield f"{name}.{node.name} has {lines} lines"


def _called(text: str) -> set[str]:
    calls = [node.func for node in ast.walk(_tree(text)) if isinstance(node, ast.Call)]
    return {ast.unparse(call) for call in calls if isinstance(call, ast.Name | ast.Attribute)}


LAWS = (
    imports_from_above,
    crosses_packages,
    is_out_of_place,
    reaches_torch,
    touches_the_disk,
    runs_what_it_reads,
    blinds_the_check_of_axes,
    is_too_long,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_no_module_breaks_a_law_of_the_house(law):
    assert list(law(SOURCES)) == []


@pytest.mark.parametrize(
    ("law", "module", "text"),
    [
        (imports_from_above, "transfer.attacks.pgd", "from transfer.stages import perform"),
        (imports_from_above, "transfer.store.commits", "from transfer import stages"),
        (imports_from_above, "transfer.tasks", "def later():\n    import transfer.plan"),
        (imports_from_above, "transfer.tasks", "from .plan import plan"),
        (imports_from_above, "transfer.helpers", ""),
        (crosses_packages, "transfer.plan", "import jobs.controller"),
        (crosses_packages, "analysis.matrix", "from transfer import tasks"),
        (crosses_packages, "analysis.matrix", "from jobs.results import find"),
        (crosses_packages, "jobs.controller", "import analysis"),
        (is_out_of_place, "transfer.stages", "import ray"),
        (is_out_of_place, "jobs.commands.sql", "def sql():\n    import duckdb"),
        (is_out_of_place, "analysis.figures.heatmap", "import pandas as pd"),
        (is_out_of_place, "analysis.figures.heatmap", "from torch import nn"),
        (is_out_of_place, "transfer.craft", "from transfer import provenance"),
        (reaches_torch, "transfer.datasets.mnist", "import torch.nn as nn"),
        (reaches_torch, "transfer.plan", "from transfer.balls import linf"),
        (touches_the_disk, "transfer.train", "from pathlib import Path"),
        (touches_the_disk, "transfer.evaluate", "rows = open('x')"),
        (runs_what_it_reads, "transfer.shelf", "import pickle"),
        (runs_what_it_reads, "transfer.shelf", "import torch\ntorch.load('x', weights_only=False)"),
        (runs_what_it_reads, "transfer.study.read", "eval('1/255')"),
        (blinds_the_check_of_axes, "transfer.attacks.pgd", "from __future__ import annotations"),
        (is_too_long, "jobs.controller", "pass\n" * 301),
        (is_too_long, "jobs.controller", "def run():\n" + "    pass\n" * 60),
    ],
)
def test_a_law_that_is_broken_is_noticed(law: Callable[[Sources], Found], module: str, text: str):
    assert any(problem.startswith(module) for problem in law(SOURCES | {module: text}))


# What the driver of a cluster imports, and what it must not have loaded then; in this order, in one process.
DRIVER = {
    "jobs.cli": "torch ray duckdb matplotlib pandas",
    "transfer.study": "torch ray pandas",
    "transfer.plan": "torch ray pandas",
    "transfer.store": "torch ray pandas",
    "jobs.controller": "torch ray pandas",
    "analysis.database": "torch ray pandas",
    "jobs.run_study": "torch pandas",
    "jobs.cluster": "torch pandas",
}
LOOK = """
import importlib, sys
for line in sys.argv[1:]:
    name, *unwanted = line.split()
    importlib.import_module(name)
    loaded = [one for one in unwanted if one in sys.modules]
    if loaded:
        sys.exit(f"{name} has loaded {', '.join(loaded)}")
"""


def test_the_driver_never_imports_torch():
    lines = [f"{name} {unwanted}" for name, unwanted in DRIVER.items() if name in SOURCES]
    done = subprocess.run([sys.executable, "-c", LOOK, *lines], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
