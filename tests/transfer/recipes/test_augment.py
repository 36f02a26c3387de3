"""Images are shifted and mirrored, each by its own draws."""

import torch

from transfer.draws import Draws
from transfer.recipes._augment import augmentation, cropped

PICTURES = torch.rand(40, 2, 5, 4, generator=torch.Generator().manual_seed(0))


def test_a_corner_in_the_middle_gives_the_image_and_others_shift_it_over_black():
    still, right_down = torch.full((40, 2), 2), torch.tensor([[1, 3]]).expand(40, 2)
    assert torch.equal(cropped(PICTURES, 2, still), PICTURES)
    moved = cropped(PICTURES, 2, right_down)
    assert torch.equal(moved[:, :, 1:, :-1], PICTURES[:, :, :-1, 1:])
    assert not moved[:, :, 0].any() and not moved[:, :, :, -1].any()


def test_every_shift_occurs_and_half_of_the_images_are_mirrored():
    corners = Draws(0, range(2000)).below(5, 2)
    assert len({tuple(corner) for corner in corners.tolist()}) == 25
    seen = augmentation(0, True)(PICTURES, Draws(0, range(40)))
    mirrored = [torch.equal(one, picture.flip(2)) for one, picture in zip(seen, PICTURES, strict=True)]
    same = [torch.equal(one, picture) for one, picture in zip(seen, PICTURES, strict=True)]
    assert all(one != other for one, other in zip(mirrored, same, strict=True))
    assert 10 < sum(mirrored) < 30


def test_an_image_is_seen_alike_alone_and_in_company():
    see = augmentation(2, True)
    together = see(PICTURES, Draws("seed", range(40)))
    for i in (0, 7, 31):
        assert torch.equal(see(PICTURES[i : i + 1], Draws("seed", [i]))[0], together[i])


def test_nothing_asked_for_is_the_images_themselves():
    draws = Draws(0, range(40))
    assert augmentation(0, False)(PICTURES, draws) is PICTURES
    assert torch.equal(draws.uniform(), Draws(0, range(40)).uniform()), "draws were taken"
