"""A craft shown as it was after fewer steps."""

from transfer.shapes import Images


def iterate(images: Images, perturbations: Images) -> Images:
    """The images that an iterative attack had reached after a number of steps: the rate against iterations."""
    return (images + perturbations).clamp(0.0, 1.0)
