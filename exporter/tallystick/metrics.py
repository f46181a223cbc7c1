"""
Every metric family: its name, what it means, its labels.

Families are made afresh for each scrape from what a `View` says, so a removed SLO leaves no series behind. What is
unknown is absent: never NaN, never -1. Described for people in docs/metrics.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from prometheus_client import CollectorRegistry, Metric, PlatformCollector, ProcessCollector

from tallystick import __version__
from tallystick.core.budget import error_budget
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, State
from tallystick.core.view import ExporterState, SloHealth, View

_SLO = ("slo", "slo_service")
_WINDOW = (*_SLO, "window")


@dataclass(frozen=True, slots=True)
class Family:
    """
    What a metric family is.

    Attributes:
        name: its name as it is queried, with ``_total`` or ``_info``.
        type: its type; an info metric is a gauge that is always 1.
        help: what it means, in a sentence.
        labels: labels that all of its series carry. Those marked "by window" or "by SLO" in the documentation also
            carry the labels an SLO is grouped by, and ``slo_info`` the definition's own.
    """

    name: str
    type: Literal["gauge", "counter", "info"]
    help: str
    labels: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        """Its name without the suffix of its type, as the client library wants it."""
        suffix = {"counter": "_total", "info": "_info", "gauge": ""}[self.type]
        return self.name.removesuffix(suffix)


FAMILIES = (
    Family(
        "slo_info",
        "info",
        "What is known of an SLO beside its numbers; 1.",
        (*_SLO, "slo_team", "slo_tier", "slo_kind", "slo_file", "slo_revision"),
    ),
    Family("slo_objective_ratio", "gauge", "Promised share of good events.", _SLO),
    Family("slo_error_budget_ratio", "gauge", "Allowed share of bad events: 1 - objective.", _SLO),
    Family("slo_window_seconds", "gauge", "Length of a window over which the objective is promised.", _WINDOW),
    Family("slo_compliance_ratio", "gauge", "Delivered share of good events in the window, from the ledger.", _WINDOW),
    Family(
        "slo_error_budget_remaining_ratio",
        "gauge",
        "Share of the window's error budget that is left: 1 untouched, 0 spent, negative overspent.",
        _WINDOW,
    ),
    Family("slo_coverage_ratio", "gauge", "Share of the window that was observed, 0 to 1.", _WINDOW),
    Family(
        "slo_met", "gauge", "Whether the objective is met in the window, 1 or 0; absent if unknown or old.", _WINDOW
    ),
    Family("slo_valid", "gauge", "Whether there is a verdict on the window, and one of now: 1 or 0.", _WINDOW),
    Family(
        "slo_error_budget_exhaustion_timestamp_seconds",
        "gauge",
        "When the window's error budget runs out at the burn rate of the last hour.",
        _WINDOW,
    ),
    Family(
        "slo_burn_rate",
        "gauge",
        "How many times faster than sustainable the error budget was spent in the last 5m, 30m, 1h, ...",
        _WINDOW,
    ),
    Family("slo_events_total", "counter", "Events the SLO covers, as far as the ledger reaches back.", _SLO),
    Family("slo_good_events_total", "counter", "Events that were good, as far as the ledger reaches back.", _SLO),
    Family("slo_ledger_start_timestamp_seconds", "gauge", "First instant the ledger knows of the SLO.", _SLO),
    Family("slo_ledger_end_timestamp_seconds", "gauge", "How far the ledger reaches; what is shown is of then.", _SLO),
    Family(
        "tallystick_query_failures_total",
        "counter",
        "Readings of an SLO that failed, by reason.",
        (*_SLO, "reason"),
    ),
    Family("tallystick_up", "gauge", "Whether Prometheus answered the latest request, 1 or 0."),
    Family("tallystick_build_info", "info", "Version of tallystick; 1.", ("version",)),
    Family("tallystick_config_last_reload_successful", "gauge", "Whether the latest loading of definitions went well."),
    Family(
        "tallystick_config_last_reload_success_timestamp_seconds", "gauge", "When definitions were last loaded well."
    ),
    Family("tallystick_slos", "gauge", "Number of SLOs in force."),
    Family("tallystick_backfill_done_ratio", "gauge", "Share of the reading of the past that is done, 0 to 1."),
    Family("tallystick_round_duration_seconds", "gauge", "How long the latest round took."),
    Family("tallystick_round_end_timestamp_seconds", "gauge", "When the latest round ended."),
    Family("tallystick_rounds_total", "counter", "Rounds since the start."),
    Family("tallystick_ledger_slices_total", "counter", "Slices written to the ledger since the start."),
    Family("tallystick_requests_total", "counter", "Requests to Prometheus since the start."),
)
"""All families of ours, in the order in which they are shown."""


def registry(view: View) -> CollectorRegistry:
    """A registry of its own with our families and what the client library tells of the process and of Python."""
    made = CollectorRegistry()
    made.register(Collector(view))
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    return made


class Collector:
    """All families of a running exporter."""

    def __init__(self, view: View) -> None:
        self._view = view

    def collect(self) -> Iterable[Metric]:
        """Make every family anew; one without samples is left out by no one, so that its help can be read."""
        state = self._view.state()
        page = _Page()
        _exporter(page, state)
        standing_by_slo: dict[str, list[Standing]] = {}
        for standing in self._view.standings():
            standing_by_slo.setdefault(standing.slo.slo_id, []).append(standing)
        for health in state.health:
            _definition(page, health.slo)
            _record(page, health)
            _windows(page, health, standing_by_slo.get(health.slo.slo_id, []))
        return page.families.values()


class _Page:
    """Families being filled."""

    def __init__(self) -> None:
        self.families = {family.name: Metric(family.base, family.help, family.type) for family in FAMILIES}

    def add(self, name: str, labels: dict[str, str], value: float | Fraction | None) -> None:
        """Add a sample, unless its value is unknown."""
        if value is not None:
            self.families[name].add_sample(name, labels, float(value))


def _exporter(page: _Page, state: ExporterState) -> None:
    page.add("tallystick_build_info", {"version": __version__}, 1)
    for name, value in (
        ("tallystick_up", state.prometheus_up),
        ("tallystick_config_last_reload_successful", state.config_ok),
        ("tallystick_config_last_reload_success_timestamp_seconds", state.config_loaded_at),
        ("tallystick_slos", len(state.health)),
        ("tallystick_backfill_done_ratio", state.backfill_done),
        ("tallystick_round_duration_seconds", state.round_seconds),
        ("tallystick_round_end_timestamp_seconds", state.round_ended_at),
        ("tallystick_rounds_total", state.rounds),
        ("tallystick_ledger_slices_total", state.slices),
        ("tallystick_requests_total", state.requests),
    ):
        page.add(name, {}, value)


def _slo_labels(slo: Slo) -> dict[str, str]:
    return {"slo": slo.slo_id, "slo_service": slo.service}


def _definition(page: _Page, slo: Slo) -> None:
    labels = _slo_labels(slo)
    page.add("slo_info", labels | info_labels(slo), 1)
    page.add("slo_objective_ratio", labels, float(slo.objective))
    page.add("slo_error_budget_ratio", labels, error_budget(slo.objective))


def info_labels(slo: Slo) -> dict[str, str]:
    """
    What ``slo_info`` says of *slo* beside its id and service.

    The definition's own labels get the prefix ``label_``, as kube-state-metrics gives it: without it ``env`` or
    ``cluster`` would meet the scrape target's label of that name, and Prometheus would rename ours.
    """
    known = {
        "slo_team": slo.team or "",
        "slo_tier": slo.tier or "",
        "slo_kind": slo.sli.kind,
        "slo_file": slo.file,
        "slo_revision": slo.revision,
    }
    return known | {"label_" + re.sub(r"[^a-zA-Z0-9_]", "_", name): value for name, value in slo.labels.items()}


def _record(page: _Page, health: SloHealth) -> None:
    labels = _slo_labels(health.slo)
    if health.ledger_start is not None:
        page.add("slo_events_total", labels, health.lifetime.total)
        page.add("slo_good_events_total", labels, health.lifetime.good)
    page.add("slo_ledger_start_timestamp_seconds", labels, health.ledger_start)
    page.add("slo_ledger_end_timestamp_seconds", labels, health.ledger_end)
    for reason, count in health.failures.items():
        page.add("tallystick_query_failures_total", labels | {"reason": reason}, count)


def _windows(page: _Page, health: SloHealth, found: list[Standing]) -> None:
    """Add what is known by window, and for a window of which nothing is known that this is so."""
    labels = _slo_labels(health.slo)
    at = found[0].span.end if found else health.ledger_end or 0
    for window in health.slo.windows:
        of_window = labels | {"window": window.name}
        page.add("slo_window_seconds", of_window, window.period_seconds(at))
        if not found:
            page.add("slo_valid", of_window, 0)
    for standing in found:
        _standing(page, standing, labels)
    for standing in found:
        if standing.window == found[0].window:  # burn rates have windows of their own and come with each standing
            for name, rate in standing.burn_rates.items():
                page.add("slo_burn_rate", _grouped(labels | {"window": name}, standing.group), rate)


def _standing(page: _Page, standing: Standing, labels: dict[str, str]) -> None:
    of_window = _grouped(labels | {"window": standing.window.name}, standing.group)
    page.add("slo_compliance_ratio", of_window, standing.compliance)
    page.add("slo_error_budget_remaining_ratio", of_window, standing.budget_remaining)
    page.add("slo_coverage_ratio", of_window, standing.coverage)
    page.add("slo_valid", of_window, standing.valid)
    page.add("slo_met", of_window, standing.state is State.MET if standing.valid else None)
    page.add("slo_error_budget_exhaustion_timestamp_seconds", of_window, standing.exhaustion)


def _grouped(labels: dict[str, str], group: Mapping[str, str]) -> dict[str, str]:
    """*labels* and those of *group*, which give way as a target's do in Prometheus where the names meet."""
    return labels | {f"exported_{name}" if name in labels else name: value for name, value in group.items()}
