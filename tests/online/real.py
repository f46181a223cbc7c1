"""Definitions, and a past in a real Prometheus that they are held against."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tallystick.definition.load import load_paths
from tallystick.definition.problem import Problem
from tallystick.definition.render import text_of
from tallystick.online.base import OnlineCheck
from tallystick.online.run import Found, Given, look
from tallystick.upstream.client import connect

STEP = 300
DAY = 86_400

HEAD = "apiVersion: tallystick/v1\nservice: shop\nslos:\n"


def slo(name: str, sli: str, window: str = "30d", more: str = "") -> str:
    """An entry of ``slos``; *sli* and *more* are lines without indent."""
    lines = [f"  - name: {name}", "    objective: 99.9%", f"    window: {window}", "    sli:"]
    return "\n".join([*lines, *_indented(sli, 6), *_indented(more, 4)]) + "\n"


def events(total: str, bad: str = "", *, good: str = "", by: str = "") -> str:
    """The SLI ``events``, with selectors as a person writes them."""
    part = f"bad: {bad}" if bad else f"good: {good}"
    return "\n".join(["events:", f"  total: {total}", f"  {part}", *([f"  by: [{by}]"] if by else [])])


def _indented(text: str, width: int) -> Iterator[str]:
    for line in text.splitlines():
        yield " " * width + line


Shape = Callable[[int], float]
"""The value of a series at so many steps after its first."""


def rising(each: float) -> Shape:
    """A counter."""
    return lambda step: each * step


def steady(step: int) -> float:
    """A counter of five events at a time."""
    return 5 * step


def series(name: str, since_days: float, until_days: float = 0, shape: Shape = steady) -> str:
    """
    A series as OpenMetrics text, a sample every five minutes.

    Args:
        name: with labels.
        since_days: how long ago it began.
        until_days: how long ago it ended; 0: it goes on, its last sample up to five minutes old.
        shape: its values.
    """
    now = int(time.time()) // STEP * STEP
    first, last = (now - int(days * DAY) // STEP * STEP for days in (since_days, until_days))
    return "".join(f"{name} {shape(at):g} {first + at * STEP}\n" for at in range((last - first) // STEP + 1))


def family(name: str, type_: str, *parts: str) -> str:
    """A family of OpenMetrics, whose samples must follow one another."""
    return f"# TYPE {name} {type_}\n" + "".join(parts)


def found_in(folder: Path, url: str, entries: Sequence[str], *checks: OnlineCheck, given: Given | None = None) -> Found:
    """All that *checks* find in a definition with *entries*."""
    file = folder / "shop.yaml"
    file.write_text(HEAD + "".join(entries), encoding="utf-8")
    loaded = load_paths([file])
    assert loaded.errors == ()
    found = look(loaded, connect(url), given or Given(), lambda *_: None, checks)
    assert found.fault is None
    return found


def told(folder: Path, problems: Sequence[Problem]) -> str:
    """The *problems* as a person reads them."""
    return "".join(text_of(problem) for problem in problems).replace(f"{folder}/", "").rstrip("\n")


def page(code: str) -> str:
    """The page of a check."""
    return (Path(__file__).parents[2] / "docs" / "checks" / f"{code}.md").read_text(encoding="utf-8")
