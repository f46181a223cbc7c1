"""What ``/metrics`` answers."""

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from tallystick import __version__
from tallystick.core.standing import Standing
from tallystick.core.view import ExporterState, SloHealth, View
from tallystick.metrics.agreements import add_agreement
from tallystick.metrics.page import Page, label_text
from tallystick.metrics.samples import add_slo


class Exposition:
    """Our families, and what the client library tells of the process and of Python."""

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
        ours = _page(self._view).text(openmetrics=content_type.startswith("application/openmetrics-text"))
        return ours.encode() + encoder(self._process), content_type


def _page(view: View) -> Page:
    state, page = view.state(), Page()
    measured: dict[str, list[SloHealth]] = {}
    for health in state.health:
        measured.setdefault(health.slo.slo_id, []).append(health)
    found: dict[str, list[Standing]] = {}
    for standing in view.standings():
        found.setdefault(standing.slo.slo_id, []).append(standing)
    _add_exporter(page, state, len(measured))
    for slo_id, healths in measured.items():
        add_slo(page, healths, found.get(slo_id, ()))
    for promise in view.agreed():
        add_agreement(page, promise)
    return page


def _add_exporter(page: Page, state: ExporterState, slos: int) -> None:
    page.add("tallystick_build_info", label_text({"version": __version__}), 1)
    for name, value in (
        ("tallystick_up", state.prometheus_up),
        ("tallystick_config_last_reload_successful", state.config_ok),
        ("tallystick_config_last_reload_success_timestamp_seconds", state.config_loaded_at),
        ("tallystick_slos", slos),
        ("tallystick_backfill_done_ratio", state.backfill_done),
        ("tallystick_round_duration_seconds", state.round_seconds),
        ("tallystick_round_end_timestamp_seconds", state.round_ended_at),
        ("tallystick_rounds_total", state.rounds),
        ("tallystick_round_failures_total", state.round_failures),
        ("tallystick_ledger_slices_total", state.slices),
        ("tallystick_requests_total", state.requests),
    ):
        page.add(name, "", value)
