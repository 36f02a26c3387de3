import os
import subprocess
import sys
import time

import pytest

from jobs import cluster
from jobs.cluster import Place, slice_of
from transfer.errors import EnvironmentProblem, TransferError

NOWHERE = "/dev/null/home"  # no folder can be made here, by nobody


def connect(address, **environment):
    """Connects in a process of its own; what it says, and how long it took."""
    program = (
        "import sys; from jobs.cluster import Place, connect; from transfer.errors import TransferError\n"
        "try:\n"
        f"    with connect(Place({address!r}), 4) as slots: print(slots)\n"
        "except TransferError as problem: print(problem)\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    began = time.monotonic()
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env={**kept, **environment}
    )
    return answer.stdout.strip(), answer.stderr, time.monotonic() - began


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid:6379"])
def test_where_no_cluster_is_a_line_says_so_within_seconds(address):
    said, noise, seconds = connect(address)
    assert said == (
        f"error[U090]: no Ray cluster at {address}. Is the address right, and the port open (6379 as a rule)?"
    )
    assert noise == ""
    assert seconds < 20


@pytest.mark.parametrize("address", ["http://127.0.0.1:8265", "ray://head:10001", "head"])
def test_an_address_of_another_kind_is_refused_before_ray_is_loaded(address):
    with pytest.raises(EnvironmentProblem, match=r"U090.*give host:port"), cluster.connect(Place(address), 4):
        pass


def test_a_cluster_that_wants_a_token_is_told_in_a_line(slots):
    said, noise, _ = connect(address_of_ours(), HOME=NOWHERE)
    assert said.startswith(f"error[U094]: the cluster at {address_of_ours()} wants a token.")
    assert noise == ""


def test_a_wrong_token_is_told_in_a_line_that_does_not_repeat_it(slots):
    wrong = "f" * 64
    said, noise, _ = connect(address_of_ours(), HOME=NOWHERE, RAY_AUTH_TOKEN=wrong)
    assert said.startswith(f"error[U094]: the cluster at {address_of_ours()} refuses the token.")
    assert wrong not in said + noise


def test_the_right_token_opens_it_though_no_mode_was_set(slots):
    said, _, _ = connect(address_of_ours(), HOME=NOWHERE, RAY_AUTH_TOKEN=os.environ["RAY_AUTH_TOKEN"])
    assert said == "Slots(workers=2, cpus=1, gpus=0.0)"


NODES = [
    {"Alive": True, "Resources": {"memory": 1e9}},
    {"Alive": True, "Resources": {"CPU": 4.0}},
    {"Alive": False, "Resources": {"CPU": 16.0}},
]


def test_a_cluster_has_a_place_for_each_cpu_of_its_living_nodes():
    assert cluster.slots("head:6379", NODES, Place(), tasks=100) == cluster.Slots(4)


def test_there_are_no_more_workers_than_tasks():
    assert cluster.slots("head:6379", NODES, Place(), tasks=3) == cluster.Slots(3)


def test_workers_that_can_never_be_placed_are_refused_at_once():
    with pytest.raises(EnvironmentProblem, match=r"S037.*a worker asks for 1 CPU; the largest node of head:6379 has 0"):
        cluster.slots("head:6379", NODES[:1], Place(), tasks=100)


def test_a_cluster_that_grows_may_be_asked_for_what_it_has_not_yet():
    assert cluster.slots("head:6379", NODES[:1], Place(workers=8), tasks=100) == cluster.Slots(8)


GPUS = [{"Alive": True, "Resources": {"CPU": 8.0, "GPU": 2.0}}, {"Alive": True, "Resources": {"CPU": 3.0, "GPU": 4.0}}]


@pytest.mark.parametrize("text,workers", [("1", 2 + 3), ("1/2", 4 + 3), ("0.25", 8 + 3), ("1/3", 6 + 3)])
def test_a_gpu_has_room_for_exactly_k_slices_and_each_worker_has_a_cpu(text, workers):
    place = Place(gpus=slice_of(text))
    found = cluster.slots("head:6379", GPUS, place, tasks=100)
    assert found == cluster.Slots(workers, gpus=float(place.gpus))


@pytest.mark.parametrize("text", ["2", "2/3", "0.3", "-1", "1/0", "half", "nan"])
def test_what_is_no_slice_is_refused_since_ray_would_never_place_the_rest(text):
    with pytest.raises(TransferError, match=r"U089.*neither 0, 1 nor 1/k"):
        slice_of(text)


def test_a_study_that_wants_gpus_says_so_where_there_are_none():
    with pytest.raises(EnvironmentProblem, match=r"S037.*asks for 1/2 GPU; the largest node of head:6379 has 0"):
        cluster.slots("head:6379", NODES, Place(gpus=slice_of("1/2")), tasks=100)


def address_of_ours():
    import ray

    return ray.get_runtime_context().gcs_address
