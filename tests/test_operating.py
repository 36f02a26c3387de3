"""docs/operating.md and SECURITY.md say nothing that the source does not: codes, commands, options, budgets, limits."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from jobs import cli, controller, policy
from transfer import errors
from transfer.store import cache as node_cache
from transfer.store import lease
from transfer.study import yaml_text

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
CODE = re.compile(r"\b[SDCRQUTW]\d{3}\b")
ROW = re.compile(r"^\| `([A-Z]\d{3})` \| (.+) \| (.+) \|$", re.MULTILINE)
FILES = (
    "cluster.yaml",
    "cluster-on-premises.yaml",
    "jobs/rayjob.yaml",
    "Dockerfile",
    "docs/operating.md",
    "SECURITY.md",
)
# `transfer NAME ...` where a command is meant: in a code span, after a prompt, or in a comment of a file.
COMMAND = re.compile(r"(?:(?<=`)|(?<=\$ )|(?<=# {3})|(?<=example )|(?<=: ))transfer ([a-z][a-z-]+)([^`\n#;]*)")


@cache
def codes_of_the_source() -> set[str]:
    texts = [
        path.read_text() for package in ("transfer", "jobs", "analysis") for path in (ROOT / package).rglob("*.py")
    ]
    held = [node.value for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    return {code for value in held if isinstance(value, str) for code in CODE.findall(value)}


def commands() -> Iterator[tuple[str, str, list[str]]]:
    for file in FILES:
        for name, rest in COMMAND.findall((ROOT / file).read_text(encoding="utf-8")):
            yield file, name, re.findall(r"--[a-z][a-z-]+", rest)
        for rest in re.findall(r"python -m jobs\.run_study (.*)", (ROOT / file).read_text(encoding="utf-8")):
            yield file, "run", re.findall(r"--[a-z][a-z-]+", rest)


def test_every_code_of_the_source_is_explained_and_no_other():
    explained = [code for code, _, _ in ROW.findall(PAGE)]
    assert len(explained) == len(set(explained))
    assert set(explained) == codes_of_the_source()


def test_codes_named_in_the_text_are_codes():
    assert set(CODE.findall(PAGE)) | set(CODE.findall(SECURITY)) <= codes_of_the_source()


def test_the_exit_codes_are_those_of_the_source():
    rows = re.findall(r"^\| (\d[\d, ]*) \| \S", PAGE, re.MULTILINE)
    told = {int(code) for row in rows for code in row.split(", ")}
    kinds = (errors.TransferError, errors.EnvironmentProblem, errors.DamagedResults)
    assert {cli.UNEXPECTED, cli.INTERRUPTED, *(kind.exit_code for kind in kinds)} <= told
    assert told == {0, 1, 2, 3, 4, 5, 130, 143}


def test_every_command_and_option_that_is_shown_is_there():
    known = get_command(cli.build()).commands
    shown = list(commands())
    assert {"doctor", "submit", "stop", "status", "run", "verify", "repair", "collect-garbage"} <= {
        name for _, name, _ in shown
    }
    for file, name, options in shown:
        assert name in known, (file, name)
        possible = {option for parameter in known[name].params for option in parameter.opts}
        assert set(options) <= possible, (file, name, options)


@pytest.mark.parametrize("cause", policy.Cause)
def test_the_attempts_of_each_cause_are_those_of_the_policy(cause):
    rows = re.findall(rf"^\|.*\(`{cause.value}`\).*\| (.+) \|$", PAGE, re.MULTILINE)
    if cause in policy.BUDGETS:
        budget = policy.BUDGETS[cause]
        assert rows == ["any number" if budget is None else str(budget)]
    else:
        assert rows == []  # no fault of a task, so not counted


def test_limits_that_are_told_are_those_of_the_source():
    assert (controller.DEADLINE, controller.IN_FLIGHT) == (3600, 2)  # "an hour", "up to two tasks"
    assert f"at most {node_cache.GIGABYTES:.0f} GB (`{node_cache.PLACE}`, `{node_cache.LIMIT}`)" in PAGE
    assert f"waits {lease.STALE:.0f} s for the lock" in PAGE
    assert f"nesting beyond {yaml_text.DEEPEST} levels and files beyond {yaml_text.LARGEST // 10**6} MB" in SECURITY


@pytest.mark.parametrize("page", ["docs/operating.md", "SECURITY.md"])
def test_what_it_points_to_is_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    named = re.findall(r"`([\w.-]+/[\w./-]+\.\w+|[\w-]+\.(?:yaml|md|lock)|Dockerfile)`", text)
    assert targets or named
    for target in targets:
        assert (ROOT / page).parent.joinpath(target).exists(), target
    for name in set(named) - {"study.yaml", "my-cluster.yaml"}:
        assert (ROOT / name).exists(), name
    assert page in (ROOT / "README.md").read_text(encoding="utf-8")
