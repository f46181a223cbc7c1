"""Alerts replayed: by plain arithmetic, by a slow loop over minutes, and by the rules that promtool evaluates."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.ledgers import MIDNIGHT
from support.pasts import Errors, alerts_of, minute, past_of, promise_of
from support.slos import make_slo
from tallystick.core.alerting import Alerting, BurnPolicy, Notice, Severity, Weigh
from tallystick.core.backtest import Fired, replay
from tallystick.core.burn import BurnAlert
from tallystick.core.past import Past, Promise
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo

HOURS = {"1h": 60, "6h": 360, "1d": 1_440, "3d": 4_320}
BEGIN = 5_000
"""The minute in which errors begin."""


def fired(past: Past, long: str, slo: Slo | None = None) -> list[tuple[int, int, int]]:
    """When the alert with this long window was true, firing and over, in minutes."""
    slo = slo or make_slo()
    alert = next(one for one in alerts_of(slo) if one.policy.long_seconds == 60 * HOURS[long])
    found = replay(past, alert, promise_of(slo))
    return [(minute(one.start), minute(one.firing), minute(one.end)) for one in found]


@pytest.mark.parametrize(
    ("ratio", "lasts", "long", "expected"),
    [
        (1.0, 10, "1h", (1, 2, 15)),  # 0.864 min at 14.4 times the budget
        (1.0, 10, "6h", (3, 4, 40)),  # 2.16 min
        (1.0, 10, "3d", (5, 20, 370)),  # 4.32 min; a quarter of an hour for a ticket; six hours to forget
        (0.15, 10, "1h", (6, 7, 15)),  # 5.76 min, and over five minutes after the errors
        (0.0145, 90, "1h", (60, 61, 91)),  # 1.44 % and a little, which an hour less a minute of it is not
        (0.0061, 400, "6h", (355, 356, 401)),  # 0.6 % and a little; the last half hour falls under it right after
        (0.00601, 400, "6h", (360, 361, 401)),
    ],
)
def test_an_alert_fires_when_the_arithmetic_says(
    ratio: float, lasts: int, long: str, expected: tuple[int, int, int]
) -> None:
    """At 99.9 % over 30 days detection takes budget / error ratio x factor x window, and `for` is waited for on top."""
    found = fired(past_of([(BEGIN, BEGIN + lasts, ratio)], 10_000, per_minute=100_000), long)

    assert found == [tuple(BEGIN + after for after in expected)]


@pytest.mark.parametrize(("ratio", "long"), [(0.0144, "1h"), (0.006, "6h"), (0.003, "1d"), (0.001, "3d")])
def test_right_at_the_threshold_nothing_fires(ratio: float, long: str) -> None:
    """Above is above: an error ratio of exactly factor x budget is none, by not one event."""
    steady = past_of([(0, 10_000, ratio)], 10_000, per_minute=1_000_000)
    assert fired(steady, long) == []

    bad = steady.net.total - steady.net.good
    more = Past(Slices(MIDNIGHT, steady.net.observed, steady.net.good - 1, steady.net.total), steady.excluded)
    assert bad.sum() > 0
    assert len(fired(more, long)) == 1


def test_the_threshold_is_exact_where_floats_are_not() -> None:
    """Counts so large that their products are no exact floats are compared as fractions."""
    total = np.full(200, float(2**47))
    bad = np.floor(total * 0.0144)  # just under 9 / 625
    under = Past(Slices(MIDNIGHT, total > 0, total - bad, total), np.zeros(201, np.bool_))
    over = Past(Slices(MIDNIGHT, total > 0, total - bad - 1, total), np.zeros(201, np.bool_))

    assert fired(under, "1h") == []
    assert len(fired(over, "1h")) == 1


def test_one_bad_event_in_a_quiet_night_does_not_page() -> None:
    """30 events an hour, one of them bad, is 3.3 %; with `min_events: auto` it pages nobody, with 0 it would."""
    total = np.zeros(2_000)
    total[::2] = 1
    good = total.copy()
    good[1_000] = 0
    night = Past(Slices(MIDNIGHT, np.ones(2_000, np.bool_), good, total), np.zeros(2_001, np.bool_))

    assert fired(night, "1h") == []
    assert fired(night, "1h", make_slo(alerting=Alerting(min_events=0))) == [(1_001, 1_002, 1_006)]


def test_a_wait_that_is_written_goes_before_the_usual_one() -> None:
    """A condition that is over before `for` was never an alert; one as long as it needs one evaluation more."""
    ten = past_of([(BEGIN, BEGIN + 10, 1.0)], 10_000)  # true for 14 evaluations from minute 1 on
    for wait, expected in ((0, [(1, 1, 15)]), (13, [(1, 14, 15)]), (14, [])):
        slo = make_slo(alerting=Alerting(page=Notice(for_seconds=60 * wait)))
        assert fired(ten, "1h", slo) == [tuple(BEGIN + after for after in times) for times in expected]


def test_excluded_time_is_neither_good_nor_bad() -> None:
    """An outage within an exclusion is none, nothing fires while one is active, and what came before counts on after it."""
    outage = [(BEGIN, BEGIN + 30, 1.0)]

    assert fired(past_of(outage, 10_000, excluded=[range(BEGIN - 5, BEGIN + 35)]), "1h") == []
    cut = fired(past_of(outage, 10_000, excluded=[range(BEGIN + 10, BEGIN + 20)]), "1h")
    assert cut == [(BEGIN + 1, BEGIN + 2, BEGIN + 10), (BEGIN + 21, BEGIN + 22, BEGIN + 35)]


def test_unobserved_time_is_no_ratio() -> None:
    """When nothing is observed for the whole short window the alert vanishes, as in Prometheus; until then it stays."""
    lost = past_of([(BEGIN, BEGIN + 60, 1.0)], 10_000, unobserved=[range(BEGIN + 20, BEGIN + 40)])

    assert fired(lost, "1h") == [(BEGIN + 1, BEGIN + 2, BEGIN + 25), (BEGIN + 41, BEGIN + 42, BEGIN + 65)]


def test_what_goes_on_at_the_end_has_no_end() -> None:
    """An alert that still fires when the past ends is told as such."""
    assert fired(past_of([(900, 1_000, 1.0)], 1_000), "1h") == [(901, 902, -1)]


def test_traffic_weighs_if_it_is_asked_to() -> None:
    """With `weigh: traffic` a night's total outage is no page if it costs few events of the month, and a day's is."""
    slo = make_slo(alerting=Alerting(weigh="traffic"))
    busy = (np.arange(40 * 1_440) % 1_440) >= 720
    total = np.where(busy, 1_000.0, 10.0)
    budget = 0.001 * 30 * 720 * 1_010

    def outage(first: int, lasts: int) -> Past:
        good = total.copy()
        good[first : first + lasts] = 0
        return Past(Slices(MIDNIGHT, total > 0, good, total), np.zeros(len(total) + 1, np.bool_))

    night, day = 35 * 1_440 + 100, 35 * 1_440 + 800
    assert fired(outage(night, 40), "1h", slo) == []
    assert len(fired(outage(night, 40), "1h")) == 1
    # 2 % of the budget are 436 events: gone in the first minute of day.
    assert budget * 0.02 == pytest.approx(436.32)
    assert fired(outage(day, 5), "1h", slo)[0][:2] == (day + 1, day + 2)


def test_policies_of_ones_own_are_replayed_as_they_are_written() -> None:
    """A pair that an owner wrote has its own windows and factor: 5 % in 2 h at 30 days is 18 times the budget."""
    written = BurnPolicy("page", Fraction(5, 100), 7_200, 600, for_seconds=0)
    slo = make_slo(alerting=Alerting(page=Notice(burn=(written,))))
    story = past_of([(1_000, 1_010, 0.5)], 3_000)

    page = alerts_of(slo)[0]
    found = replay(story, page, promise_of(slo))

    assert len(alerts_of(slo)) == 3
    assert page.factor == 18
    assert [(minute(one.start), minute(one.firing), minute(one.end)) for one in found] == [(1_005, 1_005, 1_020)]


@dataclass(frozen=True)
class Slow:
    """The same, minute by minute, each window added up anew, in fractions."""

    past: Past
    alert: BurnAlert
    promise: Promise

    def window(self, index: int, seconds: int) -> tuple[Fraction, Fraction]:
        """Bad counts and all of them, in the window that the alert sees at the end of minute *index*."""
        end = index + 1
        part = slice(max(end - seconds // 60, 0), end)
        total, good = (Fraction(float(counts[part].sum())) for counts in (self.past.net.total, self.past.net.good))
        return total - good, total

    def period(self, index: int) -> Fraction | None:
        """Counts of a period: the mean of its observed minutes, times its minutes."""
        period = self.promise.period_seconds // 60
        part = slice(max(index + 1 - period, 0), index + 1)
        observed = int(self.past.net.observed[part].sum())
        return Fraction(float(self.past.net.total[part].sum())) / observed * period if observed else None

    def enough(self, index: int) -> bool:
        """Whether there are as many events as are asked for."""
        bad, total = (counts / self.promise.per_event for counts in self.window(index, self.alert.policy.long_seconds))
        rounded = (bad + Fraction(1, 2)) // 1
        return total >= (self.alert.min_events or 0) and rounded >= (self.alert.min_bad or 0)

    def burns(self, index: int) -> bool:
        """Whether both windows are above the threshold."""
        policy, budget = self.alert.policy, 1 - Fraction(self.promise.objective)
        windows = [self.window(index, seconds) for seconds in (policy.long_seconds, policy.short_seconds)]
        if self.promise.weigh == "time":
            return all(total and bad / total > self.alert.factor * budget for bad, total in windows)
        events = self.period(index)
        if events is None:
            return False
        allowed = self.alert.factor * policy.long_seconds / self.promise.period_seconds * budget * events
        return windows[0][0] > allowed and windows[1][0] > allowed * policy.short_seconds / policy.long_seconds

    def replay(self) -> list[Fired]:
        """Each time that it fires."""
        usual = {"page": 60, "ticket": 900}[self.alert.policy.severity]
        wait = usual if self.alert.for_seconds is None else self.alert.for_seconds
        found: list[Fired] = []
        since: int | None = None
        for index in range(self.past.since, len(self.past.net.observed)):
            at = MIDNIGHT + 60 * (index + 1)
            fires = bool(found) and found[-1].start == since
            if self.past.excluded[index + 1] or not self.enough(index) or not self.burns(index):
                if fires:
                    found[-1] = replace(found[-1], end=at)
                since = None
                continue
            since = at if since is None else since
            if at - since >= wait and not fires:
                found.append(Fired(since, at, None, float(self.window(index, self.alert.policy.long_seconds)[0])))
        return found


@st.composite
def stories(draw: st.DrawFn) -> tuple[Past, BurnAlert, Promise]:
    """Some minutes, some alert, some promise."""
    minutes = draw(st.integers(30, 400))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    total = random.poisson(draw(st.sampled_from([0.2, 3, 50])), minutes).astype(np.float64)
    share = np.full(minutes, draw(st.sampled_from([0.0, 0.001, 0.02])))
    for _ in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, minutes))
        share[first : first + draw(st.integers(1, 60))] = draw(st.sampled_from([0.01, 0.1, 0.5, 1.0]))
    out, observed = np.zeros(minutes + 1, np.bool_), np.ones(minutes, np.bool_)
    for where in (out, observed):
        for _ in range(draw(st.integers(0, 2))):
            first = draw(st.integers(0, minutes))
            where[first : first + draw(st.integers(1, 40))] = where is out
    observed &= ~out[:-1]
    total *= observed
    good = total - random.binomial(total.astype(int), share)
    severity: Severity = draw(st.sampled_from(["page", "ticket"]))
    long = draw(st.sampled_from([600, 3_600, 7_200]))
    # A share with such a denominator is never met exactly: which side a float falls on is not what is tested.
    policy = BurnPolicy(severity, Fraction(draw(st.integers(1, 200)), 9_973), long, draw(st.sampled_from([300, 600])))
    alert = BurnAlert(
        policy,
        Fraction(draw(st.integers(1, 30))),
        for_seconds=draw(st.none() | st.sampled_from([0, 60, 90, 600])),
        min_events=draw(st.none() | st.integers(1, 200)),
        min_bad=draw(st.none() | st.integers(1, 5)),
    )
    weigh: Weigh = draw(st.sampled_from(["time", "traffic"]))
    objective = Decimal(draw(st.sampled_from(["0.9", "0.99", "0.999"])))
    per_event = draw(st.sampled_from([Fraction(1), Fraction(10, 3)]))
    period = draw(st.sampled_from([7_200, 30 * 86_400]))
    promise = Promise(objective=objective, period_seconds=period, weigh=weigh, per_event=per_event)
    return Past(Slices(MIDNIGHT, observed, good, total), out, draw(st.integers(0, 29))), alert, promise


@given(stories())
@settings(max_examples=150, deadline=None)
def test_arrays_do_what_a_loop_does(story: tuple[Past, BurnAlert, Promise]) -> None:
    """Whatever was counted, excluded and not observed: the replay gives what adding up every window again gives."""
    assert replay(*story) == Slow(*story).replay()


def test_a_minute_over_is_an_evaluation_over() -> None:
    """A wait that is no whole minute is over at the next evaluation."""
    slo = make_slo(alerting=Alerting(page=Notice(for_seconds=90)))
    errors: Errors = [(BEGIN, BEGIN + 30, 1.0)]
    assert ceil(90 / 60) == 2
    assert fired(past_of(errors, 10_000), "1h", slo)[0][:2] == (BEGIN + 1, BEGIN + 3)
