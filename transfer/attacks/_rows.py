"""The axes of an optimiser, for which an image is a row of pixels."""

from jaxtyping import Bool, Float
from torch import Tensor

Rows = Float[Tensor, "image pixel"]
Column = Float[Tensor, "image 1"]
Free = Bool[Tensor, "image pixel"]
Wanted = Bool[Tensor, "image label"]
