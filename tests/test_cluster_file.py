"""The files for `ray up`, offline: the schema and checks of Ray, our own rules, and mutants that a rule must name."""

import copy
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import ray
import yaml

ROOT = Path(__file__).parents[1]
AWS, ON_PREMISES = "cluster.yaml", "cluster-on-premises.yaml"
SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN|(?i:(password|secret|token|key)\s*[:=]\s*['\"]?[A-Za-z0-9+/]{16,})|[0-9a-f]{40,}"
)
TOKEN = "/home/ray/.ray/auth_token"
CPUS = {"c6i.4xlarge": 16}  # of the machines that work

SCHEMA = json.loads((Path(ray.__file__).parent / "autoscaler" / "ray-schema.json").read_text())

Config = dict[str, Any]


class File:
    """A file as it is written, as it is read, and as `ray up` fills it in without asking anybody."""

    def __init__(self, text: str) -> None:
        from ray.autoscaler._private.util import prepare_config, validate_config

        self.text, self.raw = text, yaml.load(text, yaml.CSafeLoader)
        jsonschema.validate(self.raw, SCHEMA)
        self.filled = prepare_config(copy.deepcopy(self.raw))
        validate_config(self.filled)

    def types(self) -> list[Config]:
        return list(self.raw["available_node_types"].values())

    def head(self) -> Config:
        found: Config = self.raw["available_node_types"][self.raw["head_node_type"]]
        return found

    def workers(self) -> list[Config]:
        return [one for one in self.types() if one is not self.head()]

    def commands(self) -> list[str]:
        """All that is run on a node, whether it is written here or filled in by Ray."""
        return list(chain.from_iterable(held for name, held in self.filled.items() if name.endswith("_commands")))

    def starts(self) -> tuple[list[str], list[str]]:
        return self.raw["head_start_ray_commands"], self.raw["worker_start_ray_commands"]


def nothing_is_installed(file: File) -> None:
    assert not any(re.search(r"\b(pip|apt|conda|curl|wget)\b", command) for command in file.commands())


def nothing_is_opened(file: File) -> None:
    assert "0.0.0.0" not in "\n".join([file.text, *file.commands()])
    heads = [command for command in file.commands() if "ray start --head" in command]
    assert heads and all("--dashboard-host=127.0.0.1 " in command for command in heads)


def every_node_wants_the_token(file: File) -> None:
    assert "-e RAY_AUTH_MODE=token" in file.raw["docker"]["run_options"]
    assert TOKEN in file.raw["file_mounts"]
    assert all(started[0].startswith(f"chmod 600 {TOKEN} ") for started in file.starts())


def no_secret_is_in_it(file: File) -> None:
    assert not SECRET.search(file.text)


def nothing_is_reported_to_others(file: File) -> None:
    assert "-e RAY_USAGE_STATS_ENABLED=0" in file.raw["docker"]["run_options"]
    assert all("--disable-usage-stats" in started[-1] for started in file.starts())


def the_image_is_this_version_by_a_digest_that_somebody_must_give(file: File) -> None:
    assert file.raw["docker"]["image"] == f"{image()}@${{TRANSFER_IMAGE_DIGEST}}"


def results_go_to_a_bucket(file: File) -> None:
    homes = re.findall(r"transfer submit .*--results (\S+)", file.text)
    assert homes and all(home.startswith("s3://") for home in homes)


def the_head_does_no_work(file: File) -> None:
    if file.raw["provider"]["type"] == "aws":
        assert file.head()["resources"] == {"CPU": 0, "GPU": 0}
    else:
        assert all(f" --num-{kind}=0 " in file.starts()[0][-1] for kind in ("cpus", "gpus"))


def the_head_is_no_spot_machine(file: File) -> None:
    assert "InstanceMarketOptions" not in file.head()["node_config"]


def workers_are_spot_machines_and_there_is_one_to_begin_with(file: File) -> None:
    for worker in file.workers():
        assert worker["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"}
        assert 1 <= worker["min_workers"] <= worker["max_workers"]


def the_run_is_told_how_far_the_cluster_may_grow(file: File) -> None:
    places = sum(worker["max_workers"] * CPUS[worker["node_config"]["InstanceType"]] for worker in file.workers())
    assert re.findall(r"--workers (\d+)", file.text) == [str(places)]


def metadata_of_the_machines_wants_a_session(file: File) -> None:
    assert all(one["node_config"]["MetadataOptions"] == {"HttpTokens": "required"} for one in file.types())


def each_machine_may_do_what_its_role_says_and_no_more(file: File) -> None:
    roles = [one["node_config"]["IamInstanceProfile"]["Name"] for one in (file.head(), *file.workers())]
    assert roles == ["transfer-head", "transfer-worker"]


def disks_are_encrypted(file: File) -> None:
    disks = [disk["Ebs"] for one in file.types() for disk in one["node_config"]["BlockDeviceMappings"]]
    assert len(disks) == len(file.types()) and all(disk["Encrypted"] for disk in disks)


def its_key_of_the_bucket_is_readable_by_its_owner_alone(file: File) -> None:
    key = "/home/ray/.aws/credentials"
    assert key in file.raw["file_mounts"]
    assert all(f"{key} " in started[0] for started in file.starts())


Rule = Callable[[File], None]
OF_BOTH: tuple[Rule, ...] = (
    nothing_is_installed,
    nothing_is_opened,
    every_node_wants_the_token,
    no_secret_is_in_it,
    nothing_is_reported_to_others,
    the_image_is_this_version_by_a_digest_that_somebody_must_give,
    results_go_to_a_bucket,
    the_head_does_no_work,
)
OF_AWS: tuple[Rule, ...] = (
    the_head_is_no_spot_machine,
    workers_are_spot_machines_and_there_is_one_to_begin_with,
    the_run_is_told_how_far_the_cluster_may_grow,
    metadata_of_the_machines_wants_a_session,
    each_machine_may_do_what_its_role_says_and_no_more,
    disks_are_encrypted,
)
RULES: dict[str, tuple[Rule, ...]] = {
    AWS: (*OF_BOTH, *OF_AWS),
    ON_PREMISES: (*OF_BOTH, its_key_of_the_bucket_is_readable_by_its_owner_alone),
}
ACCEPTED = "is accepted by Ray"

# What somebody might write or leave out, and the rule that must say so.
MUTANTS: list[tuple[str, str, str, Rule | str]] = [
    (AWS, "max_workers: 8\nup", "max_workers: 0\nup", ACCEPTED),
    (AWS, "head_node_type: head", "head_node_type: tail", ACCEPTED),
    (AWS, "cluster_name: transfer", "cluster: transfer", ACCEPTED),
    (AWS, "setup_commands: []\nhead_s", "head_s", nothing_is_installed),
    (AWS, "head_setup_commands: []\n", "", nothing_is_installed),
    (AWS, "--dashboard-host=127.0.0.1 ", "--dashboard-host=0.0.0.0 ", nothing_is_opened),
    (AWS, "--dashboard-host=127.0.0.1 ", "", nothing_is_opened),
    (AWS, "    - -e RAY_AUTH_MODE=token\n", "", every_node_wants_the_token),
    (AWS, "RAY_AUTH_MODE=token\n    - -e RAY_U", "RAY_AUTH_MODE=disabled\n    - -e RAY_U", every_node_wants_the_token),
    (AWS, "{/home/ray/.ray/auth_token: ~/.ray/auth_token}", "{}", every_node_wants_the_token),
    (AWS, "chmod 600 /home/ray/.ray/auth_token && ", "", every_node_wants_the_token),
    (AWS, "auth: {", f"# token: {'0123abcd' * 8}\nauth: {{", no_secret_is_in_it),
    (AWS, "auth: {", f"# {'AKIA' + 'ABCDEFGH' * 2}\nauth: {{", no_secret_is_in_it),
    (AWS, " --disable-usage-stats", "", nothing_is_reported_to_others),
    (AWS, "@${TRANSFER_IMAGE_DIGEST}\n", "\n", the_image_is_this_version_by_a_digest_that_somebody_must_give),
    (AWS, "transfer:0.1.0@", "transfer:latest@", the_image_is_this_version_by_a_digest_that_somebody_must_give),
    (AWS, "--results s3://BUCKET/STUDY", "--results /mnt/STUDY", results_go_to_a_bucket),
    (AWS, "{CPU: 0, GPU: 0}", "{}", the_head_does_no_work),
    (AWS, "{CPU: 0, GPU: 0}", "{CPU: 4, GPU: 0}", the_head_does_no_work),
    (
        AWS,
        "      InstanceType: m6i.xlarge\n",
        "      InstanceMarketOptions: {MarketType: spot}\n",
        the_head_is_no_spot_machine,
    ),
    (AWS, "{MarketType: spot}", "{}", workers_are_spot_machines_and_there_is_one_to_begin_with),
    (AWS, "min_workers: 1", "min_workers: 0", workers_are_spot_machines_and_there_is_one_to_begin_with),
    (AWS, "--workers 128", "--workers 64", the_run_is_told_how_far_the_cluster_may_grow),
    (AWS, "max_workers: 8\n    res", "max_workers: 4\n    res", the_run_is_told_how_far_the_cluster_may_grow),
    (AWS, "HttpTokens: required", "HttpTokens: optional", metadata_of_the_machines_wants_a_session),
    (AWS, "transfer-worker}", "transfer-head}", each_machine_may_do_what_its_role_says_and_no_more),
    (AWS, "Encrypted: true", "Encrypted: false", disks_are_encrypted),
    (ON_PREMISES, "type: local", "type: nowhere", ACCEPTED),
    (ON_PREMISES, "  head_ip: head.example\n", "", ACCEPTED),
    (ON_PREMISES, "--dashboard-host=127.0.0.1 ", "", nothing_is_opened),
    (ON_PREMISES, "    - -e RAY_AUTH_MODE=token\n", "", every_node_wants_the_token),
    (ON_PREMISES, "  /home/ray/.ray/auth_token: ~/.ray/auth_token\n", "", every_node_wants_the_token),
    (ON_PREMISES, "@${TRANSFER_IMAGE_DIGEST}\n", "\n", the_image_is_this_version_by_a_digest_that_somebody_must_give),
    (ON_PREMISES, "8265 --results s3://BUCKET/STUDY", "8265 --results STUDY", results_go_to_a_bucket),
    (ON_PREMISES, " --num-cpus=0", "", the_head_does_no_work),
    (ON_PREMISES, " --num-gpus=0", "", the_head_does_no_work),
    (ON_PREMISES, " /home/ray/.aws/credentials &&", " &&", its_key_of_the_bucket_is_readable_by_its_owner_alone),
]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def image() -> str:
    """The name that `make image` gives."""
    found = re.search(r"^IMAGE \?= (\S+)$", text_of("Makefile"), re.MULTILINE)
    assert found
    return f"{found[1]}:{tomllib.loads(text_of('pyproject.toml'))['project']['version']}"


def broken(name: str, text: str) -> Iterator[str]:
    """The rules that a file does not follow."""
    try:
        file = File(text)
    except Exception:  # Ray refuses with whatever it comes upon
        yield ACCEPTED
        return
    for rule in RULES[name]:
        try:
            rule(file)
        except (AssertionError, KeyError):
            yield rule.__name__


@pytest.mark.parametrize("name", RULES)
def test_it_is_accepted_by_ray_and_follows_every_rule(name):
    assert version("ray").startswith("2.60.")  # the schema and the checks are those of this Ray
    assert list(broken(name, text_of(name))) == []


@pytest.mark.parametrize("number", range(len(MUTANTS)))
def test_a_file_that_breaks_a_rule_is_told_by_that_rule(number):
    name, old, new, rule = MUTANTS[number]
    text = text_of(name)
    assert old in text, old
    assert (rule if isinstance(rule, str) else rule.__name__) in list(broken(name, text.replace(old, new)))


def test_every_rule_has_a_mutant():
    told = [rule for _, _, _, rule in MUTANTS]
    assert all(rule in told for rules in RULES.values() for rule in rules)


def test_a_file_without_start_commands_would_be_opened_to_the_world():
    """Why they are written out: what Ray puts in their place."""
    from ray.autoscaler._private.util import prepare_config

    raw = yaml.safe_load(text_of(AWS))
    del raw["head_start_ray_commands"]
    assert any("0.0.0.0" in command for command in prepare_config(raw)["head_start_ray_commands"])
