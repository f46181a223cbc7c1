"""
Every metric family: its name, what it means, its labels.

Families are made afresh for each scrape from what a `View` says, so a removed SLO leaves no series behind. What is
unknown is absent: never NaN, never -1. Described for people in docs/metrics.md.

The text is written here, with each SLO's labels escaped once, and not through the client library's ``Metric``: that
sorts and checks the labels of every sample again, which for 1,000 SLOs takes several times as long as all the rest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.utils import floatToGoString

from tallystick import __version__
from tallystick.core.budget import error_budget
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, State
from tallystick.core.view import ExporterState, SloHealth, View

_SLO = ("slo", "slo_service")
_WINDOW = (*_SLO, "window")
_NOT_IN_A_NAME = re.compile("[^a-zA-Z0-9_]")


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

    def head(self, *, openmetrics: bool) -> str:
        """
        Its ``HELP`` and ``TYPE`` lines.

        OpenMetrics names a family without the suffix of its type; the older text format names what is queried, and
        knows no info type.
        """
        name, type_ = self.name, self.type
        if openmetrics:
            name = name.removesuffix({"counter": "_total", "info": "_info", "gauge": ""}[type_])
        elif type_ == "info":
            type_ = "gauge"
        return f"# HELP {name} {self.help}\n# TYPE {name} {type_}\n"


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
    Family("tallystick_round_failures_total", "counter", "Rounds that the ledger made impossible, since the start."),
    Family("tallystick_ledger_slices_total", "counter", "Slices written to the ledger since the start."),
    Family("tallystick_requests_total", "counter", "Requests to Prometheus since the start."),
)
"""All families of ours, in the order in which they are shown."""


class Exposition:
    """What ``/metrics`` answers: our families, and what the client library tells of the process and of Python."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        PlatformCollector(registry=self._process)

    def render(self, accept: str) -> tuple[bytes, str]:
        """
        Every family, made anew.

        Args:
            accept: the request's ``Accept`` header.

        Returns:
            The body, and its content type: OpenMetrics if *accept* asks for it, else Prometheus' text format.
        """
        encoder, content_type = choose_encoder(accept)
        ours = _text(self._view, openmetrics=content_type.startswith("application/openmetrics-text"))
        return ours.encode() + encoder(self._process), content_type


def _text(view: View, *, openmetrics: bool) -> str:
    state = view.state()
    page = _Page()
    _exporter(page, state)
    found: dict[str, list[Standing]] = {}
    for standing in view.standings():
        found.setdefault(standing.slo.slo_id, []).append(standing)
    for health in state.health:
        labels = _labels({"slo": health.slo.slo_id, "slo_service": health.slo.service})
        _definition(page, health.slo, labels)
        _record(page, health, labels)
        _windows(page, health, found.get(health.slo.slo_id, ()), labels)
    return "".join(family.head(openmetrics=openmetrics) + "".join(page.lines[family.name]) for family in FAMILIES)


class _Page:
    """The lines of every family, while they are being written."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {family.name: [] for family in FAMILIES}

    def add(self, name: str, labels: str, value: float | Fraction | None) -> None:
        """Add a sample of family *name*, unless its value is unknown; *labels* as `_labels` writes them."""
        if value is not None:
            braces = f"{{{labels}}}" if labels else ""
            text = floatToGoString(float(value))  # type: ignore[no-untyped-call]  # the library's own has no types
            self.lines[name].append(f"{name}{braces} {text}\n")


def _labels(labels: Mapping[str, str]) -> str:
    """*labels* as text, with their values escaped."""
    return ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())


def _legal(name: str) -> str:
    """*name* with ``_`` for each character that a label's name can't have."""
    return _NOT_IN_A_NAME.sub("_", name)


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _exporter(page: _Page, state: ExporterState) -> None:
    page.add("tallystick_build_info", _labels({"version": __version__}), 1)
    for name, value in (
        ("tallystick_up", state.prometheus_up),
        ("tallystick_config_last_reload_successful", state.config_ok),
        ("tallystick_config_last_reload_success_timestamp_seconds", state.config_loaded_at),
        ("tallystick_slos", len(state.health)),
        ("tallystick_backfill_done_ratio", state.backfill_done),
        ("tallystick_round_duration_seconds", state.round_seconds),
        ("tallystick_round_end_timestamp_seconds", state.round_ended_at),
        ("tallystick_rounds_total", state.rounds),
        ("tallystick_round_failures_total", state.round_failures),
        ("tallystick_ledger_slices_total", state.slices),
        ("tallystick_requests_total", state.requests),
    ):
        page.add(name, "", value)


def _definition(page: _Page, slo: Slo, labels: str) -> None:
    known = {
        "slo_team": slo.team or "",
        "slo_tier": slo.tier or "",
        "slo_kind": slo.sli.kind,
        "slo_file": slo.file,
        "slo_revision": slo.revision,
    }
    page.add("slo_info", f"{labels},{_labels(known | own_labels(slo))}", 1)
    page.add("slo_objective_ratio", labels, float(slo.objective))
    page.add("slo_error_budget_ratio", labels, error_budget(slo.objective))


def own_labels(slo: Slo) -> dict[str, str]:
    """
    The definition's own labels as ``slo_info`` carries them: with the prefix ``label_``.

    kube-state-metrics does the same. Without it ``env`` or ``cluster`` would meet the scrape target's label of that
    name, and Prometheus would rename ours to ``exported_env``, but only where the target has one.
    """
    return {f"label_{_legal(name)}": value for name, value in slo.labels.items()}


def _record(page: _Page, health: SloHealth, labels: str) -> None:
    if health.ledger_start is not None:
        page.add("slo_events_total", labels, health.lifetime.total)
        page.add("slo_good_events_total", labels, health.lifetime.good)
    page.add("slo_ledger_start_timestamp_seconds", labels, health.ledger_start)
    page.add("slo_ledger_end_timestamp_seconds", labels, health.ledger_end)
    for reason, count in health.failures.items():
        page.add("tallystick_query_failures_total", f'{labels},reason="{reason}"', count)


def _windows(page: _Page, health: SloHealth, found: Sequence[Standing], labels: str) -> None:
    """Add what is known by window, and of a window of which nothing is known that this is so."""
    at = found[0].span.end if found else health.ledger_end or 0
    for window in health.slo.windows:
        of_window = f'{labels},window="{window.name}"'
        page.add("slo_window_seconds", of_window, window.period(at).seconds)
        if not found:
            page.add("slo_valid", of_window, 0)
    for standing in found:
        group = _group(standing.group)
        _standing(page, standing, f'{labels},window="{standing.window.name}"{group}')
        if standing.window == found[0].window:  # burn rates have windows of their own, and come with each standing
            for name, rate in standing.burn_rates.items():
                page.add("slo_burn_rate", f'{labels},window="{name}"{group}', rate)


def _standing(page: _Page, standing: Standing, labels: str) -> None:
    page.add("slo_compliance_ratio", labels, standing.compliance)
    page.add("slo_error_budget_remaining_ratio", labels, standing.budget_remaining)
    page.add("slo_coverage_ratio", labels, standing.coverage)
    page.add("slo_valid", labels, standing.valid)
    page.add("slo_met", labels, standing.state is State.MET if standing.valid else None)
    page.add("slo_error_budget_exhaustion_timestamp_seconds", labels, standing.exhaustion)


def _group(group: Mapping[str, str]) -> str:
    """
    Labels of an SLO's group, to be put after ours; empty without a group.

    One that is named like ours becomes ``exported_...``, as a target's own label does in Prometheus.
    """
    if not group:
        return ""
    legal = {_legal(name): value for name, value in group.items()}
    return "," + _labels({f"exported_{name}" if name in _WINDOW else name: value for name, value in legal.items()})
