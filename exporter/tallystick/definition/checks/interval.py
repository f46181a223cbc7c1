"""interval: scrapes, or evaluations of the rules, that are too far apart for what is made of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.core.alerting import PIECE_SECONDS, BurnPolicy
from tallystick.core.burn import burn_alerts
from tallystick.core.duration import format_milliseconds, format_seconds
from tallystick.core.slo import Slo
from tallystick.definition.document import Entry
from tallystick.definition.places import name_of, short_of
from tallystick.definition.problem import Problem, Rule
from tallystick.definition.scraped import rated, scraped

RULE = Rule("interval")

USUAL_MS = 60_000
"""Prometheus' own default of both intervals."""

SLOW_MS = 120_000
"""How often rules of long windows are evaluated: `slowInterval` in ``rules/config.libsonnet``."""

FAST_SECONDS = 3_600
"""Up to which length windows are evaluated as often as the base pair, and not as `SLOW_MS` says."""

_PIECE_MS = PIECE_SECONDS * 1_000
_RATE_MS = _PIECE_MS // 2
"""A rate over five minutes takes two scrapes in it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """
    How far apart things are, in milliseconds.

    Attributes:
        scrape_ms: scrapes of what an SLO is read from; None if that is not known, or nothing is scraped for it.
        evaluation_ms: evaluations of its rules.
        slow_ms: evaluations of its rules of long windows.
    """

    scrape_ms: int | None = USUAL_MS
    evaluation_ms: int = USUAL_MS
    slow_ms: int = SLOW_MS


@dataclass(frozen=True, slots=True)
class Told:
    """How often is scraped and evaluated, as the user says; None where Prometheus is to be asked."""

    scrape_ms: int | None = None
    evaluation_ms: int | None = None

    @property
    def pace(self) -> Pace | None:
        """The same for all SLOs, with Prometheus' own defaults; None if nothing was told."""
        if self.scrape_ms is None and self.evaluation_ms is None:
            return None
        usual = Pace()
        return Pace(self.scrape_ms or usual.scrape_ms, self.evaluation_ms or usual.evaluation_ms)


def find(slo: Slo, entry: Entry, pace: Pace) -> Iterator[Problem]:
    """What of *slo*, written at *entry*, would not work at *pace*; a cause is told once."""
    scrape_ms = pace.scrape_ms if scraped(slo.sli) else None
    if scrape_ms is not None and scrape_ms > _RATE_MS and rated(slo.sli):
        message = f"scraped every {format_milliseconds(scrape_ms)}, it has no rates: one over 5m takes two scrapes"
        yield RULE.at(
            name_of(entry), message, "scrape it at least every 2m30s, better every minute: scrape_interval: 1m"
        )
        scrape_ms = None
    evaluation_ms = pace.evaluation_ms
    if evaluation_ms > _PIECE_MS:
        message = f"rules that are evaluated every {format_milliseconds(evaluation_ms)} leave gaps in its windows, whose pieces are 5m"
        yield RULE.at(name_of(entry), message, "evaluate them at least every 2m30s: evaluation_interval: 1m")
        evaluation_ms = 0
    yield from _windows(slo, entry, scrape_ms or 0, Pace(None, evaluation_ms, pace.slow_ms))


def _windows(slo: Slo, entry: Entry, scrape_ms: int, pace: Pace) -> Iterator[Problem]:
    for alert in burn_alerts(slo, slo.windows[0].nominal_seconds):
        policy = alert.policy
        slow = policy.short_seconds > FAST_SECONDS
        evaluation_ms = pace.slow_ms if slow else pace.evaluation_ms
        if 2 * max(scrape_ms, evaluation_ms) > policy.short_seconds * 1_000:
            yield _too_short(slo, entry, policy, scrape_ms, evaluation_ms)


def _too_short(slo: Slo, entry: Entry, policy: BurnPolicy, scrape_ms: int, evaluation_ms: int) -> Problem:
    apart_ms = max(scrape_ms, evaluation_ms)
    what, do = ("scrapes", "scrape it") if scrape_ms >= evaluation_ms else ("evaluations", "evaluate the rules")
    short = format_seconds(policy.short_seconds)
    least = -(-2 * apart_ms // _PIECE_MS) * PIECE_SECONDS
    written = slo.alerting.notice(policy.severity).burn is not None
    pair = f"budget: {float(100 * policy.share):g}%, in: {format_seconds(policy.long_seconds)}"
    longer = f", beside an in: of more than {format_seconds(least)}" if least >= policy.long_seconds else ""
    message = (
        f"the {format_seconds(policy.long_seconds)} {policy.severity}'s short window of {short} holds fewer than two {what}, "
        f"which are {format_milliseconds(apart_ms)} apart"
    )
    wider = f"short: {format_seconds(least)}"
    wider = wider if written else f"alerting.{policy.severity}.burn with {{{pair}, {wider}}}"
    hint = f"write {wider}{longer}; or {do} at least every {format_milliseconds(policy.short_seconds * 500)}"
    index = slo.alerting.policies(policy.severity).index(policy)
    place = short_of(entry, policy.severity, index) if written else name_of(entry)
    return RULE.at(place, message, hint)
