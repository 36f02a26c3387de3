"""A folder is a registry."""

import hashlib
import inspect
import subprocess
import sys

import pytest

from transfer import catalog

EVERY = [(kind, name) for kind in catalog.KINDS for name in catalog.names(kind)]
OWN = '''
"""A module of one's own."""

STEPS = 5
EPSILON = 8 / 255


def mine(
    model, images, labels, *, epsilon: float = EPSILON, steps: int = STEPS * 2, norms: tuple[str, ...] = ("l2",), draws
):
    """A small step of one's own.

    More.
    """
    return images
'''


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_signature_read_is_the_signature_that_python_sees(kind, name):
    described = catalog.describe(kind, name)
    function = catalog.load(kind, name)
    parameters = inspect.signature(function).parameters.values()
    keyword = [parameter for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY]
    positional = [parameter.name for parameter in parameters if parameter.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert list(described.inputs) == positional
    assert [setting.name for setting in described.settings] == [parameter.name for parameter in keyword]
    for setting, parameter in zip(described.settings, keyword, strict=True):
        has_default = parameter.default is not inspect.Parameter.empty
        assert setting.default == (parameter.default if has_default else catalog.REQUIRED)
        assert type(setting.default) is (type(parameter.default) if has_default else type(catalog.REQUIRED))
    assert described.summary == (inspect.getdoc(function) or "").partition("\n")[0]
    assert described.summary
    module = sys.modules[f"transfer.{kind}.{name}"]
    assert described.revision == getattr(module, "REVISION", 1)
    assert described.source == catalog.FOLDER / kind / f"{name}.py"
    assert not described.travels


def test_describing_imports_no_torch():
    code = (
        "import sys; from transfer import catalog\n"
        "for kind in catalog.KINDS:\n"
        "    for name in catalog.names(kind): catalog.describe(kind, name)\n"
        "catalog.describe('attacks', 'torch.serialization:load')\n"
        "assert 'torch' not in sys.modules and 'pydantic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_helper_cannot_be_named():
    assert not any(name.startswith("_") for _, name in EVERY)
    with pytest.raises(LookupError, match="unknown attack '_ascend'"):
        catalog.describe("attacks", "_ascend")
    with pytest.raises(LookupError):
        catalog.load("attacks", "_ascend")


@pytest.mark.parametrize(
    "name", ["../tasks", "fgsm/../pgd", "", ".", "fgsm.py", "a:b:c", "../x:f", "x:f()", "é:f", ":f"]
)
def test_a_name_is_never_a_path(tmp_path, name):
    (tmp_path.parent / "x.py").write_text("def f(): pass\n")
    with pytest.raises(LookupError):
        catalog.describe("attacks", name, tmp_path)
    with pytest.raises(LookupError):
        catalog.load("attacks", name)


def test_a_misspelt_name_is_answered_with_the_right_one():
    with pytest.raises(LookupError, match=r"unknown attack 'pdg'\. Did you mean 'pgd'\? Known: .*fgsm"):
        catalog.describe("attacks", "pdg")
    with pytest.raises(LookupError, match="no folder is called 'atacks'"):
        catalog.names("atacks")


def test_a_module_beside_the_study_is_read_and_travels(tmp_path):
    source = tmp_path / "my_code.py"
    source.write_text(OWN)
    described = catalog.describe("attacks", "my_code:mine", tmp_path)
    assert described.summary == "A small step of one's own."
    assert {setting.name: setting.default for setting in described.settings} == {
        "epsilon": 8 / 255,
        "steps": 10,
        "norms": ("l2",),
        "draws": catalog.REQUIRED,
    }
    assert described.travels
    assert described.revision == hashlib.sha256(source.read_bytes()).hexdigest()
    assert catalog.load("attacks", "my_code:mine", source)(None, 3, None, draws=None) == 3


def test_an_edited_module_is_another_revision_and_another_function(tmp_path):
    source = tmp_path / "my_code.py"
    source.write_text("def mine(images):\n    return 1\n")
    before = catalog.describe("attacks", "my_code:mine", tmp_path).revision
    assert catalog.load("attacks", "my_code:mine", source)(0) == 1
    source.write_text("def mine(images):\n    return 2\n")
    assert catalog.describe("attacks", "my_code:mine", tmp_path).revision != before
    assert catalog.load("attacks", "my_code:mine", source)(0) == 2


def test_a_module_that_fails_to_load_leaves_nothing_behind(tmp_path):
    source = tmp_path / "broken.py"
    source.write_text("def mine(): pass\nraise RuntimeError('no')\n")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no"):
            catalog.load("attacks", "broken:mine", source)


def test_a_link_out_of_the_study_folder_is_refused(tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    (tmp_path / "elsewhere.py").write_text("def mine(): pass\n")
    (study / "my_code.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(LookupError, match="leads out of the study's folder"):
        catalog.describe("attacks", "my_code:mine", study)


def test_an_installed_module_is_found_without_importing_its_package():
    described = catalog.describe("attacks", "json.encoder:py_encode_basestring")
    assert not described.travels
    assert described.source.name == "encoder.py"
    assert str(described.revision).startswith("installed ") and len(str(described.revision)) == 74
    with pytest.raises(LookupError, match=r"no module 'json\.nothing'"):
        catalog.describe("attacks", "json.nothing:f")


def test_a_missing_function_and_a_broken_file_say_so(tmp_path):
    (tmp_path / "my_code.py").write_text("def mine(): pass\n")
    with pytest.raises(LookupError, match=r"no function 'mien'\. Did you mean 'mine'\?"):
        catalog.describe("attacks", "my_code:mien", tmp_path)
    (tmp_path / "my_code.py").write_text("def mine(:\n")
    with pytest.raises(ValueError, match="cannot be read"):
        catalog.describe("attacks", "my_code:mine", tmp_path)
    (tmp_path / "my_code.py").write_text("import math\ndef mine(*, size: float = math.pi): pass\n")
    with pytest.raises(ValueError, match=r"math\.pi is not a constant; write the value itself"):
        catalog.describe("attacks", "my_code:mine", tmp_path)


def test_a_setting_without_an_annotation_takes_what_its_default_is(tmp_path):
    (tmp_path / "my_code.py").write_text(
        "def mine(*, epsilon, steps=3, is_fast=False, norm='l2', sizes=(1, 2)): pass\n"
    )
    found = {
        setting.name: setting.annotation for setting in catalog.describe("attacks", "my_code:mine", tmp_path).settings
    }
    assert found == {"epsilon": "float | str", "steps": "int", "is_fast": "bool", "norm": "str", "sizes": "float | str"}
