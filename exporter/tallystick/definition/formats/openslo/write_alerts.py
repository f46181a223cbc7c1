"""Our burn-rate alerts as OpenSLO's policies."""

from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Any

from tallystick.core.alerting import SEVERITIES, Notice, Severity, short_of
from tallystick.core.burn import BurnAlert, burn_alerts
from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.definition.formats.openslo.alerts import NOTIFY
from tallystick.definition.formats.openslo.names import Names, is_name, slug
from tallystick.definition.formats.openslo.own import PAIR
from tallystick.definition.formats.openslo.policies import ALERTMANAGER
from tallystick.definition.formats.openslo.severities import severity_of

Json = dict[str, Any]

USUAL_SECONDS: dict[Severity, int] = {"page": 60, "ticket": 900}
"""How long a condition holds where nothing is said of it: the rules' ``burnFor``."""

_DIGITS = 15
"""Significant digits of a burn rate that every reader of numbers keeps."""

_SAID = {"severity", NOTIFY}
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def shorthand(seconds: int) -> str | None:
    """*seconds* as OpenSLO writes a duration; None if they are no whole minutes."""
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds % size == 0), (0, ""))
    return f"{seconds // size}{unit}" if size else None


def policies_of(slo: Slo, name: str) -> list[Json]:
    """The alert policies of *slo*, whose object is called *name*, each with its condition and targets in place."""
    names = Names()
    return [_policy(slo, alert, names, name) for alert in _written(slo)]


def is_said(slo: Slo) -> bool:
    """Whether what `policies_of` gives is read as the same alerts again."""
    alerting = slo.alerting
    if (alerting.min_events, alerting.min_bad, alerting.weigh) != (None, None, "time"):
        return False
    if not alerting.first_values or not alerting.signal:
        return False
    alerts = burn_alerts(slo, slo.windows[0].nominal_seconds)
    if _written(slo) != alerts or not all(_is_exact(alert) for alert in alerts):
        return False
    if any(alert.for_seconds is not None and shorthand(alert.for_seconds) is None for alert in alerts):
        return False
    return all(_is_notice_said(severity, alerting.notice(severity), alerts) for severity in SEVERITIES)


def _is_notice_said(severity: Severity, notice: Notice, alerts: list[BurnAlert]) -> bool:
    has_alerts = any(alert.policy.severity == severity for alert in alerts)
    if has_alerts != notice.enabled:
        return False
    if not has_alerts:
        return not notice.labels and not notice.annotations
    targets = notice.labels.get(NOTIFY, "")
    names = targets.split(",") if targets else []
    return (
        not notice.annotations
        and set(notice.labels) <= _SAID
        and severity_of(notice.labels.get("severity", severity))[0] == severity
        and len(set(names)) == len(names)
        and all(map(is_name, names))
    )


def _written(slo: Slo) -> list[BurnAlert]:
    """The alerts that a condition can ask for: their windows are at most half of the period, as when they are read."""
    period = slo.windows[0].nominal_seconds
    return [alert for alert in burn_alerts(slo, period) if 2 * alert.policy.long_seconds <= period]


def _policy(slo: Slo, alert: BurnAlert, names: Names, name: str) -> Json:
    severity = alert.policy.severity
    labels = slo.alerting.notice(severity).labels
    long = format_seconds(alert.policy.long_seconds)
    named = names.take(f"{name}-{severity}-{long}")
    wait = USUAL_SECONDS[severity] if alert.for_seconds is None else alert.for_seconds
    metadata: Json = {"name": named}
    if alert.policy.short_seconds != short_of(alert.policy.long_seconds):
        metadata["annotations"] = {PAIR: f"{{short: {format_seconds(alert.policy.short_seconds)}}}"}
    condition = {
        "kind": "burnrate",
        "op": "gt",
        "threshold": _decimal(alert.factor),
        "lookbackWindow": shorthand(alert.policy.long_seconds),
        "alertAfter": (shorthand(wait) or "1m") if wait else "0m",
    }
    spec = {"severity": labels.get("severity", severity), "condition": condition}
    return {
        "kind": "AlertPolicy",
        "metadata": {"name": named},
        "spec": {
            "alertWhenBreaching": True,
            "conditions": [{"kind": "AlertCondition", "metadata": metadata, "spec": spec}],
            "notificationTargets": _targets(labels.get(NOTIFY, "")),
        },
    }


def _targets(names: str) -> list[Json]:
    listed = [(slug(name), NOTIFY) for name in names.split(",") if name] or [(ALERTMANAGER, ALERTMANAGER)]
    return [
        {"kind": "AlertNotificationTarget", "metadata": {"name": name}, "spec": {"target": target}}
        for name, target in listed
    ]


def _decimal(factor: Fraction) -> Decimal:
    return Context(prec=_DIGITS).divide(Decimal(factor.numerator), Decimal(factor.denominator))


def _is_exact(alert: BurnAlert) -> bool:
    context = Context(prec=_DIGITS)
    context.divide(Decimal(alert.factor.numerator), Decimal(alert.factor.denominator))
    return not context.flags[Inexact]
