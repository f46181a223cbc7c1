"""Windows of all lengths, each put together of others: what is in them, to the event. Tried by both promtools."""

from fractions import Fraction
from pathlib import Path

import pytest

from support.promtool import Sample, Trial, Try
from support.slos import counter, make_slo
from tallystick.core.alerting import Alerting, BurnPolicy, Notice, Severity, short_of
from tallystick.core.duration import format_seconds
from tallystick.core.sli import CompositeSli, Part
from tallystick.core.slo import Slo

GOOD = 'http_requests_total{job="checkout",code="200"}'
BAD = 'http_requests_total{job="checkout",code="500"}'
MINUTE, HOUR, DAY = 60, 3_600, 86_400
STEP = 100
"""Seconds between scrapes and evaluations; three to each piece of five minutes."""


def looking_at(*seconds: int, severity: Severity = "page") -> Alerting:
    """Alerts over these long windows, and the short ones that go with them; bad events of all of them are recorded."""
    policies = tuple(BurnPolicy(severity, Fraction(1, 100), one, short_of(one)) for one in seconds)
    return Alerting(page=Notice(burn=policies), ticket=Notice(burn=()), weigh="traffic")


def named(slo: Slo, **labels: str) -> dict[str, str]:
    """Labels of a recorded series of *slo*."""
    return {"slo": slo.slo_id, "slo_service": slo.service, **labels}


LENGTHS = tuple(seconds * MINUTE for seconds in (65, 135, 220, 330, 460, 30 * 60))
"""Made of hours and pieces, of six hours and pieces, of a day and six hours."""

BURST = 20 * MINUTE
UNTIL = 32 * HOUR


def test_a_window_holds_its_own_events_and_no_others(try_rules: Try) -> None:
    """Bursts that ended well within each window, and others that ended well before it, each thrice as large as all nearer ones."""
    ages = sorted(age for seconds in LENGTHS for age in (seconds - 10 * MINUTE, seconds + 30 * MINUTE))
    size = {age: 1_000 * 3**place for place, age in enumerate(ages)}
    phases = []
    at = 0
    for age in reversed(ages):
        phases += [((UNTIL - age - at) // STEP, 0.0), (BURST // STEP, size[age] * STEP / BURST)]
        at = UNTIL - age + BURST
    given = {GOOD: counter((UNTIL // STEP, 50)), BAD: counter(*phases, ((UNTIL - at) // STEP + 1, 0))}
    slo = make_slo(alerting=looking_at(*LENGTHS), days=90)

    checks: list[tuple[str, int, list[Sample]]] = []
    for seconds in LENGTHS:
        expected = sum(size[age] for age in ages if age <= seconds)
        share = f"slo:sli_bad:increase{format_seconds(seconds)} / {expected}"
        checks.append((f"({share} > 0.9 < 1.1) ^ 0", UNTIL, [(named(slo), 1)]))

    try_rules(slo, given, step_seconds=STEP).expect(*checks)


@pytest.mark.parametrize(("ratio", "fires"), [(0.0099, False), (0.0101, True)])
def test_alerts_of_ones_own_fire_at_their_factor(try_rules: Try, *, ratio: float, fires: bool) -> None:
    """1 % of 30 days' budget in 45 minutes is a factor of 9.6; of 90 minutes, 4.8: errors of a steady 1 % pass 10, and 5."""
    pairs = (
        BurnPolicy("page", Fraction(10, 960), 45 * MINUTE, 10 * MINUTE),
        BurnPolicy("page", Fraction(20, 480), 3 * HOUR, 15 * MINUTE),
    )
    slo = make_slo(alerting=Alerting(page=Notice(burn=pairs), ticket=Notice(burn=())))
    given = {
        GOOD: counter((4 * HOUR // STEP, 100_000 * (1 - ratio))),
        BAD: counter((4 * HOUR // STEP, 100_000 * ratio)),
    }

    trial = try_rules(slo, given, step_seconds=STEP)

    trial.expect_firing((4 * HOUR - STEP, ["3h", "45m"] if fires else []))


def test_a_composite_has_windows_of_its_own(promtool: Path, tmp_path: Path) -> None:
    """Its parts record what it looks at, however deep they are, though nobody asks for it there."""
    silent = Alerting(page=Notice(enabled=False), ticket=Notice(enabled=False))
    part = make_slo(alerting=silent)
    middle = make_slo(service="middle", name="journey", sli=CompositeSli((Part(part.slo_id),)), alerting=silent)
    pairs = (BurnPolicy("page", Fraction(1, 100), 45 * MINUTE, 10 * MINUTE),)
    whole = make_slo(
        service="whole",
        name="journey",
        sli=CompositeSli((Part(middle.slo_id),)),
        alerting=Alerting(page=Notice(burn=pairs), ticket=Notice(burn=())),
    )
    given = {GOOD: counter((2 * HOUR // STEP, 900)), BAD: counter((2 * HOUR // STEP, 100))}

    trial = Trial(promtool, tmp_path, [part, middle, whole], given, step_seconds=STEP)

    trial.expect_firing((2 * HOUR - STEP, ["45m"]))
