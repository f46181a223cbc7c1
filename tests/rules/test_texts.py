"""What the alerts say, as a person gets it: labels and annotations with their templates filled in."""

from support.promtool import Try
from support.slos import counter, gone, make_slo, selector
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.sli import EventsSli

GOOD = 'http_requests_total{job="checkout",code="200"}'
BAD = 'http_requests_total{job="checkout",code="500"}'
LINKS = {
    "dashboardUrl": "https://grafana/d/tallystick-slo?var-slo={slo}",
    "runbookUrl": "https://wiki/{alert}#{service}",
    "statusUrl": "https://status/slo/{slo}",
}
IDENTITY = {"slo": "checkout-availability", "slo_service": "checkout"}


def test_a_page_says_what_burns_and_how_fast(try_rules: Try) -> None:
    """Burn rate, share and number of bad events, what the objective allows, time left, and where to look."""
    slo = make_slo(
        description="Requests are answered.",
        team="payments",
        labels={"env": "prod"},
        alerting=Alerting(ticket=Notice(enabled=False)),
    )
    given = {GOOD: counter((60, 5_700)), BAD: counter((60, 300))}

    trial = try_rules(slo, given, config=LINKS)

    common = {"team": "payments", "env": "prod", "severity": "page", **IDENTITY}
    links = {
        "dashboard_url": "https://grafana/d/tallystick-slo?var-slo=checkout-availability",
        "runbook_url": "https://wiki/SLOBurnRate#checkout",
        "status_url": "https://status/slo/checkout-availability",
    }
    pace = "At the present pace a whole budget lasts 14h 24m 0s."
    trial.expect_alert(3_600, "SLOBurnRate", [
        {
            "exp_labels": {**common, "long_window": "1h", "short_window": "5m"},
            "exp_annotations": {
                "summary": "checkout-availability burns its error budget 50 times too fast (last 1h)",
                "description": "Requests are answered.\n"
                "5% of the events of the last 1h were bad (about 18k of 360k); the objective of 99.9% allows 0.1%. "
                "Errors went on in the last 5m.\n"
                f"Above 14.4 times, 2% of the budget of 30d is gone within 1h. {pace}",
                **links,
            },
        },
        {
            "exp_labels": {**common, "long_window": "6h", "short_window": "30m"},
            "exp_annotations": {
                "summary": "checkout-availability burns its error budget 50 times too fast (last 6h)",
                "description": "Requests are answered.\n"
                "5% of the events of the last 6h were bad (about 18k of 360k); the objective of 99.9% allows 0.1%. "
                "Errors went on in the last 30m.\n"
                f"Above 6 times, 5% of the budget of 30d is gone within 6h. {pace}",
                **links,
            },
        },
    ])  # fmt: skip


def test_a_missing_signal_says_what_became_of_the_target(try_rules: Try) -> None:
    """The target's state is a label, to route by, and a sentence; the SLO's own runbook goes before the common one."""
    slo = make_slo(links={"runbook": "https://runbooks/checkout"})
    given = {GOOD: f"{counter((60, 600))} {gone(120)}", 'up{job="checkout"}': "1x60 0x120"}

    trial = try_rules(slo, given, config={**LINKS, "dashboardUrl": "", "statusUrl": ""})

    trial.expect_alert(5_400, "SLOSignalMissing", [{
        "exp_labels": {"severity": "page", "target": "down", **IDENTITY},
        "exp_annotations": {
            "summary": "checkout-availability has no data (target: down)",
            "description": "The events of checkout-availability were counted within the last day and no longer are. "
            "The target is down: Prometheus can't scrape any instance of it. Until they are back, nothing tells whether "
            "the objective is kept, and no burn-rate alert of it can fire.",
            "runbook_url": "https://runbooks/checkout",
        },
    }])  # fmt: skip


def test_hostile_text_is_shown_as_it_was_written(try_rules: Try) -> None:
    """Names, labels, descriptions, links and matchers full of special characters load, fire, and print themselves."""
    nasty = """{{ end }} }} ' " \\ %(x)s ${x} `b` # : - é 漢 {"""
    slo = make_slo(
        service='a"b\\{{',
        name="x}}",
        description=nasty,
        team="{{",
        sli=EventsSli(
            total=selector("requests_total", path='"}{{é'), bad=selector("requests_total", path='"}{{é', code="5")
        ),
        links={"runbook": "https://r/{{x}}"},
        alerting=Alerting(
            page=Notice(labels={"note": nasty}, annotations={"text": nasty, "more": "{{ $labels.slo }} {{"}),
            ticket=Notice(enabled=False),
        ),
    )
    given = {'requests_total{path="\\"}{{é",code="5"}': counter((10, 600))}

    trial = try_rules(slo, given)

    common = {"slo": 'a"b\\{{-x}}', "slo_service": 'a"b\\{{', "team": "{{", "severity": "page", "note": nasty}
    trial.expect_alert(600, "SLOBurnRate", [
        {
            "exp_labels": {**common, "long_window": long, "short_window": short},
            "exp_annotations": {
                "summary": f'a"b\\{{{{-x}}}} burns its error budget 1k times too fast (last {long})',
                "description": f"{nasty}\n100% of the events of the last {long} were bad (about {events} of {events}); "
                f"the objective of 99.9% allows 0.1%. Errors went on in the last {short}.\n"
                f"Above {factor} times, {share}% of the budget of 30d is gone within {long}. "
                "At the present pace a whole budget lasts 43m 12s.",
                "runbook_url": "https://r/{{x}}",
                "text": nasty,
                "more": 'a"b\\{{-x}} {{',
            },
        }
        for long, short, factor, share, events in (("1h", "5m", "14.4", "2", "6k"), ("6h", "30m", "6", "5", "6k"))
    ])  # fmt: skip
