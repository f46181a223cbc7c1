"""How an SLO stands in one of its windows: what the status page, ``status`` and the metrics all show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property, partial
from types import MappingProxyType

from tallystick.core import budget
from tallystick.core.exclusion import excluded
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.tally import UNOBSERVED, Observation, Tally
from tallystick.core.timerange import SLICE_SECONDS, TimeRange, within
from tallystick.core.window import RollingWindow, Window

BURN_WINDOWS = tuple(RollingWindow(seconds) for seconds in (300, 1_800, 3_600, 7_200, 21_600, 86_400, 259_200))
"""Windows of the burn rates that are shown: those of the alerts, 5 m to 3 d."""

_NO_BURN_RATES = MappingProxyType(dict.fromkeys((window.name for window in BURN_WINDOWS), None))

PRESENT_BURN_SECONDS = 3_600
"""The burn rate that stands for "now", from which time to exhaustion follows."""

Observe = Callable[[TimeRange], Observation]
"""What the ledger knows of a range of time, for one SLO and group."""


class State(StrEnum):
    """Whether a promise is kept. Unknown has two reasons, and neither is good or bad."""

    MET = "met"
    BREACHED = "breached"
    NO_TRAFFIC = "no_traffic"
    NO_DATA = "no_data"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """
    One SLO (and group) in one window.

    What follows from its values is worked out once, when it is first asked for: exact fractions are slow, and every
    scrape and page until the next round asks again. This is why it has no slots.

    Attributes:
        slo: whose standing it is.
        group: values of the labels it is grouped by; empty without groups.
        window: which of its windows.
        span: the window's range of time.
        observation: events in it, and how much of it was observed; net, which is without excluded time.
        gross: the same with nothing excluded.
        excluded_seconds: how much of the window is excluded.
        exclusion_active: whether an exclusion is going on at the window's end.
        burn_rates: by window name; None where it is unknown.
        traffic: events per second over the last hour; None where it is unknown.
        fresh: whether the ledger reaches the window's end, or near enough; an old figure is not shown as a verdict.
    """

    slo: Slo
    group: Mapping[str, str]
    window: Window
    span: TimeRange
    observation: Observation
    gross: Observation
    excluded_seconds: int
    exclusion_active: bool
    burn_rates: Mapping[str, Fraction | None]
    traffic: Fraction | None
    fresh: bool

    @cached_property
    def compliance(self) -> Fraction | None:
        """Delivered share of good events."""
        return budget.compliance(self.observation.tally)

    @cached_property
    def gross_compliance(self) -> Fraction | None:
        """Delivered share of good events with nothing excluded."""
        return self.compliance if self.gross == self.observation else budget.compliance(self.gross.tally)

    @cached_property
    def budget_remaining(self) -> Fraction | None:
        """Share of the error budget that is left, signed."""
        return budget.budget_remaining(self.observation.tally, self.slo.objective)

    @property
    def coverage(self) -> Fraction | None:
        """Share of the window that was observed, of what is not excluded; None if all of it is."""
        counted = self.span.seconds - self.excluded_seconds
        return Fraction(self.observation.observed_seconds, counted) if counted else None

    @cached_property
    def state(self) -> State:
        """Met, breached, or why that is unknown."""
        coverage = self.coverage
        if not coverage or coverage < Fraction(self.slo.min_coverage):
            return State.NO_DATA
        if self.compliance is None:
            return State.NO_TRAFFIC
        return State.MET if self.compliance >= Fraction(self.slo.objective) else State.BREACHED

    @property
    def is_judged(self) -> bool:
        """Whether there is a verdict."""
        return self.state in (State.MET, State.BREACHED)

    @property
    def valid(self) -> bool:
        """Whether there is a verdict, and one of now."""
        return self.fresh and self.is_judged

    @cached_property
    def exhaustion(self) -> Fraction | None:
        """
        When the budget runs out at the present burn rate, in seconds since 1970; None: unknown, or not at all.

        The budget of a calendar window is that of its whole period, with the events that are still to come.
        """
        burn = self.burn_rates[RollingWindow(PRESENT_BURN_SECONDS).name]
        if isinstance(self.window, RollingWindow):
            seconds = budget.seconds_to_exhaustion(self.budget_remaining, burn, self.window.seconds)
        else:
            rest = self.window.period(self.span.end).end - self.span.end
            seconds = budget.seconds_to_exhaustion_in_period(
                self.observation.tally, self.slo.objective, burn, self.traffic, rest
            )
        return None if seconds is None else self.span.end + seconds


def standings(
    slo: Slo,
    at: int,
    net: Observe,
    gross: Observe | None = None,
    *,
    fresh: bool,
    group: Mapping[str, str],
    since: int | None = None,
    through: int | None = None,
) -> list[Standing]:
    """
    How *slo* stands at instant *at*, in each of its windows.

    Args:
        slo: the SLO.
        at: end of all windows, in seconds since 1970; a multiple of the slice.
        net: what is known of a range of time without what is excluded.
        gross: the same with nothing excluded; asked only where something is, be it of a composite's parts. None: as *net*.
        fresh: see `Standing`.
        group: see `Standing`.
        since: first instant that was ever observed; None: nothing ever was.
        through: how far the ledger reaches; what was not read yet is not missing. None: up to *at*.
    """
    spans = [window.span(at) for window in (*slo.windows, *BURN_WINDOWS)]
    out = _excluded(slo, TimeRange(min(span.start for span in spans), at + SLICE_SECONDS))
    look = _Look(slo, since, through, out)
    burning = {window.name: look.at(net, window.span(at)) for window in BURN_WINDOWS}
    burn_rates = {name: budget.burn_rate(seen.tally, slo.objective) for name, seen in burning.items()}
    present = TimeRange(at - PRESENT_BURN_SECONDS, at)
    traffic = look.traffic(burning[RollingWindow(PRESENT_BURN_SECONDS).name], present)
    composite = isinstance(slo.sli, CompositeSli)
    active = seconds_within(out, TimeRange(at, at + SLICE_SECONDS)) > 0
    made = []
    for window, span in zip(slo.windows, spans, strict=False):
        seen, excluded_seconds = look.at(net, span), seconds_within(out, span)
        made.append(
            Standing(
                slo=slo,
                group=group,
                window=window,
                span=span,
                observation=seen,
                gross=_Look(slo, since, through).at(gross, span) if gross and (excluded_seconds or composite) else seen,
                excluded_seconds=excluded_seconds,
                exclusion_active=active,
                burn_rates=burn_rates,
                traffic=traffic,
                fresh=fresh,
            )
        )
    return made


def ending(
    slo: Slo,
    window: Window,
    at: int,
    net: Observe,
    *,
    group: Mapping[str, str],
    since: int | None = None,
    through: int | None = None,
) -> Standing:
    """
    How *slo* stood in *window* when it ended at instant *at*, for those who ask of many instants: without burn rates and gross.

    Args:
        slo: the SLO.
        window: one of its windows.
        at: the window's end.
        net: what is known of a range of time without what is excluded.
        group: see `Standing`.
        since: see `standings`.
        through: see `standings`.
    """
    span = window.span(at)
    out = _excluded(slo, span)
    seen = _Look(slo, since, through, out).at(net, span)
    return Standing(
        slo=slo,
        group=group,
        window=window,
        span=span,
        observation=seen,
        gross=seen,
        excluded_seconds=seconds_within(out, span),
        exclusion_active=False,
        burn_rates=_NO_BURN_RATES,
        traffic=None,
        fresh=True,
    )


def counting(
    slo: Slo, observe: Observe, since: int | None, out: Sequence[TimeRange], through: int | None = None
) -> Observe:
    """
    What counts for *slo*: what is observed, with what its missing time counts as; the parts of a composite are read so.

    Args:
        slo: whose.
        observe: what is known of a range of time without what is excluded.
        since: first instant that was ever observed; None: nothing ever was.
        out: what is excluded of any time that is asked for: in order, apart from one another.
        through: how far the ledger reaches; what was not read yet is not missing. None: as far as is asked for.
    """
    return partial(_Look(slo, since, through, out).at, observe)


def _excluded(slo: Slo, span: TimeRange) -> Sequence[TimeRange]:
    return excluded(slo.exclusions, span) if slo.exclusions else ()


def seconds_within(parts: Sequence[TimeRange], span: TimeRange) -> int:
    """How much of *span* the *parts* cover, which are in order and apart from one another."""
    return sum(part.seconds for part in within(parts, span))


@dataclass(frozen=True, slots=True)
class _Look:
    """
    What is known of ranges of time, with what unobserved time counts as.

    Attributes:
        slo: whose.
        since: first instant that was ever observed, or None.
        through: how far the ledger reaches; None: as far as is asked for.
        out: what is excluded.
    """

    slo: Slo
    since: int | None
    through: int | None
    out: Sequence[TimeRange] = ()

    def at(self, observe: Observe, span: TimeRange) -> Observation:
        """
        What counts of *span*.

        Time that is missing weighs as much as the mean observed time of *span*, so what it counts as needs an observation.
        Where slices of time are events, those that are missing have been counted already.
        """
        seen = observe(span)
        if not seen.observed_seconds:
            return UNOBSERVED
        missing = self._missing_seconds(seen, span)
        if not missing or self.slo.budgeting.method != "occurrences":
            return seen
        good, total = Fraction(seen.tally.good), Fraction(seen.tally.total)
        more = total * missing / seen.observed_seconds
        return Observation(
            Tally(good + more if self.slo.no_data == "good" else good, total + more), seen.observed_seconds
        )

    def traffic(self, seen: Observation, span: TimeRange) -> Fraction | None:
        """Events per second of what `at` says of *span*."""
        seconds = seen.observed_seconds + self._missing_seconds(seen, span)
        return Fraction(seen.tally.total) / seconds if seen.observed_seconds else None

    def _missing_seconds(self, seen: Observation, span: TimeRange) -> int:
        """How much unobserved time of *span* counts as something."""
        if self.slo.no_data == "ignore" or self.since is None:
            return 0
        end = span.end if self.through is None else max(min(self.through, span.end), span.start)
        due = TimeRange(min(max(span.start, self.since), end), end)
        return max(due.seconds - seconds_within(self.out, due) - seen.observed_seconds, 0)
