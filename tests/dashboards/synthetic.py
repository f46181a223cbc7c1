"""
Series as the exporter and the recording rules would leave them in Prometheus, for SLOs in every state.

There are two exporters. The second has just been started with a newer definition and reads the past: it has no verdict
yet, and what it says of its windows is wrong. No count may double, and none of its figures may be shown.

Only names, labels and orders of magnitude matter here: what the numbers must be is tested where they are made.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tallystick.demo.samples import Series

Numbers = NDArray[np.float64]
Errors = Callable[[Numbers], Numbers]
"""Error ratio by the age of an instant, in seconds before the end."""

DAY = 86_400
HOUR = 3_600
END = 1_767_225_600 + 12 * HOUR
"""The last instant of the series that the tests use: noon of 1 January 2026, UTC."""
BURN_SECONDS = {"5m": 300, "30m": 1_800, "1h": HOUR, "2h": 2 * HOUR, "6h": 6 * HOUR, "1d": DAY, "3d": 3 * DAY}
Policy = tuple[str, float, str, str]
POLICIES: tuple[Policy, ...] = (
    ("page", 0.02, "1h", "5m"),
    ("page", 0.05, "6h", "30m"),
    ("ticket", 0.1, "1d", "2h"),
    ("ticket", 0.1, "3d", "6h"),
)
OWN_POLICIES: tuple[Policy, ...] = (("page", 0.5, "2h", "30m"), ("ticket", 0.5, "1d", "2h"))


def steady(ratio: float) -> Errors:
    """Always the same error ratio."""
    return lambda age: np.full_like(age, ratio)


def fire(ratio: float, *, since: float, until: float = 0, usual: float) -> Errors:
    """An outage between two ages, in seconds before the end, above what is usual."""
    return lambda age: np.where((age <= since) & (age >= until), ratio, usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """
    An SLO and what is to happen to it.

    Attributes:
        service: its service.
        name: its name.
        policies: its alerts: severity, share of the budget, long and short window.
        labels: team and tier, where it has them.
        objective: promised share of good events.
        days: lengths of its windows.
        per_second: events per second, on average over the day.
        errors: error ratio.
        silent: there is nothing to be seen of it but its definition.
    """

    service: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    objective: float
    days: tuple[int, ...] = (30,)
    per_second: float
    errors: Errors
    policies: tuple[Policy, ...] = POLICIES
    silent: bool = False

    @property
    def slo_id(self) -> str:
        """Its id."""
        return f"{self.service}-{self.name}"


_REVISION = "0123456789ab"
_PAYMENTS = {"slo_team": "payments", "slo_tier": "1"}
_DISCOVERY = {"slo_team": "discovery", "slo_tier": "2"}
_STOREFRONT = {"slo_team": "storefront", "slo_tier": "2"}
_PLATFORM = {"slo_team": "platform", "slo_tier": "1"}

SHOP = (
    Made(
        service="checkout",
        name="availability",
        labels=_PAYMENTS,
        objective=0.999,
        days=(30, 7),
        per_second=40,
        errors=lambda age: np.maximum(
            fire(0.06, since=50 * HOUR, until=46 * HOUR, usual=0.0004)(age), fire(0.025, since=2_700, usual=0)(age)
        ),
    ),
    Made(
        service="checkout",
        name="latency",
        labels=_PAYMENTS,
        objective=0.99,
        per_second=40,
        errors=fire(0.02, since=30 * HOUR, until=27 * HOUR, usual=0.004),
    ),
    Made(
        service="checkout",
        name="payments",
        labels=_PAYMENTS,
        objective=0.98,
        days=(7,),
        per_second=6,
        errors=steady(0.004),
        policies=OWN_POLICIES,
    ),
    Made(
        service="search",
        name="availability",
        labels=_DISCOVERY,
        objective=0.995,
        days=(30, 7),
        per_second=120,
        errors=fire(0.05, since=12 * DAY, until=11.3 * DAY, usual=0.0032),
    ),
    Made(
        service="search", name="quick", labels=_DISCOVERY, objective=0.9, days=(7,), per_second=110, errors=steady(0.06)
    ),
    Made(
        service="cart",
        name="availability",
        labels=_STOREFRONT,
        objective=0.995,
        days=(28,),
        per_second=0.5,
        errors=steady(0.001),
    ),
    Made(
        service="website",
        name="reachable",
        labels=_PLATFORM,
        objective=0.999,
        days=(30, 7),
        per_second=1,
        errors=steady(0),
        silent=True,
    ),
    # Somebody forgot to say whose it is.
    Made(
        service="reports",
        name="exports",
        objective=0.9995,
        per_second=2,
        errors=fire(0.004, since=6 * DAY, until=5.5 * DAY, usual=0.0005),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """
    An agreement, and how it stands.

    Attributes:
        slo_id: the SLO it is about.
        name: its id.
        kind: what it is.
        party: with whom.
        objective: agreed share of good events.
        delivered: share that was delivered in the present period.
        periods: the same of those that have ended, by their names.
        credit: what is due below the objective; None: nothing was agreed.
    """

    slo_id: str
    name: str
    kind: str
    party: str
    objective: float
    delivered: float
    periods: Mapping[str, float]
    credit: float | None = None


AGREED = (
    Agreed(
        slo_id="checkout-availability",
        name="checkout-acme-gold",
        kind="sla",
        party="ACME",
        objective=0.995,
        delivered=0.9912,
        periods={"2025-12": 0.99951, "2025-11": 0.9899, "2025-10": 0.9981},
        credit=0.1,
    ),
    Agreed(
        slo_id="search-quick",
        name="search-website",
        kind="ola",
        party="storefront",
        objective=0.9,
        delivered=0.939,
        periods={"2025-12": 0.94, "2025-11": 0.93},
    ),
    Agreed(
        slo_id="cart-availability",
        name="cart-till",
        kind="expectation",
        party="Shop assistants",
        objective=0.999,
        delivered=0.9992,
        periods={},
    ),
)


def series(end: int, *, shown_seconds: int, step: int, slos: tuple[Made, ...] = SHOP) -> Iterator[Series]:
    """
    All series of *slos*.

    Args:
        end: instant of the last sample, in seconds since 1970.
        shown_seconds: how far back they go.
        step: seconds between samples.
        slos: whose they are.
    """
    shown = np.arange(end - shown_seconds, end + 1, step, dtype=np.float64)
    for slo in slos:
        for metric, labels, values in _slo_series(slo, shown, step):
            known = ~np.isnan(values)
            if known.any():
                yield Series(metric, labels, shown[known], values[known])
    for metric, labels, values in _of_servers(shown, step):
        yield Series(metric, labels, shown, values)


_Rows = Iterator[tuple[str, dict[str, str], Numbers]]


@dataclass(frozen=True, slots=True)
class _Past:
    """Running sums of good and bad events, from before the first window that is shown."""

    total: Numbers
    bad: Numbers
    shown: int
    step: int

    def rolling(self, seconds: int) -> tuple[Numbers, Numbers]:
        """Bad and all events of the last *seconds*, at each instant that is shown."""
        back = max(1, seconds // self.step)
        return tuple((sums[back:] - sums[:-back])[-self.shown :] for sums in (self.bad, self.total))  # type: ignore[return-value] # two arrays, two results

    def ratio(self, seconds: int) -> Numbers:
        """Error ratio of the last *seconds*."""
        bad, total = self.rolling(seconds)
        return np.divide(bad, total, out=np.full_like(bad, np.nan), where=total > 0)


def _past(slo: Made, shown: Numbers, step: int) -> _Past:
    times = np.arange(shown[0] - 31 * DAY, shown[-1] + 1, step)
    daily = 1 + 0.6 * np.sin(2 * np.pi * (times / DAY - 0.3))
    rng = np.random.default_rng(sum(slo.slo_id.encode()))
    total = rng.poisson(slo.per_second * daily * step)
    bad = rng.binomial(total, slo.errors(times[-1] - times))
    return _Past(np.cumsum(total, dtype=np.float64), np.cumsum(bad, dtype=np.float64), len(shown), step)


def _slo_series(slo: Made, shown: Numbers, step: int) -> _Rows:
    ids = {"slo": slo.slo_id, "slo_service": slo.service}
    always = np.ones_like(shown)
    past = None if slo.silent else _past(slo, shown, step)
    for instance, revision in (("10.0.0.1:9876", _REVISION), ("10.0.0.2:9876", "ba9876543210")):
        scraped = ids | {"job": "tallystick", "instance": instance}
        yield from _definition(slo, scraped, revision, always)
        for one in AGREED:
            if one.slo_id == slo.slo_id:
                yield from _agreed(slo, one, scraped, always, is_known=revision == _REVISION)
        if past and revision == _REVISION:
            yield from _ledger(slo, scraped, past, shown)
        elif past:
            yield from _catching_up(slo, scraped, always)
    yield "slo:objective:ratio", ids, always * slo.objective
    yield "slo:error_budget:ratio", ids, always * (1 - slo.objective)
    yield "slo:time_period:days", ids, always * slo.days[0]
    for severity, long, short, factor in _factors(slo):
        windows = {"severity": severity, "long_window": long, "short_window": short}
        yield "slo:burn_alert:factor", ids | windows, always * factor
    # The definition of one of them was changed five minutes ago.
    now = always if slo.slo_id != "search-quick" else np.where(shown > shown[-1] - 300, 1.0, np.nan)
    info = ids | dict(slo.labels) | {"slo_window": f"{slo.days[0]}d"}
    yield "slo:info", info | {"slo_revision": _REVISION}, now
    yield "slo:info", info | {"slo_revision": "000000000000"}, np.where(np.isnan(now), 1.0, np.nan)
    yield "slo:excluded", ids, always * (slo.slo_id == "reports-exports")
    if past:
        yield from _recorded(slo, ids, past, step)
        yield from _alerts(slo, past, shown)
    else:
        yield from _firing(_alert(slo, "SLOSignalMissing", "ticket"), always, shown)


def _definition(slo: Made, labels: dict[str, str], revision: str, always: Numbers) -> _Rows:
    info = {"slo_kind": "events", "slo_file": f"{slo.service}.yaml", "slo_revision": revision}
    yield "slo_info", labels | dict(slo.labels) | info, always
    yield "slo_objective_ratio", labels, always * slo.objective
    yield "slo_error_budget_ratio", labels, always * (1 - slo.objective)
    if slo.silent:
        for days in slo.days:
            yield "slo_valid", labels | {"window": f"{days}d"}, always * 0


def _agreed(slo: Made, one: Agreed, labels: dict[str, str], always: Numbers, *, is_known: bool) -> _Rows:
    labels = labels | {"agreement": one.name, "window": "month"}
    info = {"agreement_kind": one.kind, "agreement_party": one.party, **slo.labels}
    yield "slo_agreement_info", labels | info, always
    yield "slo_agreement_objective_ratio", labels, always * one.objective
    yield "slo_agreement_valid", labels, always * is_known
    yield "slo_agreement_coverage_ratio", labels, always * (0.9987 if is_known else 0.1)
    yield "slo_agreement_excluded_seconds", labels, always * (7_200 if one.credit else 0)
    yield "slo_agreement_window_elapsed_ratio", labels, always * 0.5
    yield "slo_agreement_error_budget_remaining_ratio", labels, always * (1 - (1 - one.delivered) / (1 - one.objective))
    yield "slo_agreement_compliance_ratio", labels, always * one.delivered
    if not is_known:
        return
    kept = one.delivered >= one.objective
    yield "slo_agreement_met", labels, always * kept
    yield (
        "slo_agreement_error_budget_exhaustion_timestamp_seconds",
        labels,
        always * (END + (5 * DAY if kept else -DAY)),
    )
    if one.credit:
        yield "slo_service_credit_max_ratio", labels, always * 2.5 * one.credit
        yield "slo_service_credit_ratio", labels, always * (0 if kept else one.credit)
    for name, delivered in one.periods.items():
        of_period = labels | {"period": name}
        yield "slo_agreement_period_compliance_ratio", of_period, always * delivered
        yield "slo_agreement_period_coverage_ratio", of_period, always
        yield "slo_agreement_period_met", of_period, always * (delivered >= one.objective)
        if one.credit:
            yield (
                "slo_service_credit_period_ratio",
                of_period,
                always * (0 if delivered >= one.objective else one.credit),
            )


def _ledger(slo: Made, labels: dict[str, str], past: _Past, shown: Numbers) -> _Rows:
    always = np.ones_like(shown)
    burn = past.ratio(HOUR) / (1 - slo.objective)
    yield "slo_events_total", labels, past.total[-past.shown :]
    yield "slo_good_events_total", labels, (past.total - past.bad)[-past.shown :]
    yield "slo_ledger_end_timestamp_seconds", labels, shown - 150
    for name, seconds in BURN_SECONDS.items():
        yield "slo_burn_rate", labels | {"window": name}, past.ratio(seconds) / (1 - slo.objective)
    for days in slo.days:
        of_window = labels | {"window": f"{days}d"}
        ratio = past.ratio(days * DAY)
        left = 1 - ratio / (1 - slo.objective)
        lasts = np.divide(left * days * DAY, burn, out=np.full_like(left, np.nan), where=burn > 0)
        yield "slo_window_seconds", of_window, always * days * DAY
        yield "slo_window_elapsed_ratio", of_window, always
        yield "slo_compliance_ratio", of_window, 1 - ratio
        yield "slo_gross_compliance_ratio", of_window, 1 - 1.1 * ratio
        yield "slo_error_budget_remaining_ratio", of_window, left
        yield "slo_coverage_ratio", of_window, always * 0.9987
        yield "slo_valid", of_window, always
        yield "slo_met", of_window, (left >= 0).astype(np.float64)
        yield "slo_error_budget_exhaustion_timestamp_seconds", of_window, shown + np.where(left > 0, lasts, 0)
    if slo.slo_id == "cart-availability":  # in the middle of a month, for the one panel that looks at it
        yield "slo_window_elapsed_ratio", labels | {"window": "month"}, always * 0.5


def _catching_up(slo: Made, labels: dict[str, str], always: Numbers) -> _Rows:
    for days in slo.days:
        of_window = labels | {"window": f"{days}d"}
        yield "slo_valid", of_window, always * 0
        yield "slo_compliance_ratio", of_window, always
        yield "slo_error_budget_remaining_ratio", of_window, always
        yield "slo_coverage_ratio", of_window, always * 0.1


def _recorded(slo: Made, labels: dict[str, str], past: _Past, step: int) -> _Rows:
    bad, total = past.rolling(max(300, step))
    yield "slo:sli_bad:rate5m", labels, bad / max(300, step)
    yield "slo:sli_total:rate5m", labels, total / max(300, step)
    for name, seconds in BURN_SECONDS.items():
        yield f"slo:sli_error:ratio_rate{name}", labels, past.ratio(seconds)
    yield "slo:current_burn_rate:ratio", labels, past.ratio(300) / (1 - slo.objective)


def _factors(slo: Made) -> Iterator[tuple[str, str, str, float]]:
    """Severity, long and short window and burn rate of each alert."""
    for severity, share, long, short in slo.policies:
        yield severity, long, short, max(share * slo.days[0] * DAY / BURN_SECONDS[long], 1)


def _alerts(slo: Made, past: _Past, shown: Numbers) -> _Rows:
    for severity, long, short, factor in _factors(slo):
        burns = [past.ratio(BURN_SECONDS[name]) / (1 - slo.objective) for name in (long, short)]
        firing = np.where((burns[0] > factor) & (burns[1] > factor), 1.0, np.nan)
        yield from _firing(_alert(slo, "SLOBurnRate", severity, long_window=long, short_window=short), firing, shown)


def _firing(labels: dict[str, str], firing: Numbers, shown: Numbers) -> _Rows:
    """The two series of an alert; since it fired for the first time in what is shown."""
    yield "ALERTS", labels, firing
    since = shown[np.argmax(~np.isnan(firing))] if (~np.isnan(firing)).any() else np.nan
    yield "ALERTS_FOR_STATE", {name: text for name, text in labels.items() if name != "alertstate"}, firing * since


def _alert(slo: Made, name: str, severity: str, **more: str) -> dict[str, str]:
    ids = {"slo": slo.slo_id, "slo_service": slo.service}
    team = {"team": slo.labels["slo_team"]} if "slo_team" in slo.labels else {}
    return {"alertname": name, "alertstate": "firing", "severity": severity} | ids | team | more


def _of_servers(shown: Numbers, step: int) -> _Rows:
    """What the exporters and Prometheus say of themselves."""
    always = np.ones_like(shown)
    running = np.arange(len(shown)) * float(step)
    for instance in ("10.0.0.1:9876", "10.0.0.2:9876"):
        own = {"job": "tallystick", "instance": instance}
        yield "tallystick_up", own, always
        yield "tallystick_build_info", own | {"version": "0.1.0"}, always
        yield "tallystick_config_last_reload_successful", own, always
        yield "tallystick_config_last_reload_success_timestamp_seconds", own, always * (shown[0] - 5 * HOUR)
        yield "tallystick_slos", own, always * len(SHOP)
        yield "tallystick_backfill_done_ratio", own, always
        yield "tallystick_round_duration_seconds", own, 0.3 + 0.1 * np.sin(running)
        yield "tallystick_round_end_timestamp_seconds", own, shown - 20
        yield "tallystick_rounds_total", own, running / 60
        yield "tallystick_round_failures_total", own, always * 0
        yield "tallystick_ledger_slices_total", own, running / 60 * len(SHOP)
        yield "tallystick_requests_total", own, running / 60 * 3
        failed = own | {"slo": "website-reachable", "slo_service": "website", "reason": "timeout"}
        yield "tallystick_query_failures_total", failed, running / 300
        yield "process_resident_memory_bytes", own, 9e7 + 1e6 * np.sin(running / HOUR)
        yield "process_cpu_seconds_total", own, running / 50
    for group in ("sli", "windows"):
        of_group = {
            "job": "prometheus",
            "rule_group": f"/etc/rules/checkout.yaml;tallystick-checkout-availability-{group}",
        }
        yield "prometheus_rule_group_last_duration_seconds", of_group, always * 0.02
        yield "prometheus_rule_group_interval_seconds", of_group, always * 30
        yield "prometheus_rule_evaluation_failures_total", of_group, always * 0
        yield "prometheus_rule_group_iterations_missed_total", of_group, always * 0
