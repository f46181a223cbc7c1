"""Composites: as `tallystick.core.composite` defines them, over each window. Tried by both promtools."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from rules.samples import HOUR
from support.promtool import Sample, Trial
from support.slos import counter, gone, make_slo, selector
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.budget import compliance
from tallystick.core.composite import Component, Method, composite_observe
from tallystick.core.sli import CompositeSli, EventsSli, NoData, Part
from tallystick.core.slo import Slo
from tallystick.core.tally import UNOBSERVED, Observation, Tally
from tallystick.core.timerange import TimeRange

METHODS: tuple[Method, ...] = ("weighted", "serial", "worst")
NO_DATA: tuple[NoData, ...] = ("ignore", "good", "bad")
SILENT = Alerting(page=Notice(enabled=False), ticket=Notice(enabled=False))
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
RATIOS = tuple(f"slo:sli_error:ratio_rate{window}" for window in WINDOWS)

SOON = 1_200
"""Steady counters look the same in all windows before long."""

Check = tuple[str, int, list[Sample]]


def parts_of(*names: str) -> list[Slo]:
    """SLOs that each count requests and errors of their own name; they alert nobody."""
    return [
        make_slo(
            service="shop",
            name=name,
            sli=EventsSli(total=selector("requests_total", part=name), bad=selector("errors_total", part=name)),
            alerting=SILENT,
        )
        for name in names
    ]


def composites(*names: str, alerting: Alerting = SILENT) -> list[Slo]:
    """Those parts, and composites of them by each method and with each rule for missing data; `a` weighs three times."""
    parts = parts_of(*names)
    of = tuple(Part(part.slo_id, Decimal(3 if part.name == "a" else 1)) for part in parts)
    return parts + [
        make_slo(
            service="whole",
            name=f"{method}-{no_data}",
            sli=CompositeSli(of, method, no_data),
            alerting=alerting,
        )
        for method, no_data in product(METHODS, NO_DATA)
    ]


def are(query: str, at: int, values: Mapping[str, float | None]) -> Check:
    """That *query* has these values for the composites of a method and a rule, to a millionth; None: no value."""
    samples: list[Sample] = [
        ({"slo": f"whole-{name}", "slo_service": "whole"}, round(value * 1e6))
        for name, value in sorted(values.items())
        if value is not None
    ]
    return f'round(1e6 * {query}{{slo_service="whole"}})', at, samples


def each(weighted: float | None, serial: float | None, worst: float | None) -> dict[str, float | None]:
    """One value for each method, whatever counts for missing data."""
    values = dict(zip(METHODS, (weighted, serial, worst), strict=True))
    return {f"{method}-{no_data}": values[method] for method, no_data in product(METHODS, NO_DATA)}


def part(name: str, total: float, bad: float, steps: int = 60, *, then: str = "") -> dict[str, str]:
    """A part's counters: so much a minute."""
    return {
        f'requests_total{{part="{name}"}}': f"{counter((steps, total))} {then}",
        f'errors_total{{part="{name}"}}': f"{counter((steps, bad))} {then}",
    }


def firing(at: int, names: Iterable[str], window: str = "1h") -> Check:
    """That the alerts of exactly these composites fire over that long window."""
    query = f'count by (slo) (ALERTS{{alertname="SLOBurnRate",alertstate="firing",long_window="{window}"}})'
    return query, at, [({"slo": f"whole-{name}"}, 1) for name in names]


STEADY = part("a", 1_000, 100) | part("b", 10, 2)
"""A tenth of many, and a fifth of few."""


def test_every_window_is_put_together_of_the_parts_windows(promtool: Path, tmp_path: Path) -> None:
    """By weight, as steps that must all succeed, or as the worst: how many events a part has does not matter."""
    trial = Trial(promtool, tmp_path, composites("a", "b"), STEADY)

    trial.expect(*(are(ratio, SOON, each((3 * 0.1 + 0.2) / 4, 1 - 0.9 * 0.8, 0.2)) for ratio in RATIOS))


def test_the_pair_is_of_the_parts_events(promtool: Path, tmp_path: Path) -> None:
    """The total is that of the parts, and as many are bad as make the ratio."""
    trial = Trial(promtool, tmp_path, composites("a", "b"), STEADY)

    total = 1_010 / 60
    trial.expect(
        are("slo:sli_total:rate5m", SOON, each(total, total, total)),
        are("slo:sli_bad:rate5m", SOON, each(0.125 * total, 0.28 * total, 0.2 * total)),
        ('count(slo:sli_total:increase1h{slo_service="whole"} > 20000 < 20700)', SOON, [({}, 9)]),
    )


def test_a_window_is_not_the_sum_of_its_pieces(promtool: Path, tmp_path: Path) -> None:
    """
    One part fails in one half of an hour, the other in the other half.

    Each kept 50 % of it, and that is what counts over the hour: 75 % of steps in a row fail, not 100 %, and the worst
    kept 50 %, not nothing.
    """
    given = {
        'requests_total{part="a"}': counter((61, 100)),
        'errors_total{part="a"}': counter((30, 100), (31, 0)),
        'requests_total{part="b"}': counter((61, 100)),
        'errors_total{part="b"}': counter((30, 0), (31, 100)),
    }

    trial = Trial(promtool, tmp_path, composites("a", "b"), given)

    ratio = 'slo:sli_error:ratio_rate1h{slo=~"whole-%s-.*"}'
    trial.expect(
        (f"count(abs({ratio % 'serial'} - 0.75) < 0.03)", HOUR, [({}, 3)]),
        (f"count(abs({ratio % 'worst'} - 0.5) < 0.03)", HOUR, [({}, 3)]),
    )


def test_a_part_without_data_counts_as_agreed(promtool: Path, tmp_path: Path) -> None:
    """Left out, wholly good or wholly bad, in every window that holds nothing of it."""
    expected = {
        "weighted-ignore": 0.2,
        "weighted-good": 0.2 / 4,
        "weighted-bad": (3 + 0.2) / 4,
        "serial-ignore": 0.2,
        "serial-good": 0.2,
        "serial-bad": 1,
        "worst-ignore": 0.2,
        "worst-good": 0.2,
        "worst-bad": 1,
    }

    trial = Trial(promtool, tmp_path, composites("a", "b"), part("b", 10, 2))

    trial.expect(*(are(ratio, SOON, expected) for ratio in RATIOS))


def test_two_parts_without_data_are_two(promtool: Path, tmp_path: Path) -> None:
    """What is assumed of one part does not stand for the other: of weights 3, 1 and 1 four fifths are missing."""
    expected = each(0, 0, 0) | {"weighted-bad": 0.8, "serial-bad": 1, "worst-bad": 1}

    trial = Trial(promtool, tmp_path, composites("a", "b", "c"), part("b", 10, 0))

    trial.expect(are("slo:sli_error:ratio_rate1h", SOON, expected))


def test_a_part_without_traffic_is_left_out(promtool: Path, tmp_path: Path) -> None:
    """An idle part is no missing one: that nothing happened there is known, and says nothing of how good it is."""
    trial = Trial(promtool, tmp_path, composites("a", "b"), part("a", 0, 0) | part("b", 10, 2))

    trial.expect(*(are(ratio, SOON, each(0.2, 0.2, 0.2)) for ratio in RATIOS))


def test_without_any_part_there_is_nothing(promtool: Path, tmp_path: Path) -> None:
    """No data of any part: unknown, whatever single parts count as."""
    trial = Trial(promtool, tmp_path, composites("a", "b"), {"other": "1x60"})

    trial.expect(('{__name__=~"slo:sli_.*"}', SOON, []))


def test_without_traffic_there_is_no_ratio(promtool: Path, tmp_path: Path) -> None:
    """All parts are idle: the total is 0, and so is bad."""
    trial = Trial(promtool, tmp_path, composites("a", "b"), part("a", 0, 0) | part("b", 0, 0))

    nothing = each(0, 0, 0)
    trial.expect(are("slo:sli_total:rate5m", SOON, nothing), are("slo:sli_bad:rate5m", SOON, nothing))
    trial.expect(('{__name__=~"slo:sli_error:.*"}', SOON, []))


def test_a_part_that_is_gone_leaves_one_window_after_the_other(promtool: Path, tmp_path: Path) -> None:
    """Half an hour after a failing part went away it still is in the last hour, and no longer in the last five minutes."""
    given = part("a", 100, 100, 30, then=gone(30)) | part("b", 100, 0)
    now = each(0, 0, 0) | {"weighted-bad": 0.75, "serial-bad": 1, "worst-bad": 1}

    trial = Trial(promtool, tmp_path, composites("a", "b"), given)

    trial.expect(
        are("slo:sli_error:ratio_rate5m", HOUR, now), are("slo:sli_error:ratio_rate1h", HOUR, each(0.75, 1, 1))
    )


def test_composites_page_and_have_no_signal_of_their_own(promtool: Path, tmp_path: Path) -> None:
    """Their alerts compare their own windows; that a part is gone is told by the part's alert."""
    given = part("a", 1_000, 20, 90) | part("b", 1_000, 0, 10, then=gone(80))

    trial = Trial(promtool, tmp_path, composites("a", "b", alerting=Alerting()), given)

    names = sorted(each(1, 1, 1))
    trial.expect(firing(HOUR, names), firing(HOUR, names, "6h"))
    trial.expect_signal_missing((HOUR + 1_800, []))


def test_one_bad_event_of_a_small_part_does_not_page(promtool: Path, tmp_path: Path) -> None:
    """
    A part with 30 events an hour has one error.

    That is more than 14.4 times the budget of the whole, which has events enough; but it is one event. Errors of a part
    that has many do page beside it.
    """
    small = {'requests_total{part="b"}': counter((70, 0.5)), 'errors_total{part="b"}': counter((60, 0), (1, 1), (9, 0))}
    slos = composites("a", "b", alerting=Alerting())
    at = HOUR + 4 * 60
    over = 'count({__name__=~"slo:sli_error:ratio_rate(5m|1h)",slo_service="whole"} > 0.0079)'

    trial = Trial(promtool, tmp_path, slos, part("a", 1_000, 0, 70) | small)
    trial.expect((over, at, [({}, 18)]), firing(at, []))

    trial = Trial(promtool, tmp_path, slos, part("a", 1_000, 100, 70) | small)
    trial.expect(firing(at, sorted(each(1, 1, 1))))


@pytest.mark.parametrize(
    "events",
    [
        {"a": (1_000, 100), "b": (10, 2), "c": (500, 0)},
        {"a": (1_000, 1), "b": (0, 0), "c": None},
        {"a": None, "b": (10, 10), "c": (0, 0)},
        {"a": (7, 7), "b": None, "c": None},
    ],
    ids=["all", "idle and missing", "missing and idle", "one"],
)
def test_rules_and_ledger_mean_the_same(
    promtool: Path, tmp_path: Path, events: Mapping[str, tuple[int, int] | None]
) -> None:
    """What alerts compare is what budgets are reckoned from, with whatever there is of the parts."""
    given = {"other": "1x20"}
    for name, counts in events.items():
        given |= part(name, *counts) if counts else {}

    trial = Trial(promtool, tmp_path, composites(*events), given)

    trial.expect(are("slo:sli_error:ratio_rate1h", SOON, ledgers(events)))


def ledgers(events: Mapping[str, tuple[int, int] | None]) -> dict[str, float | None]:
    """The error ratios that the ledger would give composites of parts with so many events, all and bad."""

    def component(name: str) -> Component:
        counts = events[name]
        seen = Observation(Tally(counts[0] - counts[1], counts[0]), SOON) if counts else UNOBSERVED
        return Component(Part(name, Decimal(3 if name == "a" else 1)), lambda _: seen)

    found: dict[str, float | None] = {}
    for method, no_data in product(METHODS, NO_DATA):
        observe = composite_observe([component(name) for name in events], method, no_data)
        share = compliance(observe(TimeRange(0, SOON)).tally)
        found[f"{method}-{no_data}"] = None if share is None else float(1 - share)
    return found


def test_a_composite_of_one_is_the_one(promtool: Path, tmp_path: Path) -> None:
    """Each method gives the only part's own ratio, in each window."""
    trial = Trial(promtool, tmp_path, composites("a"), part("a", 1_000, 3))

    trial.expect(*(are(ratio, SOON, each(0.003, 0.003, 0.003)) for ratio in RATIOS))
