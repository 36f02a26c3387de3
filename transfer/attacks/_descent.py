"""One L-BFGS step at a time on c * |r|^2 + loss, for every image still under attack."""

from dataclasses import dataclass

import torch
from torch import Tensor

from transfer.attacks._constant import ConstantSearch
from transfer.attacks._lbfgs import Pairs, Point, free_pixels
from transfer.attacks._rows import Rows, Wanted
from transfer.shapes import Flags, PerImage

DECREASE = 1e-4  # of what the slope promises: Armijo's condition
SETTLED = 1e-3  # an iterate is settled when a step gains less than this share of the objective
KINKED = 1e-2  # or less than this share after a step refused: to and fro across a kink, progress only gets slower
BALANCED = 0.05  # or when what loss and penalty leave of each other is this share of the penalty's pull, or less
SHORT = 1e-4  # or when no longer step, as a share of the perturbation, gains anything

AFRESH = 0.1  # of the perturbation is within reach when the constant has moved


@dataclass
class Descent:
    """The images under attack, a row each: where they are, how far they may step, what they have learnt."""

    index: Tensor
    clean: Rows
    wanted: Wanted
    now: Point
    reach: PerImage  # the longest step that the last one makes credible
    is_settled: Flags
    was_refused: Flags  # the last trial
    is_first: Flags  # the search for the constant is the first, not the second
    search: ConstantSearch
    pairs: Pairs

    @classmethod
    def start(cls, now: Point, wanted: Wanted, memory: int) -> "Descent":
        """At the clean images, where gap and slope give each image its first constant and its first step."""
        slope = (now.gradient * free_pixels(now.pixels, now.gradient)).norm(dim=1)
        return cls(
            index=torch.arange(len(slope), device=slope.device),
            clean=now.pixels,
            wanted=wanted,
            now=now,
            reach=-now.lead / slope.clamp_min(torch.finfo(slope.dtype).tiny),
            is_settled=torch.zeros_like(slope, dtype=torch.bool),
            was_refused=torch.zeros_like(slope, dtype=torch.bool),
            is_first=torch.ones_like(slope, dtype=torch.bool),
            search=ConstantSearch.start(-now.lead, slope),
            pairs=Pairs(memory),
        )

    def keep(self, chosen: Flags) -> None:
        """Let the other images leave the batch."""
        self.index, self.clean, self.wanted = self.index[chosen], self.clean[chosen], self.wanted[chosen]
        self.now, self.reach = self.now.of(chosen), self.reach[chosen]
        self.is_settled, self.was_refused = self.is_settled[chosen], self.was_refused[chosen]
        self.is_first = self.is_first[chosen]
        self.search.keep(chosen)
        self.pairs.keep(chosen)

    def settle(self, accuracy: float) -> Flags:
        """Gives settled images their next constant; returns which images have nothing left to search.

        An image that ends in a kink of its loss, where no gradient is zero, is searched once more from far above:
        between kinks there are many minima, and the first found is seldom the nearest.
        """
        gradient = self._gradient()
        left = (gradient * free_pixels(self.now.pixels, gradient)).norm(dim=1)
        size = (self.now.pixels - self.clean).norm(dim=1)
        pull = 2 * self.search.constant * size
        is_balanced = left <= self._tolerance(accuracy) * pull
        settled = self.is_settled | is_balanced
        is_over = self.search.settle(settled, self.now, accuracy)
        again = is_over & ~is_balanced & self.is_first
        self.search.again(again)
        self.is_first &= ~again
        credible = torch.where(again, size, torch.where(settled, AFRESH * size, 0.0))
        self.reach = self.reach.maximum(credible)
        # Where the clean image has no slope, no constant gives it one.
        return is_over & ~again | (left == 0) & (pull == 0)

    def trial(self) -> Rows:
        """Where the next step leads, cut to its reach and to the box."""
        gradient = self._gradient()
        free = free_pixels(self.now.pixels, gradient)
        step = self.pairs.newton_step(gradient, free, self.search.constant)
        length = step.norm(dim=1).clamp_min(torch.finfo(step.dtype).tiny)
        return (self.now.pixels + (self.reach / length).clamp_max(1.0)[:, None] * step).clamp(0.0, 1.0)

    def judge(self, trial: Point) -> None:
        """Moves the images for which the trial gains enough; the others will step less far, and better informed."""
        step = trial.pixels - self.now.pixels
        length = step.norm(dim=1)
        promised = torch.linalg.vecdot(self._gradient(), step)
        before, after = self._objective(self.now), self._objective(trial)
        rounding = 4 * torch.finfo(before.dtype).eps * before.abs()
        accepted = after <= before + DECREASE * promised + rounding
        # A refused trial teaches curvature too; the parabola through what is known says how far to go instead.
        self.pairs.add(step, trial.gradient - self.now.gradient)
        bottom = (promised / (2 * (before + promised - after))).nan_to_num(0.1).clamp(0.1, 0.5)
        self.reach = length * torch.where(accepted, 2.0, bottom)
        is_short = self.reach <= SHORT * (self.now.pixels - self.clean).norm(dim=1)
        enough = torch.where(self.was_refused, KINKED, SETTLED) * before
        self.is_settled = torch.where(accepted, before - after <= enough, is_short)
        self.was_refused = ~accepted
        self.now = self.now.moved(accepted, trial)

    def _tolerance(self, accuracy: float) -> PerImage:
        """How much imbalance leaves success or failure beyond doubt: less, the nearer the lead is to 0."""
        lead = self.now.lead / self.search.gap
        is_close = (lead > 0) & (lead <= accuracy)
        return torch.where(is_close, BALANCED, lead.abs().clamp(accuracy, BALANCED))

    def _objective(self, point: Point) -> PerImage:
        return point.loss + self.search.constant * (point.pixels - self.clean).square().sum(dim=1)

    def _gradient(self) -> Rows:
        return self.now.gradient + 2 * self.search.constant[:, None] * (self.now.pixels - self.clean)
