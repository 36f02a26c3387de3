"""What each image costs a network."""

from collections.abc import Iterator

from torch import Tensor, nn

from transfer.losses import cross_entropy, margin
from transfer.probes._batches import image_by_image, logits_of
from transfer.shapes import Images, Labels, Measured


def losses(model: nn.Module, images: Images, labels: Labels, *, batch: int = 250) -> Iterator[Measured]:
    """The loss of each clean image, so that its variance over networks trained again can be counted.

    Demontis et al. 2019, arXiv:1809.02861 (V): the variability of a surrogate's loss is the variance, over training
    sets, of its loss at an image. An image each: `loss`, the cross entropy; `margin`, the label's logit minus the
    best other.
    """

    def look(positions: Tensor) -> dict[str, Tensor]:
        own = labels[positions]
        logits = logits_of(model, images[positions], batch).double()
        return {"loss": cross_entropy(logits, own), "margin": -margin(logits, own)}

    yield from image_by_image(look, len(images), batch)
