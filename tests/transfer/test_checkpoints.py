"""A pickle becomes weights, or is refused without one of its instructions having run outside the limited process."""

import io
import os
import pickle
import subprocess
import sys
import zipfile

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from transfer.checkpoints import check_archive, convert
from transfer.errors import TransferError
from transfer.limited import converted


class Hostile:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))


def saved(path, held, **more):
    torch.save(held, path, **more)
    return path


def refused(path, look=lambda path: converted(path, "", "")):
    with pytest.raises(TransferError) as problem:
        look(path)
    return problem.value.code, problem.value.text


def test_the_command_s_process_writes_the_tensors_and_cuts_off_what_is_wished(tmp_path):
    state = {f"module.{name}": held for name, held in network().state_dict().items()}
    state["module.0.bias"] = state["module.0.weight"][:, 1]  # part of another's memory, and not contiguous
    path = saved(tmp_path / "m.pt", {"epoch": 3, "state_dict": state, "optimizer": {"state": {}}})
    told = convert(path, tmp_path / "m.safetensors", strip="module.")
    assert told["tensors"] == 7 and told["key"] == "state_dict"
    made = load_file(tmp_path / "m.safetensors")
    assert sorted(made) == sorted(network().state_dict())
    assert all(torch.equal(made[name.removeprefix("module.")], held) for name, held in state.items())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.pt", "m.safetensors"]


def test_a_hostile_pickle_is_refused_by_the_process_and_nothing_is_left(tmp_path):
    path = saved(tmp_path / "m.pt", {"a": Hostile(tmp_path / "PWNED")})
    told = refused(path, lambda path: convert(path, tmp_path / "m.safetensors"))
    assert told == ("C061", "m.pt: refused by torch's safe loader (posix.system)")
    assert [path.name for path in tmp_path.iterdir()] == ["m.pt"]


@pytest.mark.parametrize("form", ["zip", "legacy", "raw"])
def test_hostile_pickles_of_every_form_are_refused(form, tmp_path):
    path = tmp_path / "m.pt"
    if form == "raw":
        path.write_bytes(pickle.dumps(Hostile(tmp_path / "PWNED"), protocol=2))
    else:
        saved(path, {"a": Hostile(tmp_path / "PWNED")}, _use_new_zipfile_serialization=form == "zip")
    code, text = refused(path)
    assert code == "C061" and "posix.system" in text
    assert not (tmp_path / "PWNED").exists()


def test_whole_models_and_code_are_told_apart_from_hostile_files(tmp_path):
    assert refused(saved(tmp_path / "m.pt", network())) == (
        "C062", "m.pt holds a whole model; save its state_dict: `torch.save(model.state_dict(), ...)`"
    )  # fmt: skip
    torch.jit.script(nn.Linear(2, 2)).save(tmp_path / "script.pt")
    assert refused(tmp_path / "script.pt", check_archive) == (
        "C063", "script.pt: TorchScript archives are code; not supported. Save its state_dict"
    )  # fmt: skip


def test_weights_that_cannot_be_used_are_refused_by_name(tmp_path):
    giant = {"w": torch.zeros(1).expand(10**6, 10**6)}
    assert refused(saved(tmp_path / "m.pt", giant)) == (
        "C070", "m.pt: w claims 1,000,000,000,000 values on 4 bytes; refused"
    )  # fmt: skip
    broken = {"conv1.weight": torch.full((3, 4), torch.inf)}
    assert refused(saved(tmp_path / "m.pt", broken)) == ("C069", "m.pt: 12 non-finite values in conv1.weight")
    assert refused(saved(tmp_path / "m.pt", [1, 2]))[1].startswith("m.pt holds no state_dict but a list of 1, 2")
    two = {"model": {"w": torch.ones(1)}, "ema": {"w": torch.zeros(1)}}
    path = saved(tmp_path / "m.pt", two)
    assert refused(path) == ("C062", "m.pt holds several sets of weights: model, ema. Say --key")
    assert converted(path, "ema", "")["tensors"]["w"].item() == 0
    assert refused(path, lambda path: converted(path, "best", ""))[0] == "C062"


def test_an_archive_that_expands_or_overlaps_is_refused_unopened(tmp_path):
    sound = io.BytesIO()
    torch.save({"a": torch.zeros(300_000)}, sound)
    path = tmp_path / "m.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for entry in zipfile.ZipFile(sound).infolist():
            packed.writestr(entry.filename, zipfile.ZipFile(sound).read(entry))
    code, text = refused(path, check_archive)
    assert code == "C064" and "data/0 expands from 1,1" in text and text.endswith("to 1,200,000 bytes; refused")
    path.write_bytes(sound.getvalue()[:-200])
    assert refused(path, check_archive)[0] == "C064"
    path.write_bytes(sound.getvalue())
    check_archive(path)


LIMITED = """
import os, resource, socket, sys
from transfer.limited import cut_off, limit
limit(1000)
gone = cut_off()
try:
    bytearray(4 * 2**30)
except MemoryError:
    print("no memory")
try:
    with open(sys.argv[1], "wb") as file:
        file.write(bytes(20_000_000))
except OSError:
    print("no space")
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=2)
except OSError:
    print("no network")
"""


def test_the_process_has_neither_memory_nor_space_nor_network_to_spare(tmp_path):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-c", LIMITED, str(tmp_path / "large"), str(server.getsockname()[1])]
        said = subprocess.run(command, capture_output=True, text=True).stdout.split("\n")
    assert said[:2] == ["no memory", "no space"]
    if sys.platform == "linux" and os.geteuid() == 0:
        assert said[2] == "no network"
