"""The pages on windows and exclusions: what their examples say is so."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from tallystick.core.duration import parse_seconds
from tallystick.core.exclusion import Exclusion
from tallystick.core.register import register
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.core.window import CalendarWindow
from tallystick.definition.load import load_paths
from tallystick.report.register import register_json, register_text

DOCS = Path(__file__).parents[2] / "docs"
WINDOWS = (DOCS / "windows.md").read_text(encoding="utf-8")
EXCLUSIONS = (DOCS / "exclusions.md").read_text(encoding="utf-8")
BERLIN = "Europe/Berlin"

PERIODS = re.findall(
    r"^\| `(day|week|month|quarter|year)` \| (\S+) \| (\d\d)-(\d\d) \| (\S+) \| (\S+) \| (\S+) \|",
    WINDOWS,
    re.MULTILINE,
)
ONCE = re.findall(
    r"^\| (from|starts) (\S+ \S+) (?:to (\S+ \S+)|lasts (\S+)) \| (\S+) to (\S+) \|", EXCLUSIONS, re.MULTILINE
)
RULES = re.findall(r"^\| `(FREQ=\S+)` \| (.+) \|$", EXCLUSIONS, re.MULTILINE)


def utc(text: str) -> int:
    """Seconds since 1970 of ``2026-12-05T21:00Z``."""
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize("row", PERIODS, ids=" ".join)
def test_periods(row: tuple[str, ...]) -> None:
    """Each row of the tables of windows is what the calendar gives."""
    unit, zone, month, day, at, start, end = row
    window = CalendarWindow(unit, zone, (int(month), int(day)))  # type: ignore[arg-type]  # one of the pattern's
    assert window.period(utc(at)) == TimeRange(utc(start), utc(end))


@pytest.mark.parametrize("row", ONCE, ids=" ".join)
def test_exclusions_on_the_clock(row: tuple[str, ...]) -> None:
    """Each row of the table of exclusions takes out the time that it says."""
    _, starts, ends, lasts, start, end = row
    agreed = Exclusion(
        reason="shown",
        starts=datetime.fromisoformat(starts),
        ends=datetime.fromisoformat(ends) if ends else None,
        lasts_seconds=parse_seconds(lasts) if lasts else None,
        zone=BERLIN,
    )
    assert agreed.occurrences(TimeRange(0, 2**32)) == [TimeRange(utc(start), utc(end))]


@pytest.mark.parametrize(("rule", "are"), RULES)
def test_recurrences(rule: str, are: str) -> None:
    """Each rule in the table gives the occurrences that are listed beside it, and no more."""
    starts = datetime.fromisoformat("2026-03-01T02:30")
    agreed = Exclusion(reason="shown", starts=starts, lasts_seconds=3_600, rrule=rule, zone=BERLIN)
    found = agreed.occurrences(TimeRange(utc("2026-01-01T00:00Z"), utc("2027-01-01T00:00Z")))
    assert [f"{datetime.fromtimestamp(one.start, UTC):%m-%dT%H:%M}Z" for one in found] == are.split(", ")


def test_tables_are_found() -> None:
    """The tables are read whole: a row that is written differently is not passed over."""
    assert len(PERIODS) == len(re.findall(r"^\| `", WINDOWS, re.MULTILINE)) == 20
    assert len(ONCE) == len(re.findall(r"^\| (?:from|starts) \d", EXCLUSIONS, re.MULTILINE)) == 6
    assert len(RULES) == EXCLUSIONS.count("| `FREQ=") == 7


def test_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The register that the page shows is that of the definition that it shows, and each key of its JSON is in the table."""
    definition, shown = (re.findall(rf"```{kind}\n(.*?)```", EXCLUSIONS, re.DOTALL)[0] for kind in ("yaml", "text"))
    monkeypatch.chdir(tmp_path)
    Path("stock.yaml").write_text(definition, encoding="utf-8")
    loaded = load_paths([Path("stock.yaml")])
    assert not loaded.problems
    now = utc("2026-12-05T21:30Z")
    found = register(loaded.slos, TimeRange(now - 30 * DAY_SECONDS, now + 30 * DAY_SECONDS), now)

    out = io.StringIO()
    Console(file=out, width=200).print(register_text(found))
    assert [line.rstrip() for line in out.getvalue().splitlines()] == shown.splitlines()

    table = EXCLUSIONS.partition("prints one object")[2]
    keys = set(re.findall(r'^ *"(\w+)":', register_json(found), re.MULTILINE))
    assert {key for key in keys if f"`{key}`" not in table and f".{key}`" not in table} == set()
