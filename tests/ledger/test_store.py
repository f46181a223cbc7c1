"""The ledger: what is appended is there, once, however it is cut."""

import itertools
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.ledgers import change
from tallystick.core.lens import Lens, nothing_excluded
from tallystick.core.memory import LastSample, Memory, TargetMemory
from tallystick.core.selector import Selector
from tallystick.core.sli import EventsSli, UpSli
from tallystick.core.slices import Slices
from tallystick.core.slo import OCCURRENCES, Budgeting, BudgetingMethod
from tallystick.core.tally import Observation, Tally
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger.posting import Account, Posting
from tallystick.ledger.store import Ledger, open_ledger
from tallystick.ledger.tape import Tape

MIDNIGHT = 1_764_547_200
SLI = EventsSli(total=Selector("requests_total"), bad=Selector("errors_total"))
MINUTES = 3 * 1440


def made(start: int = MIDNIGHT, minutes: int = MINUTES) -> Slices:
    """Slices with noise, and a part unobserved."""
    draw = np.random.default_rng(7)
    observed = np.arange(minutes) % 50 != 3
    total = np.where(observed, draw.poisson(20, minutes), 0).astype(np.float64)
    return Slices(start, observed, total - draw.binomial(total.astype(int), 0.1), total)


def tape_of(ledger: Ledger, account: Account, since: int | None = None) -> Tape:
    """All that counts of *account*, as it was counted."""
    return ledger.tape(account, Lens(OCCURRENCES, "ignore", nothing_excluded, None, account.per_unit), since)


def write(ledger: Ledger, account: Account, slices: Slices, cuts: list[int]) -> None:
    """Append *slices* in the pieces that *cuts* (in minutes) make."""
    edges = [slices.span.start, *(slices.span.start + 60 * cut for cut in sorted(cuts)), slices.span.end]
    for start, end in zip(edges, edges[1:], strict=False):  # noqa: RUF007  # reads as what it is
        ledger.append(account, slices.clip(TimeRange(start, end)), Memory(), "raw")


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(1, MINUTES - 1), max_size=30, unique=True),
    offset=st.integers(0, 1439),
    edges=st.tuples(st.integers(0, MINUTES), st.integers(0, MINUTES)).map(sorted),
)
def test_any_window_is_the_sum_of_its_slices(cuts: list[int], offset: int, edges: list[int]) -> None:
    """Sums do not depend on how slices were written, nor on where a window cuts through hours and days."""
    ledger = open_ledger("")
    slices = made(MIDNIGHT + 60 * offset)
    account = ledger.account("shop-availability", SLI, {})
    write(ledger, account, slices, cuts)
    window = TimeRange(slices.start + 60 * edges[0], slices.start + 60 * edges[1])

    found, since = (tape_of(ledger, account, start).observe(window) for start in (None, window.start))
    ledger.close()

    assert slices.clip(window).observation() == found == since


@settings(max_examples=60, deadline=None)
@given(
    written=st.integers(0, MINUTES - 1),
    cuts=st.lists(st.integers(0, MINUTES), max_size=40, unique=True).map(sorted),
    offset=st.sampled_from([0, 60, 23 * 60, 700]),
    edges=st.lists(st.tuples(st.integers(0, MINUTES), st.integers(0, MINUTES)).map(sorted), min_size=1, max_size=4),
    excluded=st.lists(st.tuples(st.integers(0, MINUTES), st.integers(1, 300)), max_size=2),
    method=st.sampled_from(["occurrences", "timeslices"]),
)
def test_a_tape_grows_as_the_ledger_does(
    *,
    written: int,
    cuts: list[int],
    offset: int,
    edges: list[list[int]],
    excluded: list[tuple[int, int]],
    method: BudgetingMethod,
) -> None:
    """What is appended to a tape is summed as what was loaded, through any lens, and looked at in between as well."""
    slices = made(MIDNIGHT + 60 * offset)
    at = slices.start
    out = [TimeRange(at + 60 * first, at + 60 * (first + count)) for first, count in excluded]
    target = None if method == "occurrences" else Decimal("0.9")
    budgeting = Budgeting(method=method, slice_seconds=300, slice_target=target)
    lens = Lens(budgeting, "bad", lambda span: merged(out, span), at, 1)
    with closing(open_ledger("")) as ledger:
        account = ledger.account("shop-availability", SLI, {})
        if written:
            ledger.append(account, slices.clip(TimeRange(at, at + 60 * written)), Memory(), "raw")
        tape = ledger.tape(account, lens)
        for start, end in itertools.pairwise([written, *(cut for cut in cuts if cut > written), MINUTES]):
            part = slices.clip(TimeRange(at + 60 * start, at + 60 * end))
            if part.span.seconds:
                ledger.append_all([Posting(account, part, Memory(), "raw", tape.hour)])
                tape.append(part)
                tape.observe(TimeRange(at + 60 * start - 600, at + 60 * end))
        windows = [TimeRange(at + 60 * first, at + 60 * last) for first, last in edges]
        grown, loaded = ([one.observe(window) for window in windows] for one in (tape, ledger.tape(account, lens)))

    expected = [lens.in_events(lens.apply(slices).clip(window).observation()) for window in windows]
    assert grown == loaded == expected


def merged(parts: Sequence[TimeRange], span: TimeRange) -> list[TimeRange]:
    """*parts* within *span*, apart from one another."""
    minutes = sorted({at for part in parts for at in range(*_edges(span.clip(part)), 60)})
    starts = [at for at in minutes if at - 60 not in minutes]
    ends = [at + 60 for at in minutes if at + 60 not in minutes]
    return [TimeRange(start, end) for start, end in zip(starts, ends, strict=True)]


def _edges(span: TimeRange) -> tuple[int, int]:
    return span.start, span.end


def test_days_are_rolled_up(ledger: Ledger) -> None:
    """A window of three days written in pieces of some minutes is read from a handful of entries."""
    account = ledger.account("shop-availability", SLI, {})
    write(ledger, account, made(minutes=2 * 1440 + 90), list(range(1, 2 * 1440 + 90, 17)))

    entries = ledger.entries(account)

    assert [entry.span.seconds for entry in entries] == [86_400, 86_400, 3_600, 1_800]


def test_nothing_is_counted_twice(ledger: Ledger) -> None:
    """Slices that do not follow the ledger's end are refused, and change nothing."""
    account = ledger.account("shop-availability", SLI, {})
    slices = made(minutes=120)
    ledger.append(account, slices, Memory(), "raw")

    with pytest.raises(LedgerError, match="is another exporter writing to the same ledger"):
        ledger.append(account, slices, Memory(), "raw")

    assert slices.observation() == tape_of(ledger, account).observe(slices.span)


def test_cursor_and_memory_move_with_the_slices(ledger: Ledger) -> None:
    """How far the ledger reaches, and what the next reading must know, are written together with the counts."""
    account = ledger.account("shop-availability", SLI, {})
    memory = Memory(targets={("j", "i"): TargetMemory(1, 2, series={("total", "{}"): LastSample(1, 5.0, 60_000)})})
    assert ledger.cursor(account) is None

    ledger.append(account, made(minutes=5), memory, "raw")
    cursor = ledger.cursor(account)

    assert cursor is not None
    assert (MIDNIGHT, MIDNIGHT + 300, memory) == (cursor.start, cursor.through, cursor.memory)


def test_another_meaning_is_another_account(ledger: Ledger) -> None:
    """A changed SLI starts anew; the same SLI goes on."""
    first = ledger.account("shop-availability", SLI, {})
    changed = EventsSli(total=Selector("requests_total"), bad=Selector("failures_total"))

    assert first == ledger.account("shop-availability", SLI, {})
    assert first != ledger.account("shop-availability", changed, {})
    assert ledger.find("shop-latency", SLI, {}) is None


def test_seconds_are_kept_in_milliseconds(ledger: Ledger) -> None:
    """An ``up`` SLI's counts are whole in the ledger and seconds outside."""
    account = ledger.account("site-reachable", UpSli(metric=Selector("probe_success")), {})
    slices = Slices(MIDNIGHT, np.ones(2, np.bool_), np.array([59_999.0, 1.0]), np.array([60_000.0, 60_000.0]))
    ledger.append(account, slices, Memory(), "raw")

    assert Observation(Tally(60, 120), 120) == tape_of(ledger, account).observe(slices.span)
    assert Tally(60_000, 120_000) == ledger.lifetime(account)


def test_a_ledger_is_kept(where: str) -> None:
    """What one process writes, the next one finds."""
    first = open_ledger(where)
    slices = made(minutes=500)
    first.append(first.account("a-b", SLI, {}), slices, Memory(), "raw")
    first.close()

    second = open_ledger(where)
    account = second.account("a-b", SLI, {})
    found = tape_of(second, account).observe(slices.span)
    second.close()

    assert slices.observation() == found


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_ledger_is_refused(where: str, *, read_only: bool) -> None:
    """A ledger that a newer tallystick wrote is left alone."""
    open_ledger(where).close()
    change(where, "UPDATE tallystick_meta SET value = '99' WHERE key = 'schema'")

    with pytest.raises(LedgerError, match="schema 99, and this tallystick knows up to 2"):
        open_ledger(where, read_only=read_only)


@pytest.mark.parametrize("name", ["q?x.db", "p%20x.db", "a#b c.db", "ü&mode=ro.db"])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_path_is_no_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, name: str, read_only: bool) -> None:
    """A file has the very name that was given, whatever that would mean in an address."""
    monkeypatch.chdir(tmp_path)
    filled(name).close()

    assert [file.name for file in tmp_path.iterdir()] == [name]
    again = open_ledger(name, read_only=read_only)
    assert again.find("a-b", SLI, {}) is not None
    again.close()


def filled(where: str) -> Ledger:
    """A ledger with two hours of one account."""
    ledger = open_ledger(where)
    ledger.append(ledger.account("a-b", SLI, {}), made(minutes=120), Memory(), "raw")
    return ledger


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in *folder*, byte by byte."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """A ledger that is opened to be read is left as it is, and so is its folder."""
    path = str(tmp_path / "slo.db")
    filled(path).close()
    before = contents(tmp_path)

    reader = open_ledger(path, read_only=True)
    account = reader.find("a-b", SLI, {})
    assert account is not None
    found = tape_of(reader, account).observe(made(minutes=120).span)
    with pytest.raises(LedgerError, match="readonly"):
        reader.account("a-c", SLI, {})
    during = contents(tmp_path)
    reader.close()

    assert made(minutes=120).observation() == found
    assert before == during == contents(tmp_path)


def test_reading_while_the_exporter_writes(tmp_path: Path) -> None:
    """Who reads sees what was written so far, and neither waits for the other."""
    path = str(tmp_path / "slo.db")
    writer = filled(path)
    reader = open_ledger(path, read_only=True)
    account = reader.find("a-b", SLI, {})
    assert account is not None
    ends = []
    for minute in range(120, 123):
        writer.append(account, made(MIDNIGHT + 60 * minute, minutes=1), Memory(), "raw")
        cursor = reader.cursor(account)
        assert cursor is not None
        ends.append(cursor.through)
    reader.close()
    writer.close()

    assert ends == [MIDNIGHT + 60 * minute for minute in (121, 122, 123)]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "CREATE TABLE guests (name TEXT)",
        "CREATE TABLE tallystick_meta (key, value)",
        "CREATE TABLE tallystick_meta (key, value); INSERT INTO tallystick_meta VALUES ('schema', 'many')",
    ],
)
def test_reading_what_is_no_ledger_is_refused(tmp_path: Path, content: str) -> None:
    """Another database, or an empty file, is told, and no tables are made in it."""
    path = tmp_path / "guests.db"
    path.touch()
    with sqlite3.connect(path) as connection:
        connection.executescript(content)
    connection.close()
    before = contents(tmp_path)

    with pytest.raises(LedgerError, match=r"guests\.db is not a ledger"):
        open_ledger(str(path), read_only=True)

    assert before == contents(tmp_path)


def test_reading_a_ledger_that_is_missing_makes_none(tmp_path: Path) -> None:
    """There is nothing to read, and there is no file afterwards either."""
    with pytest.raises(LedgerError, match=r"slo\.db"):
        open_ledger(f"sqlite:///{tmp_path}/slo.db", read_only=True)

    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("postgresql+psycopg://bob:s3cret@127.0.0.1:1/slo?password=s3cret", "postgresql"),
        ("postgresql://bob:s3cret@127.0.0.1:many/slo", "no URL"),
        ("postgresql://bob:s3cret@[::1/slo", "ledger"),
        ("nosuch://bob:s3cret@127.0.0.1/slo", "nosuch"),
        ("bob s3cret://", "ledger"),
    ],
)
def test_passwords_stay_secret(where: str, words: str) -> None:
    """A database that can't be reached, and a URL that can't be read, are told without the password."""
    with pytest.raises(LedgerError, match=words) as caught:
        open_ledger(where)

    assert "s3cret@" not in str(caught.value)
    assert "=s3cret" not in str(caught.value)


def test_sums_hold_while_hours_become_a_day(ledger: Ledger) -> None:
    """A tape that was made before its hours were rolled up, and is asked afterwards, answers as before."""
    account = ledger.account("shop-availability", SLI, {})
    slices = made(minutes=1440)
    write(ledger, account, slices.clip(TimeRange(MIDNIGHT, MIDNIGHT + 7 * 1800)), [30, 60, 170])
    window = TimeRange(MIDNIGHT + 5_400, MIDNIGHT + 9_000)
    last = TimeRange(MIDNIGHT + 3 * 3_600 + 600, MIDNIGHT + 5 * 3_600)
    tape = tape_of(ledger, account)

    write(ledger, account, slices.clip(TimeRange(MIDNIGHT + 7 * 1800, MIDNIGHT + DAY_SECONDS)), [600])

    assert len(ledger.entries(account)) == 1
    assert slices.clip(window).observation() == tape.observe(window)
    # The hour that was under way is on the tape as far as it went then.
    assert slices.clip(TimeRange(last.start, MIDNIGHT + 7 * 1800)).observation() == tape.observe(last)


def test_slices_that_are_gone_are_told(where: str) -> None:
    """Sums of a ledger that was replaced since are not guessed at."""
    ledger = filled(where)
    tape = tape_of(ledger, ledger.account("a-b", SLI, {}))
    change(where, "DELETE FROM tallystick_slices")

    with pytest.raises(LedgerError, match="has lost"):
        tape.observe(TimeRange(MIDNIGHT + 60, MIDNIGHT + 120))
    ledger.close()


@pytest.mark.parametrize("way", ["deleted", "dropped", "replaced"])
def test_a_ledger_that_went_away_is_begun_anew(tmp_path: Path, way: str) -> None:
    """Under a running exporter: one failure tells that what was known is so no more, then it is filled again."""
    path = tmp_path / "slo.db"
    ledger = filled(str(path))
    account = ledger.account("a-b", SLI, {})
    if way == "dropped":
        with sqlite3.connect(path) as connection:
            tables_there = "SELECT 'DROP TABLE ' || name || ';' FROM sqlite_master WHERE type = 'table'"
            drops = [text for (text,) in connection.execute(tables_there)]
            connection.executescript("PRAGMA foreign_keys=OFF;" + "".join(drops))
        connection.close()
    else:
        path.unlink()
        if way == "replaced":
            path.touch()

    with pytest.raises(LedgerError, match="its tables are gone; it is begun anew"):
        ledger.append(account, made(MIDNIGHT + 7_200, 1), Memory(), "raw")
    with pytest.raises(LedgerError):
        ledger.append(account, made(MIDNIGHT + 7_200, 1), Memory(), "raw")
    assert ledger.find("a-b", SLI, {}) is None
    fresh = ledger.account("a-b", SLI, {})
    assert ledger.cursor(fresh) is None
    ledger.append(fresh, made(minutes=60), Memory(), "raw")
    ledger.close()

    again = open_ledger(str(path), read_only=True)
    cursor = again.cursor(fresh)
    again.close()
    assert cursor is not None
    assert (cursor.start, cursor.through) == (MIDNIGHT, MIDNIGHT + 3_600)


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    """A file that is no database is named, and not touched."""
    path = tmp_path / "slo.db"
    path.write_text("this is a shopping list, and longer than the header of a database would have been\n" * 20)

    with pytest.raises(LedgerError, match="not a database"):
        open_ledger(str(path))

    assert path.read_text().startswith("this is a shopping list")


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    """A ledger in a folder that does not exist is an error with the path in it."""
    with pytest.raises(LedgerError, match=r"nowhere/slo\.db"):
        open_ledger(str(tmp_path / "nowhere" / "slo.db"))
