"""Switching a fault on in the running demo, and following it until the page has arrived."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import requests

from tallystick.core.budget import error_budget
from tallystick.core.burn import burn_alerts
from tallystick.core.duration import format_seconds
from tallystick.core.sli import EventsSli, LatencySli, Sli
from tallystick.core.slo import Slo
from tallystick.core.standing import PRESENT_BURN_SECONDS
from tallystick.demo.configs import EVALUATION_SECONDS, GROUP_WAIT_SECONDS, SCRAPE_SECONDS
from tallystick.demo.fault import SLOWER_THAN, Mode
from tallystick.demo.pages import Observer
from tallystick.demo.promise import Promise, promise
from tallystick.demo.shape import BY_NAME
from tallystick.demo.state import DemoState
from tallystick.errors import DemoError
from tallystick.upstream.client import connect

_SLACK_SECONDS = 2 * SCRAPE_SECONDS + 2 * EVALUATION_SECONDS + GROUP_WAIT_SECONDS + 4
"""
From an event to a delivery, beside the arithmetic: a new error series needs two scrapes before it has a rate, rules run
every evaluation and ``for`` ends at one, Alertmanager waits for more of the group, and everything takes its moment.
"""

_DEVIATIONS = 3
"""How unlucky the customers' moments may be: at night a page needs some thirty of them, at random."""

_POLL_SECONDS = 0.5
_TELL_SECONDS = 15

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    How it went.

    Attributes:
        promised: seconds within which the page had to arrive, by the arithmetic.
        slack: seconds that it may take on top, for chance, scraping, evaluation and delivery.
        took: seconds until it did.
    """

    promised: float
    slack: float
    took: float

    @property
    def in_time(self) -> bool:
        """Whether the promise was kept."""
        return self.took <= self.promised + self.slack


@dataclass(frozen=True, slots=True)
class Strike:
    """
    A fault to switch on.

    Attributes:
        service: which service is hit.
        mode: what goes wrong.
        share: for which part of its requests.
        seconds: for how long.
    """

    service: str
    mode: Mode
    share: float = 1.0
    seconds: int = 600

    def find_slo(self, slos: Iterable[Slo]) -> Slo:
        """
        The SLO to look at: the first of *slos* that is hit and may page.

        Raises:
            DemoError: there is none.
        """
        for slo in slos:
            if slo.service == self.service and slo.alerting.page.enabled and self._hits(slo.sli):
                return slo
        raise DemoError(f"no SLO of {self.service} pages for {self.mode}")

    def _hits(self, sli: Sli) -> bool:
        if self.mode == "latency":
            return isinstance(sli, LatencySli) and sli.threshold <= SLOWER_THAN
        return isinstance(sli, EventsSli)


def switch(demo: DemoState, strike: Strike) -> None:
    """
    Switch a fault on, or off.

    Raises:
        DemoError: there is no such service, or it does not answer.
    """
    if strike.service not in demo.services:
        raise DemoError(f"the shop has no service {strike.service}; it has {', '.join(demo.services)}")
    query = {"mode": strike.mode, "share": str(strike.share), "for": format_seconds(strike.seconds)}
    try:
        requests.post(f"{demo.services[strike.service]}/fault", params=query, timeout=10).raise_for_status()
    except requests.RequestException as fault:
        raise DemoError(f"{strike.service} of the demo does not answer: {fault}") from fault


def follow(demo: DemoState, slo: Slo, strike: Strike, tell: Tell) -> Arrival:
    """
    Switch a fault on, and follow *slo* until its page has arrived at the webhook.

    Args:
        demo: the running demo.
        slo: the SLO that is hit.
        strike: what goes wrong.
        tell: is told what happens, line by line.

    Raises:
        DemoError: the arithmetic promises no page, or none came.
    """
    observer = Observer(demo, slo, connect(demo.prometheus), requests.Session())
    promised = _promise(observer, strike)
    hold = observer.hold_seconds()
    within = promised.seconds + hold
    if within > strike.seconds:
        raise DemoError(
            f"{slo.slo_id} pages after {within:.0f} s at the earliest; ask for a fault of that length with --for"
        )
    began = time.time()
    switch(demo, strike)
    _tell_promise(tell, slo, promised, hold)
    slack = _SLACK_SECONDS + _DEVIATIONS * promised.spread_seconds
    took = _wait(observer, began, 2 * within + 120, tell)
    tell(
        f"page delivered after {took:.0f} s; the arithmetic promised {within:.0f} s, "
        f"and up to {slack:.0f} s for chance, scraping, evaluation and delivery"
    )
    return Arrival(within, slack, took)


def _promise(observer: Observer, strike: Strike) -> Promise:
    now = time.time()
    slo = observer.slo
    alerts = burn_alerts(slo, slo.windows[0].nominal_seconds)
    windows = {PRESENT_BURN_SECONDS} | {
        one for alert in alerts for one in (alert.policy.long_seconds, alert.policy.short_seconds)
    }
    contents = {window: observer.content(window, now) for window in windows}
    # The last hour's rate: in the minutes after the start the last five are partly without samples.
    hour = contents[PRESENT_BURN_SECONDS]
    mean = hour.total / hour.covered_seconds if hour.covered_seconds else 0.0
    rate = mean * BY_NAME[strike.service].trend(now, PRESENT_BURN_SECONDS)
    found = promise(slo, alerts, contents, rate=rate, share=strike.share)
    if found is None:
        raise DemoError(f"{slo.slo_id} does not page at {strike.share:.1%} bad of {rate:.2f} events a second")
    return found


def _tell_promise(tell: Tell, slo: Slo, promised: Promise, hold: float) -> None:
    policy = promised.alert.policy
    threshold = float(promised.alert.factor * error_budget(slo.objective))
    tell(
        f"{slo.slo_id} pages at {float(promised.alert.factor):.1f} times its budget: over {threshold:.2%} bad in "
        f"{format_seconds(policy.long_seconds)} and {format_seconds(policy.short_seconds)}"
    )
    tell(f"by the arithmetic that is so after {promised.seconds:.0f} s, and must hold for {hold:.0f} s")


def _wait(observer: Observer, began: float, timeout: float, tell: Tell) -> float:
    """Tell each step on the way; return after how many seconds the page arrived."""
    stages: dict[str, Callable[[], bool]] = {
        "pending in Prometheus": lambda: observer.alert_state() != "inactive",
        "firing in Prometheus": lambda: observer.alert_state() == "firing",
        "in Alertmanager": observer.in_alertmanager,
        "delivered to the webhook": lambda: observer.delivered(began) is not None,
    }
    told_at = 0.0
    while stages:
        now = time.time()
        if now - began > timeout:
            raise DemoError(f"no page within {timeout:.0f} s: it is still not {next(iter(stages))}")
        stage = next(iter(stages))
        if stages[stage]():
            tell(f"{_clock(now - began)} {stage}")
            del stages[stage]
            continue
        if now - told_at >= _TELL_SECONDS:
            tell(f"{_clock(now - began)} {_burning(observer, now)}")
            told_at = now
        time.sleep(_POLL_SECONDS)
    page = observer.delivered(began)
    assert page is not None
    tell(page.summary)
    return page.at - began


def _burning(observer: Observer, now: float) -> str:
    parts = []
    for window in (300, 3_600):
        ratio = observer.error_ratio(window, now)
        burn = "?" if ratio is None else f"{ratio / float(1 - observer.slo.objective):.1f}"
        share = "?" if ratio is None else f"{ratio:.2%}"
        parts.append(f"{format_seconds(window)}: {share} bad, burn rate {burn}")
    return "; ".join(parts)


def _clock(seconds: float) -> str:
    return f"+{int(seconds) // 60}:{int(seconds) % 60:02d}"
