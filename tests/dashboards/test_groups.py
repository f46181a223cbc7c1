"""Panels of an SLO whose groups have series of their own."""

from dataclasses import replace

from dashboards.queries import asking, queries
from support.servers import StartPrometheus
from support.slos import BAD_EVENTS, make_slo
from tallystick.generate.mixin import evaluate
from tallystick.generate.resolved import resolve

AT = 1_767_225_600
GROUPS = {"eu": (40, 1), "us": (2, 2)}
"""Events a second of each region, and the bad ones among them."""


def test_events_are_those_of_all_groups(start_prometheus: StartPrometheus) -> None:
    """Events of all regions are added, good ones and bad ones, and a copy by another Prometheus is not."""
    slos = resolve([make_slo(sli=replace(BAD_EVENTS, by=("region",))), make_slo(name="plain")])
    dashboard = evaluate("dashboards", slos, {})["tallystick-slo.json"]
    history = ""
    for position, metric in enumerate(("slo:sli_total:rate5m", "slo:sli_bad:rate5m")):
        history += f"# TYPE {metric} gauge\n" + "".join(
            f'{metric}{{slo="checkout-availability",region="{region}",replica="{replica}"}} {values[position]} {AT}\n'
            for region, values in GROUPS.items()
            for replica in "ab"
        )
    ask = asking(start_prometheus(history=history).url)

    shown = {
        query.where: [float(found["value"][1]) for found in ask(query.expr, AT)]
        for query in queries(dashboard, {"slo": "checkout-availability"})
        if query.where.startswith(("Events", "Bad events"))
    }

    assert sorted(value for values in shown.values() for value in values) == [3, 3, 39], shown
