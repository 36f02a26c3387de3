import os
import signal

import pytest

from jobs.interrupts import Interrupts, Remembered


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_remembered_and_the_second_ends(number):
    told = []
    with Interrupts(lambda: told.append("stopping")) as stop:
        assert stop.number is None
        os.kill(os.getpid(), number)
        assert stop.number == number
        assert told == ["stopping"]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)


def test_afterwards_signals_do_what_they_did_before():
    before = signal.getsignal(signal.SIGTERM)
    with Interrupts():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_that_is_swallowed_is_remembered_and_the_handler_put_back():
    before = signal.getsignal(signal.SIGINT)
    with Remembered() as heard:
        assert heard.number is None
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert heard.number == signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is before
