"""
Work that two processors share: a forked process does the second half of it.

A fork has everything there is already, so that only results are handed over. It is made only where that is safe and pays: on Linux,
by a process that has no threads, with a second processor. Whatever keeps the other process from finishing, its half is done here.

The earlier a fork is made, the less there is that both change and so have a copy of: `in_two` is for work from its very beginning
to its end, in which the two meet once to see whether each can go on alone.
"""

import copyreg
import gc
import io
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType, MappingProxyType
from typing import Any, BinaryIO, ClassVar, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Meet = Callable[[Any], Any]

_LOOK_SECONDS = 0.2
"""How often the other process looks whether this one is still there."""

_SHARING: set[int] = set()
"""The processes that work with this one, 0 for the one that made it: who shares its work has nothing to give away."""


def in_halves(work: Callable[[Sequence[Item]], Result], items: Sequence[Item], least: int) -> list[Result]:
    """
    *work* on all *items*.

    Args:
        work: gives the same wherever and however often it is done; what it changes is not changed here by the other process.
        items: what is worked on, in order.
        least: how many it takes for two processes to be faster than one.

    Returns:
        What *work* gives for the first half and for the second; or for all of them at once.
    """
    if len(items) < max(least, 2) or _SHARING or not _can_fork():
        return [work(items)]
    middle = len(items) // 2
    other = _Other(lambda _meet: work(items[middle:]))
    try:
        mine = work(items[:middle])
        theirs = other.result()
    finally:
        other.end()
    return [mine, *(theirs or [work(items[middle:])])]


def _can_fork() -> bool:
    return (
        sys.platform == "linux"
        and len(os.sched_getaffinity(0)) > 1
        and threading.active_count() == 1
        and threading.current_thread() is threading.main_thread()
    )


class Apart(Exception):  # noqa: N818  # it says that the other way is to be taken, and never leaves this module's callers
    """The two halves can't be done each by itself."""


def in_two(work: Callable[[Sequence[Item], Meet], Result], items: Sequence[Item], least: int) -> list[Result] | None:
    """
    *work* on both halves of *items* at once.

    Args:
        work: gets a half, and what it calls once with what the other half must know; that gives what the other one told. It
            raises `Apart` where each needs more of the other, which both then find by what they told.
        items: what is worked on, in order.
        least: see `in_halves`.

    Returns:
        What *work* gives for each half; None if it was not done so, for whatever reason.
    """
    if len(items) < max(least, 2) or _SHARING or not _can_fork():
        return None
    middle = len(items) // 2
    other = _Other(lambda meet: work(items[middle:], meet))
    if not other.is_there:
        return None
    try:
        mine = work(items[:middle], other.meet)
        theirs = other.result()
    except Apart:
        return None
    finally:
        other.end()
    return [mine, *theirs] if theirs else None


class _Other:
    """A process that does one thing."""

    def __init__(self, work: Callable[[Meet], Any]) -> None:
        self._pid = 0
        pipes: list[int] = []
        here = os.getpid()
        try:
            pipes += os.pipe()
            pipes += os.pipe()
            self._pid = os.fork()
        except OSError:  # no memory, or too many processes or files
            for end in pipes:
                os.close(end)
            return
        hears, says, reading, writing = pipes
        _SHARING.add(self._pid)
        if not self._pid:
            # So that each learns that the other has ended.
            os.close(says)
            os.close(reading)
            _do(work, hears, writing, here)
        os.close(hears)
        os.close(writing)
        self._says = os.fdopen(says, "wb")
        self._stream = os.fdopen(reading, "rb")

    @property
    def is_there(self) -> bool:
        """Whether there is another process."""
        return bool(self._pid)

    def meet(self, told: Any) -> Any:
        """
        Tell it something; what it tells in turn.

        Raises:
            Apart: it is not there any more.
        """
        try:
            theirs = pickle.load(self._stream)  # noqa: S301  # our own process wrote it
            _tell(self._says, told)
        except (EOFError, pickle.UnpicklingError, OSError) as fault:
            raise Apart from fault
        return theirs

    def result(self) -> list[Any] | None:
        """What came of it, as the only one in a list; None if nothing did."""
        if not self._pid:
            return None
        data = self._stream.read()
        _, status = os.waitpid(self._pid, 0)
        self._close()
        return [pickle.loads(data)] if status == 0 else None  # noqa: S301  # our own process wrote it

    def end(self) -> None:
        """End it, if it has not ended."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._close()

    def _close(self) -> None:
        _SHARING.discard(self._pid)
        self._pid = 0
        self._stream.close()
        with suppress(OSError):  # what was not told before it ended can't be told any more
            self._says.close()


def _do(work: Callable[[Meet], Any], hears: int, writing: int, parent: int) -> None:
    """In the other process: do *work*, tell what comes of it, and end, without a word and without what others clear up."""

    def look(_signal: int, _frame: FrameType | None) -> None:
        if os.getppid() != parent:
            os._exit(1)

    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)
        gc.disable()  # it would touch, and so copy, all that was there before
        with os.fdopen(writing, "wb") as stream, os.fdopen(hears, "rb") as other:

            def meet(told: Any) -> Any:
                _tell(stream, told)
                return pickle.load(other)  # noqa: S301  # our own process wrote it

            _tell(stream, work(meet))
    except BaseException:  # noqa: BLE001  # the same fault is raised where the work is done again
        os._exit(1)
    os._exit(0)


def _tell(stream: BinaryIO, told: Any) -> None:
    """Write *told* whole, or nothing of it."""
    data = io.BytesIO()
    _Pickler(data, pickle.HIGHEST_PROTOCOL).dump(told)
    stream.write(data.getbuffer())
    stream.flush()


def _constant(values: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(values)


class _Pickler(pickle.Pickler):
    """Knows constant mappings, which pickle does not."""

    dispatch_table: ClassVar[dict[type, Any]] = {  # type: ignore[misc]  # an attribute of objects, in its types
        **copyreg.dispatch_table,
        MappingProxyType: lambda mapping: (_constant, (dict(mapping),)),
    }
