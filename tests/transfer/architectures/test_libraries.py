"""Networks of torchvision and timm, which see pixels through the preparation that their weights declare."""

import copy
import subprocess
import sys

import pytest
import torch
from torch import nn
from torchvision import models
from torchvision.transforms import v2

from transfer import catalog
from transfer.architectures._sources import _registered
from transfer.architectures._sources.torchvision import AUXILIARY
from transfer.train import build, frozen, in_precision

PIXELS = (3, 48, 48)
# One of each family, at a small size where it takes one.
TORCHVISION = {
    "resnet18": 64,
    "squeezenet1_1": 64,
    "densenet121": 64,
    "mobilenet_v2": 64,
    "mobilenet_v3_small": 64,
    "googlenet": 64,
    "inception_v3": 96,
    "efficientnet_b0": 64,
    "vit_b_16": 32,
    "convnext_tiny": 64,
    "swin_t": 64,
}
TIMM = {
    "resnet18": 64,
    "vit_tiny_patch16_224": 32,
    "vit_tiny_patch16_224.augreg_in21k": 48,
    "deit_tiny_patch16_224": 48,
    "convnextv2_atto": 64,
    "mixer_s32_224": 64,
    "mobilenetv3_small_050": 64,
    "xcit_nano_12_p16_224": 64,
}


def network(name, shape=PIXELS, classes=7, **settings):
    return build(catalog.load("architectures", name), settings, shape, classes)


def images_of(count, shape=PIXELS):
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(0))


def stirred(module, images):
    """The network with weights under which images differ in their answers: many start with zeros in their head."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weights in module.parameters():
            if not weights.any():
                weights.normal_(std=0.1, generator=generator)
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.momentum = None  # statistics of the next images, not a tenth of them
        module.train()(images)
    return frozen(module)


def difference(one, other):
    """The largest difference, in sizes of what the images' answers differ by."""
    return ((one - other).abs().max() / one.std(dim=0).max()).item()


def compare(name, reference, size, mean, deviation):
    """Our network on pixels beside the library's own on what its own preparation makes of them."""
    seen = stirred(network(name, size=size), images_of(6)).double()
    reference.load_state_dict(seen.state_dict(), assign=True)
    reference = frozen(reference.double())
    resized = v2.functional.resize(images_of(4).double(), (size, size), antialias=True)
    answers = seen(images_of(4).double())
    assert difference(answers, reference(v2.functional.normalize(resized, mean, deviation))) < 1e-5
    assert difference(answers, reference(resized)) > 1e-2  # it would be noticed if nothing were normalised


@pytest.mark.parametrize(("name", "size"), TORCHVISION.items())
def test_a_network_of_torchvision_sees_what_its_own_preparation_shows(name, size):
    declared = models.get_model_weights(name).DEFAULT.transforms()
    extra = {"image_size": size} if name == "vit_b_16" else {}
    if name in AUXILIARY:
        # What torchvision sets where it loads the weights itself; without it, contrast is 0.458 of what is meant.
        extra = {"transform_input": True, "aux_logits": False, "init_weights": False}
    with torch.device("meta"):
        reference = models.get_model(name, weights=None, num_classes=7, **extra)
    compare(f"torchvision:{name}", reference, size, declared.mean, declared.std)


@pytest.mark.parametrize(("name", "size"), TIMM.items())
def test_a_network_of_timm_sees_what_its_own_preparation_shows(name, size):
    timm = pytest.importorskip("timm")
    declared = timm.data.resolve_model_data_config(timm.create_model(name, num_classes=7))
    extra = {"img_size": size} if name.startswith(("vit", "deit", "mixer")) else {}  # with a place for each patch
    reference = timm.create_model(name, num_classes=7, **extra)
    compare(f"timm:{name}", reference, size, declared["mean"], declared["std"])


def test_the_size_and_the_normalisation_are_those_of_the_weights_that_the_name_says():
    pytest.importorskip("timm")
    plain, other = network("timm:vit_tiny_patch16_224"), network("timm:vit_tiny_patch16_224.augreg_in21k")
    deit = network("timm:deit_tiny_patch16_224")
    means = [model.preparation[-1].mean.flatten().tolist() for model in (plain, other, deit)]
    assert means[:2] == [[0.5] * 3] * 2 and means[2] == pytest.approx([0.485, 0.456, 0.406])
    assert plain.preparation(images_of(1)).shape == (1, 3, 224, 224)
    assert network("torchvision:squeezenet1_1").preparation(images_of(1)).shape == (1, 3, 224, 224)
    own = network("torchvision:squeezenet1_1", size=48, mean=(0.5,), deviation=(0.25,))
    assert torch.equal(own.preparation(images_of(2)), (images_of(2) - 0.5) / 0.25)


def test_a_normalisation_of_one_s_own_is_not_converted_again():
    own = network("torchvision:googlenet", mean=(0.5,), deviation=(0.5,), size=48)
    assert not own.transform_input and network("torchvision:googlenet", size=48).transform_input


def test_a_file_of_the_library_s_weights_fits_as_it_is():
    for name, kind in (("squeezenet1_1", {}), ("googlenet", {"aux_logits": True, "init_weights": False})):
        published = models.get_model(name, weights=None, num_classes=7, **kind).state_dict()
        seen = network(f"torchvision:{name}", size=48)
        seen.load_state_dict(published)
        assert all(torch.equal(weights, published[key]) for key, weights in seen.state_dict().items())
    published["conv1.conv.weights"] = published.pop("conv1.conv.weight")
    with pytest.raises(
        RuntimeError, match=r"(?s)Missing key.*conv1\.conv\.weight.*Unexpected key.*conv1\.conv\.weights"
    ):
        seen.load_state_dict(published)


def test_a_grey_image_is_shown_in_all_three_channels_and_others_are_refused():
    grey = images_of(2, (1, 48, 48))
    one, three = network("torchvision:squeezenet1_1", (1, 48, 48)), network("torchvision:squeezenet1_1", PIXELS)
    assert torch.allclose(frozen(one)(grey), frozen(three)(grey.expand(-1, 3, -1, -1)), atol=1e-6)
    with pytest.raises(ValueError, match="images of 4 channels"):
        network("torchvision:squeezenet1_1", (4, 48, 48))


def test_pixels_keep_their_precision_and_copies_their_own_preparation():
    model = frozen(network("torchvision:squeezenet1_1", size=64))
    images = images_of(2)
    rounded = in_precision(copy.deepcopy(model), "bfloat16")
    assert torch.equal(rounded.module.preparation(images), model.preparation(images))
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(model.preparation(images), rounded.module.preparation(images))
    double = in_precision(copy.deepcopy(model), "float64")
    assert double(images.double()).dtype == torch.float64
    assert model(images).dtype == torch.float32
    pixels = images.clone().requires_grad_()
    model(pixels).sum().backward()
    assert pixels.grad.isfinite().all() and pixels.grad.abs().amax(dim=(1, 2, 3)).min() > 0


def test_describing_a_library_s_network_imports_neither_it_nor_torch():
    code = (
        "import sys; from transfer import catalog\n"
        "found = catalog.describe('architectures', 'torchvision:resnet18')\n"
        "assert found.inputs == ('shape', 'classes') and not found.travels\n"
        "assert [setting.name for setting in found.settings] == ['mean', 'deviation', 'size']\n"
        "assert str(found.revision).startswith('torchvision '), found.revision\n"
        "assert not {'torch', 'torchvision', 'timm'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_registered_network_is_found_in_the_source():
    assert set(_registered.registered("torchvision")) == set(models.list_models(module=models))
    timm = pytest.importorskip("timm")
    assert set(_registered.registered("timm")) == set(timm.list_models())
    for name in timm.list_pretrained("resnet*") + timm.list_pretrained("vit_tiny*"):
        assert catalog.describe("architectures", f"timm:{name}").summary.startswith(name)


def test_a_misspelt_network_is_answered_with_the_right_one(monkeypatch):
    with pytest.raises(LookupError, match=r"torchvision .* has no network 'resnet81'\. Did you mean 'resnet18'\?"):
        catalog.describe("architectures", "torchvision:resnet81")
    with pytest.raises(LookupError, match="has no network"):
        catalog.load("architectures", "torchvision:../resnet")
    monkeypatch.setattr(_registered, "registered", lambda library: {})
    with pytest.raises(LookupError, match=r"'timm:resnet18' needs timm.*'transfer-study\[models\]'"):
        catalog.describe("architectures", "timm:resnet18")


def test_weights_that_timm_does_not_have_are_refused():
    pytest.importorskip("timm")
    with pytest.raises(LookupError, match=r"no weights 'a1_in1' of resnet18\. Did you mean 'a1_in1k'\?"):
        catalog.describe("architectures", "timm:resnet18.a1_in1")
