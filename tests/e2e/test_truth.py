"""What we read equals what happened, to the last event, on both versions of Prometheus."""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from e2e.conftest import DEFINITIONS, Past
from tallystick.core.credit import credit_due
from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange, floor_slice
from tallystick.daemon.board import standings_in
from tallystick.daemon.following import find_account
from tallystick.daemon.recorder import Recorder
from tallystick.demo.truth import truth
from tallystick.ledger.store import Ledger, open_ledger
from tallystick.upstream.client import connect


def status(*arguments: str) -> list[dict[str, object]]:
    """What ``tallystick status --format json`` prints."""
    command = [sys.executable, "-m", "tallystick", "status", str(DEFINITIONS), "--format", "json", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode in (0, 1), answer.stderr
    rows: list[dict[str, object]] = json.loads(answer.stdout)
    return rows


def test_status_without_a_ledger_equals_the_truth(long_past: Past, slos: Sequence[Slo]) -> None:
    """Straight from Prometheus, for the full windows that end with the history."""
    at = long_past.history.span.end

    rows = status("--prometheus.url", long_past.prometheus.url, "--at", str(at))

    assert len(rows) == sum(len(slo.windows) for slo in slos)
    windows = {(slo.slo_id, window.name): window for slo in slos for window in slo.windows}
    for row in rows:
        key = str(row["slo"]), str(row["window"])
        start = at - windows[key].nominal_seconds
        assert (row["good"], row["total"]) == truth(long_past.history, key[0]).between(start, at), key
        assert row["state"] in ("met", "breached"), key


@pytest.fixture(scope="module")
def recorded(long_past: Past, slos: Sequence[Slo], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of the whole history, as an exporter would have kept it since its start."""
    path = tmp_path_factory.mktemp("ledger") / "slo.db"
    ledger = open_ledger(str(path))
    recorder = Recorder(ledger, connect(long_past.prometheus.url))
    end = long_past.history.span.end
    tracks = recorder.follow(slos, end)
    recorder.catch_up(tracks, end)
    assert not [track.last_error for track in tracks if track.last_error]
    ledger.close()
    return path


@pytest.fixture
def ledger(recorded: Path) -> Ledger:
    """That ledger, open."""
    return open_ledger(str(recorded))


def test_any_window_at_any_time_equals_the_truth(long_past: Past, slos: Sequence[Slo], ledger: Ledger) -> None:
    """Windows of every SLO that end at forty instants, through outages, deploys and gaps."""
    draw = random.Random(1)
    span = long_past.history.span
    for slo in slos:
        true = truth(long_past.history, slo.slo_id)
        account = find_account(ledger, slo, {})
        assert account is not None
        for at in (floor_slice(draw.uniform(span.end - 2 * 86_400, span.end)) for _ in range(40)):
            for standing in standings_in(ledger, [slo], at):
                found = standing.observation.tally
                # The ledger starts where the longest window of the latest instant does, or the period before an agreement's.
                start = max(standing.span.start, account[1].start, span.start)
                assert (found.good, found.total) == true.between(start, at), (slo.slo_id, at)
    ledger.close()


def test_agreements_are_judged_by_what_happened(
    long_past: Past, slos: Sequence[Slo], recorded: Path, ledger: Ledger
) -> None:
    """Their present periods and those that have ended, by their own calendars, of the very events that their SLOs count."""
    at, span = long_past.history.span.end, long_past.history.span

    rows = status("--ledger", str(recorded), "--at", str(at), "--agreements")

    written = {one.agreement_id: (slo, one) for slo in slos for one in slo.agreements}
    assert {row["agreement"] for row in rows} == set(written)
    periods = 0
    for row in rows:
        slo, agreement = written[str(row["agreement"])]
        true = truth(long_past.history, slo.slo_id)
        account = find_account(ledger, slo, {})
        assert account is not None
        known = max(span.start, account[1].start)
        ends = [(at, row), *zip(agreement.ends(at, 12), row["periods"], strict=False)]  # type: ignore[call-overload]  # JSON
        for end, said in ends:
            good, total = true.between(max(agreement.window.span(end).start, known), end)
            assert (said["good"], said["total"]) == (good, total), (row["agreement"], end)
            delivered = Fraction(good) / Fraction(total)
            assert said["state"] == ("met" if delivered >= Fraction(agreement.objective) else "breached")
            due = credit_due(agreement.credits, delivered)
            assert said["credit"] == (None if due is None else float(due))
            periods += 1
    assert periods > 2 * len(rows)
    ledger.close()


def test_every_minute_equals_the_truth(long_past: Past, slos: Sequence[Slo], ledger: Ledger) -> None:
    """Each event is counted in the minute of the scrape that shows it, in all minutes that the ledger has."""
    span = long_past.history.span
    for slo in slos:
        account = ledger.find(slo.slo_id, slo.sli, {})
        assert account is not None
        true = truth(long_past.history, slo.slo_id)
        for entry in ledger.entries(account):
            slices = ledger.slices(account, entry.span).clip(TimeRange(span.start, span.end))
            first = (slices.start - span.start) // 60
            part = slice(first, first + len(slices.total))
            assert (slices.good / account.per_unit).tolist() == true.good[part].tolist(), (slo.slo_id, entry.span)
            assert (slices.total / account.per_unit).tolist() == true.total[part].tolist(), (slo.slo_id, entry.span)
    ledger.close()


def test_status_reads_the_ledger_alone(long_past: Past, recorded: Path) -> None:
    """With ``--ledger`` no Prometheus is needed, and the figures are the same."""
    at = long_past.history.span.end

    rows = status("--ledger", str(recorded), "--at", str(at))

    for row in rows:
        days = int(str(row["window"]).removesuffix("d"))
        assert (row["good"], row["total"]) == truth(long_past.history, str(row["slo"])).between(at - days * 86_400, at)
