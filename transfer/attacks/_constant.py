"""The search for the largest constant c whose minimum still reaches the goal, for each image by itself."""

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from transfer.attacks._lbfgs import Point
from transfer.shapes import Flags, PerImage

STRIDE = math.log(10)  # log c moves by at most this between two minima
DOUBT = 5.0  # the secant's slope may differ from the linear model's by at most this factor
FLOOR = math.log(1000)  # how far below its first value log c is followed
BRACKET = 0.01  # log c is known well enough


@dataclass
class ConstantSearch:
    """Where each image's search for its constant c stands: a secant on the lead in log c, kept within a bracket.

    In a linear model of two classes the distance to the boundary and the loss at it are known in closed form; they
    give the first constant and the slope that the secant is held near. c is raised after a success and lowered
    after a failure until a success leads by less than `accuracy` of the gap that the clean image had to close.
    """

    gap: PerImage  # by how much the wanted class trails on the clean image
    least: PerImage  # log of a constant so small that a smaller one changes nothing
    log_c: PerImage
    success: PerImage  # log of the largest constant that reached the goal
    failure: PerImage  # log of the smallest that did not
    last_log_c: PerImage
    last_lead: PerImage

    @classmethod
    def start(cls, gap: PerImage, slope: PerImage) -> "ConstantSearch":
        """From the gap and the length of the clean gradient.

        At the boundary of a linear model 2c * gap / slope is half that length. Half of that c, because a search that
        comes from successes stays with a nearby minimum that one from failures may never meet.
        """
        gap = gap.clamp_min(torch.finfo(gap.dtype).tiny)
        log_c = (slope.square() / (8 * gap)).clamp(1e-8, 1e8).log()
        unknown = torch.full_like(log_c, math.nan)
        return cls(
            gap,
            log_c - FLOOR,
            log_c,
            torch.full_like(log_c, -math.inf),
            torch.full_like(log_c, math.inf),
            unknown,
            unknown,
        )

    @property
    def constant(self) -> PerImage:
        """c itself."""
        return self.log_c.exp()

    def keep(self, chosen: Flags) -> None:
        """Forget the images that have left the batch."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name)[chosen])

    def settle(self, settled: Flags, now: Point, accuracy: float) -> Flags:
        """Tell the search what the minimum of the settled images is like; c moves, and the finished are returned."""
        lead, reached = now.lead, now.lead > 0
        self._bracket(settled & reached, settled & ~reached)
        known = self.failure - self.success <= BRACKET
        is_over = settled & reached & (known | (lead <= accuracy * self.gap))
        # A failure just above a success: that one was met on the way and was no minimum. Look below it.
        self.success = torch.where(settled & known & ~reached, -math.inf, self.success)
        target = self._secant(lead, torch.exp(-now.loss), accuracy)
        target = target.clamp(self.log_c - STRIDE, self.log_c + STRIDE).maximum(self.least)
        inside = (target > self.success) & (target < self.failure)
        halfway = (self.success + self.failure) / 2
        target = torch.where(inside | ~halfway.isfinite(), target, halfway)
        self.last_log_c = torch.where(settled, self.log_c, self.last_log_c)
        self.last_lead = torch.where(settled, lead, self.last_lead)
        self.log_c = torch.where(settled, target, self.log_c)
        return is_over

    def again(self, chosen: Flags) -> None:
        """Begin anew, from a constant ten times the last one."""
        self.log_c = torch.where(chosen, self.last_log_c + STRIDE, self.log_c)
        self.success = torch.where(chosen, -math.inf, self.success)
        self.failure = torch.where(chosen, math.inf, self.failure)
        self.last_log_c = torch.where(chosen, math.nan, self.last_log_c)

    def _bracket(self, success: Flags, failure: Flags) -> None:
        self.success = torch.where(success, torch.maximum(self.success, self.log_c), self.success)
        self.failure = torch.where(failure, torch.minimum(self.failure, self.log_c), self.failure)
        # The loss is not convex: another minimum can succeed above a failure. The newer finding counts.
        crossed = self.success >= self.failure
        self.failure = torch.where(crossed & success, math.inf, self.failure)
        self.success = torch.where(crossed & failure, -math.inf, self.success)

    def _secant(self, lead: PerImage, probability: PerImage, accuracy: float) -> Tensor:
        # Linear model: c * (1 + lead / gap) = constant * (1 - probability), and the probability is 1/2 at the boundary.
        nearer = (1 + lead / self.gap).clamp_min(0.05)
        linear = self.log_c + math.log(0.5) - ((1 - probability).clamp_min(1e-4) / nearer).log()
        model = -(probability.clamp_max(0.5) + 1 / self.gap)
        slope = (self.log_c - self.last_log_c) / (lead - self.last_lead)
        slope = slope.clamp(model * DOUBT, model / DOUBT)
        secant = self.log_c + (accuracy / 3 * self.gap - lead) * slope
        target = torch.where(slope.isfinite(), secant, linear)
        # Whatever is guessed, a success raises c and a failure lowers it: twice as far where the last move did little.
        did_little = lead / self.last_lead > 0.5
        least = torch.where(did_little, 2 * (self.log_c - self.last_log_c).abs(), 0.0).clamp_min(1e-3)
        return torch.where(lead > 0, target.maximum(self.log_c + least), target.minimum(self.log_c - least))
