"""
A time limit for calls that have none: connecting, waiting for headers and reading a body each block as they like.

The timeout of a socket starts anew with every byte, so a server that sends one a second is never late. Here the call
runs in a thread of its own and its caller stops waiting: when the time is over, or as soon as it is told to.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Event, Thread
from typing import TypeVar

POLL_SECONDS = 0.1
"""How soon a caller that waits notices that it is to stop."""

Result = TypeVar("Result")


class OverdueError(Exception):
    """The call took longer than it may."""


class StoppedError(Exception):
    """The caller was told to stop."""


def within(seconds: float, stop: Event, call: Callable[[Event], Result]) -> Result:
    """
    What *call* returns or raises.

    Args:
        seconds: how long it may take.
        stop: set it to stop waiting.
        call: is given an event that is set once nobody waits any more; it should look at it between its steps.

    Raises:
        OverdueError: it took longer.
        StoppedError: *stop* was set first.
    """
    given_up, outcome = Event(), Future[Result]()
    deadline = time.monotonic() + seconds
    # A daemon, so that a call that hangs in the network does not keep the process from ending.
    Thread(target=_run, args=(call, given_up, outcome), name="request", daemon=True).start()
    try:
        while not outcome.done():
            left = deadline - time.monotonic()
            if stop.is_set():
                raise StoppedError
            if left <= 0:
                raise OverdueError
            wait([outcome], min(left, POLL_SECONDS))
        return outcome.result()
    finally:
        given_up.set()


def _run(call: Callable[[Event], Result], given_up: Event, outcome: Future[Result]) -> None:
    try:
        outcome.set_result(call(given_up))
    except BaseException as fault:  # noqa: BLE001  # raised again where it is waited for
        outcome.set_exception(fault)
