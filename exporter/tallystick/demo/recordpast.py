"""Giving the demo's exporter a past: its ledger is filled from the history, and what it would have told goes to Prometheus."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange
from tallystick.daemon.hindsight import Hindsight, figures
from tallystick.daemon.recorder import Recorder
from tallystick.demo.loading import BLOCK_HOURS, block_spans
from tallystick.demo.scenario import DAY, MINUTE, Span
from tallystick.demo.servers import import_blocks
from tallystick.errors import DemoError
from tallystick.ledger.store import open_ledger
from tallystick.upstream.client import connect

SETTLE_SECONDS = 2 * MINUTE
"""What is younger than this is left to the exporter, which has all samples of it once it runs."""

SHOWN = 30 * DAY
"""No dashboard shows more at first."""

_STEP_SECONDS = 5 * MINUTE
"""Prometheus looks back so far for a sample."""

_RECENT_SECONDS = 7 * DAY
_EARLIER_STEP_SECONDS = 30 * MINUTE
"""Before the recent days, figures are those of an exporter whose rounds are so far apart: they are the slowest part of a start."""

_LAST_SECONDS = 10 * MINUTE
"""Up to the end there are more samples, so that the exporter's own follow without a gap."""


class UnwantedError(Exception):
    """It is not wanted any more."""


class RecordPast:
    """The exporter's past, made while others work; `stop` ends what is under way."""

    def __init__(self, ledger: Path, slos: Sequence[Slo], span: Span) -> None:
        """
        Make the past of an exporter.

        Args:
            ledger: where it keeps its record; made here.
            slos: what it measures.
            span: the time of the history.
        """
        self._ledger = ledger
        self._slos = slos
        self._until = span.end - SETTLE_SECONDS
        self._start = max(span.start, span.end - SHOWN)
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let what is under way end soon, with `UnwantedError`."""
        self._stopped.set()

    def read(self, prometheus_url: str) -> None:
        """
        Fill the ledger, as the exporter does at its first start.

        Raises:
            DemoError: not everything can be read; says why.
        """
        book = open_ledger(str(self._ledger))
        try:
            recorder = Recorder(book, connect(prometheus_url))
            recorder.catch_up(recorder.follow(self._slos, self._until), self._until, self._goes_on)
            self._go_on()
            lacking = [track for track in recorder.tracks if track.lacks(self._until)]
            if lacking:
                raise DemoError(f"the history of {lacking[0].slo.slo_id} can't be read: {lacking[0].last_error}")
            recorder.roll(recorder.tracks)
        finally:
            book.close()

    def show(self, labels: Mapping[str, str], promtool: Path, blocks: Path) -> int:
        """
        Make blocks for Prometheus of what the exporter would have told.

        Args:
            labels: what Prometheus puts on all that it scrapes from the exporter.
            promtool: which promtool to use.
            blocks: a new folder for them. A Prometheus that starts would remove what is not whole yet from its own.

        Returns:
            How many samples there are.

        Raises:
            DemoError: promtool refused; says why.
        """
        samples = 0
        book = open_ledger(str(self._ledger), read_only=True)
        try:
            with ThreadPoolExecutor(1) as beside:
                imports = []
                for number, (part, step) in enumerate(self._parts()):
                    # From the first instant of a block to the last before the next one.
                    span = TimeRange(part.start - step, part.end - step)
                    lines = figures(Hindsight(book, self._slos, partial(_within, span), step), labels, self._go_on)
                    text = blocks.with_name(f"figures-{number}.om")
                    samples += _write(lines, text, max(step // _STEP_SECONDS, 1))
                    imports.append(beside.submit(import_blocks, promtool, text, blocks, longest=f"{BLOCK_HOURS}h"))
                for one in imports:
                    one.result()
        finally:
            book.close()
        return samples

    def _parts(self) -> Iterator[tuple[Span, int]]:
        """Spans that end where blocks do, each with how far its samples are apart."""
        for block in block_spans(Span(self._start, self._until)):
            is_recent = block.end > self._until - _RECENT_SECONDS
            yield block, _STEP_SECONDS if is_recent else _EARLIER_STEP_SECONDS
        yield Span(self._until - _LAST_SECONDS, self._until + MINUTE), MINUTE

    def _go_on(self, _done: int = 0) -> None:
        if self._stopped.is_set():
            raise UnwantedError

    def _goes_on(self) -> bool:
        return not self._stopped.is_set()


def _within(span: TimeRange, known: TimeRange) -> TimeRange:
    return known.clip(span)


def _write(lines: Iterable[str], text: Path, times: int) -> int:
    """Write *lines* to *text*, each sample so many *times*, a step apart, until the next one; returns how many there are."""
    count = 0
    with text.open("w", encoding="utf-8") as file:
        for line in lines:
            if line.startswith("#"):
                file.write(line)
                continue
            sample, at = line.rsplit(" ", maxsplit=1)
            file.writelines(f"{sample} {int(at) + more * _STEP_SECONDS}\n" for more in range(times))
            count += times
    return count
