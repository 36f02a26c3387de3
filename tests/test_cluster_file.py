"""cluster.yaml, offline: Ray's own schema and checks, and our own rules."""

import json
import re
from importlib.metadata import version
from pathlib import Path

import jsonschema
import pytest
import ray
import yaml

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "cluster.yaml").read_text(encoding="utf-8")
SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN|(?i:(password|secret|token)\s*[:=]\s*['\"]?[A-Za-z0-9+/]{16,})|[0-9a-f]{40,}"
)


@pytest.fixture
def raw():
    return yaml.safe_load(TEXT)


@pytest.fixture
def prepared(raw):
    """As `ray up` fills it in, without asking AWS."""
    from ray.autoscaler._private.util import prepare_config, validate_config

    filled = prepare_config(raw)
    validate_config(filled)
    return filled


def commands(config):
    return [*config["head_start_ray_commands"], *config["worker_start_ray_commands"], *config["setup_commands"]]


def test_it_follows_the_schema_of_ray(raw):
    schema = json.loads((Path(ray.__file__).parent / "autoscaler" / "ray-schema.json").read_text())
    jsonschema.validate(raw, schema)


def test_ray_accepts_it(prepared):
    assert prepared["cluster_name"] == "transfer"


def test_what_ray_fills_in_installs_nothing_and_opens_nothing(prepared):
    said = "\n".join(commands(prepared))
    assert "pip install" not in said
    assert "0.0.0.0" not in said
    assert "--dashboard-host=127.0.0.1" in said


def test_a_file_without_start_commands_would_be_opened_to_the_world(raw):
    """Why they are written out: what Ray puts in their place."""
    from ray.autoscaler._private.util import prepare_config

    del raw["head_start_ray_commands"]
    assert any("0.0.0.0" in command for command in prepare_config(raw)["head_start_ray_commands"])


def test_every_node_wants_the_token(raw):
    assert "-e RAY_AUTH_MODE=token" in raw["docker"]["run_options"]
    assert "/home/ray/.ray/auth_token" in raw["file_mounts"]
    for started in (raw["head_start_ray_commands"], raw["worker_start_ray_commands"]):
        assert started[0].startswith("chmod 600 /home/ray/.ray/auth_token")


def test_it_holds_no_secret():
    assert not SECRET.search(TEXT)
    assert SECRET.search("token: 0123456789abcdef0123456789abcdef")


def test_the_image_is_this_version_pinned_by_a_digest_that_somebody_must_give(raw):
    name = raw["docker"]["image"]
    assert name.split(":")[1].split("@")[0] == _version()
    assert name.endswith("@${TRANSFER_IMAGE_DIGEST}")


def test_the_head_does_no_work_and_is_no_spot_machine(raw):
    head = raw["available_node_types"][raw["head_node_type"]]
    assert head["resources"] == {"CPU": 0, "GPU": 0}
    assert "InstanceMarketOptions" not in head["node_config"]


def test_workers_are_spot_machines_and_there_is_one_to_begin_with(raw):
    spot = raw["available_node_types"]["spot"]
    assert spot["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"}
    assert 1 <= spot["min_workers"] <= spot["max_workers"]


def test_metadata_of_the_machines_wants_a_session(raw):
    kinds = raw["available_node_types"].values()
    assert all(kind["node_config"]["MetadataOptions"] == {"HttpTokens": "required"} for kind in kinds)


def _version() -> str:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version("ray").startswith("2.60.")  # the schema and the checks above are those of this Ray
    return project["version"]
