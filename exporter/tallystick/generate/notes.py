"""What people should know of the alerts that were made for them: where a default did not fit and was changed."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from tallystick.core.burn import BurnAlert, burn_alerts, highest_factor
from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.generate.decimals import decimal_text, short_text


def notes(slos: Iterable[Slo]) -> Iterator[str]:
    """One sentence for each alert whose factor is not the one that was asked for."""
    for slo in slos:
        period = slo.windows[0].nominal_seconds
        for alert in burn_alerts(slo, period):
            if alert.lowered or alert.raised:
                yield _note(slo, alert, period)


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
