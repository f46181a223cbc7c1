"""Which SLOs mind how often there is a scrape, and which windows how often there is an evaluation."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from support.slos import BAD_EVENTS, LATENCY, PROBE, selector
from tallystick.core.selector import Selector
from tallystick.core.sli import CompositeSli, EventsSli, Part, QuerySli, RatioSli, Sli, Sum, Term, ThresholdSli
from tallystick.definition.checks.interval import FAST_SECONDS, SLOW_MS, Pace, Told, find
from tallystick.definition.load import load_paths
from tallystick.definition.scraped import rated, scraped

DEFINITION = """\
apiVersion: tallystick/v1
service: checkout
slos:
  - name: availability
    objective: 99.9%
    window: 30d
    sli:
      events: {total: a_total, bad: b_total}
"""
WRITTEN = """\
    alerting:
      page: {burn: [{budget: 1%, in: 2h, short: 20m}, {budget: 2%, in: 4h, short: 2h}]}
      ticket: {burn: []}
"""


def messages(folder: Path, text: str, pace: Pace) -> list[str]:
    """What is said of the one SLO of *text*."""
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    loaded = load_paths([folder])
    assert loaded.problems == ()
    (slo,) = loaded.slos
    return [one.message for one in find(slo, loaded.entries[slo.slo_id], pace)]


@pytest.mark.parametrize(
    ("sli", "rates", "scrapes"),
    [
        (BAD_EVENTS, ["http_requests_total"], 1),
        (EventsSli(Sum((Term(1, selector("a")), Term(-1, selector("b")))), bad=selector("c")), ["a", "b"], 2),
        (LATENCY, ["http_request_duration_seconds_count"], 1),
        (replace(LATENCY, own_total=selector("own")), ["own"], 1),
        (PROBE, [], 1),
        (QuerySli("max(rate(a[$window])) - rate(b[5m]) + c", bad="d"), ["a"], 1),
        (QuerySli("sum_over_time(job:a:rate1m[$window])", bad="d"), [], 0),
        (RatioSli("max(rate(a[$window])) / min(rate(a[$window]))", "error"), ["a"], 1),
        (ThresholdSli("rate(a[5m])", "lt", Decimal(1)), [], 0),
        (CompositeSli((Part("a-b"),)), [], 0),
    ],
)
def test_what_comes_from_scrapes(sli: Sli, rates: list[str], scrapes: int) -> None:
    """Counters of rates over the window; gauges need no two; what rules record is no scrape."""
    found: tuple[Selector, ...] = rated(sli)

    assert [one.metric for one in found] == rates
    assert len(scraped(sli)) == scrapes


@pytest.mark.parametrize(
    ("pace", "said"),
    [
        (Pace(150_000, 150_000), []),
        (Pace(150_001, 60_000), ["scraped every 2m30s1ms"]),
        (Pace(None, 150_001), ["the 1h page's short window of 5m"]),
        (Pace(60_000, 300_000), ["the 1h page's short window of 5m"]),
        (Pace(60_000, 300_001), ["rules that are evaluated every 5m1ms"]),
        (Pace(600_000, 600_000), ["scraped every 10m", "rules that are evaluated every 10m"]),
        (Pace(60_000, 60_000, 3_600_000), []),
        (Pace(60_000, 60_000, 3_600_001), ["the 1d ticket's short window of 2h"]),
    ],
)
def test_default_windows(tmp_path: Path, pace: Pace, said: list[str]) -> None:
    """Two of each must fit, exactly; each cause is told once."""
    assert [one.startswith(words) for one, words in zip(messages(tmp_path, DEFINITION, pace), said, strict=True)] == [
        True
    ] * len(said)


def test_written_windows(tmp_path: Path) -> None:
    """A longer short window bears longer pauses; one of two hours is evaluated by the slow group."""
    assert messages(tmp_path, DEFINITION + WRITTEN, Pace(60_000, 280_000)) == []
    (told,) = messages(tmp_path, DEFINITION + WRITTEN, Pace(60_000, 60_000, 3_700_000))
    assert "4h page's short window of 2h" in told


def test_what_a_tier_says_is_told_of_the_slo(tmp_path: Path) -> None:
    """Pairs that stand in a tier, or at an anchor, are several SLOs': the problem is at the name of the one it is of."""
    tiers = "apiVersion: tallystick/v1\ntiers:\n  t1:\n" + WRITTEN
    (tmp_path / "tiers.yaml").write_text(tiers, encoding="utf-8")
    service = DEFINITION.replace("service: checkout", "service: checkout\ntier: t1")
    (tmp_path / "a.yaml").write_text(service, encoding="utf-8")
    loaded = load_paths([tmp_path])
    (slo,) = loaded.slos

    (problem,) = find(slo, loaded.entries[slo.slo_id], Pace(60_000, 60_000, 3_700_000))

    assert "4h page's short window of 2h" in problem.message
    assert (problem.file, problem.excerpt) == (f"{tmp_path}/a.yaml", "  - name: availability")


def test_slow_windows_are_evaluated_as_the_rules_say() -> None:
    """The interval of long windows that is reckoned with is the one in rules/config.libsonnet, and for those lengths."""
    rules = Path(__file__).parents[2] / "rules"

    assert f"slowInterval: '{SLOW_MS // 60_000}m'" in (rules / "config.libsonnet").read_text(encoding="utf-8")
    assert "std.parseInt(window.seconds) <= hour" in (rules / "burn.libsonnet").read_text(encoding="utf-8")
    assert FAST_SECONDS == 3_600


def test_what_is_not_told_is_a_minute() -> None:
    """Nothing told is nothing to check; of one that is told the other is Prometheus' default."""
    assert Told().pace is None
    assert Told(180_000).pace == Pace(180_000, 60_000)
    assert Told(None, 180_000).pace == Pace(60_000, 180_000)
