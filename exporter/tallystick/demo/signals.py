"""Ctrl-C, SIGTERM and a closed terminal, as one exception."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """Somebody asked the demo to end."""


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """
    Raise `Stopped` in the main thread at the first signal inside.

    More of them are ignored, so that stopping is not interrupted by impatience.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
