"""How far a long command is: told on a terminal only, and only when it takes longer than people wait."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 2
"""How long a person waits before wanting to know why."""

_REFRESH_SECONDS = 0.1

Report = Callable[[int, int], None]
"""Told how much is done, of how much."""


@contextmanager
def progress_of(doing: str) -> Iterator[Report]:
    """A bar for what is *doing*; gives what reports to it."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console  # noqa: PLC0415  # takes longer to import than 100 SLOs take to make rules of
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415  # see above

    columns = (TextColumn(doing), BarColumn(), TextColumn("{task.percentage:.0f} %"), TimeRemainingColumn())
    start = drawn = time.monotonic()
    # It is drawn when something is reported: a process with a thread that draws can't share its work (see `halves`).
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as progress:
        task = progress.add_task(doing, visible=False)

        def report(done: int, total: int) -> None:
            nonlocal drawn
            now = time.monotonic()
            progress.update(task, completed=done, total=total, visible=now - start > PATIENCE_SECONDS)
            if now - drawn > _REFRESH_SECONDS:
                drawn = now
                progress.refresh()

        yield report
