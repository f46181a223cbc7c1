"""The samples of one agreement: what was agreed, what was delivered, what that costs."""

from decimal import Decimal

from tallystick.core.agreed import Agreed
from tallystick.core.periods import period_name
from tallystick.core.standing import Standing, State
from tallystick.core.window import CalendarWindow
from tallystick.metrics.families import AGREEMENT_LABELS, PERIOD_LABELS
from tallystick.metrics.page import Sink, group_text, label_text
from tallystick.metrics.samples import add_standing


def add_agreement(page: Sink, promise: Agreed) -> None:
    """Add everything of *promise*, of one group, to *page*."""
    agreement, slo, standing = promise.agreement, promise.slo, promise.standing
    own = label_text(
        {
            "agreement": agreement.agreement_id,
            "slo": slo.slo_id,
            "slo_service": slo.service,
            "window": agreement.window.name,
        }
    )
    labels = own + group_text(promise.group, AGREEMENT_LABELS)
    known = {
        "agreement_kind": agreement.kind,
        "agreement_party": agreement.party,
        "slo_team": slo.team or "",
        "slo_tier": slo.tier or "",
    }
    info = (*AGREEMENT_LABELS, *known)
    page.add("slo_agreement_info", f"{own},{label_text(known)}{group_text(promise.group, info)}", 1)
    page.add("slo_agreement_objective_ratio", labels, float(agreement.objective))
    page.add("slo_service_credit_max_ratio", labels, _number(agreement.largest_credit))
    page.add("slo_service_credit_ratio", labels, _number(promise.credit))
    _add_present(page, standing, labels)
    for ended in promise.ended:
        _add_ended(page, promise, ended, own)


def _add_present(page: Sink, standing: Standing, labels: str) -> None:
    seconds = standing.window.period(standing.span.end).seconds
    add_standing(page, standing, labels, "slo_agreement")
    page.add("slo_agreement_excluded_seconds", labels, standing.excluded_seconds)
    page.add("slo_agreement_window_seconds", labels, seconds)
    page.add("slo_agreement_window_elapsed_ratio", labels, standing.span.seconds / seconds)


def _add_ended(page: Sink, promise: Agreed, ended: Standing, own: str) -> None:
    assert isinstance(ended.window, CalendarWindow)
    period = label_text({"period": period_name(ended.window, ended.span.end)})
    labels = f"{own},{period}{group_text(promise.group, PERIOD_LABELS)}"
    page.add("slo_agreement_period_compliance_ratio", labels, ended.compliance)
    page.add("slo_agreement_period_coverage_ratio", labels, ended.coverage)
    page.add("slo_agreement_period_met", labels, ended.state is State.MET if ended.is_judged else None)
    page.add("slo_service_credit_period_ratio", labels, _number(promise.credit_of(ended)))


def _number(share: Decimal | None) -> float | None:
    return None if share is None else float(share)
