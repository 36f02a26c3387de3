"""Interleaved timings: A B A B ..., so that a machine that slows down slows both."""

import statistics
import time
from collections.abc import Callable, Mapping

import torch

Side = Callable[[], object]
Clock = Callable[[], float]


def interleaved(sides: Mapping[str, Side], rounds: int = 7, clock: Clock = time.perf_counter) -> dict[str, list[float]]:
    """Seconds of each side, round by round, after one round that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for round_ in range(rounds + 1):
        for name, side in sides.items():
            began = clock()
            side()
            if round_:
                seconds[name].append(clock() - began)
    return seconds


def compare(title: str, sides: Mapping[str, Side], rounds: int = 7, wanted: str = "") -> float:
    """Prints the sides' medians and the median of the paired ratios first / last; returns that ratio."""
    seconds = interleaved(sides, rounds)
    first, *_, last = seconds
    ratio = ratio_of(seconds, first, last)
    shown = "   ".join(f"{name} {statistics.median(values):.3f} s" for name, values in seconds.items())
    hoped = f" (wanted: {wanted})" if wanted else ""
    print(f"{title}\n  {shown}\n  {first} is {ratio:.2f} times as fast as {last}{hoped}")
    return ratio


def ratio_of(seconds: Mapping[str, list[float]], faster: str, slower: str) -> float:
    """How many times as fast one side is as another: the median of the ratios of the same round."""
    return statistics.median(b / a for a, b in zip(seconds[faster], seconds[slower], strict=True))


def one_thread() -> None:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
