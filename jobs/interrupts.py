"""Ctrl-C and SIGTERM: before there is anything to end they end at once; then the first asks for an orderly end."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Remembered:
    """While it is entered, Ctrl-C raises KeyboardInterrupt as ever, and is remembered as `number`.

    Python drops what a signal raises in the callback of a weak reference, as each import has one; libraries catch it.
    """

    def __init__(self) -> None:
        self.number: int | None = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        raise KeyboardInterrupt


class Interrupts:
    """While it is entered, the first signal is remembered as `number` and told to `on_first`.

    The second raises KeyboardInterrupt, wherever the process is.
    """

    def __init__(self, on_first: Callable[[], None] = lambda: None) -> None:
        self.number: int | None = None
        self.on_first = on_first
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.number is not None:
            raise KeyboardInterrupt
        self.number = number
        self.on_first()
