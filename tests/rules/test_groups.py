"""SLOs with groups: one rule, many alerts. Tried by both promtools."""

from dataclasses import replace
from decimal import Decimal

import pytest

from rules.samples import BAD, HOUR, RATIO, TOTAL, among, is_about, labels
from support.promtool import Try
from support.slos import BAD_EVENTS, counter, gone, make_slo, selector
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.sli import EventsSli, LatencySli, QuerySli, Sli, Sum, Term, UpSli

EU, US = (("region", "eu"),), (("region", "us"),)
BY_REGION = replace(BAD_EVENTS, by=("region",))
FIRING = 'count by (region, long_window) (ALERTS{alertname="SLOBurnRate",alertstate="firing"})'
PAGED = [{"long_window": window, "region": "us"} for window in ("1d", "1h", "3d", "6h")]


def requests(region: str, code: str = "200") -> str:
    """The counter of one region's requests with one code."""
    return f'http_requests_total{{job="checkout",code="{code}",region="{region}"}}'


def traffic(good: float = 54, bad: float = 6, steps: int = 120) -> dict[str, str]:
    """A minute's requests: none of them fail in the EU, and in the US as many as *bad*."""
    return {
        requests("eu"): counter((steps, 60)),
        requests("us"): counter((steps, good)),
        requests("us", "500"): counter((steps, bad)),
    }


def test_every_group_has_its_own_series(try_rules: Try) -> None:
    """The pair and each window are recorded by region; a group without errors has 0."""
    trial = try_rules(make_slo(sli=BY_REGION), traffic())

    trial.expect(among(TOTAL, HOUR, {EU: 1, US: 1}), among(BAD, HOUR, {EU: 0, US: 0.1}))
    windows = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
    trial.expect(*(among(f"slo:sli_error:ratio_rate{window}", HOUR, {EU: 0, US: 0.1}) for window in windows))


@pytest.mark.parametrize(
    ("sli", "given"),
    [
        (
            LatencySli(selector("took_seconds", job="checkout"), Decimal(1), by=("region",)),
            {
                'took_seconds_count{job="checkout",region="eu"}': counter((60, 60)),
                'took_seconds_bucket{job="checkout",region="eu",le="1"}': counter((60, 60)),
                'took_seconds_count{job="checkout",region="us"}': counter((60, 60)),
                'took_seconds_bucket{job="checkout",region="us",le="1.0"}': counter((60, 54)),
            },
        ),
        (
            UpSli(selector("probe_success"), by=("region",)),
            {'probe_success{region="eu"}': "1x60", 'probe_success{region="us"}': "0.9x60"},
        ),
        (
            QuerySli("increase(all_total[$window])", bad="increase(bad_total[$window])", by=("region",)),
            {
                'all_total{region="eu",pod="a"}': counter((60, 60)),
                'all_total{region="us",pod="a"}': counter((60, 40)),
                'all_total{region="us",pod="b"}': counter((60, 20)),
                'bad_total{region="us",pod="b"}': counter((60, 6)),
            },
        ),
    ],
    ids=["latency", "up", "query"],
)
def test_every_kind_can_have_groups(try_rules: Try, sli: Sli, given: dict[str, str]) -> None:
    """One event a second in each region, a tenth of them bad in one: as for counters."""
    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(among(TOTAL, HOUR, {EU: 1, US: 1}), among(RATIO, HOUR, {EU: 0, US: 0.1}))


def test_a_bound_that_changes_its_spelling_concerns_its_own_group(try_rules: Try) -> None:
    """While one region's buckets show both spellings it has no sample; the other region goes on."""
    given = {
        'took_seconds_count{region="eu"}': counter((130, 60)),
        'took_seconds_bucket{region="eu",le="1"}': counter((130, 60)),
        'took_seconds_count{region="us"}': counter((130, 60)),
        'took_seconds_bucket{region="us",le="1"}': counter((60, 60)),
        'took_seconds_bucket{region="us",le="1.0"}': f"_x60 {counter((69, 60), start=61 * 60)}",
    }
    sli = LatencySli(selector("took_seconds"), Decimal(1), by=("region",))

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(among(RATIO, HOUR + 120, {EU: 0}), among(RATIO, HOUR + 900, {EU: 0, US: 0}))


def test_only_the_group_that_fails_alerts(try_rules: Try) -> None:
    """A tenth of the requests in the US fail: it is paged with the region's name, and the EU is quiet."""
    trial = try_rules(make_slo(sli=BY_REGION), traffic())

    trial.expect((FIRING, 2 * HOUR, [(group, 1) for group in PAGED]))


def test_few_events_are_counted_by_group(try_rules: Try) -> None:
    """The US has 30 requests an hour and one error: no page, though both regions together have enough events."""
    given = {
        requests("eu"): counter((120, 60)),
        requests("us"): counter((120, 0.5)),
        requests("us", "500"): counter((HOUR // 60, 0), (1, 1), (59, 0)),
    }
    at = HOUR + 4 * 60

    trial = try_rules(make_slo(sli=BY_REGION), given)

    trial.expect(
        ('count(slo:sli_error:ratio_rate1h{region="us"} > 0.0144)', at, [({}, 1)]),
        ("slo:sli_error:ratio_rate1h > 0.0144 and slo:sli_total:increase1h >= 70", at, []),
        (FIRING, at, []),
    )


def test_a_group_that_appears_is_watched_from_then_on(try_rules: Try) -> None:
    """A new region needs no new rules: its outage pages."""
    given = {requests("eu"): counter((120, 60)), requests("us", "500"): f"_x60 {counter((59, 60))}"}

    trial = try_rules(make_slo(sli=BY_REGION), given)

    trial.expect(among(RATIO, HOUR, {EU: 0}), (FIRING, HOUR, []))
    trial.expect((FIRING, HOUR + 1_800, [(group, 1) for group in PAGED]))


def test_a_group_that_vanishes_pages_nobody(try_rules: Try) -> None:
    """A region was closed: its series end, its alerts end with them, and no signal is missing."""
    given = {requests("eu"): counter((240, 60)), requests("us", "500"): f"{counter((60, 60))} {gone(180)}"}

    trial = try_rules(make_slo(sli=BY_REGION), given)

    trial.expect(among(RATIO, HOUR + 600, {EU: 0}), is_about(TOTAL, HOUR + 600, 1, region="eu"))
    trial.expect_signal_missing(*((HOUR + 600 * step, []) for step in range(18)))
    pages = 'ALERTS{alertname="SLOBurnRate",alertstate="firing",severity="page",long_window="1h"}'
    trial.expect((pages, HOUR + 600, []))


def test_a_signal_without_any_group_is_missing_once(try_rules: Try) -> None:
    """All regions are gone: one alert says so, not one for each."""
    given = {
        requests("eu"): f"{counter((60, 60))} {gone(60)}",
        requests("us"): f"{counter((60, 60))} {gone(60)}",
        'up{job="checkout"}': "1x60 0x60",
    }

    trial = try_rules(make_slo(sli=BY_REGION), given)

    trial.expect_signal_missing((HOUR, []), (HOUR + 15 * 60, [("down", "page")]))


def test_a_label_of_the_definition_does_not_hide_a_group(try_rules: Try) -> None:
    """Alerts of several groups stay apart even where the definition sets a label of the same name."""
    slo = make_slo(sli=BY_REGION, team="payments", labels={"region": "everywhere"})
    given = traffic() | {requests("eu", "500"): counter((120, 60))}

    trial = try_rules(slo, given)

    pages = 'count by (region, team) (ALERTS{alertstate="firing",long_window="1h"})'
    trial.expect((pages, 2 * HOUR, [({"region": region, "team": "payments"}, 1) for region in ("eu", "us")]))


def test_a_page_says_the_numbers_of_its_own_group(try_rules: Try) -> None:
    """Ratios and events in the text are those of the alert's group, whatever is in its name."""
    slo = make_slo(
        sli=replace(BAD_EVENTS, by=("customer", "zone")),
        alerting=Alerting(ticket=Notice(enabled=False), min_events=0),
    )
    name = 'a"b\\\\{{%s'
    matchers = f'job="checkout",customer="{name.replace(chr(34), chr(92) + chr(34))}"'
    given = {
        f'http_requests_total{{{matchers},code="200"}}': counter((60, 5_700)),
        f'http_requests_total{{{matchers},code="500"}}': counter((60, 300)),
        'http_requests_total{job="checkout",customer="other",zone="z",code="200"}': counter((60, 60)),
    }

    trial = try_rules(slo, given)

    shown = 'a"b\\{{%s'
    trial.expect_alert(HOUR, "SLOBurnRate", [
        {
            "exp_labels": labels(customer=shown, severity="page", long_window=long, short_window=short),
            "exp_annotations": {
                "summary": f"checkout-availability (customer={shown}, zone=) burns its error budget 50 times too fast (last {long})",
                "description": f"5% of the events of the last {long} were bad (about 18k of 360k); the objective of 99.9% allows "
                f"0.1%. Errors went on in the last {short}.\n"
                f"Above {factor} times, {share}% of the budget of 30d is gone within {long}. "
                "At the present pace a whole budget lasts 14h 24m 0s.",
            },
        }
        for long, short, factor, share in (("1h", "5m", "14.4", "2"), ("6h", "30m", "6", "5"))
    ])  # fmt: skip


def test_sums_have_groups_too(try_rules: Try) -> None:
    """A term that one region lacks counts nothing there, and stays what it is in the other."""
    sli = EventsSli(
        total=Sum((Term(1, selector("a_total")), Term(1, selector("b_total")))),
        bad=selector("c_total"),
        by=("region",),
    )
    given = {
        'a_total{region="eu"}': counter((60, 60)),
        'a_total{region="us"}': counter((60, 60)),
        'b_total{region="us"}': counter((60, 60)),
        'c_total{region="us"}': counter((60, 12)),
    }

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(among(TOTAL, HOUR, {EU: 1, US: 2}), among(BAD, HOUR, {EU: 0, US: 0.2}))
