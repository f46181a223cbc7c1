"""The base pair of each kind of SLI, tried by both promtools."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from support.promtool import Sample, Trial, Try
from support.slos import LATENCY, PROBE, counter, gone, make_slo, selector
from tallystick.core.alerting import Alerting, BurnPolicy, Notice
from tallystick.core.sli import EventsSli, LatencySli, UpSli

RATIO = "slo:sli_error:ratio_rate5m"
HOUR = 3_600


def ratio(value: float) -> list[Sample]:
    """The one sample of an error ratio, as `rounded` gives it."""
    return [({"slo": "checkout-availability", "slo_service": "checkout"}, round(value * 1e6))]


def rounded(query: str) -> str:
    """*query* in whole millionths: the last bits of a division are not what is tested."""
    return f"round(1e6 * {query})"


def bucket(le: str, instance: str = "a") -> str:
    """A bucket of the histogram, of one instance."""
    return f'http_request_duration_seconds_bucket{{job="checkout",instance="{instance}",le="{le}"}}'


def count(instance: str = "a") -> str:
    """The histogram's count, of one instance."""
    return f'http_request_duration_seconds_count{{job="checkout",instance="{instance}"}}'


def test_latency_counts_what_is_over_the_threshold_as_bad(try_rules: Try) -> None:
    """Of 100 requests a minute 80 are within 300 ms: 20 % are bad, whatever the other buckets say."""
    given = {
        count(): counter((60, 100)),
        bucket("0.1"): counter((60, 50)),
        bucket("0.3"): counter((60, 80)),
        bucket("+Inf"): counter((60, 100)),
    }

    trial = try_rules(make_slo(sli=LATENCY), given)

    trial.expect((rounded(RATIO), HOUR, ratio(0.2)))


def test_a_bound_is_found_in_either_spelling(try_rules: Try) -> None:
    """One instance writes le="1", another le="1.0", as clients and versions of Prometheus do: both count, once."""
    given = {
        count("go"): counter((60, 100)),
        bucket("1", "go"): counter((60, 90)),
        count("python"): counter((60, 300)),
        bucket("1.0", "python"): counter((60, 290)),
    }

    trial = try_rules(make_slo(sli=LatencySli(LATENCY.histogram, Decimal(1))), given)

    trial.expect((rounded(RATIO), HOUR, ratio(0.05)))


def test_a_bound_that_changes_its_spelling_pages_nobody(try_rules: Try) -> None:
    """
    Prometheus 2 becomes 3 after 2 minutes of standstill: what the new spelling missed is unknown, not bad.

    Without the rule's guard a fifth of that window's requests would look bad, which is 200 times the budget.
    """
    given = {
        count(): f"{counter((120, 600))} _ _ {counter((60, 600), start=600 * 123)}",
        bucket("1"): counter((120, 600)),
        bucket("1.0"): f"_x121 _ _ {counter((60, 600), start=600 * 123)}",
    }
    switch = 2 * HOUR + 3 * 60

    trial = try_rules(make_slo(sli=LatencySli(LATENCY.histogram, Decimal(1))), given)

    trial.expect(
        *((f"{RATIO} > 0", switch + 60 * minute, []) for minute in range(15)),
        ("slo:sli_total:rate5m", switch + 60, []),
        ("slo:sli_bad:rate5m", switch + 60, []),
        (rounded(RATIO), switch + 10 * 60, ratio(0)),
    )
    trial.expect_firing(*((switch + 60 * minute, []) for minute in range(15)))


def test_up_counts_seconds(try_rules: Try) -> None:
    """Two probes, one of them down in one minute of the last five: 60 of 600 seconds are bad."""
    sli = UpSli(selector("probe_success", job="probe"))
    given = {
        'probe_success{job="probe",instance="a"}': "1x59 0 1x4",
        'probe_success{job="probe",instance="b"}': "1x64",
    }

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(
        ("slo:sli_total:rate5m", HOUR + 120, [({"__name__": "slo:sli_total:rate5m", **ratio(0)[0][0]}, 2)]),
        (f"count({RATIO} > 0.08 < 0.101)", HOUR + 180, [({}, 1)]),  # 2.x sees 6 samples where scrapes are so regular
    )


def test_up_ignores_what_is_no_number(try_rules: Try) -> None:
    """A gauge that is NaN says nothing, and does not make the others' ratio NaN."""
    given = {
        'probe_success{job="probe",instance="shop",path="a"}': " ".join(["NaN"] * 61),
        'probe_success{job="probe",instance="shop",path="b"}': "1x60",
    }

    trial = try_rules(make_slo(sli=PROBE), given)

    trial.expect((rounded(RATIO), HOUR, ratio(0)), ("count(slo:sli_total:rate5m == 1)", HOUR, [({}, 1)]))


@pytest.mark.parametrize("value", ["NaN", "Inf"])
def test_a_counter_that_is_no_number_gives_no_sample(try_rules: Try, value: str) -> None:
    """A broken counter makes the SLI unknown: there is no pair, rather than one that no comparison matches."""
    given = {'http_requests_total{job="checkout",code="200"}': f"0+9x55{f' {value}' * 10}"}

    trial = try_rules(make_slo(), given)

    trial.expect(('{__name__=~"slo:sli_.*5m"}', HOUR + 120, []))


def test_a_bad_counter_that_is_no_number_gives_no_sample(try_rules: Try) -> None:
    """Errors that can't be read are not zero errors: bad is unknown, though the total is not."""
    given = {
        'http_requests_total{job="checkout",code="200"}': "0+9x65",
        'errors_total{job="checkout"}': "0+1x55" + " NaN" * 10,
    }
    sli = EventsSli(total=selector("http_requests_total", job="checkout"), bad=selector("errors_total", job="checkout"))

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(("slo:sli_bad:rate5m", HOUR + 120, []), (RATIO, HOUR + 120, []))


def test_more_good_than_total_is_no_negative_error(try_rules: Try) -> None:
    """Two counters read at different moments may cross by a little; bad is 0 then, not below."""
    given = {
        'requests_total{job="checkout"}': counter((60, 100)),
        'successes_total{job="checkout"}': counter((60, 101)),
    }
    sli = EventsSli(total=selector("requests_total", job="checkout"), good=selector("successes_total", job="checkout"))

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect((rounded(RATIO), HOUR, ratio(0)))


def test_pods_that_come_and_go_do_not_change_the_ratio(try_rules: Try) -> None:
    """Five per cent of errors stay so when a pod goes and another comes, with counters that begin again."""
    given = {}
    for code, per_minute in (("200", 95), ("500", 5)):
        given[f'http_requests_total{{job="checkout",code="{code}",pod="a"}}'] = (
            counter((60, per_minute)) + " " + gone(60)
        )
        given[f'http_requests_total{{job="checkout",code="{code}",pod="b"}}'] = "_x60 " + counter((60, per_minute))

    trial = try_rules(make_slo(), given)

    trial.expect(*((rounded(RATIO), HOUR + 60 * minute, ratio(0.05)) for minute in range(30)))


def test_every_window_has_the_name_sloth_gave_it(try_rules: Try) -> None:
    """Dashboards and alerts that people built on Sloth's series find them under the same names."""
    given = {
        'http_requests_total{job="checkout",code="200"}': counter((60, 95)),
        'http_requests_total{job="checkout",code="500"}': counter((60, 5)),
    }
    names = [f"slo:sli_error:ratio_rate{window}" for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d")]

    trial = try_rules(make_slo(team="payments", tier="1"), given)

    trial.expect(*((rounded(name), HOUR, ratio(0.05)) for name in names))
    labels = ratio(0)[0][0]
    trial.expect(
        ("slo:objective:ratio", HOUR, [({"__name__": "slo:objective:ratio", **labels}, 0.999)]),
        ("slo:error_budget:ratio", HOUR, [({"__name__": "slo:error_budget:ratio", **labels}, 0.001)]),
        ("slo:time_period:days", HOUR, [({"__name__": "slo:time_period:days", **labels}, 30)]),
        (rounded("slo:current_burn_rate:ratio"), HOUR, ratio(50)),
        (
            "slo:info",
            HOUR,
            [
                (
                    {
                        "__name__": "slo:info",
                        **labels,
                        "slo_team": "payments",
                        "slo_tier": "1",
                        "slo_kind": "events",
                        "slo_revision": "0123456789ab",
                        "slo_window": "30d",
                    },
                    1,
                )
            ],
        ),
    )


def test_the_factor_of_each_alert_is_recorded(promtool: Path, tmp_path: Path) -> None:
    """Dashboards draw the thresholds of the SLO's own alerts, whatever their windows; one that has no alerts has none."""
    own = Alerting(
        page=Notice(burn=(BurnPolicy("page", Fraction(1, 2), 4 * HOUR, 1_200),), labels={"severity": "critical"}),
        ticket=Notice(enabled=False),
    )
    none = Alerting(page=Notice(enabled=False), ticket=Notice(enabled=False))
    slos = [make_slo(days=28), make_slo(name="own", days=7, alerting=own), make_slo(name="none", alerting=none)]

    trial = Trial(promtool, tmp_path, slos, {})

    expected = {
        ("checkout-availability", "page", "1h", "5m"): 13.44,
        ("checkout-availability", "page", "6h", "30m"): 5.6,
        ("checkout-availability", "ticket", "1d", "2h"): 2.8,
        ("checkout-availability", "ticket", "3d", "6h"): 1,
        ("checkout-own", "page", "4h", "20m"): 21,
    }
    names = ("slo", "severity", "long_window", "short_window")
    samples = [
        (
            {"__name__": "slo:burn_alert:factor", "slo_service": "checkout", **dict(zip(names, values, strict=True))},
            factor,
        )
        for values, factor in expected.items()
    ]
    trial.expect(("slo:burn_alert:factor", HOUR, samples))


def test_a_window_counts_events(try_rules: Try) -> None:
    """The events of an hour are as many as came, also where the service was there for only a part of it."""
    given = {'http_requests_total{job="checkout",code="200"}': "_x179 " + counter((20, 60))}

    trial = try_rules(make_slo(), given)

    within = "count(slo:sli_total:increase1h > 1199 < 1261)"
    trial.expect((within, 3 * HOUR + 20 * 60, [({}, 1)]))
