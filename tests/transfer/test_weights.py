"""A file of weights is held against itself, against the study that names it and against the network."""

import hashlib
import json
import struct

import pytest
import torch
from safetensors.torch import save

from tests.studies import planned, write
from transfer import weights
from transfer.errors import TransferError
from transfer.rehearse import Rehearsal, rehearse
from transfer.store import Store
from transfer.study import StudyError, read

STUDY = """
data: mnist
models: {theirs: {architecture: linear, weights: WEIGHTS}}
attacks: {fgsm: {epsilon: 0.1}}
images: {test: 20}
"""


def file_of(header, size=0):
    """A safetensors file with a header of one's own."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


def piece(begin, end, shape=None, kind="F32"):
    return {"dtype": kind, "shape": shape or [(end - begin) // 4], "data_offsets": [begin, end]}


SOUND = file_of({"a": piece(0, 8), "b": piece(8, 12)}, 12)
BROKEN = {
    "C065: header says 1,000,000 bytes, file has 10": struct.pack("<Q", 1_000_000) + bytes(10),
    "C065: header says 9,223,372,036,854,775,808 bytes, file has 2": struct.pack("<Q", 2**63) + b"{}",
    "C065: file has 0": b"abc",
    "C065: its header cannot be read": file_of(b"{nonsense"),
    "C065: its header cannot be read (a name stands twice)": file_of(b'{"a": 1, "a": 1}'),
    "C065: its header does not describe a": file_of({"a": {"dtype": "F32"}}),
    "C065: its header does not describe b": file_of({"b": piece(0, 4, kind="OBJECT")}, 4),
    "C066: invalid offsets for b": file_of({"a": piece(0, 8), "b": piece(4, 12)}, 12),  # they overlap
    "C066: invalid offsets for b (hole)": file_of({"a": piece(0, 4), "b": piece(8, 12)}, 12),
    "C066: invalid offsets for a": file_of({"a": piece(0, 4, shape=[-1])}, 4),
    "C066: its tensors take 12 bytes, the file has 15": SOUND + bytes(3),
    "C066: its tensors take 12 bytes, the file has 10. Was it cut off?": SOUND[:-2],
    "C070: a claims 1,000,000,000,000 values (F32) on 4 bytes": file_of({"a": piece(0, 4, shape=[10**6, 10**6])}, 4),
}  # fmt: skip


@pytest.mark.parametrize("told", BROKEN)
def test_a_header_that_does_not_describe_its_file_is_refused(told, tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(BROKEN[told])
    code, _, text = told.partition(": ")
    with pytest.raises(TransferError) as problem:
        weights.shapes(path)
    assert problem.value.code == code
    assert problem.value.text.startswith("m.safetensors: ") and text.removesuffix(" (hole)") in problem.value.text


def test_a_sound_header_gives_the_shapes(tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(SOUND)
    assert weights.shapes(path) == {"a": (2,), "b": (1,)}
    made = {"w": torch.zeros(2, 3, dtype=torch.bfloat16), "n": torch.tensor(1), "f": torch.ones(0, 4, dtype=torch.bool)}
    path.write_bytes(save(made, metadata={"by": "me"}))
    assert weights.shapes(path) == {"w": (2, 3), "n": (), "f": (0, 4)}


def test_names_and_shapes_are_held_against_the_network():
    wanted = {f"layer{one}.weight": (3, 2) for one in range(8)}

    def told(found):
        with pytest.raises(TransferError) as problem:
            weights.check_fit(found, wanted, "resnet")
        return str(problem.value)

    weights.check_fit(dict(wanted), wanted, "resnet")
    assert told({"layer0.weight": (3, 2), "head.we\x1b[2Jight": (1,)}) == (
        "error[C067]: these are not the weights of resnet; missing: layer1.weight, layer2.weight, layer3.weight, "
        "layer4.weight, layer5.weight and 2 more; unexpected: head.we?[2Jight"
    )
    assert told({**wanted, "layer7.weight": (100, 2)}) == (
        "error[C068]: layer7.weight is [100, 2]; resnet needs [3, 2]. Has it as many classes, and the same settings?"
    )
    assert "--strip module." in told({f"module.{name}": shape for name, shape in wanted.items()})


@pytest.fixture
def lines(tmp_path):
    """What `transfer check` finds for a linear network with these weights."""

    def of(named):
        (tmp_path / "m.safetensors").write_bytes(save(named))
        study = read(write(tmp_path, STUDY.replace("WEIGHTS", "m.safetensors")))
        store = Store.open(tmp_path / "scratch")
        for file in study.files.values():
            store.keep(file)
        asked = planned(study)
        return list(rehearse(asked, Rehearsal(store), {asked.trains[0].id: "theirs"}))

    return of


def test_weights_that_do_not_fit_or_are_not_finite_are_told_before_anything_is_trained(lines):
    names = {"1.weight": torch.zeros(10, 784), "1.bias": torch.zeros(10)}
    first = lines(names)[0]
    assert first.problem is None and first.remark == (
        "warning[W072]: 'theirs' scores 10.0% on 200 images (chance 12%): wrong preprocessing or class order?"
    )
    (line,) = [one for one in lines({**names, "1.bias": torch.zeros(7)}) if one.problem]
    assert line.problem.startswith("[C068] 1.bias is [7]; linear needs [10]")
    (line,) = [one for one in lines({"2.weight": torch.zeros(1)}) if one.problem]
    assert line.problem == (
        "[C067] these are not the weights of linear; missing: 1.bias, 1.weight; unexpected: 2.weight"
    )
    broken = torch.zeros(10, 784)
    broken[:3, :4] = torch.nan
    (line,) = [one for one in lines({**names, "1.weight": broken}) if one.problem]
    assert line.problem == "[C069] 12 non-finite values in 1.weight"


def test_a_study_pins_its_weights_and_names_pickles(tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(SOUND)
    (tmp_path / "m.pt").write_bytes(b"pickle")
    digest = hashlib.sha256(SOUND).hexdigest()

    def told(text):
        with pytest.raises(StudyError) as problem:
            read(write(tmp_path, STUDY.replace("WEIGHTS", text)))
        (line,) = str(problem.value).replace(f"{tmp_path}/", "").splitlines()
        return line

    study = read(write(tmp_path, STUDY.replace("WEIGHTS", f"{{path: m.safetensors, sha256: {digest}}}")))
    assert study.networks[0].weights_digest == digest
    assert told("{path: m.safetensors, sha256: abc123}") == (
        f"error[C071]: small.yaml:3:80: models.theirs.weights.sha256: m.safetensors: sha256 {digest[:12]}... but the "
        "study pins abc123..."
    )
    assert told("m.pt") == (
        "error[C060]: small.yaml:3:50: models.theirs.weights: m.pt is a pickle file, which can run code. Convert it: "
        "`transfer convert-weights m.pt -o m.safetensors`"
    )
    path.write_bytes(SOUND[:-2])
    assert told("m.safetensors").startswith(
        "error[C066]: small.yaml:3:50: models.theirs.weights: m.safetensors: its te"
    )
    assert told("{sha256: abc}").startswith("error[S096]: ")
