"""Loading a history into Prometheus' data folder, as blocks."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from tallystick.demo.history import History
from tallystick.demo.openmetrics import write_openmetrics
from tallystick.demo.samples import Series, all_series
from tallystick.demo.scenario import HOUR, Span
from tallystick.errors import DemoError

BLOCK_HOURS = 54
"""
Length of a block: Prometheus grows its blocks by threes from 2 h, and this is one of those. promtool reads its whole
input once for each block it makes, so each block gets a file of its own.
"""

_AT_ONCE = 2
"""Blocks that promtool makes while the next one's text is being written."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many series and samples were loaded; a series that began anew after a restart is one."""

    series: int
    samples: int


def load_history(
    history: History, promtool: Path, data: Path, work: Path, tell: Callable[[float], None] = lambda _: None
) -> Loaded:
    """
    Write *history* into Prometheus' *data* folder; Prometheus need not run, and finds it when it starts.

    Args:
        history: what to load.
        promtool: which promtool to use.
        data: where Prometheus keeps its blocks.
        work: a folder for files that are needed meanwhile.
        tell: is told which share is done, 0 to 1.

    Raises:
        DemoError: promtool refused; says why.
    """
    series = list(all_series(history))
    spans = list(_block_spans(history.span))
    samples = 0
    with _Imports(promtool, data) as imports:
        for index, span in enumerate(spans):
            text = work / f"history-{index}.om"
            samples += write_openmetrics(_within(series, span), text)
            imports.add(text)
            tell((index + 1) / len(spans))
    return Loaded(len({(one.metric, *one.labels.items()) for one in series if len(one.times)}), samples)


class _Imports:
    """Runs of promtool beside our own work, a few at once; leaving the block waits for all, or ends them after a fault."""

    def __init__(self, promtool: Path, data: Path) -> None:
        self._promtool = promtool
        self._data = data
        self._running: list[tuple[subprocess.Popen[str], Path]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, fault: type[BaseException] | None, *_: object) -> None:
        try:
            while self._running and fault is None:
                self._finish_first()
        finally:
            for process, _text in self._running:
                process.kill()
                process.communicate()

    def add(self, text: Path) -> None:
        """Make blocks of *text*, and remove it."""
        if len(self._running) == _AT_ONCE:
            self._finish_first()
        # Hidden in promtool's help, but in 2.x and 3.x alike; without it blocks are 2 h long.
        longest = f"--max-block-duration={BLOCK_HOURS}h"
        command: list[str | Path] = [self._promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", longest]
        command += [text, self._data]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._running.append((process, text))

    def _finish_first(self) -> None:
        process, text = self._running[0]
        said, _ = process.communicate()
        del self._running[0]
        text.unlink()
        if process.returncode:
            raise DemoError(f"promtool could not load the history: {said.strip()[-500:]}")


def _block_spans(span: Span) -> Iterator[Span]:
    """*span*, cut where blocks begin: at multiples of their length since 1970."""
    length = BLOCK_HOURS * HOUR
    for start in range(span.start // length * length, span.end, length):
        yield Span(max(start, span.start), min(start + length, span.end))


def _within(series: Sequence[Series], span: Span) -> Iterator[Series]:
    """The samples of *series* within *span*."""
    for one in series:
        first, last = np.searchsorted(one.times, (span.start, span.end))
        if first < last:
            yield replace(one, times=one.times[first:last], values=one.values[first:last])
