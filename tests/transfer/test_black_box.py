"""A black box gives its class and nothing else, and what is asked of a model is counted."""

import pytest
import torch

from tests.transfer.attacks.planes import Plane, images
from transfer.architectures.decision_tree import decision_tree
from transfer.attacks.fgsm import fgsm
from transfer.black_box import LabelsOnly, Queried
from transfer.confidence import confidence_of
from transfer.craft import Given, craft
from transfer.evaluate import answers
from transfer.train import build, frozen, logits_of


def test_a_black_box_gives_the_classes_of_its_model_and_hides_the_rest():
    plane, pictures = Plane(), images(20)
    box = LabelsOnly(plane, torch.float64)
    assert torch.equal(logits_of(box, pictures, 7).argmax(dim=1), plane(pictures).argmax(dim=1))
    assert set(box(pictures).flatten().tolist()) == {0.0, 1.0}
    assert not list(box.parameters()) and list(box.modules()) == [box]
    assert box(pictures.float()).dtype == torch.float32


def test_its_rows_say_no_more_than_the_class():
    plane, pictures = Plane(), images(20)
    box, labels = LabelsOnly(plane, torch.float64), torch.zeros(20, dtype=torch.long)
    rows = answers(box(pictures), labels, confidence_of(box))
    assert set(rows["margin"].tolist()) == {-1.0, 1.0} and set(rows["confidence"].tolist()) == {1.0}


@pytest.mark.parametrize("surrogate", ["black box", "tree"])
def test_an_attack_that_takes_gradients_is_told_that_there_are_none(surrogate):
    pictures = images(4)
    tree = frozen(build(decision_tree, {}, tuple(pictures.shape[1:]), 2).double())
    model = LabelsOnly(Plane(), torch.float64) if surrogate == "black box" else tree
    given = Given([Plane(), model], pictures, torch.zeros(4, dtype=torch.long), torch.arange(4))
    with pytest.raises(ValueError, match="the attack takes gradients, and a surrogate's answers have none"):
        craft(fgsm, given, {"epsilon": 0.1}, seed=0, batch=4, norm="linf")


def test_every_image_that_is_shown_is_counted():
    asked, pictures = Queried(Plane()), images(9)
    logits_of(asked, pictures, 4)
    assert torch.equal(asked(pictures[:2]), Plane()(pictures[:2]))
    assert asked.queries == 11
