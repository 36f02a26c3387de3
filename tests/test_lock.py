"""requirements.lock, which the image installs: it covers what pyproject.toml asks for, and every pin has its hashes."""

import re
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = ("models", "s3", "attacks")  # of these the image has all; what only developers need is not in it
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "python_version": "3.11"}
PIN = re.compile(r"([a-z0-9][a-z0-9.-]*)==([A-Za-z0-9.!+]+)((?: --hash=sha256:[0-9a-f]{64})+)")


def entries(text: str) -> list[str]:
    bare = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [" ".join(line.split()) for line in bare.splitlines() if line.strip()]


def pins(text: str) -> dict[str, str]:
    return {found[1]: found[2] for entry in entries(text) if (found := PIN.fullmatch(entry))}


def asked_by_the_project() -> list[Requirement]:
    extras = [line for extra in EXTRAS for line in PROJECT["optional-dependencies"][extra]]
    return [Requirement(line) for line in (*PROJECT["dependencies"], *extras)]


@cache
def asked_by(name: str, version: str) -> tuple[Requirement, ...]:
    """What a pinned package needs in turn; nothing where it is not installed here, or another version is."""
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return ()
    found = map(Requirement, installed.requires or () if installed.version == version else ())
    return tuple(one for one in found if one.marker is None or one.marker.evaluate({**LINUX, "extra": ""}))


def asked_by_pins(pinned: dict[str, str]) -> list[Requirement]:
    return [requirement for name, version in pinned.items() for requirement in asked_by(name, version)]


def problems(text: str) -> list[str]:
    """What is wrong with a lock file, in words."""
    pinned = pins(text)
    found = [f"no pin with hashes: {entry[:40]}" for entry in entries(text) if not PIN.fullmatch(entry)]
    for requirement in (*asked_by_the_project(), *asked_by_pins(pinned)):
        version = pinned.get(canonicalize_name(requirement.name))
        if version is None:
            found.append(f"not there: {requirement.name}")
        elif not requirement.specifier.contains(version, prereleases=True):
            found.append(f"not as asked: {requirement.name} {version}")
    if "pandas" in pinned:  # where it is, ray.data can be imported, which reads pickles out of Parquet
        found.append("must not be there: pandas")
    return found


def test_it_covers_the_project_and_every_pin_has_its_hashes():
    assert problems(TEXT) == []
    assert len(pins(TEXT)) == len(entries(TEXT)) > len(asked_by_the_project())


def test_what_the_pinned_packages_need_in_turn_was_looked_at():
    assert len(asked_by_pins(pins(TEXT))) > 100


def without(name: str) -> str:
    return re.sub(rf"^{name}==.*\n(    --hash.*\n)+", "", TEXT, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (without("duckdb"), "not there: duckdb"),
        (without("boto3"), "not there: boto3"),
        (without("s3transfer"), "not there: s3transfer"),  # only boto3 asks for it
        (re.sub(r"^ray==2.60.\d+", "ray==2.61.0", TEXT, flags=re.MULTILINE), "not as asked: ray 2.61.0"),
        (re.sub(r"^torch==[\d.]+", "torch==2.5.1", TEXT, flags=re.MULTILINE), "not as asked: torch 2.5.1"),
        (re.sub(r"^(numpy==.*) \\\n(    --hash.*\n)+", r"\1\n", TEXT, flags=re.MULTILINE), "no pin with hashes: numpy"),
        (TEXT.replace("--hash=sha256:", "--hash=md5:", 1), "no pin with hashes: adversarial"),
        (TEXT + "left-pad>=1 \\\n    --hash=sha256:" + "0" * 64 + "\n", "no pin with hashes: left-pad"),
        (TEXT + "x @ https://example.org/x.whl\n", "no pin with hashes: x @"),
        (TEXT + "--extra-index-url https://example.org\n", "no pin with hashes: --extra-index-url"),
        (TEXT + "pandas==3.0.0 \\\n    --hash=sha256:" + "0" * 64 + "\n", "must not be there: pandas"),
    ],
)
def test_a_lock_that_lost_something_is_told(text, told):
    assert text != TEXT
    assert any(problem.startswith(told) for problem in problems(text))


def test_make_lock_asks_for_the_extras_that_the_image_has():
    lines = (ROOT / "Makefile").read_text().splitlines()
    (command,) = [line for line in lines if "/uv pip compile " in line]
    assert set(re.findall(r"--extra (\w+)", command)) == set(EXTRAS)
    assert "--generate-hashes" in command and "--only-binary :all:" in command
