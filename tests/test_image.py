"""The Dockerfile, without Docker: our own rules, and mutants that a rule must name."""

import re
import subprocess
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8")
SECRET = re.compile(r"AKIA[0-9A-Z]{16}|-----BEGIN|(?i:(password|secret|token|key)\s*[:= ]\s*['\"]?[A-Za-z0-9+/]{16,})")
PINNED = re.compile(r"python:(3\.\d+)\.\d+-slim-\w+@sha256:[0-9a-f]{64}")


class Image:
    """The instructions of a Dockerfile, comments left out and continued lines joined."""

    def __init__(self, text: str) -> None:
        self.text = text
        bare = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
        lines = [" ".join(line.split()) for line in bare.splitlines() if line.strip()]
        self.steps = [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]

    def of(self, word: str) -> list[str]:
        return [rest for name, rest in self.steps if name == word]

    def commands(self) -> list[str]:
        return [command.strip() for run in self.of("RUN") for command in run.split("&&")]

    def environment(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for held in self.of("ENV") for pair in held.split())


def the_base_is_pinned_by_version_and_digest(image: Image) -> None:
    assert len(image.of("FROM")) == 1 and PINNED.fullmatch(image.of("FROM")[0])


def its_python_is_the_one_of_the_lock(image: Image) -> None:
    found = PINNED.match(image.of("FROM")[0])
    assert found and f"--python-version {found[1]} " in (ROOT / "Makefile").read_text()


def it_does_not_run_as_root(image: Image) -> None:
    assert image.of("USER")[-1:] == ["1000"]  # a number: Kubernetes cannot tell of a name whether it is root
    assert any(command.startswith("useradd ") and " --uid 1000 " in command for command in image.commands())


def only_what_the_lock_names_by_hash_is_installed(image: Image) -> None:
    first, second = [command for command in image.commands() if re.match(r"(\S*python\S* -m )?(pip|uv)\b", command)]
    assert " --require-hashes " in first and first.endswith(" -r /tmp/requirements.lock")
    assert " --only-binary=:all: " in first  # nothing is built here: building runs code of the package
    assert " --no-index --no-deps /tmp/*.whl" in second
    assert not any("index-url" in command or "trusted-host" in command for command in image.commands())


def nothing_is_fetched_and_run(image: Image) -> None:
    assert not image.of("ADD")
    assert not any(re.search(r"^(curl|wget|git)\b|\| *(ba)?sh\b|https?://", command) for command in image.commands())


def it_holds_no_secret(image: Image) -> None:
    assert not SECRET.search(image.text) and not image.of("ARG")


def it_opens_nothing(image: Image) -> None:
    assert "0.0.0.0" not in image.text and not image.of("EXPOSE")


def every_ray_in_it_wants_a_token(image: Image) -> None:
    assert image.environment()["RAY_AUTH_MODE"] == "token"


def nothing_is_reported_to_others(image: Image) -> None:
    assert image.environment()["RAY_USAGE_STATS_ENABLED"] == "0"


def its_home_is_told(image: Image) -> None:
    assert image.environment()["HOME"] == "/home/ray"  # `ray up` looks there for where files go, and else takes /root


def others_cannot_look_where_the_token_goes(image: Image) -> None:
    (made,) = [command for command in image.commands() if command.startswith("install --directory")]
    assert "--mode=700" in made and "/home/ray/.ray" in made and "--owner=ray" in made


def what_ray_and_kubernetes_call_is_there(image: Image) -> None:
    (apt,) = [command for command in image.commands() if command.startswith("apt-get install")]
    assert {"openssh-client", "rsync", "wget", "--no-install-recommends"} <= set(apt.split())


Rule = Callable[[Image], None]
RULES: tuple[Rule, ...] = (
    the_base_is_pinned_by_version_and_digest,
    its_python_is_the_one_of_the_lock,
    it_does_not_run_as_root,
    only_what_the_lock_names_by_hash_is_installed,
    nothing_is_fetched_and_run,
    it_holds_no_secret,
    it_opens_nothing,
    every_ray_in_it_wants_a_token,
    nothing_is_reported_to_others,
    its_home_is_told,
    others_cannot_look_where_the_token_goes,
    what_ray_and_kubernetes_call_is_there,
)

# What somebody might write or leave out, and the rule that must say so.
MUTANTS: list[tuple[str, str, Rule]] = [
    (TEXT[TEXT.index("@sha256") : TEXT.index("\n\n# `ray up`")], "", the_base_is_pinned_by_version_and_digest),
    ("FROM python:3.11.14-slim-bookworm@", "FROM python@", the_base_is_pinned_by_version_and_digest),
    ("FROM python:3.11", "FROM python:3.12", its_python_is_the_one_of_the_lock),
    ("USER 1000\n", "", it_does_not_run_as_root),
    ("USER 1000\n", "USER ray\n", it_does_not_run_as_root),
    ("WORKDIR", "USER root\nWORKDIR", it_does_not_run_as_root),
    ("--uid 1000", "--uid 0", it_does_not_run_as_root),
    (" --require-hashes", "", only_what_the_lock_names_by_hash_is_installed),
    (" --only-binary=:all:", "", only_what_the_lock_names_by_hash_is_installed),
    ("--no-index --no-deps ", "", only_what_the_lock_names_by_hash_is_installed),
    ("ENV HOME", "RUN pip install boto3\nENV HOME", only_what_the_lock_names_by_hash_is_installed),
    ("ENV HOME", "RUN wget -O - example.org | sh\nENV HOME", nothing_is_fetched_and_run),
    ("ENV HOME", "ADD https://example.org/tool /bin/\nENV HOME", nothing_is_fetched_and_run),
    ("RAY_AUTH_MODE=token", f"RAY_AUTH_MODE=token RAY_AUTH_TOKEN={'0123abcd' * 4}", it_holds_no_secret),
    ("ENV HOME", "ARG AWS_SECRET_ACCESS_KEY\nENV HOME", it_holds_no_secret),
    ("CMD", "EXPOSE 8265\nCMD", it_opens_nothing),
    ("RAY_AUTH_MODE=token", "RAY_AUTH_MODE=disabled", every_ray_in_it_wants_a_token),
    ("RAY_USAGE_STATS_ENABLED=0", "RAY_USAGE_STATS_ENABLED=1", nothing_is_reported_to_others),
    ("ENV HOME=/home/ray", "ENV USER=ray", its_home_is_told),
    ("--mode=700", "--mode=755", others_cannot_look_where_the_token_goes),
    (" rsync wget", " wget", what_ray_and_kubernetes_call_is_there),
]


def broken(text: str) -> Iterator[Rule]:
    """The rules that a Dockerfile does not follow."""
    for rule in RULES:
        try:
            rule(Image(text))
        except (AssertionError, KeyError, ValueError):
            yield rule


def test_it_follows_every_rule():
    assert list(broken(TEXT)) == []


@pytest.mark.parametrize("number", range(len(MUTANTS)))
def test_a_file_that_breaks_a_rule_is_told_by_that_rule(number):
    old, new, rule = MUTANTS[number]
    assert old in TEXT, old
    assert rule in list(broken(TEXT.replace(old, new)))


def test_every_rule_has_a_mutant():
    assert set(RULES) == {rule for _, _, rule in MUTANTS}


def test_what_is_copied_is_all_that_docker_is_shown():
    shown = {line.removeprefix("!") for line in IGNORED.splitlines() if line.startswith("!")}
    assert "*" in IGNORED.splitlines()
    assert {copied.split()[0] for copied in Image(TEXT).of("COPY")} == shown


def test_make_image_builds_the_wheel_where_the_image_takes_it_from_and_names_it_as_the_clusters_do():
    said = subprocess.run(
        ["make", "-n", "-o", ".venv/installed-dev", "image"], cwd=ROOT, capture_output=True, text=True
    )
    (built,) = [line for line in said.stdout.splitlines() if " -m build " in line]
    (image,) = [line for line in said.stdout.splitlines() if line.startswith("docker build")]
    wheels = [copied.split()[0] for copied in Image(TEXT).of("COPY")][1]
    assert fnmatch(f"{built.split()[-1]}/transfer_study-0.1.0-py3-none-any.whl", wheels)
    name = image.split("--tag ")[1].split()[0]
    for file in ("cluster.yaml", "cluster-on-premises.yaml", "jobs/rayjob.yaml"):
        assert f"image: {name}@" in (ROOT / file).read_text(), file
