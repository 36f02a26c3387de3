"""What the model sees: every view against one made by hand, and every attack against a simpler one it reduces to."""

import itertools
import math

import numpy as np
import pytest
import scipy.fft
import scipy.ndimage
import torch
import torch.nn.functional as F

from tests.transfer.attacks.planes import CLASSES, SHAPE, Plane, images, network
from transfer.attacks._axes import cosines, cut, sizes_between_places, sizes_in_proportion, whole
from transfer.attacks._resize import resized, shrinking
from transfer.attacks._shuffle import rearranged, shuffled
from transfer.attacks._smoothing import gaussian
from transfer.attacks._spectrum import disturbed
from transfer.attacks._transform import DROPPED, KINDS, NOISE, block_by_block, transformed
from transfer.attacks._views import chain, mixed, scaled, through
from transfer.attacks.admix import admix
from transfer.attacks.bsr import bsr
from transfer.attacks.composed import check, composed
from transfer.attacks.di_fgsm import di_fgsm
from transfer.attacks.mi_fgsm import mi_fgsm
from transfer.attacks.ni_fgsm import ni_fgsm
from transfer.attacks.si_fgsm import si_fgsm
from transfer.attacks.sia import sia
from transfer.attacks.ssa import ssa
from transfer.attacks.ti_fgsm import ti_fgsm
from transfer.attacks.vmi_fgsm import vmi_fgsm
from transfer.attacks.vni_fgsm import vni_fgsm
from transfer.craft import Given, craft
from transfer.draws import Draws
from transfer.losses import loss_gradient
from transfer.shapes import Pool

EPSILON = 0.05


def draws(count, seed=0):
    return Draws(seed, range(count))


def made(attack, model, pictures, **settings):
    """What the attack makes of the images under the labels that the model gives them."""
    pool = Pool(pictures, model(pictures).argmax(dim=1))
    given = Given([model], pictures, pool.labels, torch.arange(len(pictures)), pool=pool)
    return craft(attack, given, {"epsilon": EPSILON, **settings}, seed=0, batch=64)


def colours(count, height=9, width=7):
    """Images of three channels that are no squares."""
    return draws(count, "colours").uniform(3, height, width)


def tricks(pictures, stream):
    """The views of every trick at its paper's settings, by name."""
    labels = torch.arange(len(pictures)) % 3
    pool = Pool(images(12, pictures.dtype), torch.arange(12) % 3)
    pool = Pool(F.interpolate(pool.images, pictures.shape[2:]).expand(-1, pictures.shape[1], -1, -1), pool.labels)
    return {
        "si": scaled(2),
        "admix": mixed(labels, pool, stream, mixes=2, portion=0.2),
        "nearest": resized(pictures, stream, probability=0.7, smallest=0.5, interpolation="nearest"),
        "bilinear": resized(pictures, stream, probability=0.7, smallest=0.5, interpolation="bilinear"),
        "ssa": disturbed(pictures, stream, spectra=2, tuning=0.5, noise=0.1),
        "sia": transformed(pictures, stream, copies=2, blocks=3),
        "bsr": shuffled(pictures, stream, copies=2, blocks=2, angle=24.0),
    }


NAMES = list(tricks(colours(1), draws(1)))


# --- views in general ---


def test_a_model_that_is_shown_the_images_themselves_has_their_gradient():
    model, pictures = network("lenet"), images(5)
    labels = model(pictures).argmax(dim=1)
    assert torch.equal(through(model, labels, chain())(pictures), loss_gradient(model, labels)(pictures))


def test_the_gradient_is_the_mean_over_the_views_and_taken_at_the_images():
    model, pictures = network("lenet"), images(5)
    labels = model(pictures).argmax(dim=1)
    halves = [0.5**power * loss_gradient(model, labels)(0.5**power * pictures) for power in range(3)]
    assert torch.allclose(through(model, labels, scaled(3))(pictures), sum(halves) / 3, atol=1e-12)


def test_tricks_chain_to_every_view_of_one_after_every_view_of_another():
    pictures = images(3)
    both = [view(pictures) for view in chain(scaled(2), lambda: [lambda seen: seen + 1, lambda seen: seen + 2])()]
    assert [
        round((seen - scale * pictures).mean().item(), 9) for seen, scale in zip(both, (1, 1, 0.5, 0.5), strict=True)
    ]
    assert torch.allclose(
        torch.stack(both), torch.stack([pictures + 1, pictures + 2, pictures / 2 + 1, pictures / 2 + 2])
    )


def test_a_later_trick_is_drawn_anew_for_each_view_of_an_earlier_one():
    pictures = colours(4)
    trick = disturbed(pictures, draws(4), spectra=1, tuning=0.5, noise=0.0)
    bright, dark = (view(pictures) for view in chain(scaled(2), trick)())
    assert not torch.allclose(bright / 2, dark)


def test_no_view_at_all_is_refused():
    with pytest.raises(ValueError, match="0 views"):
        made(si_fgsm, network(), images(2), scales=0)


@pytest.mark.parametrize("name", NAMES)
def test_an_image_is_seen_alike_alone_and_in_company(name):
    pictures = colours(5)
    together = [view(pictures) for view in tricks(pictures, draws(5))[name]()]
    for i in range(5):
        alone = tricks(pictures[i : i + 1], Draws(0, [i]))[name]
        if name == "admix":  # its labels go by place: the same class as in company
            pool = Pool(F.interpolate(images(12), pictures.shape[2:]).expand(-1, 3, -1, -1), torch.arange(12) % 3)
            alone = mixed(torch.tensor([i % 3]), pool, Draws(0, [i]), mixes=2, portion=0.2)
        for view, seen in zip(alone(), together, strict=True):
            assert torch.allclose(view(pictures[i : i + 1])[0], seen[i], atol=1e-12)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "si"])
def test_every_image_and_every_step_is_seen_in_its_own_way(name):
    pictures = colours(1).repeat(12, 1, 1, 1)
    trick = tricks(pictures, draws(12))[name]
    first, second = next(iter(trick()))(pictures), next(iter(trick()))(pictures)
    assert not torch.allclose(first, second)
    assert len(torch.unique(first.flatten(1).round(decimals=9), dim=0)) > 3


@pytest.mark.parametrize("name", NAMES)
def test_gradients_through_a_view_are_right_and_need_nothing_random_of_torch(name):
    pictures = 0.3 + 0.4 * colours(2, 4, 3)
    torch.use_deterministic_algorithms(True)
    try:
        for view in tricks(pictures, draws(2))[name]():
            assert torch.autograd.gradcheck(view, pictures.requires_grad_())
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_seen_has_the_shape_and_type_of_the_images(name, dtype):
    pictures = colours(3).to(dtype)
    for view in tricks(pictures, draws(3))[name]():
        assert view(pictures).shape == pictures.shape and view(pictures).dtype == dtype


# --- attacks reduce to simpler ones ---

OFF = [
    (di_fgsm, {"probability": 0.0}),
    (di_fgsm, {"probability": 0.0, "interpolation": "bilinear"}),
    (ti_fgsm, {"kernel": 1}),
    (si_fgsm, {"scales": 1}),
    (ssa, {"tuning": 0.0, "relative_noise": 0.0, "spectra": 2, "decay": 1.0}),
    (bsr, {"blocks": 1, "angle": 0.0, "copies": 2}),
    (admix, {"portion": 0.0, "scales": 1}),
    (composed, {"of": ()}),
]


@pytest.mark.parametrize(("attack", "settings"), OFF, ids=lambda part: getattr(part, "__name__", None))
def test_without_its_trick_it_is_mi_fgsm(attack, settings):
    # No ReLU behind a pooling: where a gradient is exactly zero, a transform and its inverse leave a rounding error.
    model, pictures = network("mlp"), images(6)
    assert torch.allclose(made(attack, model, pictures, **settings).images, made(mi_fgsm, model, pictures).images)


def test_admix_with_nothing_mixed_in_is_scale_invariance():
    model, pictures = network("lenet"), images(6)
    mixed_in = made(admix, model, pictures, portion=0.0, scales=3).images
    assert torch.allclose(mixed_in, made(si_fgsm, model, pictures, scales=3).images)


ALONE = [
    (("ni",), ni_fgsm, {}, {}),
    (("vmi",), vmi_fgsm, {"samples": 3}, {"vmi_samples": 3}),
    (("ni", "vmi"), vni_fgsm, {"samples": 3}, {"vmi_samples": 3}),
    (("di",), di_fgsm, {}, {}),
    (("ti",), ti_fgsm, {}, {"ti_kernel": 15}),
    (("si",), si_fgsm, {}, {}),
    (("admix",), admix, {}, {}),
    (("ssa",), ssa, {"decay": 1.0, "spectra": 3}, {"ssa_spectra": 3}),
    (("sia",), sia, {"copies": 3}, {"sia_copies": 3}),
    (("bsr",), bsr, {"copies": 3}, {"bsr_copies": 3}),
]


@pytest.mark.parametrize(("of", "attack", "settings", "same"), ALONE, ids=lambda part: getattr(part, "__name__", ""))
def test_composed_of_one_trick_is_the_attack_of_that_trick(of, attack, settings, same):
    model, pictures = network("lenet"), images(4)
    one = made(attack, model, pictures, steps=4, **settings).images
    assert torch.allclose(made(composed, model, pictures, of=of, steps=4, **same).images, one)


def test_the_order_in_which_tricks_are_named_is_nothing_to_the_images():
    model, pictures = network("lenet"), images(4)
    orders = itertools.permutations(("si", "ni", "di"))
    first, *others = (made(composed, model, pictures, of=of, steps=3).images for of in orders)
    assert all(torch.equal(first, other) for other in others)


@pytest.mark.parametrize(
    ("of", "message"),
    [
        (("si", "nt"), "no trick is called 'nt'"),
        (("di", "si", "di"), "di cannot"),
        (("si", "admix"), "admix has si in it"),
    ],
)
def test_tricks_that_are_unknown_or_doubled_are_refused(of, message):
    with pytest.raises(ValueError, match=message):
        check(of)


COSTS = [
    (di_fgsm, {}, 1),
    (ti_fgsm, {}, 1),
    (si_fgsm, {}, 5),
    (admix, {}, 15),
    (ssa, {}, 20),
    (sia, {}, 20),
    (bsr, {}, 20),
    (composed, {}, 5),
    (composed, {"of": ("admix", "di", "ti")}, 15),
]


@pytest.mark.parametrize(("attack", "settings", "gradients"), COSTS, ids=lambda part: getattr(part, "__name__", None))
def test_a_step_costs_a_gradient_for_every_copy_of_the_paper(attack, settings, gradients):
    assert (made(attack, Plane(), images(2), steps=2, **settings).gradients == 2 * gradients).all()


@pytest.mark.parametrize("attack", [di_fgsm, si_fgsm, admix, ssa, sia, bsr, composed])
def test_momentum_goes_on_where_a_gradient_is_exactly_zero(attack):
    class Shy(torch.nn.Module):
        """Has a gradient only where the first picture of a pair is."""

        def forward(self, pictures):
            bright = pictures.mean(dim=(1, 2, 3))
            return torch.stack([bright, torch.where(bright > 10, bright, 0 * bright)], dim=1) * (bright > 0.05)[:, None]

    pictures = torch.cat([images(1), torch.zeros(1, *SHAPE).double()])
    crafted = made(attack, Shy(), pictures, steps=2).images
    assert crafted.isfinite().all()
    assert not torch.equal(crafted[0], pictures[0])


# --- diverse inputs ---


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize(("smaller", "top"), [(9, 0), (8, 0), (8, 1), (7, 2), (5, 3), (1, 8)])
def test_an_image_is_shown_smaller_as_torch_shows_it(interpolation, smaller, top):
    pictures = colours(2, 9, 9)
    (lines,) = shrinking(9, torch.tensor([smaller]), torch.tensor([top]), interpolation)
    corners = None if interpolation == "nearest" else False
    shown = F.interpolate(pictures, (smaller, smaller), mode=interpolation, align_corners=corners)
    rest = 9 - smaller - top
    assert torch.allclose(lines @ pictures @ lines.T, F.pad(shown, (top, rest, top, rest)), atol=1e-12)


def test_an_unknown_interpolation_is_refused():
    with pytest.raises(ValueError, match="Known: nearest, bilinear"):
        shrinking(9, torch.tensor([8]), torch.tensor([0]), "cubic")


def test_sizes_and_places_are_those_of_the_authors_code_and_as_often_as_asked():
    white = torch.ones(4000, 1, 10, 20).double()
    view = next(iter(resized(white, draws(4000), probability=0.5, smallest=0.8, interpolation="nearest")()))
    seen = view(white)[:, 0]
    heights, widths = seen.amax(dim=2).sum(dim=1), seen.amax(dim=1).sum(dim=1)
    tops = seen.amax(dim=2).argmax(dim=1)
    is_resized = heights < 10
    assert abs(is_resized.double().mean() - 0.5) < 0.03
    assert torch.equal(seen.sum(dim=(1, 2)), heights * widths)  # white is shown white, and black around it
    assert set(zip(heights.tolist(), widths.tolist(), strict=True)) <= {
        (10, 20), (8, 16), (8, 17), (9, 18), (9, 19)
    }  # fmt: skip
    assert (widths < 20)[is_resized].all() and not (widths < 20)[~is_resized].any()
    for height in (8, 9):
        counts = torch.bincount(tops[heights == height])
        assert len(counts) == 10 - height and counts.min() > 0.7 * counts.max()


# --- translation invariance ---


def test_the_kernel_is_a_gaussian_of_three_deviations_and_sums_to_one():
    kernel = gaussian(15)
    assert torch.isclose(kernel.sum(), torch.tensor(1.0).double())
    assert math.isclose(kernel[7, 7 + 7] / kernel[7, 7], math.exp(-9 / 2))
    assert torch.equal(gaussian(1), torch.ones(1, 1).double())


@pytest.mark.parametrize("kernel", [0, 2, -1])
def test_a_kernel_without_a_middle_is_refused(kernel):
    with pytest.raises(ValueError, match="odd"):
        made(ti_fgsm, network(), images(2), kernel=kernel)


def test_on_a_plane_it_steps_along_the_smoothed_weights():
    plane, pictures = Plane(), images(4)
    labels = plane(pictures).argmax(dim=1)
    weights = scipy.ndimage.convolve(plane.weight[0].numpy(), gaussian(7).numpy(), mode="constant")
    away = torch.where(labels == 1, -1.0, 1.0)[:, None, None, None] * torch.tensor(np.sign(weights))
    crafted = made(ti_fgsm, plane, pictures, kernel=7, steps=1).images
    assert torch.allclose(crafted - pictures, EPSILON * away)


# --- admix ---


def partners(labels, pool, *, count=1, seed=0):
    """The images that are mixed into black ones."""
    black = torch.zeros(len(labels), *pool.images.shape[1:]).double()
    views = mixed(labels, pool, draws(len(labels), seed), mixes=count, portion=0.2)
    return [view(black) / 0.2 for view in views()]


def test_images_of_every_other_class_are_mixed_in_and_none_of_the_same():
    pool = Pool(torch.arange(10.0).double().reshape(10, 1, 1, 1).expand(-1, *SHAPE), torch.arange(10) % 4)
    labels = torch.arange(400) % 4
    (found,) = partners(labels, pool)
    found = found.round()[:, 0, 0, 0].long()
    assert (pool.labels[found] != labels).all()
    for label in range(4):
        assert set(found[labels == label].tolist()) == {one for one in range(10) if one % 4 != label}


def test_where_all_are_of_one_class_any_image_is_mixed_in():
    pool = Pool(images(3), torch.zeros(3).long())
    (found,) = partners(torch.zeros(50).long(), pool)
    assert all(any(torch.allclose(one, other) for other in pool.images) for one in found)


def test_what_is_mixed_in_comes_from_the_whole_craft_and_not_from_the_batch():
    model, pictures = network("lenet"), images(6)
    pool = Pool(pictures, torch.arange(6) % CLASSES)
    given = Given([model], pictures, pool.labels, torch.arange(6), pool=pool)
    one, many = (craft(admix, given, {"epsilon": EPSILON, "steps": 2}, seed=0, batch=batch).images for batch in (1, 6))
    assert torch.allclose(one, many)


# --- spectrum simulation ---


@pytest.mark.parametrize("length", [1, 2, 7, 16])
def test_the_cosine_transform_is_scipys_and_orthonormal(length):
    (waves,) = cosines(whole(length))
    assert torch.allclose(waves @ waves.T, torch.eye(length).double(), atol=1e-12)
    line = draws(1).uniform(length)[0]
    assert np.allclose(waves @ line, scipy.fft.dct(line.numpy(), norm="ortho"))


def test_every_frequency_is_changed_by_at_most_the_tuning_factor():
    pictures = colours(3)
    (view,) = disturbed(pictures, draws(3), spectra=1, tuning=0.5, noise=0.0)()
    factors = scipy.fft.dctn(view(pictures).numpy(), axes=(2, 3)) / scipy.fft.dctn(pictures.numpy(), axes=(2, 3))
    assert factors.min() >= 0.5 and factors.max() <= 1.5
    assert factors.min() < 0.55 and factors.max() > 1.45 and abs(factors.mean() - 1) < 0.05


def test_the_noise_has_the_deviation_that_is_asked_for():
    black = torch.zeros(20, 3, 9, 7).double()
    (view,) = disturbed(black, draws(20), spectra=1, tuning=0.0, noise=0.1)()
    assert abs(view(black).std() - 0.1) < 0.003 and abs(view(black).mean()) < 0.005


# --- blocks ---


@pytest.mark.parametrize("sizes", [sizes_between_places, sizes_in_proportion])
def test_blocks_fill_the_axis_of_every_image(sizes):
    found = sizes(13, 4, draws(500))
    assert (found.sum(dim=1) == 13).all() and found.shape == (500, 4)
    assert found.min() >= (1 if sizes is sizes_between_places else 0)
    assert torch.unique(found, dim=0).shape[0] > 100
    assert torch.equal(sizes(13, 1, draws(2)), torch.full((2, 1), 13))
    for blocks in (0, 14):
        with pytest.raises(ValueError, match="from 1 to 13"):
            sizes(13, blocks, draws(2))


def test_an_axis_is_cut_where_its_sizes_say_and_empty_blocks_have_no_pixels():
    axis = cut(torch.tensor([[2, 0, 3], [0, 5, 0]]))
    assert axis.block.tolist() == [[0, 0, 2, 2, 2], [1, 1, 1, 1, 1]]
    assert axis.start.tolist() == [[0, 0, 2, 2, 2], [0, 0, 0, 0, 0]]
    assert axis.local.tolist() == [[0, 1, 0, 1, 2], [0, 1, 2, 3, 4]]


GRID = torch.arange(20.0).double().reshape(1, 1, 4, 5)


def test_blocks_change_places_by_rows_and_columns():
    sizes, orders = [torch.tensor([[1, 3]]), torch.tensor([[2, 3]])], [torch.tensor([[1, 0]]), torch.tensor([[0, 1]])]
    seen = rearranged(sizes, orders, torch.zeros(1, 2, 2).double(), GRID)
    assert torch.equal(seen[0, 0], torch.cat([GRID[0, 0, 1:], GRID[0, 0, :1]]))
    orders[1] = torch.tensor([[1, 0]])
    both = rearranged(sizes, orders, torch.zeros(1, 2, 2).double(), GRID)
    assert torch.equal(both, torch.cat([seen[..., 2:], seen[..., :2]], dim=3))


def test_the_inverse_order_brings_every_block_back():
    pictures, stream = colours(6, 11, 8), draws(6)
    sizes = [sizes_in_proportion(side, 3, stream) for side in (11, 8)]
    orders = [stream.uniform(3).argsort(dim=1) for _ in sizes]
    still = torch.zeros(6, 3, 3).double()
    seen = rearranged(sizes, orders, still, pictures)
    back = [order.argsort(dim=1) for order in orders]
    again = rearranged([size.gather(1, order) for size, order in zip(sizes, orders, strict=True)], back, still, seen)
    assert not torch.equal(seen, pictures)
    assert torch.equal(again, pictures)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_square_block_is_turned_by_quarters_exactly(quarters):
    pictures = colours(2, 7, 7)
    sizes, orders = [torch.tensor([[3, 4]] * 2)] * 2, [torch.arange(2).expand(2, 2)] * 2
    angles = torch.zeros(2, 2, 2).double()
    angles[:, 0, 0], angles[:, 1, 1] = quarters * math.pi / 2, -quarters * math.pi / 2
    seen = rearranged(sizes, orders, angles, pictures)
    assert torch.allclose(seen[..., :3, :3], pictures[..., :3, :3].rot90(-quarters, (2, 3)))
    assert torch.allclose(seen[..., 3:, 3:], pictures[..., 3:, 3:].rot90(quarters, (2, 3)))
    assert torch.equal(seen[..., :3, 3:], pictures[..., :3, 3:])


def test_a_block_is_turned_as_torch_turns_an_image():
    pictures = colours(2, 9, 9)
    block, angle = pictures[..., 2:, 4:], math.radians(17)
    sizes, orders = [torch.tensor([[2, 7]] * 2), torch.tensor([[4, 5]] * 2)], [torch.arange(2).expand(2, 2)] * 2
    seen = rearranged(sizes, orders, torch.full((2, 2, 2), angle).double(), pictures)[..., 2:, 4:]
    # In torch's units half a side is 1: sides of 7 and 5 pixels.
    turn = torch.tensor([[math.cos(angle), math.sin(angle) * 7 / 5, 0], [-math.sin(angle) * 5 / 7, math.cos(angle), 0]])
    grid = F.affine_grid(turn.double().expand(2, 2, 3), list(block.shape), align_corners=False)
    assert torch.allclose(seen, F.grid_sample(block, grid, align_corners=False), atol=1e-6)


def test_angles_are_uniform_up_to_the_largest():
    ramp = torch.arange(21.0).double().expand(3000, 1, 21, 21)
    (view,) = shuffled(ramp, draws(3000), copies=1, blocks=1, angle=24.0)()
    # Five pixels below the middle a turned ramp is met as far to the side as the angle's sine says.
    angles = torch.rad2deg(torch.asin((10 - view(ramp)[:, 0, 15, 10]) / 5))
    assert torch.allclose(
        angles.quantile(torch.tensor([0, 0.25, 0.5, 0.75, 1]).double()),
        torch.tensor([-24, -12, 0, 12, 24]).double(),
        atol=1.0,
    )


def test_unturned_blocks_are_all_there_in_many_orders():
    pictures = torch.zeros(1, 1, 30, 30).double()
    pictures[0, 0, :, 15:] = 1.0
    seen = [view(pictures) for view in shuffled(pictures, draws(1), copies=30, blocks=2, angle=0.0)()]
    assert all(torch.isclose(one.sum(), pictures.sum()) for one in seen)
    assert len({tuple(one[0, 0, 0].tolist()) for one in seen}) > 10


def by_hand(kind, block, *, shift, factor, noise, left):
    """What a kind of transformation makes of a block, as its paper's code does it."""
    height, width = block.shape[2:]
    if kind == "resize":
        small = F.interpolate(block, (int(height * 0.8) + 1, int(width * 0.8) + 1), mode="bilinear")
        return F.interpolate(small, (height, width), mode="bilinear")
    if kind == "low_pass":
        waves = scipy.fft.dctn(block.numpy(), axes=(2, 3))
        waves[:, :, height - int(height * 0.4) :] = 0
        waves[:, :, :, width - int(width * 0.4) :] = 0
        return torch.tensor(scipy.fft.idctn(waves, axes=(2, 3)))
    return {
        "shift_rows": lambda: block.roll(int(shift * height), dims=2),
        "shift_columns": lambda: block.roll(int(shift * width), dims=3),
        "flip_rows": lambda: block.flip(2),
        "flip_columns": lambda: block.flip(3),
        "turn": lambda: block.rot90(2, (2, 3)),
        "scale": lambda: block * factor,
        "add_noise": lambda: (block + noise).clamp(0, 1),
        "drop": lambda: block * left[:, None, None],
    }[kind]()


@pytest.mark.parametrize("kind", KINDS)
def test_each_block_is_transformed_as_if_it_were_an_image(kind):
    pictures, stream = colours(1, 13, 11), draws(1)
    rows, columns = torch.tensor([[3, 1, 9]]), torch.tensor([[2, 6, 3]])
    kinds = torch.full((1, 3, 3), KINDS.index(kind))
    shifts, factors = stream.uniform(3, 3), stream.uniform(3, 3)
    noise, left = stream.uniform(3, 13, 11) - 0.5, stream.uniform(3, 3, 3)
    seen = block_by_block(cut(rows), cut(columns), kinds, shifts, factors, noise, left, pictures)
    corners = [[0, 3, 4, 13], [0, 2, 8, 11]]
    for i, j in itertools.product(range(3), repeat=2):
        place = (..., slice(*corners[0][i : i + 2]), slice(*corners[1][j : j + 2]))
        drawn = {"shift": shifts[0, i, j], "factor": factors[0, i, j], "noise": noise[place], "left": left[0, :, i, j]}
        assert torch.allclose(seen[place], by_hand(kind, pictures[place], **drawn), atol=1e-12)


def test_blocks_of_one_image_are_transformed_in_different_ways():
    pictures = colours(1, 13, 11)
    rows, columns = torch.tensor([[5, 8]]), torch.tensor([[5, 6]])
    kinds = torch.tensor(
        [[[KINDS.index("flip_rows"), KINDS.index("scale")], [KINDS.index("turn"), KINDS.index("drop")]]]
    )
    ones = torch.full((1, 2, 2), 0.5).double()
    left = torch.zeros(1, 3, 2, 2).double()
    seen = block_by_block(cut(rows), cut(columns), kinds, ones, ones, torch.zeros(1, 3, 13, 11), left, pictures)
    assert torch.equal(seen[..., :5, :5], pictures[..., :5, :5].flip(2))
    assert torch.equal(seen[..., :5, 5:], pictures[..., :5, 5:] / 2)
    assert torch.equal(seen[..., 5:, :5], pictures[..., 5:, :5].rot90(2, (2, 3)))
    assert not seen[..., 5:, 5:].any()


def test_the_numbers_drawn_for_blocks_are_those_of_the_papers_code():
    grey = torch.full((3000, 1, 6, 6), 0.5).double()
    (view,) = transformed(grey, draws(3000), copies=1, blocks=1)()
    seen = view(grey).flatten(1)
    kept = torch.isclose(seen, torch.tensor(0.5).double()).all(dim=1)  # eight of ten kinds keep grey grey, or seven
    even = torch.isclose(seen, seen[:, :1]).all(dim=1)
    noisy, bright = ~even, even & (seen[:, 0] > 0.51)
    black = even & (seen[:, 0] < 1e-9)
    assert abs(kept.double().mean() - 0.7) < 0.03
    assert abs(noisy.double().mean() - 0.1) < 0.02 and (seen[noisy] - 0.5).abs().max() <= NOISE
    assert torch.allclose(seen[bright], torch.tensor(0.5 / (1 - DROPPED)).double())
    assert abs(black.double().mean() - 0.1 * DROPPED) < 0.007
