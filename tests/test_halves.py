"""Work that two processes share is done whatever happens to either of them, and nobody is left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tallystick import halves
from tallystick.halves import Apart, in_halves, in_two

HERE = os.getpid()


@pytest.fixture(autouse=True)
def forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork, whatever else runs in the process that tests."""
    monkeypatch.setattr(halves, "_can_fork", lambda: True)


def squares(numbers: Sequence[int]) -> tuple[int, list[int]]:
    """Who does it, and what comes of it."""
    return os.getpid(), [number**2 for number in numbers]


def nobody_is_left() -> bool:
    """Whether no fork of this process is there any more; servers of other tests are none."""
    mine = Path("/proc/self/cmdline").read_bytes()
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return not any(Path(f"/proc/{child}/cmdline").read_bytes() in (mine, b"") for child in children)


def test_two_processes_do_half_each() -> None:
    """The first half is done here, the second elsewhere, and the results are in order."""
    (here, first), (there, second) = in_halves(squares, [1, 2, 3, 4, 5], 2)

    assert (first, second) == ([1, 4], [9, 16, 25])
    assert here == HERE != there
    assert nobody_is_left()


@pytest.mark.parametrize("items", [[], [1], [1, 2, 3]])
def test_little_is_done_here(items: list[int]) -> None:
    """What is too little for two is done by one, as a whole."""
    assert in_halves(squares, items, 4) == [(HERE, [number**2 for number in items])]


def test_constant_mappings_are_handed_over() -> None:
    """Mappings that nobody can change come back as such, with all that is in them, however much it is."""
    first, second = in_halves(lambda some: MappingProxyType({"of": some, "much": b"x" * 10**7}), [1, 2], 2)

    assert isinstance(second, MappingProxyType)
    assert (first["of"], second["of"]) == ([1], [2])
    assert first["much"] == second["much"]


def killed(numbers: Sequence[int]) -> int:
    """Sums, unless somebody ends the process."""
    if os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    return sum(numbers)


def lost(numbers: Sequence[int]) -> Any:
    """What can't be handed over, except by whoever is asked for."""
    return threading.Lock() if os.getpid() != HERE else sum(numbers)


def quits(numbers: Sequence[int]) -> int:
    """Sums, unless it is told to exit."""
    if os.getpid() != HERE:
        sys.exit(0)
    return sum(numbers)


@pytest.mark.parametrize("work", [killed, lost, quits])
def test_what_the_other_does_not_do_is_done_here(work: Any) -> None:
    """A process that is killed, that exits, or whose result can't be handed over, costs time and nothing else."""
    assert in_halves(work, [1, 2, 3, 4], 2) == [3, 7]
    assert nobody_is_left()


def test_a_fault_is_raised_as_if_there_were_one_process() -> None:
    """What fails in the other process fails here in the same way."""

    def divided(numbers: Sequence[int]) -> list[float]:
        return [1 / number for number in numbers]

    with pytest.raises(ZeroDivisionError):
        in_halves(divided, [1, 2, 3, 0], 2)
    with pytest.raises(ZeroDivisionError):
        in_halves(divided, [0, 1, 2, 3], 2)
    assert nobody_is_left()


@pytest.mark.parametrize("name", ["fork", "pipe"])
def test_without_another_process(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where there can be no process, or no way to hear from it, all is done here."""

    def refuse() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, name, refuse)
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # of numbers

    assert in_halves(squares, [1, 2, 3], 2) == [(HERE, [1]), (HERE, [4, 9])]
    assert len(os.listdir("/proc/self/fd")) == files  # noqa: PTH208  # of numbers


def test_when_it_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never beside threads, with one processor, or where forks are known to break what libraries rely on."""
    monkeypatch.undo()
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})
    assert halves._can_fork()

    for place, name, value in (
        (threading, "active_count", lambda: 2),
        (os, "sched_getaffinity", lambda _pid: {0}),
        (sys, "platform", "darwin"),
    ):
        with monkeypatch.context() as other:
            other.setattr(place, name, value)
            assert not halves._can_fork()


SLEEPS = r"""
import os, time
from tallystick import halves
def work(items):
    os.write(1, f"{os.getpid()}\n".encode())
    time.sleep(60)
halves._can_fork = lambda: True
halves.in_halves(work, [1, 2], 2)
"""


def runs(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123  # no path of a user's
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nobody_goes_on_alone(sign: signal.Signals) -> None:
    """When the command is interrupted or ended, both processes end, within a second or so."""
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        pids = [int(process.stdout.readline()) for _ in range(2)]
        process.send_signal(sign)

        process.wait(timeout=20)
        deadline = time.monotonic() + 20
        while any(map(runs, pids)) and time.monotonic() < deadline:
            time.sleep(0.05)

        assert process.returncode != 0
        assert not any(map(runs, pids))


def test_mappings_of_results_keep_their_type() -> None:
    """A result is what it would be here, not a copy of another kind."""
    first, second = in_halves(lambda some: {"of": tuple(some)}, [1, 2, 3], 2)

    assert isinstance(second, Mapping)
    assert (first, second) == ({"of": (1,)}, {"of": (2, 3)})


def whole(numbers: Sequence[int], meet: halves.Meet) -> tuple[list[int], Any]:
    """Numbers, and what the other half told of its own."""
    return list(numbers), meet(sum(numbers))


def test_two_halves_meet() -> None:
    """Each learns what the other tells, and both go on."""
    assert in_two(whole, [1, 2, 3, 4, 5], 2) == [([1, 2], 12), ([3, 4, 5], 3)]
    assert nobody_is_left()


@pytest.mark.parametrize("items", [[], [1], [1, 2, 3]])
def test_little_is_not_done_in_two(items: list[int]) -> None:
    """Who asks does it then in another way."""
    assert in_two(whole, items, 4) is None


def unlike(numbers: Sequence[int], meet: halves.Meet) -> None:
    """Finds out that it needs the other half."""
    meet(numbers)
    raise Apart


def gone(numbers: Sequence[int], meet: halves.Meet) -> Any:
    """Is there no more when it is to meet."""
    if os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    return meet(numbers)


def late(numbers: Sequence[int], meet: halves.Meet) -> Any:
    """Meets, and is there no more at the end."""
    meet(numbers)
    if os.getpid() != HERE:
        sys.exit(3)
    return sum(numbers)


def secretive(numbers: Sequence[int], meet: halves.Meet) -> Any:
    """Tells what can't be handed over."""
    return meet(threading.Lock() if os.getpid() != HERE else numbers)


@pytest.mark.parametrize("work", [unlike, gone, late, secretive])
def test_what_can_not_be_done_in_two_is_told(work: Any) -> None:
    """Nothing comes of it, and nobody waits for somebody who is gone."""
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # of numbers

    assert in_two(work, [1, 2, 3, 4], 2) is None
    assert nobody_is_left()
    assert len(os.listdir("/proc/self/fd")) == files  # noqa: PTH208  # of numbers


def test_a_fault_here_ends_the_other() -> None:
    """It is raised as ever, whether or not the other waits."""

    def divided(numbers: Sequence[int], meet: halves.Meet) -> Any:
        return meet([1 / number for number in numbers])

    with pytest.raises(ZeroDivisionError):
        in_two(divided, [0, 1, 2, 3], 2)
    assert in_two(divided, [1, 2, 3, 0], 2) is None
    assert nobody_is_left()


@pytest.mark.parametrize("name", ["fork", "pipe"])
def test_nothing_is_done_in_two_without_another_process(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where there can be no process, it is not begun."""

    def refuse() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, name, refuse)
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # of numbers
    begun: list[int] = []

    def work(numbers: Sequence[int], meet: halves.Meet) -> Any:
        begun.extend(numbers)
        return meet(numbers)

    assert in_two(work, [1, 2, 3], 2) is None
    assert not begun
    assert len(os.listdir("/proc/self/fd")) == files  # noqa: PTH208  # of numbers


def test_who_shares_work_shares_no_part_of_it() -> None:
    """Two processes are as many as there are processors for; four would only copy more."""

    def work(numbers: Sequence[int], _meet: halves.Meet) -> Any:
        return os.getpid(), in_halves(squares, numbers, 2)

    done = in_two(work, [1, 2, 3, 4], 2)

    assert done
    assert [(pid, of) for pid, ((by, of),) in done if by == pid] == [(done[0][0], [1, 4]), (done[1][0], [9, 16])]
    assert [pid for pid, _ in in_halves(squares, [1, 2], 2)] != [HERE, HERE]
