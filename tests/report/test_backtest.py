"""A replay of alerts as people and programs read it."""

import io
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from rich.console import Console

from support.ledgers import MIDNIGHT
from support.pasts import DAY_MINUTES, alerts_of, past_of, promise_of
from support.slos import make_slo
from tallystick.core.alerting import Alerting, BurnPolicy, Notice
from tallystick.core.backtested import Compared, Outcome, Replay, pair_up
from tallystick.core.judging import score
from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange
from tallystick.report.backtest import backtest_text
from tallystick.report.backtest_document import backtest_json
from tallystick.report.timeline import timeline

HISTORY = 4 * DAY_MINUTES
START = MIDNIGHT + HISTORY * 60
SPAN = TimeRange(START, START + 30 * 86_400)
STRICT = make_slo(
    alerting=Alerting(
        page=Notice(burn=(BurnPolicy("page", Fraction(1, 100), 3_600, 300),)), ticket=Notice(enabled=False)
    )
)


def outcome(slo: Slo) -> Outcome:
    """A month with an outage of ten minutes on its fourth day, and half a hour of 2.16 % on its eleventh."""
    first, second = HISTORY + 3 * DAY_MINUTES, HISTORY + 10 * DAY_MINUTES
    errors = [(first, first + 10, 1.0), (second, second + 30, 0.0216)]
    past = past_of(errors, HISTORY + 30 * DAY_MINUTES, since=HISTORY - DAY_MINUTES)
    found = score(past, START, alerts_of(slo), promise_of(slo), significant=Fraction(1, 100), grain=1)
    return Outcome(
        slo=slo,
        group={"region": "eu"},
        backtest=found,
        unobserved_seconds=600,
        excluded_seconds=0,
        whole_from=START + 60,
    )


def replayed(*slos: Compared, compares: bool = False) -> Replay:
    """All of it."""
    return Replay(span=SPAN, significant=Fraction(1, 100), compares=compares, slos=slos)


def text(replay: Replay, width: int = 200) -> str:
    """What a terminal so wide shows."""
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(backtest_text(replay))
    return out.getvalue()


def document(replay: Replay) -> Any:
    """What programs get."""
    return json.loads(backtest_json(replay))


def test_json_has_all_of_it() -> None:
    """Alerts with their times and what was spent by then, incidents, scores, and what is not known."""
    found = document(replayed(Compared(outcome(make_slo()))))
    (slo,) = found["slos"]
    here = slo["here"]

    assert (found["start"], found["end"]) == ("2025-12-05T00:00:00Z", "2026-01-04T00:00:00Z")
    assert (found["resolution_seconds"], found["significant"]) == (60, 0.01)
    assert (slo["slo"], slo["service"], slo["group"]) == ("checkout-availability", "checkout", {"region": "eu"})
    assert "there" not in slo
    assert (here["objective"], here["window"], here["unobserved_seconds"]) == (0.999, "30d", 600)
    assert here["whole_from"] == "2025-12-05T00:01:00Z"
    assert here["alerts"][0] == {
        "severity": "page",
        "long_window": "1h",
        "short_window": "5m",
        "factor": 14.4,
        "for_seconds": 60,
        "min_events": 70,
        "min_bad": None,
        "fired": [
            {
                "start": "2025-12-08T00:01:00Z",
                "firing": "2025-12-08T00:02:00Z",
                "end": "2025-12-08T00:15:00Z",
                "firing_seconds": 780,
                "noise": False,
                "onset": "2025-12-08T00:00:00Z",
                "spent": pytest.approx(2 / 43.2),
                "spent_in_long_window": pytest.approx(2 / 43.2),
                "detection_seconds": 120,
                "reset_seconds": 300,
            }
        ],
    }
    assert [one["start"] for one in here["incidents"]] == ["2025-12-08T00:00:00Z", "2025-12-15T00:00:00Z"]
    assert here["incidents"][1]["detection_seconds"] == {}
    assert here["scores"]["page"]["recall"] == 0.5
    assert here["scores"]["page"]["detection_seconds"] == {"median": 120, "longest": 120}
    assert (here["noise"], here["missed"]) == (0, [])


def test_json_has_both_settings() -> None:
    """What is compared stands beside what is tested, with who would have been told otherwise; what is in one only is null."""
    other = make_slo(name="latency")
    pairs = pair_up([outcome(make_slo()), outcome(other)], [outcome(STRICT)])
    usual, alone = document(replayed(*pairs, compares=True))["slos"]

    assert [len(side["alerts"]) for side in (usual["here"], usual["there"])] == [4, 1]
    pages = [one for one in usual["differences"] if one["severity"] == "page"]
    assert [one["later_seconds"] for one in pages] == [0, None]
    assert (pages[1]["here"], pages[1]["there"]["start"]) == (None, "2025-12-15T00:22:00Z")
    assert (alone["slo"], alone["there"], alone["differences"]) == ("checkout-latency", None, [])


def test_text_tells_what_happened() -> None:
    """The overview, each alert with its days, the four measures, incidents, and each time that it fired."""
    lines = text(replayed(Compared(outcome(make_slo())))).splitlines()
    shown = "\n".join(" ".join(line.split()) for line in lines)

    assert lines[0] == "Burn-rate alerts from 2025-12-05 00:00 to 2026-01-04 00:00 UTC, by the minute"
    assert 'checkout-availability{region="eu"} 24.6 % 2 2 2 0 0 10m unobserved, whole from 2025-12-05 00:01' in shown
    assert f"page 1h and 5m 14.4x 1m 1 0 13m {'·' * 3}█{'·' * 26}" in shown
    assert "Recall 50.0 % 50.0 %" in shown
    assert "2025-12-15 00:00 30m 1.5 % — —" in shown
    assert "2025-12-08 00:02 page 1h and 5m 13m 4.6 % 4.6 % 2m 5m" in shown


def test_text_has_both_settings_side_by_side() -> None:
    """Each measure has a column for each setting, and what differs is listed in words."""
    shown = text(replayed(*pair_up([outcome(make_slo())], [outcome(STRICT)]), compares=True))
    words = "\n".join(" ".join(line.split()) for line in shown.splitlines())

    assert "page here page there ticket here\n" in words
    assert "Recall 50.0 % 100 % 50.0 %" in words
    assert "2025-12-15 00:22 page 2025-12-15 00:22, 12m only there" in words
    assert "ticket" in words
    assert "off" in words


@pytest.mark.parametrize("width", [60, 80, 120])
def test_text_fits_the_terminal(width: int) -> None:
    """On a narrow terminal columns are left out, and no line is longer than there is room."""
    replay = replayed(*pair_up([outcome(make_slo())], [outcome(STRICT)]), compares=True)

    shown = text(replay, width)

    assert max(map(len, shown.splitlines())) <= width
    assert "only there" in shown


def test_what_is_not_known_is_told() -> None:
    """An SLO of which nothing was observed has no figures, and says so."""
    unknown = replace(outcome(make_slo()), backtest=None, whole_from=None, unobserved_seconds=SPAN.seconds)

    assert "nothing is known of it" in text(replayed(Compared(unknown)))
    (slo,) = document(replayed(Compared(unknown)))["slos"]
    assert (slo["here"]["known"], slo["here"]["lost"], slo["here"]["alerts"]) == (False, None, [])


def test_a_label_cannot_write_to_the_terminal() -> None:
    """What a group's value has in it is shown and not obeyed."""
    hostile = replace(outcome(make_slo()), group={"region": "[red]\x1b[2J\n"})

    shown = text(replayed(Compared(hostile)))

    assert "\x1b" not in shown
    assert "[red]" in shown


def test_a_timeline_has_a_block_where_something_was() -> None:
    """Time is cut into cells; the fullest is highest, what is little is low but there, and nothing is a dot."""
    day = TimeRange(0, 1_000)

    assert timeline(day, [(TimeRange(0, 100), 100.0), (TimeRange(500, 510), 10.0)], 10) == "█····▁····"
    assert timeline(day, [(TimeRange(950, 2_000), 1.0)], 10) == "·········█"
    assert timeline(day, [], 10) == "·" * 10
    assert timeline(TimeRange(0, 0), [], 10) == ""
