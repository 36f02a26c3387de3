"""The attacks that look inside their surrogate: which layer, which branches, what they do there, and nothing left."""

import gc
import inspect
import weakref
from functools import cache
from typing import ClassVar

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from tests.transfer.attacks.planes import SHAPE, Block, Plane, images, network
from transfer import catalog
from transfer.architectures._blocks import Residual
from transfer.attacks._erosion import mask
from transfer.attacks._graph import Graph
from transfer.attacks._layers import _middle, gradient_at_pixels, inside
from transfer.attacks.fia import fia
from transfer.attacks.ghost import ghost
from transfer.attacks.ila import ila
from transfer.attacks.linbp import linbp
from transfer.attacks.mi_fgsm import mi_fgsm
from transfer.attacks.naa import _attention, _weighted, naa
from transfer.attacks.sgm import sgm
from transfer.craft import Given, craft, random_wrong
from transfer.draws import Draws
from transfer.train import build, frozen, in_precision

ATTACKS = [sgm, linbp, ghost, ila, fia, naa]
LAYERED = [linbp, ila, fia, naa]
EPSILON = 0.05


def draws(count=4, seed="inside"):
    return Draws(seed, range(count))


def labels_of(model, pictures):
    return model(pictures).argmax(dim=1)


def attack_on(attack, model, pictures, **settings):
    """The attack as it is, without the stage around it."""
    if "draws" in inspect.signature(attack).parameters:
        settings.setdefault("draws", draws(len(pictures)))
    return attack(model, pictures, labels_of(model, pictures), **{"epsilon": EPSILON, **settings})


def crafted_on(attack, surrogates, pictures, **settings):
    given = Given(surrogates, pictures, labels_of(surrogates[0], pictures), torch.arange(len(pictures)))
    return craft(attack, given, {"epsilon": EPSILON, **settings}, seed=0, batch=64, norm="linf")


def first_step(attack, model, pictures, **settings):
    """Where the first step goes, a sign a pixel."""
    settings = {"steps": 1, **settings}
    return (attack_on(attack, model, pictures, **settings) - pictures).sign()


def hooks_of(network):
    kinds = [name for name in vars(network) if name.endswith(("_hooks", "_hooks_with_kwargs"))]
    return {name: len(getattr(module, name)) for module in network.modules() for name in kinds if getattr(module, name)}


@cache
def torchvisions(name):
    """A network of torchvision with random weights; a VGG without its head of 10^8 of them."""
    with torch.device("meta"):
        model = getattr(torchvision.models, name)(weights=None, num_classes=10)
        if name.startswith("vgg"):
            model.classifier = nn.Linear(512 * 7 * 7, 10)
    torch.manual_seed(0)
    model.to_empty(device="cpu").apply(lambda module: getattr(module, "reset_parameters", int)())
    return frozen(model)


def sequential(*layers):
    torch.manual_seed(0)
    return frozen(nn.Sequential(*layers).double())


def joins_of(network, pictures):
    return Graph(network(pictures.clone().requires_grad_())).joins()


class Called(nn.Module):
    """A network that is a function of its layers and its input."""

    def __init__(self, call, **layers):
        super().__init__()
        self.call, self.layers = call, nn.ModuleDict(layers)

    def forward(self, maps):
        return self.call(self.layers, maps)


def called(call, **layers):
    return frozen(Called(call, **layers).double())


def conv(before=1, after=1, size=3, stride=1):
    return nn.Conv2d(before, after, size, stride, padding=size // 2)


# Which branches there are.


@pytest.mark.parametrize(
    ("name", "joins"), [("resnet18", 8), ("resnet50", 16), ("densenet121", 58), ("mobilenet_v2", 10), ("vgg11_bn", 0)]
)
def test_the_residual_branches_of_known_networks_are_found(name, joins):
    assert len(joins_of(torchvisions(name), torch.rand(1, 3, 32, 32))) == joins


BLOCKS = {
    "post-activation": (lambda of, x: F.relu(x + of["b"](F.relu(of["a"](x)))), 1),
    "pre-activation": (lambda of, x: x + of["b"](F.relu(of["a"](F.relu(x)))), 1),
    "one layer in the branch": (lambda of, x: of["a"](x) + x, 1),
    "projected": (lambda of, x: of["p"](x) + of["b"](F.relu(of["a"](x))), 1),
    "filled up with zeros": (lambda of, x: F.pad(x, (0, 0, 0, 0, 0, 1)) + of["wide"](F.relu(of["a"](x))), 1),
    "pooled and projected": (lambda of, x: of["p"](F.avg_pool2d(x, 2)) + F.avg_pool2d(of["b"](of["a"](x)), 2), 1),
    "in place": (lambda of, x: F.relu(of["b"](F.relu(of["a"](x), inplace=True)).add_(x), inplace=True), 1),
    "gated": (lambda of, x: x + of["b"](x) * of["a"](x).sigmoid(), 1),
    "concatenated": (lambda of, x: torch.cat([x, of["b"](F.relu(of["a"](x)))], dim=1), 1),
    "two in a row": (lambda of, x: (y := x + of["a"](F.relu(x))) + of["b"](F.relu(y)), 2),
    "parallel branches": (lambda of, x: of["a"](x) + of["b"](x), 0),
    "parallel and concatenated": (lambda of, x: torch.cat([of["a"](x), of["b"](x), F.max_pool2d(x, 3, 1, 1)], 1), 0),
    "a polynomial": (lambda of, x: of["a"](x + 0.04 * x**3), 0),
    "a position added": (lambda of, x: of["a"](x) + torch.ones_like(x), 0),
    "layer on layer": (lambda of, x: of["b"](F.relu(of["a"](x))), 0),
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_residual_branch_is_what_is_joined_with_what_it_was_made_from(kind):
    call, branches = BLOCKS[kind]
    # A layer before, so that the block's input is not the pixels themselves.
    model = called(
        lambda of, x: call(of, of["stem"](x)), stem=conv(), a=conv(), b=conv(), p=conv(1, 1, 1), wide=conv(1, 2)
    )
    assert sum(len(join.branches) for join in joins_of(model, images(2))) == branches


@pytest.mark.parametrize("name", ["convnext", "mlp_mixer", "mobilenet", "resnet", "vit", "wide_resnet"])
def test_the_residual_branches_of_our_networks_are_found_and_none_is_their_middle(name):
    model = frozen(build(catalog.load("architectures", name), {}, (3, 32, 32), 10))
    blocks = [module for module in model.modules() if isinstance(module, Residual)]
    assert len(joins_of(model, torch.rand(1, 3, 32, 32))) == len(blocks) > 2
    middle = _middle(model, torch.rand(1, 3, 32, 32))
    assert not any(middle in part.modules() for block in blocks for part in (block.branch, block.shortcut))


@pytest.mark.parametrize("kind", ["pre-activation", "projected", "filled up with zeros", "gated", "concatenated"])
def test_sgm_with_a_decay_of_0_sees_the_skips_alone(kind):
    call, _ = BLOCKS[kind]
    parts, pictures = {"a": conv(), "b": conv(), "p": conv(1, 1, 1), "wide": conv(1, 2)}, images(3)
    model = called(lambda of, x: torch.stack([torch.zeros(len(x)).to(x), call(of, x).sum(dim=(1, 2, 3))], 1), **parts)
    goals = torch.ones(3, dtype=torch.long)
    found = sgm(model, pictures, 1 - goals, epsilon=EPSILON, steps=1, residual_decay=0.0, goals=goals, loss="logit")
    skips = called(lambda of, x: call({**of, "a": Cut(), "b": Cut(), "wide": Wide()}, x), **parts)
    pixels = pictures.clone().requires_grad_()
    assert torch.equal((found - pictures).sign(), torch.autograd.grad(skips(pixels).sum(), pixels)[0].sign())


class Cut(nn.Module):
    def forward(self, maps):
        return maps.detach() * 0


class Wide(nn.Module):
    def forward(self, maps):
        return torch.cat([maps, maps], dim=1).detach() * 0


# Which layer.


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("resnet18", "layer2.1"),
        ("vgg11_bn", "features.13"),
        ("densenet121", "features.transition2.pool"),
        ("mobilenet_v2", "features.9"),
    ],
)
def test_the_middle_of_known_networks(name, layer):
    model = torchvisions(name)
    assert _middle(model, torch.rand(1, 3, 32, 32)) is model.get_submodule(layer)


def test_the_middle_is_an_activation_where_there_is_one_and_the_earlier_of_two():
    lenet, mlp = network("lenet"), network("mlp")
    assert _middle(lenet, images(1)) is lenet[0][6]
    assert _middle(mlp, images(1)) is mlp[2]


class Shortcut(nn.Module):
    """A block with a module for its shortcut, which gives what came before it once more."""

    def __init__(self):
        super().__init__()
        self.branch, self.shortcut = nn.Sequential(conv(), nn.ReLU(), conv()), nn.Identity()

    def forward(self, maps):
        return self.shortcut(maps) + self.branch(maps)


def test_the_middle_is_no_shortcut_that_a_branch_goes_past():
    model = sequential(Shortcut(), Shortcut(), nn.Flatten(), nn.Linear(256, 10))
    assert _middle(model, images(1)) is model[0]


@pytest.mark.parametrize("attack", [ila, fia, naa])
def test_all_of_the_gradient_goes_through_the_middle(attack):
    model, pictures = network("residual"), images(3)
    with inside(model, pictures, "middle") as look:
        alone = look(pictures)
        pixels = pictures.clone().requires_grad_()
        through = look(pixels)
    assert torch.equal(alone.features[0], through.features[0])
    logits = torch.autograd.grad(alone.logits[:, 3].sum(), alone.features[0])[0]
    by_layer = torch.autograd.grad((through.features[0] * logits).sum(), pixels)[0]
    straight = pictures.clone().requires_grad_()
    assert torch.allclose(by_layer, torch.autograd.grad(model(straight)[:, 3].sum(), straight)[0])


def test_what_works_in_place_behind_a_layer_does_not_touch_its_features():
    model = sequential(conv(), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(256, 10))
    pictures = images(2)
    for pixels in (pictures, pictures.clone().requires_grad_()):
        with inside(model, pictures, "0") as look:
            seen = look(pixels)
        assert torch.equal(seen.features[0], model[0](pictures)) and (seen.features[0] < 0).any()
        assert torch.equal(seen.logits, model(pictures))


def test_a_layer_that_is_not_there_is_told_with_those_that_are():
    wanted = r"Sequential.* has no layer '0\.77'\. Did you mean '0\.7'\? Known: middle, 0, 0\.0"
    with pytest.raises(ValueError, match=wanted):
        attack_on(fia, network("lenet"), images(1), layer="0.77")
    with pytest.raises(ValueError, match="no layer that all of it passes between its first weights and its last"):
        attack_on(ila, sequential(nn.Flatten(), nn.Linear(256, 10)), images(1))


def test_a_layer_that_is_not_run_or_gives_no_tensor_is_told():
    model = called(lambda of, x: of["head"](x.flatten(1)), head=nn.Linear(256, 10), spare=nn.Linear(256, 10))
    with pytest.raises(ValueError, match=r"layer 'layers\.spare' took no part in the logits"):
        attack_on(naa, model, images(1), layer="layers.spare")
    inner = Called(lambda of, x: (of["head"](x.flatten(1)), x), head=nn.Linear(256, 10))
    split = called(lambda of, x: of["split"](x)[0], split=inner)
    with pytest.raises(ValueError, match=r"layer 'layers\.split' gives tuple, not one tensor"):
        attack_on(naa, split, images(1), layer="layers.split")


# Nothing left behind.


@pytest.mark.parametrize("name", ["resnet18", "vgg11_bn", "densenet121", "mobilenet_v2"])
def test_every_attack_runs_on_torchvisions_networks_and_leaves_them_as_they_were(name):
    model, pictures = torchvisions(name), torch.rand(2, 3, 32, 32)
    before, state = model(pictures), {key: value.clone() for key, value in model.state_dict().items()}
    for attack in ATTACKS:
        if attack is sgm and name == "vgg11_bn":
            continue
        few = {"first_steps", "samples"} & set(inspect.signature(attack).parameters)
        made = crafted_on(attack, [model], pictures, steps=1, **dict.fromkeys(few, 1)).images
        assert not torch.equal(made, pictures)
        assert not hooks_of(model)
    assert torch.equal(model(pictures), before)
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())


class Failing(nn.Module):
    """Fails in its third pass."""

    def __init__(self, model):
        super().__init__()
        self.model, self.passes = model, 0

    def forward(self, pictures):
        self.passes += 1
        if self.passes > 3:
            raise RuntimeError("out of memory")
        return self.model(pictures)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_hook_is_left_where_an_attack_fails(attack):
    model, pictures = Failing(network("residual")), images(2)
    with pytest.raises(RuntimeError, match="out of memory"):
        attack_on(attack, model, pictures)
    assert not hooks_of(model)
    with pytest.raises(ValueError, match="has no layer"), inside(_pair(model.model, network("mlp")), pictures, "1"):
        pass
    assert not hooks_of(model)


def _pair(first, second):
    """Two surrogates of which only the first has a layer `0`, of which the second knows no `9`."""
    both = called(lambda of, x: x)
    both.surrogates = nn.ModuleList([first, nn.Sequential(second)])
    return both


@pytest.mark.parametrize("attack", ATTACKS)
def test_several_surrogates_are_each_looked_into(attack):
    both = [network("residual"), network("residual", seed=1)]
    pictures = images(4)
    made = crafted_on(attack, both, pictures).images
    assert not torch.equal(made, crafted_on(attack, both[:1], pictures).images)
    assert not any(hooks_of(model) for model in both)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_network_in_bfloat16_is_attacked_and_its_layers_keep_their_names(attack):
    model = in_precision(network("residual"), "bfloat16")
    named = {"layer": "1"} if attack in LAYERED else {}
    made = crafted_on(attack, [model], images(3, torch.float32), **named).images
    assert made.dtype == torch.float32 and not torch.equal(made, images(3, torch.float32))


@pytest.mark.parametrize(
    ("attack", "gradients", "settings"),
    [
        (sgm, 4, {}),
        (linbp, 4, {}),
        (ghost, 4, {}),
        (ila, 4 + 3, {"first_steps": 3}),
        (fia, 4 + 5, {"samples": 5}),
        (naa, 4 + 5, {"samples": 5}),
    ],
)
def test_the_gradients_of_steps_and_of_what_goes_before_are_counted(attack, gradients, settings):
    made = crafted_on(attack, [network("residual")], images(3), steps=4, **settings)
    assert made.gradients.tolist() == [gradients] * 3


class Marked(torch.autograd.Function):
    """Gives what comes, and leaves a mark in the graph of its pass."""

    marks: ClassVar[list[weakref.ref]] = []

    @staticmethod
    def forward(ctx, maps):
        ctx.mark = Draws("mark", [0])
        Marked.marks.append(weakref.ref(ctx.mark))
        return maps.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_pass_is_kept_in_memory_when_its_gradient_is_taken(attack):
    layers = {"a": conv(), "b": conv(), "head": nn.Linear(256, 10)}
    model = called(
        lambda of, x: of["head"]((x + of["b"](Marked.apply(F.relu(of["a"](x))))).relu().flatten(1)), **layers
    )
    Marked.marks.clear()
    gc.disable()  # what only the collector finds stays for minutes, with all its activations
    try:
        attack_on(attack, model, images(2), **({"layer": "layers.a"} if attack in LAYERED else {}))
        assert Marked.marks and not [mark for mark in Marked.marks if mark() is not None]
    finally:
        gc.enable()


# SGM.


def test_sgm_that_decays_nothing_is_mi_fgsm():
    model, pictures = network("residual"), images(6)
    assert torch.equal(attack_on(sgm, model, pictures, residual_decay=1.0), attack_on(mi_fgsm, model, pictures))


def test_sgm_multiplies_the_gradient_once_for_every_branch_it_goes_through():
    model, pictures, decay = network("residual"), images(4), 0.3
    labels = labels_of(model, pictures)

    def decayed(block, maps):
        branch = block(maps) - maps
        return maps + decay * branch + (1 - decay) * branch.detach()

    pixels = pictures.clone().requires_grad_()
    logits = model[4](model[3](decayed(model[2], model[1](decayed(model[0], pixels)))))
    gradient = torch.autograd.grad(F.cross_entropy(logits, labels, reduction="sum"), pixels)[0]
    found = first_step(sgm, model, pictures, residual_decay=decay)
    assert torch.equal(found, gradient.sign())
    assert not torch.equal(found, first_step(mi_fgsm, model, pictures))


def test_sgm_decays_a_branch_once_however_many_relus_are_in_it():
    pictures = images(4)

    def call(of, x):
        return of["head"](F.relu(x + of["c"](F.relu(of["b"](F.relu(of["a"](x)))))).flatten(1))

    def half(of, x):
        branch = of["c"](F.relu(of["b"](F.relu(of["a"](x)))))
        return of["head"](F.relu(x + 0.5 * branch + 0.5 * branch.detach()).flatten(1))

    parts = {"a": conv(), "b": conv(), "c": conv(), "head": nn.Linear(256, 10)}
    model = called(call, **parts)
    expected = first_step(mi_fgsm, called(half, **parts), pictures)
    assert torch.equal(first_step(sgm, model, pictures, residual_decay=0.5), expected)


def test_sgm_decays_what_the_layers_of_a_densenet_add():
    pictures, parts = images(4), {"a": conv(1, 2), "b": conv(3, 2), "head": nn.Linear(5 * 256, 10)}

    def dense(share):
        def add(of, name, maps):
            new = of[name](F.relu(maps))
            return torch.cat([maps, share * new + (1 - share) * new.detach()], dim=1)

        # As torchvision has it: a list of all that came, joined anew for every layer.
        def call(of, x):
            if share == 1:
                one = of["a"](F.relu(torch.cat([x], 1)))
                two = of["b"](F.relu(torch.cat([x, one], 1)))
                return of["head"](torch.cat([x, one, two], 1).flatten(1))
            return of["head"](add(of, "b", add(of, "a", x)).flatten(1))

        return called(call, **parts)

    expected = first_step(mi_fgsm, dense(0.5), pictures)
    assert torch.equal(first_step(sgm, dense(1), pictures, residual_decay=0.5), expected)


@pytest.mark.parametrize("model", [network("mlp"), network("lenet"), Plane()])
def test_sgm_refuses_a_network_that_skips_nothing(model):
    with pytest.raises(ValueError, match=r"this surrogate has none: nothing is added to.*attack it with mi_fgsm"):
        attack_on(sgm, model, images(2))


# LinBP.


def test_linbp_without_a_relu_from_the_layer_on_is_mi_fgsm():
    model, pictures = network("lenet"), images(6)
    last = f"{len(model) - 1}"
    assert torch.equal(attack_on(linbp, model, pictures, layer=last), attack_on(mi_fgsm, model, pictures))


def test_linbp_on_two_layers_goes_backward_through_the_weights_alone():
    model, pictures = network("mlp"), images(6)
    labels, inner, outer = labels_of(model, pictures), model[1].weight, model[3].weight
    logits = model(pictures)
    output = logits.softmax(dim=1) - F.one_hot(labels, 10)
    gradient = (output @ outer @ inner).reshape(pictures.shape)
    assert torch.equal(first_step(linbp, model, pictures), gradient.sign())
    assert not torch.equal(first_step(linbp, model, pictures), first_step(mi_fgsm, model, pictures))


@pytest.mark.parametrize(
    ("layer", "linear"), [("0", (True, True)), ("1", (True, True)), ("2", (False, True)), ("4", (False, False))]
)
def test_linbp_leaves_the_relus_before_its_layer_alone(layer, linear):
    layers = [nn.Flatten(), nn.Linear(256, 30), nn.ReLU(), nn.Linear(30, 30), nn.ReLU(inplace=True), nn.Linear(30, 10)]
    model, pictures = sequential(*layers), images(4)
    # From the output of a ReLU's own layer on, that ReLU is linear; a name one further begins behind it.
    names = {"0": "1", "1": "2", "2": "3", "4": "5"}
    first, second, third = (model[index].weight for index in (1, 3, 5))
    hidden = model[1](pictures.flatten(1))
    masks = [hidden > 0, model[3](hidden.relu()) > 0]
    masks = [torch.ones_like(one) if is_linear else one for one, is_linear in zip(masks, linear, strict=True)]
    output = model(pictures).softmax(dim=1) - F.one_hot(labels_of(model, pictures), 10)
    gradient = (((output @ third) * masks[1]) @ second * masks[0] @ first).reshape(pictures.shape)
    assert torch.equal(first_step(linbp, model, pictures, layer=names[layer]), gradient.sign())


def test_linbp_keeps_a_branch_as_long_as_with_its_relus():
    model, pictures = network("residual"), images(4)
    labels = labels_of(model, pictures)
    pixels = pictures.clone().requires_grad_()
    first = model[0](pixels)
    maps = model[1](first)
    out = model[2](maps).detach().requires_grad_()
    loss = F.cross_entropy(model[4](model[3](out)), labels, reduction="sum")
    gradient = torch.autograd.grad(loss, out)[0]
    block = model[2]
    inner = F.conv_transpose2d(gradient, block.after.weight, padding=1)
    linear = F.conv_transpose2d(inner, block.before.weight, padding=1)
    true = F.conv_transpose2d(inner * (block.before(maps) > 0), block.before.weight, padding=1)
    ratio = (true.flatten(1).norm(dim=1) / linear.flatten(1).norm(dim=1))[:, None, None, None]
    at_maps = gradient + ratio * linear
    expected = torch.autograd.grad(maps, pixels, at_maps)[0].sign()
    assert torch.equal(first_step(linbp, model, pictures, layer="1"), expected)


def test_linbp_leaves_a_relu_behind_an_addition_as_it_is():
    def call(of, x):
        return of["head"](F.relu(of["stem"](x) + of["a"](of["stem"](x).tanh())).flatten(1))

    model = called(call, stem=conv(), a=conv(), head=nn.Linear(256, 10))
    pictures = images(4)
    found = attack_on(linbp, model, pictures, layer="layers.stem")
    assert torch.equal(found, attack_on(mi_fgsm, model, pictures))


@pytest.mark.parametrize("relu", [nn.ReLU(), nn.ReLU(inplace=True), nn.ReLU6(), F.relu, torch.relu, F.relu_])
def test_linbp_finds_relus_of_any_making(relu):
    parts = {"inner": nn.Linear(256, 30), "outer": nn.Linear(30, 10)}
    torch.manual_seed(0)
    model = called(lambda of, x: of["outer"](relu(of["inner"](x.flatten(1)))), **parts)
    linear = called(lambda of, x: of["outer"](of["inner"](x.flatten(1))), **parts)
    pictures = images(3)
    goals = torch.full((3,), 4)
    settings = {"epsilon": EPSILON, "steps": 3, "loss": "logit", "goals": goals}
    found = linbp(model, pictures, goals, layer="layers.inner", **settings)
    assert torch.equal(found, mi_fgsm(linear, pictures, goals, **settings))


def test_linbp_on_a_branch_without_gradients_gives_no_nan():
    model, pictures = network("residual"), images(3)
    for parameter in model[2].parameters():
        parameter.data.zero_()
    made = attack_on(linbp, model, pictures, layer="1")
    assert torch.equal(made, attack_on(mi_fgsm, model, pictures))


def test_linbp_refuses_a_network_without_relus():
    with pytest.raises(ValueError, match="linbp makes ReLUs linear, and this surrogate has none"):
        attack_on(linbp, sequential(nn.Flatten(), nn.Linear(256, 8), nn.Tanh(), nn.Linear(8, 10)), images(2))


# Ghost networks.


@pytest.mark.parametrize("settings", [{"dropout_erosion": 0.0}, {"skip_erosion": 0.0}])
@pytest.mark.parametrize("kind", ["mlp", "residual"])
def test_ghosts_without_erosion_are_mi_fgsm(kind, settings):
    model, pictures = network(kind), images(4)
    assert torch.equal(attack_on(ghost, model, pictures, **settings), attack_on(mi_fgsm, model, pictures))


def test_by_default_residual_networks_are_eroded_at_their_skips_and_others_by_dropout():
    for kind, settings in (("residual", {"skip_erosion": 0.2}), ("lenet", {"dropout_erosion": 0.006})):
        model, pictures = network(kind), images(4)
        assert torch.equal(attack_on(ghost, model, pictures), attack_on(ghost, model, pictures, **settings))


def test_a_ghost_scales_what_skips_a_branch_by_its_draw():
    model, pictures = network("residual"), images(4)
    labels, scales = labels_of(model, pictures), draws()
    first, second = (1 + 0.5 * (2 * scales.uniform() - 1)[:, None, None, None] for _ in range(2))
    pixels = pictures.clone().requires_grad_()
    maps = first * pixels + model[0](pixels) - pixels
    maps = model[1](maps)
    maps = second * maps + model[2](maps) - maps
    loss = F.cross_entropy(model[4](model[3](maps)), labels, reduction="sum")
    gradient = torch.autograd.grad(loss, pixels)[0]
    assert torch.equal(first_step(ghost, model, pictures, skip_erosion=0.5), gradient.sign())


def added_in_place(first, second):
    first += second
    return first


@pytest.mark.parametrize(
    "add", [lambda x, y: x + y, lambda x, y: y + x, added_in_place, lambda x, y: added_in_place(y, x), torch.add]
)
def test_a_skip_is_scaled_on_whichever_side_of_an_addition_it_stands(add):
    parts, pictures = {"stem": conv(), "a": conv(), "head": nn.Linear(256, 10)}, images(3)

    def call(of, x):
        x = of["stem"](x)
        return of["head"](add(x, of["a"](F.relu(x))).flatten(1))

    def by_hand(of, x):
        x, scale = of["stem"](x), 1 + 0.9 * (2 * drawn.uniform() - 1)
        return of["head"]((scale[:, None, None, None] * x + of["a"](F.relu(x))).flatten(1))

    model, drawn = called(call, **parts), draws(3)
    settings = {"labels": labels_of(model, pictures), "epsilon": EPSILON, "steps": 2}
    found = ghost(model, pictures, skip_erosion=0.9, draws=draws(3), **settings)
    assert torch.equal(found, mi_fgsm(called(by_hand, **parts), pictures, **settings))


def test_a_ghost_drops_units_behind_activations_functional_or_not():
    parts = {"inner": nn.Linear(256, 30), "outer": nn.Linear(30, 10)}
    pictures, kept = images(4), mask(draws(), 30, 0.3).double()
    by_hand = called(lambda of, x: of["outer"](F.relu(of["inner"](x.flatten(1))) * kept), **parts)
    for relu in (F.relu, nn.ReLU(inplace=True)):
        model = called(lambda of, x, relu=relu: of["outer"](relu(of["inner"](x.flatten(1)))), **parts)
        # The labels are those of the network; its ghosts may say otherwise.
        settings = {"labels": labels_of(model, pictures), "epsilon": EPSILON, "steps": 1}
        found = ghost(model, pictures, dropout_erosion=0.3, draws=draws(), **settings)
        assert torch.equal(found, mi_fgsm(by_hand, pictures, **settings))


@pytest.mark.parametrize("rate", [0.006, 0.1, 0.5, 0.9])
def test_a_mask_drops_every_unit_with_one_chance_and_keeps_the_mean(rate):
    kept = mask(draws(500), 400, rate)
    assert kept.unique().tolist() == pytest.approx([0, 1 / (1 - rate)])
    share = (kept == 0).double()
    assert abs(share.mean() - rate) < 5 * (rate * (1 - rate) / kept.numel()) ** 0.5
    assert (share.mean(dim=0) - rate).abs().max() < 5 * (rate * (1 - rate) / 500) ** 0.5
    neighbours = (share[:, 1:] * share[:, :-1]).mean()
    assert abs(neighbours - rate**2) < 5 * (rate**2 / kept.numel()) ** 0.5
    assert kept.mean() == pytest.approx(1.0, abs=0.02 / (1 - rate))


def test_a_mask_is_an_images_own_and_draws_about_as_many_numbers_as_it_drops():
    everybody, third = draws(5), Draws("inside", [2])
    assert torch.equal(mask(everybody, 10_000, 0.006)[2:3], mask(third, 10_000, 0.006))
    assert everybody._taken == third._taken < 0.02 * 10_000


def test_every_step_asks_another_ghost():
    pictures, model = images(3), network("residual")
    at = {}
    attack_on(
        ghost, model, pictures, steps=3, decay=0.0, skip_erosion=0.9, trace=lambda step, made: at.update({step: made})
    )
    steps = [at[1] - pictures, at[2] - at[1], at[3] - at[2]]
    assert not torch.equal(steps[0].sign(), steps[1].sign()) and not torch.equal(steps[1].sign(), steps[2].sign())


def test_erosion_that_finds_nothing_is_refused():
    with pytest.raises(ValueError, match="skip_erosion scales skip connections, and this surrogate has none"):
        attack_on(ghost, network("mlp"), images(2), skip_erosion=0.2)
    with pytest.raises(ValueError, match="drops units behind activations, and this surrogate has none"):
        attack_on(ghost, Plane(), images(2))
    with pytest.raises(ValueError, match="a chance from 0 to less than 1, not 1"):
        attack_on(ghost, network("mlp"), images(2), dropout_erosion=1.0)


# ILA.


def test_ila_on_a_linear_layer_goes_where_its_first_attack_moved_the_features_most():
    model, pictures = sequential(nn.Flatten(), nn.Linear(256, 20), nn.Linear(20, 10)), images(5)
    first = first_step(mi_fgsm, model, pictures).flatten(1)
    weight = model[1].weight
    direction = (first @ weight.T @ weight).reshape(pictures.shape)
    made = attack_on(ila, model, pictures, layer="1", first_steps=1)
    assert torch.equal((made - pictures).sign(), direction.sign())
    assert torch.allclose((made - pictures).abs(), torch.full_like(pictures, EPSILON))


@pytest.mark.parametrize("decay", [0.0, 1.0])
def test_the_first_attack_of_ila_is_i_fgsm_or_with_decay_mi_fgsm(decay):
    model, pictures = network("lenet"), images(5)
    guide = attack_on(mi_fgsm, model, pictures, decay=decay, steps=7)
    with inside(model, pictures, "middle") as look:
        clean, guided = (look(one).features[0].detach() for one in (pictures, guide))
        gradient = gradient_at_pixels(look, lambda features: (features[0] * (guided - clean)).sum())(pictures)
    assert torch.equal(first_step(ila, model, pictures, first_steps=7, decay=decay), gradient.sign())


def test_an_image_that_the_first_attack_did_not_move_stays():
    model, pictures = network("lenet"), images(3)
    for parameter in model[1].parameters():
        parameter.data.zero_()
    assert torch.equal(attack_on(ila, model, pictures), pictures)


# FIA.


def test_fia_without_masks_weighs_features_by_their_plain_gradient():
    model, pictures = network("lenet"), images(5)
    labels = labels_of(model, pictures)
    with inside(model, pictures, "middle") as look:
        seen = look(pictures)
        weights = torch.autograd.grad(seen.logits.gather(1, labels[:, None]).sum(), seen.features[0])[0]
        gradient = gradient_at_pixels(look, lambda features: -(features[0] * weights).sum())(pictures)
    assert torch.equal(first_step(fia, model, pictures, samples=1, drop=0.0), gradient.sign())


def test_fia_adds_the_gradients_of_images_masked_as_drawn():
    model, pictures, drawn = network("lenet"), images(4), draws()
    labels = labels_of(model, pictures)
    with inside(model, pictures, "middle") as look:
        weights = 0
        for _ in range(3):
            seen = look(pictures * (drawn.uniform(*SHAPE) >= 0.3))
            weights += torch.autograd.grad(seen.logits.gather(1, labels[:, None]).sum(), seen.features[0])[0]
        gradient = gradient_at_pixels(look, lambda features: -(features[0] * weights).sum())(pictures)
    assert torch.equal(first_step(fia, model, pictures, samples=3), gradient.sign())


def test_fia_moves_images_of_which_the_surrogate_is_sure():
    model, pictures = network("lenet", dtype=torch.float32), images(6, torch.float32)
    model[-1].weight.data.mul_(1e4)
    probabilities = model(pictures).softmax(dim=1)
    assert (probabilities.amax(dim=1) == 1).all()  # their gradient is exactly 0
    assert (attack_on(fia, model, pictures) != pictures).flatten(1).any(dim=1).all()


@pytest.mark.parametrize("attack", [fia, naa])
def test_no_samples_are_too_few(attack):
    with pytest.raises(ValueError, match="samples must be at least 1"):
        attack_on(attack, network("lenet"), images(2), samples=0)


# NAA.


def test_the_attributions_of_a_linear_head_add_up_to_the_difference_of_its_outputs():
    model, pictures = sequential(conv(), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10)), images(5)
    labels = labels_of(model, pictures)
    with inside(model, pictures, "1") as look:
        weights = _attention(look, pictures, labels, 3, "logit")[0]
        here, black = look(pictures).features[0], look(torch.zeros_like(pictures)).features[0]
    difference = (model(pictures) - model(torch.zeros_like(pictures))).gather(1, labels[:, None])[:, 0]
    assert torch.allclose(((here - black) * weights).sum(dim=(1, 2, 3)), difference)


def test_the_attributions_of_a_probability_add_up_to_its_difference_with_many_samples():
    model, pictures = sequential(nn.Flatten(), nn.Linear(256, 20), nn.Linear(20, 10)), images(5)
    labels = labels_of(model, pictures)
    gaps = []
    for samples in (10, 400):
        with inside(model, pictures, "1") as look:
            weights = _attention(look, pictures, labels, samples, "probability")[0]
            here, black = look(pictures).features[0], look(torch.zeros_like(pictures)).features[0]
        outputs = [model(one).softmax(dim=1).gather(1, labels[:, None])[:, 0] for one in (pictures, pictures * 0)]
        gaps.append((((here - black) * weights).sum(dim=1) - (outputs[0] - outputs[1])).abs().max())
    assert gaps[1] < 1e-3 and gaps[1] < gaps[0] / 10


def test_the_way_of_naa_includes_the_image_and_not_the_black_one():
    model, pictures = network("lenet"), images(3)
    labels = labels_of(model, pictures)
    with inside(model, pictures, "middle") as look:
        one = _attention(look, pictures, labels, 1, "logit")[0]
        seen = look(pictures)
    assert torch.equal(one, torch.autograd.grad(seen.logits.gather(1, labels[:, None]).sum(), seen.features[0])[0])


def test_contributions_of_both_signs_have_their_weight_and_a_feature_like_blacks_has_one():
    shares = torch.tensor([[2.0, -3.0, 0.0]], requires_grad=True)
    total = _weighted(shares, 0.5)
    assert total == 0.5
    assert torch.autograd.grad(total, shares)[0].tolist() == [[1.0, 0.5, 1.0]]


def test_naa_lowers_the_features_that_make_the_label():
    model, pictures = network("lenet"), images(5)
    labels = labels_of(model, pictures)
    with inside(model, pictures, "middle") as look:
        weights = _attention(look, pictures, labels, 30, "probability")[0]
        gradient = gradient_at_pixels(look, lambda features: -(features[0] * weights).sum())(pictures)
    assert torch.equal(first_step(naa, model, pictures), gradient.sign())


@pytest.mark.parametrize("attack", [fia, naa])
def test_with_goals_the_features_of_the_goal_rise(attack):
    model, pictures = network("lenet"), images(12)
    goals = random_wrong(labels_of(model, pictures), 10, torch.arange(12), 0)
    made = attack_on(attack, model, pictures, goals=goals, **({"output": "logit"} if attack is naa else {}))
    rise = (model(made) - model(pictures)).gather(1, goals[:, None])
    assert (rise > 0).all()


def test_a_block_is_what_it_says():
    block, maps = Block(1).double(), images(2)
    assert torch.allclose(block(maps) - maps, block.after(torch.relu(block.before(maps))))
