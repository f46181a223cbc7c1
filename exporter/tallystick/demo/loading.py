"""Loading a history into Prometheus' data folder, as blocks."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tallystick.demo.history import History
from tallystick.demo.openmetrics import write_openmetrics
from tallystick.demo.samples import Series, all_series
from tallystick.demo.scenario import HOUR, Span
from tallystick.demo.servers import import_blocks

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
    return load_series(list(all_series(history)), history.span, promtool, data, work, tell=tell)


def load_series(
    series: Sequence[Series],
    span: Span,
    promtool: Path,
    data: Path,
    work: Path,
    *,
    tell: Callable[[float], None] = lambda _: None,
) -> Loaded:
    """
    Write the samples of *series* within *span*; families together, and all else as `load_history` has it.

    Raises:
        DemoError: promtool refused; says why.
    """
    spans = list(block_spans(span))
    samples = 0
    imports: list[Future[None]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for index, block in enumerate(spans):
            text = work / f"history-{index}.om"
            samples += write_openmetrics(_within(series, block), text)
            imports.append(pool.submit(_import, promtool, text, data))
            # Texts are large, so no more of them are written than promtool can take.
            if index >= _AT_ONCE:
                imports[index - _AT_ONCE].result()
            tell((index + 1) / len(spans))
        for one in imports:
            one.result()
    return Loaded(len({(one.metric, *one.labels.items()) for one in series if len(one.times)}), samples)


def _import(promtool: Path, text: Path, data: Path) -> None:
    import_blocks(promtool, text, data, longest=f"{BLOCK_HOURS}h")
    text.unlink()


def block_spans(span: Span) -> Iterator[Span]:
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
