"""The ledger: whether it opens, how far it reaches, whether there is room for it."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from tallystick.cli.doctor.line import Line
from tallystick.cli.ledger_info import info_of
from tallystick.cli.record import opened
from tallystick.cli.words import count
from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.errors import LedgerError
from tallystick.ledger.tables import SCHEMA
from tallystick.report.record import AccountInfo, LedgerInfo

PART = "ledger"

BEHIND_SECONDS = 900
"""How far it may end before now: it settles for two minutes, and a round may wait for a slow Prometheus."""

LEAST_DAYS = 90
"""For how long there should be room."""

WHOLE = 0.99
"""Coverage under which gaps are told."""


def look_at_ledger(where: str, slos: Sequence[Slo], now: float) -> Iterator[Line]:
    """Everything about the ledger at *where*."""
    try:
        with opened(where) as database:
            info = info_of(database, slos)
    except click.UsageError as fault:
        yield Line(PART, "fail", fault.message)
        return
    except LedgerError as fault:
        yield Line(
            PART,
            "fail",
            str(fault),
            "tallystick ledger verify looks closer; a lost ledger is filled anew from Prometheus",
        )
        return
    if info.schema < SCHEMA:
        text = f"{info.name} opens, with tables of version {info.schema}; this is version {SCHEMA}"
        yield Line(PART, "warn", text, "the exporter brings them up to date when it starts")
    else:
        yield Line(PART, "ok", f"{info.name} opens, with tables of version {info.schema}")
    current = [one for one in info.accounts if one.current]
    yield _reach(current, now)
    yield from _lacking(current, slos)
    yield _gaps(current)
    if "://" not in where:
        yield _room(Path(where), info)


def _reach(current: Sequence[AccountInfo], now: float) -> Line:
    spans = [one.span for one in current if one.span]
    if not spans:
        return Line(PART, "warn", "it has nothing of these SLOs yet", "start the exporter: tallystick serve")
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    text = f"it reaches from {_instant(start)} to {_instant(end)}"
    if now - end > BEHIND_SECONDS:
        hint = "see whether the exporter runs, and what its log says"
        return Line(PART, "fail", f"{text}, {format_seconds(int(now - end))} ago", hint)
    late = [one for one in current if not one.span or now - one.span.end > BEHIND_SECONDS]
    if late:
        return Line(
            PART,
            "warn",
            f"{text}; {count(len(late), 'SLO or group')} less far, first {_name(late[0])}",
            "see what the exporter's log says of them",
        )
    return Line(PART, "ok", text)


def _lacking(current: Sequence[AccountInfo], slos: Sequence[Slo]) -> Iterator[Line]:
    """SLOs that have nothing in it, though others have."""
    known = {one.slo for one in current}
    lacking = [slo.slo_id for slo in slos if slo.slo_id not in known and slo.sli.kind != "composite" and not slo.sli.by]
    if known and lacking:
        text = f"{count(len(lacking), 'SLO')} with nothing in it, first {lacking[0]}"
        yield Line(PART, "warn", text, "let the exporter load the definitions: POST /-/reload")


def _gaps(current: Sequence[AccountInfo]) -> Line:
    """How much of its time was observed."""
    shares = [(one.observed_seconds / one.span.seconds, one) for one in current if one.span and one.span.seconds]
    gaps = sorted(((share, one) for share, one in shares if share < WHOLE), key=lambda pair: pair[0])
    if not gaps:
        return Line(PART, "ok", "no gaps to speak of" if shares else "no time in it that could have gaps")
    share, worst = gaps[0]
    text = f"{count(len(gaps), 'SLO or group')} with gaps, most in {_name(worst)}: {100 * share:.1f} % observed"
    return Line(PART, "warn", text, "where Prometheus has more by now: tallystick ledger backfill")


def _room(path: Path, info: LedgerInfo) -> Line:
    """Whether the disk has room for more of it."""
    free = shutil.disk_usage(path.resolve().parent).free
    each = (info.bytes_per_day or 0) * sum(1 for one in info.accounts if one.current)
    days = free / each if each else None
    text = f"{_size(info.size_bytes)} large, {_size(free)} free on its disk"
    if days is not None and days < LEAST_DAYS:
        return Line(
            PART, "fail", f"{text}, which is enough for {days:.0f} days", "make room, or move it to a larger disk"
        )
    return Line(PART, "ok", text)


def _name(one: AccountInfo) -> str:
    group = ", ".join(f'{label}="{value}"' for label, value in sorted(one.group.items()))
    return one.slo + (f" ({group})" if group else "")


def _size(size_bytes: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size_bytes < 1_000:  # noqa: PLR2004  # of the next unit
            return f"{size_bytes:.0f} {unit}"
        size_bytes /= 1_000
    return f"{size_bytes:,.1f} GB"


def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
