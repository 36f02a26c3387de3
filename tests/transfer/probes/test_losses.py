"""What an image costs, held against torch."""

import torch
import torch.nn.functional as F

from tests.transfer.attacks.planes import Plane, images
from tests.transfer.probes.asking import ask


def test_the_loss_and_the_margin_of_each_image_are_those_of_its_logits():
    plane, pictures, labels = Plane(), images(7), torch.arange(7) % 2
    answer = ask("losses", pictures, model=plane, labels=labels, batch=3)
    assert torch.allclose(answer.of("loss"), F.cross_entropy(plane(pictures), labels, reduction="none"))
    signed = torch.where(labels == 1, 1, -1) * plane.value(pictures)
    assert torch.allclose(answer.of("margin"), signed) and answer.images("margin") == list(range(7))
