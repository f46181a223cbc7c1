"""Reading a past from Prometheus or a ledger, for commands that look at it once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tallystick.core.slo import Slo
from tallystick.daemon.recorder import Recorder, Track
from tallystick.ledger.store import Ledger
from tallystick.upstream.client import Prometheus

OLD_SECONDS = 3_600
"""A ledger that ends longer ago than this is hardly that of an exporter that runs."""


def ledger_end(tracks: Sequence[Track], latest: int, meaning: str) -> int:
    """Where the ledger ends, but not after *latest*; of an old one it is told, and what that means."""
    end = min(max((track.through for track in tracks), default=latest), latest)
    if latest - end > OLD_SECONDS:
        at = datetime.fromtimestamp(end, UTC)
        click.echo(f"tallystick: the ledger ends at {at:%Y-%m-%dT%H:%M:%SZ}, and {meaning}", err=True)
    return end


def read_into(book: Ledger, prometheus: Prometheus, slos: Sequence[Slo], until: int) -> tuple[list[Track], list[str]]:
    """
    Fill *book* from *prometheus* up to *until*, with a progress bar on a terminal.

    Returns:
        What was read, and the SLOs that could not be read to the end, each with why.
    """
    recorder = Recorder(book, prometheus)
    tracks = recorder.follow(slos, until)
    console = Console(stderr=True)
    columns = (TextColumn("reading"), BarColumn(), TextColumn("{task.percentage:.0f} %"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading", total=sum(track.due(until) - track.through for track in tracks))

        def advance() -> bool:
            progress.update(task, completed=sum(track.through - track.start for track in tracks))
            return True

        recorder.catch_up(tracks, until, advance)
    tracks = recorder.tracks
    unread = _unread(tracks, until)
    for track in tracks:
        track.trouble.reading = None  # it is told with what could not be read
    return tracks, unread


def _unread(tracks: Sequence[Track], until: int) -> list[str]:
    reasons = [track.last_error for track in tracks if track.last_error]
    return [f"{track.slo.slo_id}: {track.last_error or reasons[0]}" for track in tracks if track.lacks(until)]
