"""``tallystick exclusions`` as its users meet it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from tallystick.cli.exclusions import exclusions
from tallystick.core.memory import Memory
from tallystick.core.sli import RecordedSli, UpSli
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.definition.load import load_paths
from tallystick.ledger.store import open_ledger

DEFINITION = """\
apiVersion: tallystick/v1
service: shop
slos:
  - name: availability
    objective: 99%
    window: 30d
    sli:
      events: {total: requests_total, bad: errors_total, by: [region]}
  - name: slices
    objective: 99%
    window: 30d
    budgeting: timeslices
    slice: 5m
    slice_target: 90%
    sli:
      events: {total: pages_total, bad: page_errors_total}
  - name: reachable
    objective: 99%
    window: 30d
    sli:
      up: {metric: probe_success}
  - name: journey
    objective: 99%
    window: 30d
    sli:
      composite: {of: [{slo: reachable}, {slo: slices}], method: worst}
  - name: answers
    objective: 99%
    window: 30d
    sli:
      ratio: {error: "avg(avg_over_time(errors[$window]))"}
exclusions:
  - reason: Database upgrade
    from: 2025-12-02 22:00
    to: 2025-12-03 01:00
    timezone: Europe/Berlin
    approved_by: Ada
    ticket: OPS-123
  - reason: Nightly maintenance
    starts: 2025-12-01 23:58
    lasts: 7m
    rrule: FREQ=DAILY;COUNT=3
    timezone: UTC
    slos: [availability, slices]
  - reason: Restart
    from: 2025-12-03 12:01
    to: 2025-12-03 12:02
    slos: [answers]
"""
MIDNIGHT = 1_764_547_200  # 2025-12-01T00:00Z
DAYS = 4
SPAN = TimeRange(MIDNIGHT, MIDNIGHT + DAYS * DAY_SECONDS)
UPGRADE = [("2025-12-02T21:00", "2025-12-03T00:00")]
NIGHTLY = [(f"2025-12-0{day}T23:58", f"2025-12-0{day + 1}T00:05") for day in (1, 2, 3)]


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    """A folder with four SLOs and two exclusions."""
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos" / "shop.yaml").write_text(DEFINITION)
    return tmp_path / "slos"


def counts(seed: int) -> Slices:
    """Four days of noise, a part of it unobserved."""
    draw = np.random.default_rng(seed)
    minutes = SPAN.slices
    observed = draw.random(minutes) > 0.02
    total = np.where(observed, draw.poisson(20, minutes), 0).astype(np.float64)
    return Slices(SPAN.start, observed, total - draw.binomial(total.astype(int), 0.08), total)


LAST = np.where(np.arange(SPAN.slices) % 5 == 4, 1_000.0, 0)  # minutes that hold the counts of five
FIVES = Slices(SPAN.start, np.ones(SPAN.slices, np.bool_), 0.7 * LAST, LAST)
"""One event for each five minutes, 30 % of it bad, in thousandths."""


def write(path: Path, slos: Mapping[str, Slo]) -> dict[str, Slices]:
    """A ledger at *path*; what is in it, by SLO or region."""
    made = {name: counts(seed) for seed, name in enumerate(("eu", "us", "slices"))}
    ledger = open_ledger(str(path))
    for name, slices in made.items():
        slo = slos["shop-slices" if name == "slices" else "shop-availability"]
        group = {} if name == "slices" else {"region": name}
        sli: RecordedSli = slo.sli  # type: ignore[assignment]
        ledger.append(ledger.account(slo.slo_id, sli, group), slices, Memory(), "raw")
    answers = slos["shop-answers"]
    sli = answers.sli  # type: ignore[assignment]
    account = ledger.account(answers.slo_id, sli, {})
    ledger.append(account, FIVES, Memory(), "evaluated")
    ledger.close()
    return made


def run(*arguments: str) -> Result:
    """Run it in this process."""
    return CliRunner().invoke(exclusions, arguments, catch_exceptions=False)


def rows(*arguments: str) -> dict[str, Any]:
    """What it prints as JSON."""
    result = run(*arguments, "--format", "json", "--from", str(SPAN.start), "--to", str(SPAN.end))
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


def minutes(*parts: list[tuple[str, str]]) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which minutes of the ledger lie in *parts*."""
    inside = np.zeros(SPAN.slices, np.bool_)
    for start, end in (pair for part in parts for pair in part):
        first, last = (int(datetime.fromisoformat(edge).replace(tzinfo=UTC).timestamp()) for edge in (start, end))
        inside[(first - MIDNIGHT) // 60 : (last - MIDNIGHT) // 60] = True
    return inside


def events(slices: Slices, *parts: list[tuple[str, str]]) -> tuple[float, float]:
    """Bad and all events within *parts*."""
    inside = minutes(*parts)
    return float((slices.total - slices.good)[inside].sum()), float(slices.total[inside].sum())


def test_what_was_left_out_is_what_happened_meanwhile(definitions: Path, tmp_path: Path) -> None:
    """By the ledger, each exclusion is worth the events of its minutes; overlaps count once for the SLO, twice alone."""
    slos = {slo.slo_id: slo for slo in load_paths([definitions]).slos}
    made = write(tmp_path / "slo.db", slos)

    found = rows(str(definitions), "--ledger", str(tmp_path / "slo.db"))

    def told(left_out: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
        return {one["group"]["region"]: (one["bad"], one["total"]) for one in left_out if one["group"]}

    upgrade, nightly, _ = found["exclusions"]
    assert told(upgrade["left_out"]) == {region: events(made[region], UPGRADE) for region in ("eu", "us")}
    assert told(nightly["left_out"]) == {region: events(made[region], NIGHTLY) for region in ("eu", "us")}
    together = next(one for one in found["slos"] if one["slo"] == "shop-availability")
    assert told(together["left_out"]) == {region: events(made[region], UPGRADE, NIGHTLY) for region in ("eu", "us")}
    assert together["used_seconds"] == int(minutes(UPGRADE, NIGHTLY).sum()) * 60
    assert told(together["left_out"])["eu"][1] > 3_000


def test_slices_of_time_are_judged_with_and_without(definitions: Path, tmp_path: Path) -> None:
    """With timeslices what is left out is slices: those judged with all minutes, less those judged by the rest."""
    slos = {slo.slo_id: slo for slo in load_paths([definitions]).slos}
    made = write(tmp_path / "slo.db", slos)["slices"]

    def judged(kept: "np.ndarray[Any, np.dtype[np.bool_]]") -> tuple[int, int]:
        good, total = ((counted * kept).reshape(-1, 5).sum(axis=1) for counted in (made.good, made.total))
        return int(((total > 0) & (10 * good < 9 * total)).sum()), int((total > 0).sum())

    nightly = rows(str(definitions), "--ledger", str(tmp_path / "slo.db"))["exclusions"][1]
    (found,) = [one for one in nightly["left_out"] if one["slo"] == "shop-slices"]
    everything, rest = judged(np.ones(SPAN.slices, np.bool_)), judged(~minutes(NIGHTLY))
    assert (found["bad"], found["total"]) == (everything[0] - rest[0], everything[1] - rest[1])
    assert found["total"] == 3  # of the two slices that it touches each night one is judged by its other minutes


def test_a_reading_that_is_excluded_in_part_is_left_out(definitions: Path, tmp_path: Path) -> None:
    """Of five minutes that were read at once one is excluded: which minute a count is of is not known, so none counts."""
    write(tmp_path / "slo.db", {slo.slo_id: slo for slo in load_paths([definitions]).slos})

    found = rows(str(definitions), "--ledger", str(tmp_path / "slo.db"))

    restart = found["exclusions"][2]
    assert restart["used_seconds"] == 60
    assert restart["left_out"] == [{"slo": "shop-answers", "group": {}, "good": 0.7, "bad": 0.3, "total": 1}]


def test_what_is_not_known_is_not_told_as_nothing(definitions: Path, tmp_path: Path) -> None:
    """An SLO that the ledger does not have, or a composite, has no line; without a ledger all of it is null."""
    slos = {slo.slo_id: slo for slo in load_paths([definitions]).slos}
    assert isinstance(slos["shop-reachable"].sli, UpSli)
    write(tmp_path / "slo.db", slos)

    found = rows(str(definitions), "--ledger", str(tmp_path / "slo.db"))
    by_slo = {one["slo"]: one["left_out"] for one in found["slos"]}
    assert (by_slo["shop-reachable"], by_slo["shop-journey"]) == ([], [])
    assert len(by_slo["shop-slices"]) == 1

    assert {one["left_out"] is None for one in rows(str(definitions))["exclusions"]} == {True}


def test_table(definitions: Path, tmp_path: Path) -> None:
    """People read who agreed on what, when, and what it was worth; a ledger is not changed by it."""
    write(tmp_path / "slo.db", {slo.slo_id: slo for slo in load_paths([definitions]).slos})
    before = (tmp_path / "slo.db").read_bytes()

    result = run(
        str(definitions), "--ledger", str(tmp_path / "slo.db"), "--from", "2025-12-01", "--to", "2025-12-05T00:00:00Z"
    )

    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == "Exclusions from 2025-12-01 00:00 to 2025-12-05 00:00 UTC"
    upgrade = next(line.split() for line in lines if line.startswith("Database upgrade"))
    assert upgrade[2:9] == ["shop", "over", "—", "1", "3h", "0s", "Ada"]
    assert upgrade[-1].endswith("shop.yaml:33")
    assert any(line.startswith("Nightly maintenance") and 'shop-availability{region="us"}' in line for line in lines)
    assert (tmp_path / "slo.db").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["slo.db", "slos"]


def test_a_month_back_and_ahead_by_default(definitions: Path) -> None:
    """Without --from and --to it is about the last 30 days and the next 30, and times may lie in the future."""
    document = json.loads(run(str(definitions), "--format", "json").output)
    start, now, end = (datetime.fromisoformat(document[key]).timestamp() for key in ("from", "now", "to"))
    assert (now - start, end - now) == (30 * DAY_SECONDS, 30 * DAY_SECONDS)

    later = json.loads(run(str(definitions), "--format", "json", "--to", "2199-12-31T00:00:00Z").output)
    assert later["to"] == "2199-12-31T00:00:00Z"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "2026-01-02", "--to", "2026-01-01"], "--to is not after --from"),
        (["--from", "yesterday"], "'yesterday' is not a time"),
        (["--to", "2200-01-02"], "'2200-01-02' is before 1970 or after 2199"),
        (["--from", "nan"], "'nan' is before 1970 or after 2199"),
        (["--ledger", "nowhere.db"], "there is no ledger nowhere.db"),
    ],
)
def test_wrong_flags_are_told(definitions: Path, arguments: list[str], words: str) -> None:
    """What can't be done is said, with exit code 2."""
    result = run(str(definitions), *arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_it_is_a_command(definitions: Path) -> None:
    """It is there by its name, and plain text where there is no terminal."""
    command = [
        sys.executable,
        "-m",
        "tallystick",
        "exclusions",
        str(definitions),
        "--from=2025-12-01",
        "--to=2025-12-05",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "Nightly maintenance" in answer.stdout
    assert "\x1b" not in answer.stdout
