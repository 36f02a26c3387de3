"""What every architecture must do, from 28 to 224 pixels; a new file is tested on arrival."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from transfer import catalog
from transfer.architectures._blocks import Residual
from transfer.train import build, frozen

NAMES = catalog.names("architectures")
SHAPES = [(1, 28, 28), (3, 32, 32), (3, 64, 64)]
# Patches of 4 pixels are thousands at 224.
LARGE = {"vit": {"patch": 16, "depth": 1}, "mlp_mixer": {"patch": 16, "depth": 1}}
RESIDUAL = ["convnext", "mlp_mixer", "mobilenet", "resnet", "vit", "wide_resnet"]


def network(name, shape=(3, 32, 32), seed=0, **settings):
    return build(catalog.load("architectures", name), settings, shape, 10, seed)


# Those whose weights learn by gradients; the others are fitted as a whole, and are tested where they are.
LEARNING = [name for name in NAMES if any(weights.requires_grad for weights in network(name).parameters())]


def images_of(shape, count, dtype=torch.float32):
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("name", NAMES)
def test_every_size_of_image_gives_a_finite_logit_for_each_class(name):
    for shape in SHAPES:
        logits = frozen(network(name, shape))(images_of(shape, 2))
        assert logits.shape == (2, 10) and logits.isfinite().all() and logits.dtype == torch.float32


@pytest.mark.parametrize("name", NAMES)
def test_images_of_224_pixels_are_seen_too(name):
    shape = (3, 224, 224)
    logits = frozen(network(name, shape, **LARGE.get(name, {})))(images_of(shape, 1))
    assert logits.shape == (1, 10) and logits.isfinite().all()


@pytest.mark.parametrize("name", LEARNING)
def test_a_seed_is_a_network(name):
    first, again, other = (network(name, seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(weights, again[key]) for key, weights in first.items())
    assert any(not torch.equal(weights, other[key]) for key, weights in first.items())


@pytest.mark.parametrize("name", NAMES)
def test_an_image_is_seen_alike_alone_and_in_company_and_each_time(name):
    model = frozen(network(name).double())
    images = images_of((3, 32, 32), 5, torch.float64)
    together = model(images)
    assert torch.allclose(together, torch.cat([model(image[None]) for image in images]), atol=1e-8, rtol=0)
    assert torch.equal(together, model(images))


@pytest.mark.parametrize("name", LEARNING)
def test_a_few_steps_lower_the_loss(name):
    shape = (3, 16, 16)  # as small as each can take: what is slow here is training
    module = network(name, shape).train()
    images, labels = images_of(shape, 64), torch.arange(64) % 10
    optimiser = torch.optim.Adam(module.parameters(), lr=3e-3)
    losses = []
    for _ in range(6):
        loss = F.cross_entropy(module(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert min(losses[1:]) < losses[0] - 0.03


@pytest.mark.parametrize("name", LEARNING)
def test_pixels_have_a_gradient_and_every_weight_learns(name):
    module = network(name).train()
    images = images_of((3, 32, 32), 4).requires_grad_()
    F.cross_entropy(module(images), torch.arange(4)).backward()
    assert images.grad.isfinite().all() and images.grad.abs().amax(dim=(1, 2, 3)).min() > 0
    idle = [key for key, weights in module.named_parameters() if weights.grad is None]
    assert not idle


@pytest.mark.parametrize("name", RESIDUAL)
def test_a_residual_block_is_its_shortcut_plus_its_branch(name):
    """What attacks on residual networks rely on: the two ways are modules of these names, and nothing else adds."""
    model = frozen(network(name).double())
    blocks = [part for part in model.modules() if isinstance(part, Residual)]
    assert blocks
    sums = []
    for block in blocks:
        assert isinstance(block.branch, nn.Module) and isinstance(block.shortcut, nn.Module)
        block.register_forward_hook(
            lambda block, inputs, output: sums.append((output, block.shortcut(*inputs) + block.branch(*inputs)))
        )
    model(images_of((3, 32, 32), 1, torch.float64))
    assert len(sums) == len(blocks)
    assert all(torch.equal(output, expected) for output, expected in sums)


IMAGENET, CIFAR = ((3, 224, 224), 1000), ((3, 32, 32), 10)
# The papers' own numbers of weights, in millions as they print them, and exact ones where torchvision or timm has
# the same network.
PUBLISHED = [
    ("resnet", {"depth": 18, "stem": "quarter"}, IMAGENET, 11_689_512),
    ("resnet", {"depth": 34, "stem": "quarter"}, IMAGENET, 21_797_672),
    ("resnet", {"depth": 50, "stem": "quarter"}, IMAGENET, 25_557_032),
    ("resnet", {"depth": 20}, CIFAR, 0.27),
    ("resnet", {"depth": 32}, CIFAR, 0.46),
    ("resnet", {"depth": 44}, CIFAR, 0.66),
    ("resnet", {"depth": 56}, CIFAR, 0.85),
    ("resnet", {"depth": 110}, CIFAR, 1.7),
    ("wide_resnet", {"depth": 28, "widen": 10}, CIFAR, 36.5),
    ("wide_resnet", {"depth": 16, "widen": 4}, CIFAR, 2.7),
    ("wide_resnet", {"depth": 40, "widen": 4}, CIFAR, 8.9),
    ("densenet", {"layers": (16, 16, 16), "stem": "full"}, CIFAR, 0.8),
    ("densenet", {"layers": (6, 12, 24, 16), "growth": 32, "stem": "quarter"}, IMAGENET, 7_978_856),
    ("vgg", {"depth": 11, "width": 64, "hidden": (4096, 4096), "batch_norm": False}, IMAGENET, 132_863_336),
    ("vgg", {"depth": 16, "width": 64, "hidden": (4096, 4096), "batch_norm": False}, IMAGENET, 138_357_544),
    ("mobilenet", {"width": 1.0, "reduction": 32}, IMAGENET, 3_504_872),
    ("convnext", {"depths": (3, 3, 9, 3), "width": 96, "patch": 4}, IMAGENET, 28_589_128),
    ("vit", {"patch": 16, "width": 192, "depth": 12}, IMAGENET, 5_717_416),
    ("vit", {"patch": 16, "width": 768, "depth": 12, "heads": 12}, IMAGENET, 86_567_656),
    ("mlp_mixer", {"patch": 16, "width": 768, "depth": 12}, IMAGENET, 59_880_472),
]


@pytest.mark.parametrize(("name", "settings", "data", "published"), PUBLISHED)
def test_the_paper_s_network_has_the_paper_s_number_of_weights(name, settings, data, published):
    with torch.device("meta"):
        module = catalog.load("architectures", name)(*data, **settings)
    count = sum(weights.numel() for weights in module.parameters())
    if isinstance(published, float):
        digits = len(str(published).partition(".")[2])
        assert round(count / 1e6, digits) == published
    else:
        assert count == published
