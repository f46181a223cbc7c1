"""Which stretches a backfill writes again, from where a new reading is evidence, and that a running exporter sees it."""

from decimal import Decimal

import numpy as np
import pytest

from support.ledgers import MIDNIGHT, SLI, made, write
from support.slos import make_slo
from tallystick.core.sli import RecordedSli, ThresholdSli, generation
from tallystick.core.slices import Slices
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.daemon.backfill import _stretches
from tallystick.daemon.recorder import Recorder
from tallystick.daemon.recount import Subject, evidence_from, reading_seconds, subjects
from tallystick.ledger.accounts import Held, accounts
from tallystick.ledger.amend import amend
from tallystick.ledger.database import Database
from tallystick.ledger.store import Ledger
from tallystick.upstream.client import connect

HOUR = 3_600


def marks(text: str, sign: str) -> np.ndarray:
    """Where *text* has *sign*."""
    return np.array([letter == sign for letter in text])


@pytest.mark.parametrize(
    ("text", "account_start", "found"),
    [
        ("....", 0, []),
        (".x..", 0, []),
        ("..g.", 0, [(2, 3)]),
        (".xg.", 0, [(1, 3)]),
        ("..ggx..x.", 0, [(2, 8)]),
        ("x" + "." * 11 + "g", 0, [(12, 13)]),
        (".g.." + "....", 5, [(1, 5)]),
        (".g.." + "..x.", 5, [(1, 7)]),
        ("g" + "." * 2_940 + "x", 0, [(0, 1)]),
        ("g" + "." * 2_939 + "x", 0, [(0, 2_941)]),
        ("g" + "." * 2_939 + "g" + "." * 2_939 + "x", 0, [(0, 5_881)]),
        ("g" + "." * 2_960 + "xg", 0, [(0, 1), (2_961, 2_963)]),
    ],
)
def test_stretches_hold_what_differs_because_of_a_gain(
    text: str, account_start: int, found: list[tuple[int, int]]
) -> None:
    """From what differs right before a gained slice (g) to the last that differs (x) within 49 hours, and up to the account."""
    assert list(_stretches(marks(text, "g"), marks(text, "x"), account_start)) == found


def subject(sli: RecordedSli, start: int) -> Subject:
    """An account that starts so."""
    span = TimeRange(start, MIDNIGHT + 30 * DAY_SECONDS)
    return Subject("a-b", sli, Held(1, "a-b", {}, generation(sli), sli.kind, sli.identity, span), span)


@pytest.mark.parametrize(
    ("start", "first", "known_from", "found"),
    [
        (-20 * DAY_SECONDS, -49 * HOUR, -20 * DAY_SECONDS, 0),
        (-20 * DAY_SECONDS, -10 * HOUR, -20 * DAY_SECONDS, 39 * HOUR),
        (-20 * DAY_SECONDS, 3 * DAY_SECONDS, -20 * DAY_SECONDS, 3 * DAY_SECONDS + 3 * HOUR),
        (-20 * DAY_SECONDS, HOUR, HOUR, HOUR),
        (-20 * DAY_SECONDS, HOUR, None, HOUR),
        (0, -3 * HOUR, 0, 0),
        (DAY_SECONDS, 2 * HOUR, DAY_SECONDS, 2 * HOUR),
    ],
)
def test_what_prometheus_dropped_makes_what_follows_no_evidence(
    start: int, first: int, known_from: int | None, found: int
) -> None:
    """Where data begin although the ledger knew some before, counters are known after 49 hours, or 3 if there are no more."""
    span = TimeRange(MIDNIGHT, MIDNIGHT + 4 * DAY_SECONDS)
    known = None if known_from is None else MIDNIGHT + known_from

    assert evidence_from(subject(SLI, MIDNIGHT + start), MIDNIGHT + first, span, known) == MIDNIGHT + found
    query = ThresholdSli("depth", "lt", Decimal(5))
    assert evidence_from(subject(query, MIDNIGHT + start), MIDNIGHT + 7, span, MIDNIGHT - DAY_SECONDS) == MIDNIGHT + 7


def test_a_reading_begins_where_the_recorder_knew_as_much() -> None:
    """49 hours before, or where the recorder began; in whole slices of the SLI."""
    span = TimeRange(MIDNIGHT, MIDNIGHT + HOUR)

    assert reading_seconds(subject(SLI, MIDNIGHT - 20 * DAY_SECONDS), span) == 50 * HOUR
    assert reading_seconds(subject(SLI, MIDNIGHT), span) == 4 * HOUR
    assert reading_seconds(subject(SLI, MIDNIGHT - HOUR), span) == 5 * HOUR
    odd = ThresholdSli("depth", "lt", Decimal(5), 300)
    assert reading_seconds(subject(odd, MIDNIGHT), TimeRange(MIDNIGHT + 60, MIDNIGHT + 660)) == 3 * HOUR + 600


def test_earlier_names_and_groups_are_found() -> None:
    """An SLO goes on with the account that begins first under any of its names, group by group; other meanings are not its own."""
    one, other = subject(SLI, MIDNIGHT), subject(SLI, MIDNIGHT - DAY_SECONDS)
    was = Held(2, "a-old", {}, one.held.generation, "events", SLI.identity, other.span)
    changed = Held(3, "a-b", {}, "abc", "events", SLI.identity, other.span)
    empty = Held(4, "a-b", {"zone": "eu"}, one.held.generation, "events", SLI.identity, None)
    grouped = Held(5, "a-b", {"zone": "us"}, one.held.generation, "events", SLI.identity, one.span)
    slo = make_slo(service="a", name="b", sli=SLI, was=("a-old",))

    found = subjects([slo], [one.held, was, changed, empty, grouped])

    assert [(each.slo, each.held.id) for each in found] == [("a-b", 2), ("a-b", 5)]


def test_a_running_exporter_sees_an_amendment() -> None:
    """What it summed is forgotten when somebody amends the ledger, and kept while nobody does."""
    database = Database("")
    ledger = Ledger(database)
    slo = make_slo(service="a", name="b", sli=SLI, days=1)
    account = ledger.account(slo.slo_id, SLI, {})
    write(ledger, account, made(minutes=1440))
    recorder = Recorder(ledger, connect("http://127.0.0.1:1"))
    until = MIDNIGHT + DAY_SECONDS
    (first,), (second,) = recorder.follow([slo], until), recorder.follow([slo], until)

    with database.transaction() as connection:
        amend(connection, account.id, Slices(MIDNIGHT, np.ones(1, np.bool_), np.ones(1), np.ones(1)), "raw")
    (third,) = recorder.follow([slo], until)

    assert first is second
    assert third is not second
    assert third.account == account
    with database.snapshot() as connection:
        assert [held.id for held in accounts(connection)] == [account.id]
    database.close()
