"""
Numbers that others have published about burn-rate alerts, tried by both promtools.

Sources: Site Reliability Workbook, ch. 5 (tables 5-6 and 5-8, figure 5-6); Datadog's and OpenObserve's tables of windows; New
Relic's factor for four weeks.
"""

from fractions import Fraction
from pathlib import Path

import pytest

from rules.samples import HOUR
from support.promtool import Try
from support.slos import AT, counter, make_slo
from tallystick.core.alerting import Alerting, BurnPolicy, Notice, Severity, short_of
from tallystick.core.burn import burn_alerts
from tallystick.definition.load import load_paths
from tallystick.generate.resolved import resolve_one

GOOD = 'http_requests_total{job="checkout",code="200"}'
BAD = 'http_requests_total{job="checkout",code="500"}'
DAY = 24 * HOUR
PER_SECOND = 100

PENDING_OR_FIRING = 'count by (long_window) (ALERTS{alertname="SLOBurnRate"})'


def traffic(*phases: tuple[int, float], step: int) -> dict[str, str]:
    """Requests in *phases* of (seconds, error ratio)."""
    return {
        GOOD: counter(*((seconds // step, PER_SECOND * step * (1 - ratio)) for seconds, ratio in phases)),
        BAD: counter(*((seconds // step, PER_SECOND * step * ratio) for seconds, ratio in phases)),
    }


def stating(days: int, *pairs: tuple[str, int, Severity]) -> Alerting:
    """Alerts for shares (in percent) that are gone in so many hours."""

    def of(severity: Severity) -> tuple[BurnPolicy, ...]:
        return tuple(
            BurnPolicy(severity, Fraction(share) / 100, hours * HOUR, short_of(hours * HOUR))
            for share, hours, wanted in pairs
            if wanted == severity
        )

    assert days
    return Alerting(page=Notice(burn=of("page"), for_seconds=0), ticket=Notice(burn=of("ticket"), for_seconds=0))


@pytest.mark.parametrize(
    ("window", "history", "step", "before", "after"),
    [("1h", HOUR, 4, 48, 52), ("6h", 6 * HOUR, 15, 120, 135), ("3d", 3 * DAY, 60, 240, 300)],
)
def test_a_total_outage_at_three_nines_of_thirty_days(
    *, try_rules: Try, window: str, history: int, step: int, before: int, after: int
) -> None:
    """The thresholds are crossed after 0.864, 2.16 and 4.32 minutes: 51.84, 129.6 and 259.2 seconds."""
    start = history + 600 // step * step
    given = traffic((start, 0), (600, 1), step=step)

    trial = try_rules(make_slo(), given, step_seconds=step)

    pending = f'count(ALERTS{{alertname="SLOBurnRate",long_window="{window}"}})'
    trial.expect((pending, start + before, []), (pending, start + after, [({}, 1)]))


def test_ten_minutes_of_fifteen_per_cent(try_rules: Try) -> None:
    """The hour's 1.44 % are reached after 5.76 minutes; five minutes after the errors end it is over."""
    start, step = 2 * HOUR, 30
    given = traffic((start, 0), (600, 0.15), (1_200, 0), step=step)

    trial = try_rules(make_slo(alerting=stating(30, ("2", 1, "page"))), given, step_seconds=step)

    end = start + 600
    trial.expect_firing((start + 330, []), (start + 360, ["1h"]), (end, ["1h"]), (end + 240, ["1h"]), (end + 330, []))


def test_what_can_not_be_at_nine_tenths_is_refused(tmp_path: Path) -> None:
    """Nothing burns faster than 10 at 90 %, and an hour of it is 1.39 % of 30 days: 2 % is refused, 1.38 % is not."""
    text = """\
apiVersion: tallystick/v1
service: easy
slos:
  - name: availability
    objective: 90%
    window: 30d
    sli: {events: {total: requests_total, bad: errors_total}}
    alerting: {page: {burn: [{budget: SHARE, in: 1h}]}}
"""
    (tmp_path / "a.yaml").write_text(text.replace("SHARE", "2%"))
    refused = load_paths([tmp_path])
    (tmp_path / "a.yaml").write_text(text.replace("SHARE", "1.38%"))
    taken = load_paths([tmp_path])

    assert [(problem.code, problem.severity) for problem in refused.problems] == [("burn", "error")]
    assert "a factor of 14.4, and nothing burns faster than 10" in refused.problems[0].message
    assert (refused.slos, taken.problems) == ((), ())
    (alert,) = [alert for alert in burn_alerts(taken.slos[0], 30 * DAY) if alert.policy.severity == "page"]
    assert alert.factor == Fraction("9.936")


def test_five_nines_of_thirty_days(try_rules: Try) -> None:
    """The budget is 25.92 seconds of total outage, which is what an alert in one says."""
    slo = make_slo(objective="0.99999")
    assert resolve_one(slo, AT)["windows"][0]["budget_seconds"] == "25.92"

    trial = try_rules(slo, traffic((HOUR, 1), step=60))

    trial.expect(("2592000 * slo:error_budget:ratio", HOUR, [({"slo": slo.slo_id, "slo_service": "checkout"}, 25.92)]))


TABLES = [
    (7, (("10", 1), ("20", 6), ("40", 24)), ("16.8", "5.6", "2.8")),
    (30, (("2", 1), ("5", 6), ("10", 24)), ("14.4", "6", "3")),
    (90, (("1", 1), ("3", 6), ("5", 24)), ("21.6", "10.8", "4.5")),
]


@pytest.mark.parametrize(("days", "pairs", "factors"), TABLES, ids=["7d", "30d", "90d"])
def test_shares_give_the_published_factors(
    *, try_rules: Try, days: int, pairs: tuple[tuple[str, int], ...], factors: tuple[str, ...]
) -> None:
    """Stated shares become these factors, and steady errors fire exactly the alerts whose factor they exceed."""
    alerting = stating(days, *((share, hours, "page") for share, hours in pairs))
    slo = make_slo(days=days, alerting=alerting)
    assert [burn["factor"] for burn in resolve_one(slo, AT)["burn"]] == list(factors)

    for factor in factors:
        for ratio in (0.995 * float(factor) / 1_000, 1.005 * float(factor) / 1_000):
            above = [hours for (_, hours), one in zip(pairs, factors, strict=True) if float(one) / 1_000 < ratio]
            given = traffic((2 * HOUR, ratio), step=120)
            windows = [{1: "1h", 6: "6h", 24: "1d"}[hours] for hours in above]
            try_rules(slo, given, step_seconds=120).expect_firing((2 * HOUR, sorted(windows)))


def test_two_per_cent_in_an_hour_of_four_weeks(try_rules: Try) -> None:
    """The factor is 13.44: 1.343 % of errors are under it, 1.345 % are over it."""
    slo = make_slo(days=28, alerting=stating(28, ("2", 1, "page")))
    assert [burn["factor"] for burn in resolve_one(slo, AT)["burn"]] == ["13.44"]

    try_rules(slo, traffic((2 * HOUR, 0.01343), step=60)).expect_firing((2 * HOUR, []))
    try_rules(slo, traffic((2 * HOUR, 0.01345), step=60)).expect_firing((2 * HOUR, ["1h"]))
