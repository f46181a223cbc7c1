"""Burn-rate alerts replayed over what a ledger holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from tallystick.core.backtest import for_seconds
from tallystick.core.backtested import Outcome
from tallystick.core.burn import BurnAlert, burn_alerts
from tallystick.core.composed import Blend, ComposedPast, PartPast
from tallystick.core.exclusion import Exclusion, excluded
from tallystick.core.judging import score
from tallystick.core.past import Past, Promise
from tallystick.core.sli import CompositeSli, RatioSli, ThresholdSli
from tallystick.core.slices import Bools, Slices, join
from tallystick.core.slo import OCCURRENCES, Slo
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_slice
from tallystick.core.window import RollingWindow
from tallystick.daemon.following import recorded
from tallystick.daemon.stand import leaves
from tallystick.daemon.sums import lens_of
from tallystick.ledger.posting import Account
from tallystick.ledger.rows import details
from tallystick.ledger.store import Ledger


def far_reaching(slos: Iterable[Slo], span: TimeRange) -> list[Slo]:
    """*slos* with one window more, so that whoever reads them reads all that a replay of *span* looks back on."""
    return [replace(slo, windows=(*slo.windows, RollingWindow(span.end - looked_at_from(slo, span)))) for slo in slos]


def burn_alerts_of(slo: Slo) -> list[BurnAlert]:
    """The alerts that *slo* has, as its rules have them."""
    return burn_alerts(slo, slo.windows[0].nominal_seconds)


def _lead_seconds(alerts: Sequence[BurnAlert]) -> int:
    """How long before the replay alerts are looked at already, so that one that goes on when it begins is no news."""
    return max(DAY_SECONDS, *(-(-for_seconds(alert) // SLICE_SECONDS) * SLICE_SECONDS for alert in alerts), 0)


def _lookback_seconds(slo: Slo) -> int:
    """How far back one evaluation of its alerts looks."""
    longest = max((alert.policy.long_seconds for alert in burn_alerts_of(slo)), default=0)
    weighing = slo.windows[0].nominal_seconds + DAY_SECONDS if slo.alerting.weigh == "traffic" else 0
    return max(longest, weighing)


def looked_at_from(slo: Slo, span: TimeRange) -> int:
    """The first instant that a replay of *span* looks at; the budget is that of a whole period."""
    first = span.start - _lead_seconds(burn_alerts_of(slo)) - _lookback_seconds(slo)
    return floor_slice(max(min(first, span.end - slo.windows[0].nominal_seconds), 0))


class Theatre:
    """Where the alerts of some SLOs are replayed."""

    def __init__(self, ledger: Ledger, slos: Sequence[Slo], span: TimeRange, significant: Fraction) -> None:
        """
        Look what there is.

        Args:
            ledger: what is known.
            slos: whose alerts may be replayed, and the parts of those that are composites.
            span: which time is replayed.
            significant: share of a period's budget that makes a loss an incident.

        Raises:
            LedgerError: the ledger can't be read.
        """
        self._ledger, self._span, self._significant = ledger, span, significant
        self._slos = {slo.slo_id: slo for slo in slos}
        self._accounts: dict[str, list[tuple[Mapping[str, str], Account]]] = {}
        for track in recorded(ledger, far_reaching(slos, span), span.end):
            self._accounts.setdefault(track.slo.slo_id, []).append((track.group, track.account))

    def play(self, slo: Slo) -> list[Outcome]:
        """
        Replay the alerts of *slo*, of each group by itself; if nothing is known of it, its outcome has no backtest.

        Raises:
            LedgerError: the ledger can't be read.
        """
        reach = TimeRange(looked_at_from(slo, self._span), self._span.end)
        if isinstance(slo.sli, CompositeSli):
            gross = _together([self._slices(part, reach) for part in leaves(slo, self._slos)], reach)
            return [self._outcome(slo, {}, gross, self._composed(slo, reach, slo.exclusions, self._first(slo, reach)))]
        found = []
        for group, account in self._accounts.get(slo.slo_id, ()):
            gross = slices_of(self._ledger, account, reach)
            found.append(self._outcome(slo, group, gross, _past(slo, gross, slo.exclusions, self._first(slo, reach))))
        return found or [self._outcome(slo, {}, nothing := _unobserved(reach), _past(slo, nothing, slo.exclusions, 0))]

    def _first(self, slo: Slo, reach: TimeRange) -> int:
        """Index of the first slice at whose end alerts are looked at."""
        return max((self._span.start - _lead_seconds(burn_alerts_of(slo)) - reach.start) // SLICE_SECONDS, 0)

    def _slices(self, slo_id: str, reach: TimeRange) -> Slices:
        accounts = self._accounts.get(slo_id)
        return slices_of(self._ledger, accounts[0][1], reach) if accounts else _unobserved(reach)

    def _composed(self, slo: Slo, reach: TimeRange, exclusions: Sequence[Exclusion], first: int) -> Past:
        """The past of a composite, whose parts may be composites too and are without its *exclusions* as well."""
        assert isinstance(slo.sli, CompositeSli)
        parts = []
        for each in slo.sli.of:
            part = self._slos[each.slo]
            more = tuple(dict.fromkeys((*part.exclusions, *exclusions)))
            if isinstance(part.sli, CompositeSli):
                past = self._composed(part, reach, more, 0)
            else:
                past = _past(part, self._slices(part.slo_id, reach), more, 0)
            parts.append(PartPast(float(each.weight), past, _per_event(part)))
        blend = Blend(parts, slo.sli.method, slo.sli.no_data)
        return ComposedPast(blend, _excluded(exclusions, reach), first)

    def _outcome(self, slo: Slo, group: Mapping[str, str], gross: Slices, past: Past) -> Outcome:
        promise = Promise(
            objective=slo.objective,
            period_seconds=slo.windows[0].nominal_seconds,
            weigh=slo.alerting.weigh,
            per_event=_per_event(slo),
        )
        first, start = past.index(self._span.start), self._span.start
        out, there = past.excluded[first:-1], past.net.observed[first:]
        alerts = burn_alerts_of(slo)
        return Outcome(
            slo=slo,
            group=group,
            backtest=score(past, start, alerts, promise, significant=self._significant, grain=_grain(slo))
            if there.any()
            else None,
            unobserved_seconds=int((~there & ~out).sum()) * SLICE_SECONDS,
            excluded_seconds=int(out.sum()) * SLICE_SECONDS,
            whole_from=_whole_from(gross, self._span, _lookback_seconds(slo)),
        )


def _past(slo: Slo, gross: Slices, exclusions: Sequence[Exclusion], first: int) -> Past:
    """What of *gross* counts for the alerts of *slo*, which are of events however its budget is counted."""
    lens = lens_of(replace(slo, budgeting=OCCURRENCES), None, exclusions)
    return Past(lens.apply(gross), _excluded(exclusions, gross.span), first, slo.sli.slice_seconds // SLICE_SECONDS)


def _excluded(exclusions: Sequence[Exclusion], span: TimeRange) -> Bools:
    """Which slices of *span* are excluded, and the one after."""
    out = np.zeros(span.slices + 1, np.bool_)
    for part in excluded(exclusions, TimeRange(span.start, span.end + SLICE_SECONDS)):
        out[(part.start - span.start) // SLICE_SECONDS : (part.end - span.start) // SLICE_SECONDS] = True
    return out


def _together(parts: Sequence[Slices], span: TimeRange) -> Slices:
    """Where any of *parts* was observed; the counts are nobody's."""
    observed = np.logical_or.reduce([np.zeros(span.slices, np.bool_), *(part.observed for part in parts)])
    return replace(_unobserved(span), observed=observed)


def _whole_from(gross: Slices, span: TimeRange, lookback_seconds: int) -> int | None:
    if not gross.observed.any():
        return None
    first = gross.start + int(gross.observed.argmax()) * SLICE_SECONDS
    at = max(span.start, first + lookback_seconds)
    return at if at < span.end else None


def _per_event(slo: Slo) -> Fraction:
    """Counts of the ledger to one event of the rules: a ratio by time is an event a reading here, and one a second there."""
    seconds = slo.sli.slice_seconds if isinstance(slo.sli, RatioSli) and slo.sli.total is None else 1
    return Fraction(slo.sli.per_unit, seconds)


def _grain(slo: Slo) -> float:
    """Counts that come as one: an event, but where time is what is counted."""
    by_time = isinstance(slo.sli, ThresholdSli) or (isinstance(slo.sli, RatioSli) and slo.sli.total is None)
    return 0.0 if by_time or isinstance(slo.sli, CompositeSli) else float(slo.sli.per_unit)


def slices_of(ledger: Ledger, account: Account, span: TimeRange) -> Slices:
    """
    The slices of *account* in *span*, in the ledger's units; what the account does not cover is unobserved.

    Raises:
        LedgerError: the ledger can't be read.
    """
    with ledger.database.snapshot() as connection:
        parts = [part.clip(span) for part, _ in details(connection, account.id, span)]
    if not parts:
        return _unobserved(span)
    first, last = parts[0].span.start, parts[-1].span.end
    return join([_unobserved(TimeRange(span.start, first)), *parts, _unobserved(TimeRange(last, span.end))])


def _unobserved(span: TimeRange) -> Slices:
    nothing = np.zeros(span.slices)
    return Slices(span.start, nothing > 0, nothing, nothing)
