"""Images a little otherwise in every epoch, each by draws of its own."""

import torch
import torch.nn.functional as F
from torch import Tensor

from transfer.draws import Draws
from transfer.recipes._fit import See
from transfer.shapes import Images


def augmentation(padding: int, flip: bool) -> See:
    """Crops at random places after `padding` black pixels were put around each image, and mirror images of half.

    He et al. 2016, arXiv:1512.03385, section 4.2, for CIFAR-10.
    """

    def see(images: Images, draws: Draws) -> Images:
        if padding:
            images = cropped(images, padding, draws.below(2 * padding + 1, 2))
        if flip:
            is_mirrored = draws.uniform() < 0.5
            images = torch.where(is_mirrored.to(images.device)[:, None, None, None], images.flip(3), images)
        return images

    return see


def cropped(images: Images, padding: int, corners: Tensor) -> Images:
    """Of each image, padded with black, what lies down and to the right of its corner, as large as before."""
    height, width = images.shape[2:]
    padded = F.pad(images, [padding] * 4)
    down, right = corners.to(images.device).unbind(dim=1)
    rows = down[:, None] + torch.arange(height, device=images.device)
    columns = right[:, None] + torch.arange(width, device=images.device)
    kept = padded.gather(2, rows[:, None, :, None].expand(-1, images.shape[1], -1, padded.shape[3]))
    return kept.gather(3, columns[:, None, None, :].expand(-1, images.shape[1], height, -1))
