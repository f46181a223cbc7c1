"""Composites: as `tallystick.core.composite` defines them, over each window. Tried by both promtools."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rules.samples import HOUR
from support.promtool import Sample, Trial
from support.slos import counter, gone, make_slo, selector
from tallystick.core.sli import CompositeSli, EventsSli, Part
from tallystick.core.slo import Alerting, Notice

IGNORE, GOOD, BAD = "ignore", "good", "bad"
SILENT = Alerting(page=Notice(enabled=False), ticket=Notice(enabled=False))
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


def of(query: str, at: int, *values: float) -> tuple[str, int, list[Sample]]:
    """That *query* has this value for the composite, to a millionth, or none."""
    labels = {"slo": "shop-whole", "slo_service": "shop"}
    picked = query if "{" in query else f'{query}{{slo="shop-whole"}}'
    return f"round(1e6 * {picked})", at, [(labels, round(value * 1e6)) for value in values]


def whole(promtool: Path, folder: Path, given: Mapping[str, str], *names: str, **composite: Any) -> Trial:
    """Rules of a composite and of its parts, each of which counts requests and errors of its own name."""
    parts = [
        make_slo(
            service="shop",
            name=name,
            sli=EventsSli(total=selector("requests_total", part=name), bad=selector("errors_total", part=name)),
            alerting=SILENT,
        )
        for name in names
    ]
    weights = {"a": 3}
    sli = CompositeSli(tuple(Part(part.slo_id, Decimal(weights.get(part.name, 1))) for part in parts), **composite)
    return Trial(promtool, folder, [*parts, make_slo(service="shop", name="whole", sli=sli)], given)


def part(name: str, total: float, bad: float, steps: int = 120, *, then: str = "") -> dict[str, str]:
    """A part's counters: so much a minute."""
    return {
        f'requests_total{{part="{name}"}}': f"{counter((steps, total))} {then}",
        f'errors_total{{part="{name}"}}': f"{counter((steps, bad))} {then}",
    }


STEADY = part("a", 1_000, 100) | part("b", 10, 2)
"""A tenth of many, and a fifth of few."""


@pytest.mark.parametrize(
    ("method", "ratio"), [("weighted", (3 * 0.1 + 0.2) / 4), ("serial", 1 - 0.9 * 0.8), ("worst", 0.2)]
)
def test_every_window_is_put_together_of_the_parts_windows(
    promtool: Path, tmp_path: Path, method: str, ratio: float
) -> None:
    """By weight, as steps that must all succeed, or as the worst: how many events a part has does not matter."""
    trial = whole(promtool, tmp_path, STEADY, "a", "b", method=method)

    trial.expect(*(of(f"slo:sli_error:ratio_rate{window}", 2 * HOUR, ratio) for window in WINDOWS))


@pytest.mark.parametrize(("method", "ratio"), [("serial", 1 - 0.5 * 0.5), ("worst", 0.5)])
def test_a_window_is_not_the_sum_of_its_pieces(promtool: Path, tmp_path: Path, method: str, ratio: float) -> None:
    """One part fails in one half of the hour, the other in the other: each kept 50 %, which is what counts over the hour."""
    given = {
        'requests_total{part="a"}': counter((180, 100)),
        'errors_total{part="a"}': counter((120, 0), (30, 100), (30, 0)),
        'requests_total{part="b"}': counter((180, 100)),
        'errors_total{part="b"}': counter((150, 0), (30, 100)),
    }

    trial = whole(promtool, tmp_path, given, "a", "b", method=method)

    within = f'count(abs(slo:sli_error:ratio_rate1h{{slo="shop-whole"}} - {ratio}) < 0.02)'
    trial.expect((within, 3 * HOUR, [({}, 1)]))


def test_the_pair_is_of_the_parts_events(promtool: Path, tmp_path: Path) -> None:
    """The total is that of the parts, and as many are bad as make the ratio."""
    trial = whole(promtool, tmp_path, STEADY, "a", "b", method="worst")

    trial.expect(
        of("slo:sli_total:rate5m", HOUR, 1_010 / 60),
        of("slo:sli_bad:rate5m", HOUR, 0.2 * 1_010 / 60),
        of("slo:sli_total:increase1h", 2 * HOUR, 1_010 * 60),
    )


@pytest.mark.parametrize(
    ("method", "no_data", "ratio"),
    [
        ("weighted", IGNORE, 0.2),
        ("weighted", GOOD, 0.2 / 4),
        ("weighted", BAD, (3 + 0.2) / 4),
        ("serial", IGNORE, 0.2),
        ("serial", GOOD, 0.2),
        ("serial", BAD, 1),
        ("worst", IGNORE, 0.2),
        ("worst", GOOD, 0.2),
        ("worst", BAD, 1),
    ],
)
def test_a_part_without_data_counts_as_agreed(
    promtool: Path, tmp_path: Path, method: str, no_data: str, ratio: float
) -> None:
    """Left out, wholly good or wholly bad, in every window that holds nothing of it."""
    trial = whole(promtool, tmp_path, part("b", 10, 2), "a", "b", method=method, no_data=no_data)

    trial.expect(*(of(f"slo:sli_error:ratio_rate{window}", 2 * HOUR, ratio) for window in WINDOWS))


@pytest.mark.parametrize("method", ["weighted", "serial", "worst"])
def test_two_parts_without_data_are_two(promtool: Path, tmp_path: Path, method: str) -> None:
    """What is assumed of one part does not stand for the other: of weights 3, 1 and 1 four fifths are missing."""
    trial = whole(promtool, tmp_path, part("b", 10, 0), "a", "b", "c", method=method, no_data=BAD)

    trial.expect(of("slo:sli_error:ratio_rate1h", 2 * HOUR, 0.8 if method == "weighted" else 1))


@pytest.mark.parametrize("no_data", [IGNORE, GOOD, BAD])
@pytest.mark.parametrize("method", ["weighted", "serial", "worst"])
def test_a_part_without_traffic_is_left_out(promtool: Path, tmp_path: Path, method: str, no_data: str) -> None:
    """An idle part is no missing one: that nothing happened there is known, and says nothing of how good it is."""
    given = part("a", 0, 0) | part("b", 10, 2)

    trial = whole(promtool, tmp_path, given, "a", "b", method=method, no_data=no_data)

    trial.expect(*(of(f"slo:sli_error:ratio_rate{window}", 2 * HOUR, 0.2) for window in WINDOWS))


@pytest.mark.parametrize("no_data", [IGNORE, GOOD, BAD])
@pytest.mark.parametrize("method", ["weighted", "serial", "worst"])
def test_without_any_part_there_is_nothing(promtool: Path, tmp_path: Path, method: str, no_data: str) -> None:
    """No data of any part: unknown, whatever single parts count as. The parts' own alerts say that they are gone."""
    given = {"other": "1x120"}

    trial = whole(promtool, tmp_path, given, "a", "b", method=method, no_data=no_data)

    trial.expect(('{__name__=~"slo:sli_.*",slo="shop-whole"}', HOUR, []))


def test_without_traffic_there_is_no_ratio(promtool: Path, tmp_path: Path) -> None:
    """All parts are idle: the total is 0, and so is bad."""
    trial = whole(promtool, tmp_path, part("a", 0, 0) | part("b", 0, 0), "a", "b")

    trial.expect(
        of("slo:sli_total:rate5m", HOUR, 0), of("slo:sli_bad:rate5m", HOUR, 0), of("slo:sli_error:ratio_rate1h", HOUR)
    )


def test_a_part_that_is_gone_leaves_one_window_after_the_other(promtool: Path, tmp_path: Path) -> None:
    """Half an hour after a failing part went away it is in the last hour still, and in the last five minutes no longer."""
    given = part("a", 100, 100, 60, then=gone(60)) | part("b", 100, 0)

    trial = whole(promtool, tmp_path, given, "a", "b", method="worst")

    trial.expect(
        of("slo:sli_error:ratio_rate5m", HOUR + 1_800, 0),
        of("slo:sli_error:ratio_rate1h", HOUR + 1_800, 1),
    )


def test_a_composite_pages(promtool: Path, tmp_path: Path) -> None:
    """Its alerts compare its own windows, and say its own numbers; it has no alert of a missing signal."""
    trial = whole(promtool, tmp_path, part("a", 1_000, 20, 240) | part("b", 1_000, 0, 60, then=gone(180)), "a", "b")

    trial.expect_firing((3 * HOUR, ["1d", "1h", "3d", "6h"]))
    trial.expect_signal_missing((3 * HOUR, []))


@pytest.mark.parametrize("method", ["weighted", "serial", "worst"])
def test_one_bad_event_of_a_small_part_does_not_page(promtool: Path, tmp_path: Path, method: str) -> None:
    """A part with 30 events an hour has one error, more than 14.4 times the budget of the whole: but it is one event."""
    given = part("a", 1_000, 0) | {
        'requests_total{part="b"}': counter((120, 0.5)),
        'errors_total{part="b"}': counter((60, 0), (1, 1), (59, 0)),
    }
    ratios = 'count(slo:sli_error:ratio_rate{}{{slo="shop-whole"}} > {})'
    at = HOUR + 4 * 60

    trial = whole(promtool, tmp_path, given, "a", "b", method=method, no_data=BAD)

    above = 0.008 if method == "weighted" else 0.03
    trial.expect((ratios.format("1h", above), at, [({}, 1)]), (ratios.format("5m", above), at, [({}, 1)]))
    trial.expect_firing((at, []))


def test_errors_of_a_part_with_many_events_page_beside_a_small_one(promtool: Path, tmp_path: Path) -> None:
    """What few events there are of one part does not hold back the page for another."""
    trial = whole(promtool, tmp_path, part("a", 1_000, 100) | part("b", 0.1, 0), "a", "b", method="serial")

    trial.expect_firing((2 * HOUR, ["1d", "1h", "3d", "6h"]))
