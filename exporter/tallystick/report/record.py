"""The record itself, as text and JSON: what is in a ledger, and whether it is right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson
from rich.table import Table
from rich.text import Text

from tallystick.core.duration import format_seconds
from tallystick.core.tally import Count, Tally
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.report.document import instant, number


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo:
    """
    One account of a ledger.

    Attributes:
        slo: the SLO's id.
        group: its group labels.
        generation: what it counts, as a hash.
        kind: of its SLI.
        current: whether a definition goes on with it; None if no definitions were named.
        span: what it covers; None if nothing.
        observed_seconds: how much of that was observed.
        entries: its rows.
        detail_bytes: what its slices take.
        sources: how it was read.
        seals: how many there are; None if the ledger has none yet.
        head: the latest digest, in hex.
    """

    slo: str
    group: Mapping[str, str]
    generation: str
    kind: str
    current: bool | None
    span: TimeRange | None
    observed_seconds: int
    entries: int
    detail_bytes: int
    sources: Sequence[str]
    seals: int | None
    head: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerInfo:
    """
    A ledger.

    Attributes:
        name: where it is.
        schema: version of its tables.
        size_bytes: what it takes.
        amendments: how often it was amended.
        accounts: what is in it.
    """

    name: str
    schema: int
    size_bytes: int
    amendments: int
    accounts: Sequence[AccountInfo]

    @property
    def bytes_per_day(self) -> float | None:
        """What one SLO takes for one day, on average; None if nothing is in it."""
        seconds = sum(one.span.seconds for one in self.accounts if one.span)
        return self.size_bytes / (seconds / DAY_SECONDS) if seconds else None


def info_json(info: LedgerInfo) -> str:
    """All of it as a JSON object; docs/ledger.md describes the keys."""
    each = info.bytes_per_day
    document = {
        "ledger": info.name,
        "schema": info.schema,
        "size_bytes": info.size_bytes,
        "bytes_per_slo_and_day": None if each is None else round(each),
        "amendments": info.amendments,
        "accounts": [_account(one) for one in info.accounts],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _account(one: AccountInfo) -> dict[str, object]:
    return {
        "slo": one.slo,
        "group": dict(one.group),
        "generation": one.generation,
        "kind": one.kind,
        "current": one.current,
        "start": instant(one.span.start) if one.span else None,
        "end": instant(one.span.end) if one.span else None,
        "coverage": _coverage(one),
        "entries": one.entries,
        "detail_bytes": one.detail_bytes,
        "sources": list(one.sources),
        "seals": one.seals,
        "head": one.head,
    }


def _coverage(one: AccountInfo) -> float | None:
    return number(one.observed_seconds / one.span.seconds) if one.span and one.span.seconds else None


def info_table(info: LedgerInfo) -> Table:
    """All of it for a terminal."""
    each = info.bytes_per_day
    title = f"{info.name}: schema {info.schema}, {info.size_bytes:,} bytes"
    title += "" if each is None else f", {each:,.0f} for each SLO and day"
    title += f", amended {info.amendments} times" if info.amendments else ""
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in ("SLO", "Generation", "Kind", "", "From", "To"):
        table.add_column(heading, overflow="fold")
    for heading in ("Coverage", "Rows", "Seals"):
        table.add_column(heading, justify="right")
    table.add_column("Read", overflow="fold")
    table.add_column("Head", overflow="fold")
    for one in info.accounts:
        table.add_row(*(Text(cell) for cell in _cells(one)))
    return table


def _cells(one: AccountInfo) -> tuple[str, ...]:
    coverage = _coverage(one)
    standing = {True: "current", False: "former", None: ""}[one.current]
    return (
        titled(one.slo, one.group),
        one.generation,
        one.kind,
        standing,
        instant(one.span.start) if one.span else "-",
        instant(one.span.end) if one.span else "-",
        "-" if coverage is None else f"{coverage * 100:.2f} %",
        str(one.entries),
        "-" if one.seals is None else str(one.seals),
        ", ".join(one.sources),
        one.head or "-",
    )


def titled(slo: str, group: Mapping[str, str]) -> str:
    """The SLO's id, with its group if it has one."""
    labels = ",".join(f"{label}={orjson.dumps(value).decode()}" for label, value in group.items())
    return slo + (f"{{{labels}}}" if labels else "")


@dataclass(frozen=True, slots=True)
class Found:
    """
    Something in the record that can't be so.

    Attributes:
        account: whose; empty for the ledger as a whole.
        at: start of the entry or day; None for all of it.
        what: what is wrong.
    """

    account: str
    at: int | None
    what: str

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {"account": self.account, "at": None if self.at is None else _when(self.at), "what": self.what}

    def line(self) -> str:
        """For people."""
        return ": ".join(filter(None, (self.account, "" if self.at is None else _when(self.at), self.what)))


@dataclass(frozen=True, slots=True)
class Differing:
    """
    A stretch of time of which ledger and Prometheus say otherwise, in what people count.

    Attributes:
        span: which time.
        ours: what the ledger says.
        recounted: what Prometheus says.
    """

    span: TimeRange
    ours: Tally
    recounted: Tally

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "start": instant(self.span.start),
            "end": instant(self.span.end),
            "ledger": {"good": number(self.ours.good), "total": number(self.ours.total)},
            "prometheus": {"good": number(self.recounted.good), "total": number(self.recounted.total)},
            "good_difference": number(self.ours.good - self.recounted.good),
            "total_difference": number(self.ours.total - self.recounted.total),
        }

    def line(self) -> str:
        """For people."""
        good, total = self.ours.good - self.recounted.good, self.ours.total - self.recounted.total
        return (
            f"{instant(self.span.start)} to {instant(self.span.end)}: good {_plain(self.ours.good)} in the ledger,"
            f" {_plain(self.recounted.good)} in Prometheus ({_signed(good)}); total {_plain(self.ours.total)},"
            f" {_plain(self.recounted.total)} ({_signed(total)})"
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """
    One account beside what Prometheus says now.

    Attributes:
        name: what people call it.
        compared_seconds: time that both know.
        gone_seconds: time that the ledger knows, and Prometheus not any more.
        lacking_seconds: time that Prometheus holds, and the ledger lacks.
        differences: where they differ.
        failure: why it could not be compared to the end; empty if it was.
    """

    name: str
    compared_seconds: int
    gone_seconds: int
    lacking_seconds: int
    differences: Sequence[Differing]
    failure: str = ""

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "account": self.name,
            "compared_seconds": self.compared_seconds,
            "gone_seconds": self.gone_seconds,
            "lacking_seconds": self.lacking_seconds,
            "differences": [one.document() for one in self.differences],
            "failure": self.failure or None,
        }

    def lines(self, most: int) -> Iterable[str]:
        """For people, with at most so many differences."""
        parts = [f"{_time(self.compared_seconds)} compared"]
        parts += [f"{_time(self.gone_seconds)} not held any more"] if self.gone_seconds else []
        lacking = f"{_time(self.lacking_seconds)} not in the ledger (tallystick ledger backfill fills it)"
        parts += [lacking] if self.lacking_seconds else []
        parts += [f"failed: {self.failure}"] if self.failure else []
        parts += [f"{len(self.differences)} differences"] if self.differences else []
        yield f"{self.name}: {', '.join(parts)}"
        yield from (f"  {one.line()}" for one in self.differences[:most])
        if len(self.differences) > most:
            yield f"  ... and {len(self.differences) - most} more; --format json prints all"


def _when(at: object) -> str:
    """An instant of a row that may hold anything."""
    try:
        return instant(at)  # type: ignore[arg-type]
    except (ValueError, OverflowError, OSError, TypeError):
        return f"{at!r}"


def _time(seconds: int) -> str:
    return format_seconds(seconds) if seconds else "nothing"


def _plain(value: Count) -> str:
    return f"{number(value)}"


def _signed(value: Count) -> str:
    return "the same" if value == 0 else f"{number(value):+}"
