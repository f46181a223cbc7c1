"""What changed definitions would have meant over the past days, read from a ledger, from Prometheus or from both."""

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace

import click

from tallystick.cli.progress import progress_of
from tallystick.cli.reading import ledger_end, read_into
from tallystick.core.change import Diff
from tallystick.core.impact import Effected, Measured, Rules, pair_up
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS, TimeRange, floor_slice
from tallystick.daemon.following import recorded
from tallystick.daemon.retrospect import Cast, cast, measure, to_read
from tallystick.generate.counted import count_rules
from tallystick.ledger.store import Ledger, open_ledger
from tallystick.upstream.client import Prometheus

Sides = tuple[Cast, Cast]


def look_back(
    diff: Diff, prometheus: Prometheus | None, ledger: str | None, *, days: int, at: float | None, settle: int
) -> Effected:
    """
    What *diff* would have meant; only what changed is read.

    Args:
        diff: two catalogues.
        prometheus: where from; with a *ledger*, only what that does not know.
        ledger: address of a ledger, which is not changed.
        days: how many days back.
        at: where they end; None: now, or where the ledger ends.
        settle: how long samples may be late, in seconds.

    Raises:
        LedgerError: the ledger can't be read.
        PrometheusError: Prometheus could not be asked.
        GenerateError: jsonnet failed.
    """
    ids = [change.slo.slo_id for change in diff.changes if change.is_measured]
    sides = (cast(diff.base, ids), cast(diff.head, ids))
    now = time.time()
    latest = floor_slice(min(now if at is None else at, now - settle))
    with ExitStack() as stack:
        kept = stack.enter_context(closing(open_ledger(ledger, read_only=True))) if ledger else None
        until = _end(kept, sides, latest) if kept and at is None else latest
        span = TimeRange(max(until - days * DAY_SECONDS, 0), until)
        known = _known(kept, sides, until) if kept else set()
        sources: list[tuple[Ledger, Sides]] = []
        unread: list[str] = []
        if kept:
            sources.append((kept, _parted(sides, known, wanted=True) if prometheus else sides))
        if prometheus:
            rest = _parted(sides, known, wanted=False)
            fresh = stack.enter_context(closing(open_ledger("")))
            if wanted := to_read(rest, span):
                _, unread = read_into(fresh, prometheus, wanted, until)
            sources.append((fresh, rest))
        before, after = _measured(sources, span)
    if ledger and not prometheus:
        _tell_unknown([*before, *after])
    impacts = pair_up(diff.changes, before, after)
    return Effected(span=span, impacts=impacts, rules=_rules(diff, ids, now), unread=unread)


def _end(kept: Ledger, sides: Sides, latest: int) -> int:
    needed = [slo for side in sides for slo in side.slos]
    return ledger_end(recorded(kept, needed, latest), latest, "what is looked back on ends there")


def _known(kept: Ledger, sides: Sides, until: int) -> set[tuple[str, str]]:
    """Ids and generations that the ledger has."""
    needed = [slo for side in sides for slo in side.slos]
    return {(track.slo.slo_id, track.slo.generation) for track in recorded(kept, needed, until)}


def _parted(sides: Sides, known: set[tuple[str, str]], *, wanted: bool) -> Sides:
    """Of each side what is asked about and known as a whole; or, if not *wanted*, the rest."""

    def is_known(side: Cast, slo: Slo) -> bool:
        return all((leaf.slo_id, leaf.generation) in known for leaf in side.leaves(slo))

    before, after = (
        replace(side, asked=[slo for slo in side.asked if is_known(side, slo) == wanted]) for side in sides
    )
    return before, after


def _measured(sources: Sequence[tuple[Ledger, Sides]], span: TimeRange) -> tuple[list[Measured], list[Measured]]:
    total = sum(len(side.asked) for _, sides in sources for side in sides)
    found: tuple[list[Measured], list[Measured]] = ([], [])
    with progress_of("looking back") as report:
        done = 0

        def more(number: int) -> None:
            nonlocal done
            done += number
            report(done, total)

        for ledger, sides in sources:
            for side, into in zip(sides, found, strict=True):
                into.extend(measure(ledger, side, span, more))
    return found


def _tell_unknown(found: Sequence[Measured]) -> None:
    names = list(dict.fromkeys(one.slo.slo_id for one in found if not one.is_known))
    if names:
        more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
        words = "with --prometheus.url too, what it lacks is read from there"
        click.echo(f"note: the ledger does not have all of {names[0]}{more}; {words}", err=True)


def _rules(diff: Diff, ids: Sequence[str], at: float) -> dict[str, tuple[Rules | None, Rules | None]]:
    if not ids:
        return {}
    with progress_of("counting rules") as report:
        before, after = (count_rules(slos, set(ids), report, at=at) for slos in (diff.base, diff.head))
    return {slo: (before.get(slo), after.get(slo)) for slo in ids}
