"""jobs/rayjob.yaml, offline: the form of what it asks for, our own rules, and mutants that a rule must name."""

import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.jobs.kuberay import FORMS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "jobs" / "rayjob.yaml").read_text(encoding="utf-8")
SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN|[0-9a-f]{40,}|(?i:(password|secret|token)\s*:\s*['\"]?[A-Za-z0-9+/]{12,})"
)


class File:
    """What the file asks for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.account, self.policy, self.job = list(yaml.load_all(text, yaml.CSafeLoader))
        self.spec = self.job["spec"]
        self.cluster = self.spec["rayClusterSpec"]
        self.head, self.workers = self.cluster["headGroupSpec"], self.cluster["workerGroupSpecs"]
        self.templates = [group["template"] for group in (self.head, *self.workers)]
        self.containers = [one for template in self.templates for one in template["spec"]["containers"]]


def it_has_the_form_that_kubernetes_and_kuberay_know(file: File) -> None:
    for asked, known in zip((file.account, file.policy, file.job), FORMS, strict=True):
        jsonschema.validate(asked, known)


def it_is_for_this_version_of_ray(file: File) -> None:
    assert file.cluster["rayVersion"] == version("ray")


def every_pod_wants_the_token(file: File) -> None:
    assert file.cluster["authOptions"] == {"mode": "token"}
    assert not any(one["name"] == "RAY_AUTH_MODE" for container in file.containers for one in container["env"])


def no_secret_is_in_it(file: File) -> None:
    assert not SECRET.search(file.text)


def nothing_is_opened(file: File) -> None:
    assert "0.0.0.0" not in file.text
    assert not any("dashboard-host" in group["rayStartParams"] for group in (file.head, *file.workers))


def only_its_own_pods_and_the_operator_reach_it(file: File) -> None:
    ours = {"matchLabels": {"app": "transfer"}}
    operator = {"matchLabels": {"kubernetes.io/metadata.name": "kuberay-system"}}
    assert file.policy["spec"]["podSelector"] == ours and file.policy["spec"]["policyTypes"] == ["Ingress"]
    assert file.policy["spec"]["ingress"] == [
        {"from": [{"podSelector": ours}]},
        {"from": [{"namespaceSelector": operator}], "ports": [{"protocol": "TCP", "port": 8265}]},
    ]
    assert all(template["metadata"]["labels"] == ours["matchLabels"] for template in file.templates)


def nothing_runs_as_root(file: File) -> None:
    contexts = [one["securityContext"] for one in file.containers] + [
        file.cluster["autoscalerOptions"]["securityContext"]
    ]
    assert all(
        context["runAsNonRoot"] is True
        and context["allowPrivilegeEscalation"] is False
        and context["capabilities"] == {"drop": ["ALL"]}
        and context["seccompProfile"] == {"type": "RuntimeDefault"}
        for context in contexts
    )


def workers_cannot_speak_to_kubernetes(file: File) -> None:
    assert all(group["template"]["spec"]["automountServiceAccountToken"] is False for group in file.workers)


def the_head_does_no_work(file: File) -> None:
    assert file.head["rayStartParams"] == {"num-cpus": "0", "num-gpus": "0"}


def the_head_stays_and_workers_are_spot_machines(file: File) -> None:
    capacity = [template["spec"]["nodeSelector"]["eks.amazonaws.com/capacityType"] for template in file.templates]
    assert capacity == ["ON_DEMAND", "SPOT"]
    assert all(group["template"]["spec"]["tolerations"] for group in file.workers)


def there_is_time_to_hand_work_over(file: File) -> None:
    assert all(template["spec"]["terminationGracePeriodSeconds"] >= 35 for template in file.templates)


def a_pod_gets_what_it_asks_for(file: File) -> None:
    assert all(one["resources"]["requests"] == one["resources"]["limits"] for one in file.containers)


def shared_memory_is_memory(file: File) -> None:
    for template in file.templates:
        (volume,) = [one for one in template["spec"]["volumes"] if one["emptyDir"].get("medium") == "Memory"]
        for container in template["spec"]["containers"]:
            assert {"name": volume["name"], "mountPath": "/dev/shm"} in container["volumeMounts"]


def the_cache_has_less_than_the_room_that_there_is(file: File) -> None:
    for template in file.templates:
        (room,) = [one["emptyDir"]["sizeLimit"] for one in template["spec"]["volumes"] if one["name"] == "cache"]
        for container in template["spec"]["containers"]:
            (cache,) = [one["value"] for one in container["env"] if one["name"] == "TRANSFER_CACHE_GB"]
            storage = container["resources"]["limits"]["ephemeral-storage"]
            assert int(cache) < int(room.removesuffix("Gi")) < int(storage.removesuffix("Gi"))


def the_image_is_this_version_by_a_digest_that_somebody_must_give(file: File) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    home = re.search(r"^IMAGE \?= (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert home  # what `make image` calls it
    name = f"{home[1]}:{project['version']}@${{TRANSFER_IMAGE_DIGEST}}"
    assert [one["image"] for one in file.containers] == [name] * len(file.containers)


def results_go_to_a_bucket(file: File) -> None:
    assert re.search(r"^python -m jobs\.run_study \w+ --results s3://\S+ ", file.spec["entrypoint"])


def a_driver_that_died_with_its_head_is_started_again_and_not_for_ever(file: File) -> None:
    assert 1 <= file.spec["backoffLimit"] <= 10 and file.spec["activeDeadlineSeconds"] > 0


def the_cluster_goes_away_with_the_job(file: File) -> None:
    assert file.spec["shutdownAfterJobFinishes"] is True


def the_run_is_told_how_far_the_cluster_may_grow(file: File) -> None:
    assert all(1 <= group["minReplicas"] <= group["maxReplicas"] for group in file.workers)
    places = sum(
        group["maxReplicas"] * int(group["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"])
        for group in file.workers
    )
    assert file.spec["entrypoint"].endswith(f" --workers {places}")


Rule = Callable[[File], None]
RULES: tuple[Rule, ...] = (
    it_has_the_form_that_kubernetes_and_kuberay_know,
    it_is_for_this_version_of_ray,
    every_pod_wants_the_token,
    no_secret_is_in_it,
    nothing_is_opened,
    only_its_own_pods_and_the_operator_reach_it,
    nothing_runs_as_root,
    workers_cannot_speak_to_kubernetes,
    the_head_does_no_work,
    the_head_stays_and_workers_are_spot_machines,
    there_is_time_to_hand_work_over,
    a_pod_gets_what_it_asks_for,
    shared_memory_is_memory,
    the_cache_has_less_than_the_room_that_there_is,
    the_image_is_this_version_by_a_digest_that_somebody_must_give,
    results_go_to_a_bucket,
    a_driver_that_died_with_its_head_is_started_again_and_not_for_ever,
    the_cluster_goes_away_with_the_job,
    the_run_is_told_how_far_the_cluster_may_grow,
)
POLICY = TEXT[TEXT.index("# Only the cluster's own") : TEXT.index("apiVersion: ray.io")]

# What somebody might write or leave out, and the rule that must say so.
MUTANTS: list[tuple[str, str, Rule]] = [
    ("apiVersion: ray.io/v1\n", "apiVersion: ray.io/v1alpha1\n", it_has_the_form_that_kubernetes_and_kuberay_know),
    ("runAsNonRoot: true", "runAsNonroot: true", it_has_the_form_that_kubernetes_and_kuberay_know),
    ("submissionMode: HTTPMode", "submissionMode: HttpMode", it_has_the_form_that_kubernetes_and_kuberay_know),
    ('{num-cpus: "0", num-gpus: "0"}', "{num-cpus: 0, num-gpus: 0}", it_has_the_form_that_kubernetes_and_kuberay_know),
    ("            serviceAccountName: transfer\n", "", it_has_the_form_that_kubernetes_and_kuberay_know),
    ("serviceType: ClusterIP", "serviceType: LoadBalancer", it_has_the_form_that_kubernetes_and_kuberay_know),
    ("rayVersion: 2.60.0", "rayVersion: 2.59.0", it_is_for_this_version_of_ray),
    ("    authOptions: {mode: token}\n", "", every_pod_wants_the_token),
    ("{mode: token}", "{mode: disabled}", every_pod_wants_the_token),
    ("{name: RAY_USAGE_STATS_ENABLED, v", "{name: RAY_AUTH_MODE, v", every_pod_wants_the_token),
    ("backoffLimit: 3", "# token: 0123456789abcdef\n  backoffLimit: 3", no_secret_is_in_it),
    ('num-gpus: "0"}', 'num-gpus: "0", dashboard-host: 0.0.0.0}', nothing_is_opened),
    (POLICY, "", it_has_the_form_that_kubernetes_and_kuberay_know),
    ("{app: transfer}}}]\n    - from", "{}}}]\n    - from", only_its_own_pods_and_the_operator_reach_it),
    ("      ports: [{protocol: TCP, port: 8265}]\n", "", only_its_own_pods_and_the_operator_reach_it),
    (
        "metadata: {labels: {app: transfer}}",
        "metadata: {labels: {app: other}}",
        only_its_own_pods_and_the_operator_reach_it,
    ),
    ("runAsNonRoot: true", "runAsNonRoot: false", nothing_runs_as_root),
    ("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", nothing_runs_as_root),
    ("{drop: [ALL]}", "{drop: [NET_RAW]}", nothing_runs_as_root),
    ("type: RuntimeDefault", "type: Unconfined", nothing_runs_as_root),
    ("              securityContext: *closed\n              res", "              res", nothing_runs_as_root),
    ("            automountServiceAccountToken: false\n", "", workers_cannot_speak_to_kubernetes),
    ('{num-cpus: "0", num-gpus: "0"}', "{}", the_head_does_no_work),
    ("ON_DEMAND", "SPOT", the_head_stays_and_workers_are_spot_machines),
    ("capacityType: SPOT", "capacityType: ON_DEMAND", the_head_stays_and_workers_are_spot_machines),
    ("terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 30", there_is_time_to_hand_work_over),
    ("limits: *worker", 'limits: {cpu: "8", memory: 16Gi, ephemeral-storage: 40Gi}', a_pod_gets_what_it_asks_for),
    ("medium: Memory, ", "", shared_memory_is_memory),
    ("mountPath: /dev/shm", "mountPath: /shm", shared_memory_is_memory),
    (
        'TRANSFER_CACHE_GB, value: "20"',
        'TRANSFER_CACHE_GB, value: "50"',
        the_cache_has_less_than_the_room_that_there_is,
    ),
    ("${TRANSFER_IMAGE_DIGEST}\n", "latest\n", the_image_is_this_version_by_a_digest_that_somebody_must_give),
    ("s3://${TRANSFER_BUCKET}/quickstart -", "/home/ray/results -", results_go_to_a_bucket),
    ("backoffLimit: 3", "backoffLimit: 0", a_driver_that_died_with_its_head_is_started_again_and_not_for_ever),
    ("shutdownAfterJobFinishes: true", "shutdownAfterJobFinishes: false", the_cluster_goes_away_with_the_job),
    ("maxReplicas: 8", "maxReplicas: 80", the_run_is_told_how_far_the_cluster_may_grow),
    (" --workers 32\n", "\n", the_run_is_told_how_far_the_cluster_may_grow),
]


def broken(text: str) -> Iterator[Rule]:
    """The rules that a file does not follow."""
    try:
        file = File(text)
    except (ValueError, KeyError):
        yield it_has_the_form_that_kubernetes_and_kuberay_know
        return
    for rule in RULES:
        try:
            rule(file)
        except (AssertionError, KeyError, ValueError, jsonschema.ValidationError):
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
