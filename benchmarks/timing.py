"""Interleaved timings: A B A B ..., so that a machine that slows down slows both."""

import statistics
import time
from collections.abc import Callable, Mapping

import torch

Side = Callable[[], object]


def interleaved(sides: Mapping[str, Side], rounds: int = 7) -> dict[str, list[float]]:
    """Seconds of each side, round by round, after one round that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for round_ in range(rounds + 1):
        for name, side in sides.items():
            began = time.perf_counter()
            side()
            if round_:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def compare(title: str, sides: Mapping[str, Side], rounds: int = 7, wanted: str = "") -> float:
    """Prints the sides' medians and the median of the paired ratios first / last; returns that ratio."""
    seconds = interleaved(sides, rounds)
    first, *_, last = seconds
    ratio = statistics.median(b / a for a, b in zip(seconds[first], seconds[last], strict=True))
    shown = "   ".join(f"{name} {statistics.median(values):.3f} s" for name, values in seconds.items())
    hoped = f" (wanted: {wanted})" if wanted else ""
    print(f"{title}\n  {shown}\n  {first} is {ratio:.2f} times as fast as {last}{hoped}")
    return ratio


def one_thread() -> None:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
