"""An SLO of each kind of indicator, in each of its forms that makes rules of its own."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from support.slos import BAD_EVENTS, GOOD_EVENTS, LATENCY, PROBE, make_slo, selector
from tallystick.core.sli import (
    CompositeSli,
    EventsSli,
    LatencySli,
    Part,
    QuerySli,
    RatioSli,
    Sli,
    Sum,
    Term,
    ThresholdSli,
)
from tallystick.core.slo import Budgeting, Slo
from tallystick.core.window import CalendarWindow

READS = selector("reads_total", job="store")
WRITES = selector("writes_total", job="store")
PROBES = selector("reads_total", job="store", path="/probe")

SUMS = EventsSli(
    total=Sum((Term(1, READS), Term(1, WRITES), Term(-1, PROBES))),
    bad=Sum(
        (
            Term(1, selector("read_errors_total", job="store")),
            Term(1, selector("write_errors_total", job="store")),
        )
    ),
)
COUNTS = QuerySli(
    total='sum(increase(http_requests_total{job="checkout"}[$window]))',
    bad='sum(increase(http_requests_total{job="checkout",code=~"5.."}[$window]))  # what went wrong',
)
THRESHOLD = ThresholdSli("queue_age_seconds", "lte", Decimal(30))
RATIO = RatioSli(
    "sum(rate(errors_total[$window])) / sum(rate(requests_total[$window]))",
    "error",
    "sum(increase(requests_total[$window]))",
)
PARTS = (Part("checkout-availability", Decimal(3)), Part("checkout-latency"))

SLIS: Mapping[str, Sli] = {
    "events-bad": BAD_EVENTS,
    "events-good": GOOD_EVENTS,
    "events-by": replace(BAD_EVENTS, by=("region",)),
    "events-sums": SUMS,
    "events-sums-good": EventsSli(total=SUMS.total, good=Sum((Term(-1, WRITES),)), by=("region", "zone")),
    "query": COUNTS,
    "query-rate-by": QuerySli(
        total="sum by (region) (rate(requests_total[$window]))",
        good="sum by (region) (rate(successes_total[$window]))",
        by=("region",),
    ),
    "latency": LATENCY,
    "latency-own-total-by": LatencySli(LATENCY.histogram, Decimal(1), selector("requests_total"), ("region",)),
    "up": PROBE,
    "up-by": replace(PROBE, by=("instance",)),
    "threshold": THRESHOLD,
    "threshold-slow": ThresholdSli("scalar(free_bytes) / 2", "gt", Decimal("-0.5"), 900),
    "ratio": RATIO,
    "ratio-time": RatioSli("avg_over_time(share[$window])", "success"),
    "composite-weighted": CompositeSli(PARTS),
    "composite-weighted-bad": CompositeSli(PARTS, "weighted", "bad"),
    "composite-serial": CompositeSli(PARTS, "serial"),
    "composite-worst-bad": CompositeSli(PARTS, "worst", "bad"),
}


def slos_of_all_kinds() -> list[Slo]:
    """One SLO for each of `SLIS`, its service named so; the first one is over calendar windows, of slices of time."""
    found = [make_slo(service=name, name="kept", sli=sli) for name, sli in SLIS.items()]
    slices = Budgeting(method="timeslices", slice_seconds=300, slice_target=Decimal("0.99"))
    month = CalendarWindow("month", "Europe/Berlin")
    return [replace(found[0], windows=(month,), budgeting=slices), *found[1:]]
