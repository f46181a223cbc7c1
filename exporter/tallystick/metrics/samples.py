"""The samples of one SLO: what it promises, how it stands, how well it is measured."""

from collections.abc import Sequence
from fractions import Fraction

from tallystick.core.budget import error_budget
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, State
from tallystick.core.view import SloHealth
from tallystick.metrics.page import Page, Sink, group_text, label_text, legal_name


def add_slo(page: Page, healths: Sequence[SloHealth], found: Sequence[Standing]) -> None:
    """
    Add everything of one SLO to *page*.

    Args:
        page: where to.
        healths: how well it is measured, one of each group; at least one.
        found: how it stands in each of its windows, in each group.
    """
    slo = healths[0].slo
    labels = _labels_of(slo)
    for health in healths:
        _add_record(page, health, labels + group_text(health.group))
    _add_failures(page, healths, labels)
    add_figures(page, slo, found)


def add_figures(sink: Sink, slo: Slo, found: Sequence[Standing]) -> None:
    """
    Add what *slo* promises and how it stands to *sink*: all that follows from its definition and its counts.

    Args:
        sink: where to.
        slo: which one.
        found: how it stands in each of its windows, in each group.
    """
    labels = _labels_of(slo)
    _add_definition(sink, slo, labels)
    _add_windows(sink, slo, found, labels)
    for standing in found:
        add_standing(sink, standing, f'{labels},window="{standing.window.name}"{group_text(standing.group)}')
        if standing.window == found[0].window:  # burn rates have windows of their own, and come with each standing
            _add_burn_rates(sink, standing, labels)


def add_reach(sink: Sink, slo: Slo, found: Sequence[Standing]) -> None:
    """Add to *sink* that what is known of *slo*, and of each of its groups, reaches the end of the windows of *found*."""
    labels = _labels_of(slo)
    for standing in found:
        if standing.window == found[0].window:
            sink.add("slo_ledger_end_timestamp_seconds", labels + group_text(standing.group), standing.span.end)


def _labels_of(slo: Slo) -> str:
    return label_text({"slo": slo.slo_id, "slo_service": slo.service})


def _add_definition(page: Sink, slo: Slo, labels: str) -> None:
    known = {
        "slo_team": slo.team or "",
        "slo_tier": slo.tier or "",
        "slo_kind": slo.sli.kind,
        "slo_file": slo.file,
        "slo_revision": slo.revision,
    }
    page.add("slo_info", f"{labels},{label_text(known | own_labels(slo))}", 1)
    page.add("slo_objective_ratio", labels, float(slo.objective))
    page.add("slo_error_budget_ratio", labels, error_budget(slo.objective))


def own_labels(slo: Slo) -> dict[str, str]:
    """
    The definition's own labels as ``slo_info`` carries them: with the prefix ``label_``.

    kube-state-metrics does the same. Without it ``env`` or ``cluster`` would meet the scrape target's label of that
    name, and Prometheus would rename ours to ``exported_env``, but only where the target has one.
    """
    return {f"label_{legal_name(name)}": value for name, value in slo.labels.items()}


def _add_record(page: Page, health: SloHealth, labels: str) -> None:
    if health.ledger_start is not None:
        page.add("slo_events_total", labels, health.lifetime.total)
        page.add("slo_good_events_total", labels, health.lifetime.good)
    page.add("slo_ledger_start_timestamp_seconds", labels, health.ledger_start)
    page.add("slo_ledger_end_timestamp_seconds", labels, health.ledger_end)


def _add_failures(page: Page, healths: Sequence[SloHealth], labels: str) -> None:
    """Failures are the SLO's: which group it was is a matter for the page and the log."""
    for reason in healths[0].failures:
        count = sum(health.failures[reason] for health in healths)
        page.add("tallystick_query_failures_total", f'{labels},reason="{reason}"', count)


def _add_windows(page: Sink, slo: Slo, found: Sequence[Standing], labels: str) -> None:
    """Add what is the same for all groups; and of an SLO of which nothing is known yet that this is so."""
    at = found[0].span.end if found else None
    for window in slo.windows:
        seconds = window.nominal_seconds if at is None else window.period(at).seconds
        page.add("slo_window_seconds", f'{labels},window="{window.name}"', seconds)
        elapsed = None if at is None else Fraction(window.span(at).seconds, seconds)
        page.add("slo_window_elapsed_ratio", f'{labels},window="{window.name}"', elapsed)
        if not found:
            page.add("slo_valid", f'{labels},window="{window.name}"', 0)
    if found:
        page.add("slo_exclusion_active", labels, found[0].exclusion_active)
    for standing in found:
        if standing.group == found[0].group:
            page.add("slo_excluded_seconds", f'{labels},window="{standing.window.name}"', standing.excluded_seconds)


def add_standing(sink: Sink, standing: Standing, labels: str, of: str = "slo") -> None:
    """Add how a promise stands to *sink*; *of*: what its families' names begin with, ``slo`` or ``slo_agreement``."""
    sink.add(f"{of}_compliance_ratio", labels, standing.compliance)
    sink.add(f"{of}_gross_compliance_ratio", labels, standing.gross_compliance)
    sink.add(f"{of}_error_budget_remaining_ratio", labels, standing.budget_remaining)
    sink.add(f"{of}_coverage_ratio", labels, standing.coverage)
    sink.add(f"{of}_valid", labels, standing.valid)
    sink.add(f"{of}_met", labels, standing.state is State.MET if standing.valid else None)
    sink.add(f"{of}_error_budget_exhaustion_timestamp_seconds", labels, standing.exhaustion)


def _add_burn_rates(page: Sink, standing: Standing, labels: str) -> None:
    group = group_text(standing.group)
    for name, rate in standing.burn_rates.items():
        page.add("slo_burn_rate", f'{labels},window="{name}"{group}', rate)
