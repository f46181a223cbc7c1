"""What people should know of the alerts that were made for them: where a default did not fit and was changed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from fractions import Fraction

from tallystick.core.alerting import SEVERITIES
from tallystick.core.burn import BurnAlert, burn_alerts, highest_factor
from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.generate.decimals import decimal_text, short_text
from tallystick.generate.masks import mask_of, span_at


def notes(slos: Iterable[Slo], at: float) -> Iterator[str]:
    """
    One sentence for each alert whose factor is not the one that was asked for, and one on exclusions.

    Args:
        slos: what rules were made for.
        at: when they were made, in seconds since 1970.
    """
    slos = list(slos)
    yield from _exclusions(slos, at)
    for slo in slos:
        period = slo.windows[0].nominal_seconds
        alerts = burn_alerts(slo, period)
        yield from _too_short(slo, alerts, period)
        for alert in alerts:
            if alert.lowered or alert.raised:
                yield _note(slo, alert, period)


def _too_short(slo: Slo, alerts: Iterable[BurnAlert], period_seconds: int) -> Iterator[str]:
    """Severities of which every pair looks further back than the budget reaches."""
    there = {alert.policy.severity for alert in alerts}
    for severity in SEVERITIES:
        if slo.alerting.notice(severity).enabled and slo.alerting.policies(severity) and severity not in there:
            yield (
                f"{slo.slo_id}: there is no {severity} for the burn rate: its first window of {format_seconds(period_seconds)} "
                f"is too short for tallystick's own; write `burn` under alerting: {severity}, or a longer window first"
            )


def _exclusions(slos: Iterable[Slo], at: float) -> Iterator[str]:
    """Until when what recurs is known to the rules."""
    concerned = [slo.slo_id for slo in slos if slo.exclusions and mask_of(slo, slo.exclusions, at).ends is not None]
    if concerned:
        end = datetime.fromtimestamp(span_at(at).end, UTC)
        others = f" and {len(concerned) - 1} more" if len(concerned) > 1 else ""
        yield f"{concerned[0]}{others}: recurring exclusions are worked out until {end:%Y-%m-%d}; generate again before"


def _note(slo: Slo, alert: BurnAlert, period_seconds: int) -> str:
    policy = alert.policy
    long = format_seconds(policy.long_seconds)
    share = alert.factor * policy.long_seconds / period_seconds
    if alert.lowered:
        why = f"nothing burns faster than {short_text(highest_factor(slo.objective))} at {_percent(Fraction(slo.objective))}"
    else:
        why = "less than 1 would alert on a kept promise"
    return (
        f"{slo.slo_id}: the {policy.severity} for {_percent(policy.share)} of the budget in {long} is sent at "
        f"{_percent(share)} (factor {short_text(alert.factor)}): {why}"
    )


def _percent(share: Fraction) -> str:
    exact = decimal_text(100 * share)
    return f"{exact if len(exact) <= len('99.9999') else short_text(100 * share)}%"
