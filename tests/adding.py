"""docs/adding.md as a test reads it, and a house of one's own in which to do what it says."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).parents[1]
PAGE = (HOUSE / "docs/adding.md").read_text("utf-8")
# The file is listed and runs; then it is removed, and the study that names it is refused.
SESSION = """
import os, sys
from jobs.cli import main
kind, file = sys.argv[1:]
for words in (f"list {kind}", "run mine.yaml --serial", "check mine.yaml"):
    if words.startswith("check"):
        os.unlink(file)
    try:
        main(words.split())
    except SystemExit as ended:
        if ended.code:
            raise
"""


def section(heading):
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)[1]


def block(heading, language):
    return re.search(rf"```{language}\n(.*?)```", section(heading), re.DOTALL)[1]


def file_of(kind):
    """The one file of a folder that the page adds."""
    (file,) = re.findall(rf"^`(transfer/{kind}/\w+\.py)`:$", PAGE, re.MULTILINE)
    return file


def module_of(folder, file, code):
    """A file of the page as a module, elsewhere."""
    path = folder / Path(file).name
    path.write_text(code)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build(folder, file, code, study):
    """A copy of the packages with one file more, beside a study that names it."""
    for package in ("transfer", "jobs", "analysis"):
        shutil.copytree(HOUSE / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "mine.yaml").write_text(study)
    (folder / file).write_text(code)


def added_and_removed(folder, kind, file, code, study, timeout=200):
    """What a person sees of a file in its folder, and of the study once it is gone."""
    build(folder, file, code, study)
    words = [sys.executable, "-c", SESSION, kind, file]
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=timeout)
    assert ran.returncode == 2, ran.stderr
    return ran
