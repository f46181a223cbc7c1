"""``tallystick ledger`` as its users meet it, beside a real Prometheus."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from support.ledgers import SLI, change, everything, made, same, write
from support.servers import StartPrometheus
from tallystick.core.slices import Slices
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.daemon.recorder import Recorder
from tallystick.definition.load import load_paths
from tallystick.demo.servers import Server
from tallystick.ledger.accounts import Held, accounts
from tallystick.ledger.amend import amend
from tallystick.ledger.database import Database
from tallystick.ledger.seals import chain
from tallystick.ledger.store import open_ledger
from tallystick.upstream.client import connect

DEFINITION = """\
apiVersion: tallystick/v1
service: shop
slos:
  - name: availability
    objective: 99%
    window: 1d
    sli:
      events:
        total: requests_total{job="shop"}
        bad: requests_total{job="shop",code="500"}
  - name: regional
    objective: 99%
    window: 1d
    sli:
      events:
        total: requests_total{job="shop"}
        bad: requests_total{job="shop",code="500"}
        by: [zone]
  - name: reachable
    objective: 99%
    window: 1d
    sli:
      up:
        metric: up{job="shop"}
"""
MIDNIGHT = 1_764_547_200  # 2025-12-01T00:00Z
MINUTES = 6 * 1440
UNTIL = MIDNIGHT + 5 * DAY_SECONDS + 10 * 3_600 + 1_800
GAP = range(5 * 1440 + 60, 5 * 1440 + 150)


def history(lacking: range = range(0)) -> str:
    """Six days of a shop in two zones, scraped each minute; at minutes *lacking* nothing came through."""
    there = [minute for minute in range(MINUTES + 1) if minute not in lacking]
    lines = ["# TYPE requests counter"]
    for zone, each in (("eu", 7), ("us", 3)):
        for code, some in (("200", each), ("500", 1)):
            for minute in there:
                count = minute * some if code == "200" else minute // 5 * some
                labels = f'job="shop",instance="i-{zone}",zone="{zone}",code="{code}"'
                lines.append(f"requests_total{{{labels}}} {count} {MIDNIGHT + 60 * minute}")
    lines.append("# TYPE up gauge")
    for zone in ("eu", "us"):
        lines += [f'up{{job="shop",instance="i-{zone}",zone="{zone}"}} 1 {MIDNIGHT + 60 * minute}' for minute in there]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three SLOs."""
    folder = tmp_path_factory.mktemp("definitions")
    (folder / "shop.yaml").write_text(DEFINITION)
    return folder


@pytest.fixture(scope="module")
def prometheus(start_prometheus_once: StartPrometheus) -> Server:
    """A Prometheus that holds all six days."""
    return start_prometheus_once(history=history())


def record(definitions: Path, url: str, where: Path, until: int = UNTIL) -> None:
    """Fill a ledger as an exporter does."""
    ledger = open_ledger(str(where))
    recorder = Recorder(ledger, connect(url))
    recorder.catch_up(recorder.follow(load_paths([definitions]).slos, until), until)
    ledger.close()


@pytest.fixture(scope="module")
def recorded(definitions: Path, prometheus: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that is only read."""
    where = tmp_path_factory.mktemp("ledger") / "slo.db"
    record(definitions, prometheus.url, where)
    return where


@pytest.fixture
def copied(recorded: Path, tmp_path: Path) -> Path:
    """A ledger of the test's own."""
    (tmp_path / "slo.db").write_bytes(recorded.read_bytes())
    return tmp_path / "slo.db"


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run ``tallystick ledger``."""
    command = [sys.executable, "-m", "tallystick", "ledger", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def held_in(where: Path) -> dict[str, Held]:
    """Its accounts, by SLO and group."""
    database = Database(str(where), read_only=True)
    with database.snapshot() as connection:
        found = {one.slo + "".join(one.group.values()): one for one in accounts(connection)}
    database.close()
    return found


def start_of(where: Path) -> int:
    """Where its accounts start."""
    spans = {one.span for one in held_in(where).values()}
    (span,) = spans
    assert span is not None
    return span.start


def slices_in(where: Path, name: str) -> Slices:
    """Everything of an account."""
    held = held_in(where)[name]
    database = Database(str(where), read_only=True)
    found = everything(database, held.id)
    database.close()
    return found


def test_info_tells_what_is_in_it(definitions: Path, recorded: Path) -> None:
    """Each account with its group, time, coverage, ways of reading, size and head; as text for people too."""
    answer = run("info", definitions, "--ledger", recorded, "--format", "json")
    document = json.loads(answer.stdout)
    shown = run("info", "--ledger", recorded)

    assert (answer.returncode, shown.returncode) == (0, 0)
    assert (document["schema"], document["amendments"]) == (2, 0)
    assert document["size_bytes"] == recorded.stat().st_size
    rows = {(row["slo"], row["group"].get("zone")): row for row in document["accounts"]}
    assert set(rows) == {
        ("shop-availability", None),
        ("shop-reachable", None),
        ("shop-regional", "eu"),
        ("shop-regional", "us"),
    }
    first = rows["shop-availability", None]
    assert (first["end"], first["coverage"], first["current"]) == ("2025-12-06T10:30:00Z", 1, True)
    assert (first["kind"], first["sources"]) == ("events", ["raw"])
    assert first["seals"] == (int(UNTIL) // DAY_SECONDS * DAY_SECONDS - start_of(recorded)) // DAY_SECONDS
    assert all(row["head"][:12] in shown.stdout for row in document["accounts"])
    assert 'shop-regional{zone="eu"}' in shown.stdout


def test_former_meanings_are_told(recorded: Path, tmp_path: Path) -> None:
    """An account whose SLI was changed since is former."""
    (tmp_path / "shop.yaml").write_text(DEFINITION.replace('code="500"', 'code=~"5.."'))

    answer = run("info", tmp_path, "--ledger", recorded, "--format", "json")

    rows = json.loads(answer.stdout)["accounts"]
    assert [(row["slo"], row["current"]) for row in rows if row["slo"] == "shop-availability"] == [
        ("shop-availability", False)
    ]
    assert [row["current"] for row in rows if row["slo"] == "shop-reachable"] == [True]


def test_a_right_record_is_verified(definitions: Path, recorded: Path, prometheus: Server) -> None:
    """Read again, everything is as it was written: nothing differs, all of it could be compared."""
    address = ("--prometheus.url", prometheus.url)
    answer = run("verify", definitions, "--ledger", recorded, *address, "--format", "json")
    shown = run("verify", definitions, "--ledger", recorded, *address, "--from", "2025-12-05T11:07:00Z")

    document = json.loads(answer.stdout)
    assert (answer.returncode, document["findings"]) == (0, [])
    assert len(document["compared"]) == 4
    for row in document["compared"]:
        assert row["differences"] == []
        assert row["gone_seconds"] == row["lacking_seconds"] == 0
        assert row["compared_seconds"] == UNTIL - start_of(recorded)
    assert shown.returncode == 0
    assert "4 accounts, " in shown.stdout
    assert "shop-availability: 23h23m compared\n" in shown.stdout


def test_a_difference_is_told(definitions: Path, copied: Path, prometheus: Server) -> None:
    """A record that is whole and says otherwise than Prometheus: which SLO, when, both counts and the difference."""
    held = held_in(copied)["shop-availability"]
    database = Database(str(copied))
    at = MIDNIGHT + 5 * DAY_SECONDS + 7_200
    part = everything(database, held.id).clip(TimeRange(at, at + 120))
    wrong = Slices(at, part.observed, part.good, part.total + 4)
    with database.transaction() as connection:
        amend(connection, held.id, wrong, "raw")
    database.close()
    where = ("--ledger", copied, "--prometheus.url", prometheus.url)

    shown = run("verify", definitions, *where)
    answer = run("verify", definitions, *where, "--format", "json")

    assert (shown.returncode, answer.returncode) == (1, 1)
    assert "sums, order and seals are right" in shown.stdout
    assert "1 differences\n" in shown.stdout
    good, total = int(part.good.sum()), int(part.total.sum())
    assert (
        f"  2025-12-06T02:00:00Z to 2025-12-06T02:02:00Z: good {good} in the ledger, {good} in Prometheus (the same);"
        f" total {total + 8}, {total} (+8)\n"
    ) in shown.stdout
    (row,) = [row for row in json.loads(answer.stdout)["compared"] if row["differences"]]
    assert row["account"] == "shop-availability"
    assert (row["differences"][0]["total_difference"], row["differences"][0]["good_difference"]) == (8, 0)


def test_tampering_is_told(copied: Path) -> None:
    """Without a Prometheus too: exit code 1, and the account and the day by name."""
    held = held_in(copied)["shop-availability"]
    change(
        str(copied),
        "UPDATE tallystick_entry SET good = good - 1 WHERE account_id = :id AND start = :day",
        id=held.id,
        day=MIDNIGHT + 4 * DAY_SECONDS,
    )

    answer = run("verify", "--ledger", copied)

    assert answer.returncode == 1
    assert answer.stdout.startswith(f"{held.name}: 2025-12-05T00:00:00Z: observed seconds, good and total are (")


def test_noted_heads_are_looked_for(copied: Path) -> None:
    """A head that was noted must be in a chain; one of a chain that was made anew is not."""
    noted = [row["head"] for row in json.loads(run("info", "--ledger", copied, "--format", "json").stdout)["accounts"]]
    kept = run("verify", "--ledger", copied, *(word for head in noted for word in ("--head", head)))
    change(
        str(copied),
        "UPDATE tallystick_meta SET value = '1' WHERE key = 'schema'",
        "DROP TABLE tallystick_seal",
        "DELETE FROM tallystick_meta WHERE key = 'amendments'",
    )
    open_ledger(str(copied)).close()
    lost = run("verify", "--ledger", copied, "--head", noted[0])

    assert kept.returncode == 0, kept.stdout
    assert lost.returncode == 1
    assert f"no chain has the head {noted[0]}" in lost.stdout


def test_a_ledger_without_seals_is_told(copied: Path) -> None:
    """A ledger of schema 1 is shown and checked as far as it goes, and is not changed."""
    change(
        str(copied),
        "UPDATE tallystick_meta SET value = '1' WHERE key = 'schema'",
        "DROP TABLE tallystick_seal",
        "DELETE FROM tallystick_meta WHERE key = 'amendments'",
    )
    before = copied.read_bytes()

    shown, checked = run("info", "--ledger", copied), run("verify", "--ledger", copied)

    assert (shown.returncode, checked.returncode) == (0, 0)
    assert "It has no seals yet" in shown.stderr
    assert "no seals yet (schema 1)" in checked.stdout
    assert before == copied.read_bytes()


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
def test_rows_are_written(definitions: Path, recorded: Path, tmp_path: Path, format_: str) -> None:
    """Steps in order, without a hole, in units of people, adding up to what the ledger holds."""
    out = tmp_path / "record"
    answer = run("export", definitions, "--ledger", recorded, "--step", "1d", "--format", format_, "--out", out)
    assert answer.returncode == 0, answer.stderr
    with out.open(newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file)) if format_ == "csv" else list(map(json.loads, file))

    mine = [row for row in rows if row["slo"] == "shop-reachable"]
    whole = slices_in(recorded, "shop-reachable")
    assert [row["start"] for row in mine[1:]] == [row["end"] for row in mine[:-1]]
    assert [mine[0]["group"], mine[-1]["end"]] == ["{}" if format_ == "csv" else {}, "2025-12-06T10:30:00Z"]
    assert sum(float(row["good"]) for row in mine) == whole.good.sum() / 1000
    assert sum(int(row["observed_seconds"]) for row in mine) == whole.observed.sum() * 60
    assert {row["source"] for row in mine} == {"raw"}


def test_openmetrics_gives_the_same_increases_back(
    definitions: Path, recorded: Path, start_prometheus: StartPrometheus
) -> None:
    """Promtool makes blocks of it, and a Prometheus on them has the counts of each step, group by group."""
    answer = run(
        "export",
        definitions,
        "--ledger",
        recorded,
        "--format",
        "openmetrics",
        "--from",
        "2025-12-05",
        "--to",
        "2025-12-06",
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.endswith("# EOF\n")
    server = start_prometheus(history=answer.stdout)

    for name, labels in (("shop-availability", {}), ("shop-regionaleu", {"zone": "eu"}), ("shop-reachable", {})):
        whole = slices_in(recorded, name)
        each = held_in(recorded)[name].per_unit
        selector = ",".join(
            f'{label}="{value}"'
            for label, value in {"slo": name.removesuffix("eu"), "slo_service": "shop", **labels}.items()
        )
        for family, values in (
            ("slo_events", whole.total),
            ("slo_good_events", whole.good),
            ("slo_observed_seconds", whole.observed * 60.0 * each),
        ):
            found = samples(server.url, f"{family}_total{{{selector}}}")
            assert len(found) == 25
            day = (MIDNIGHT + 4 * DAY_SECONDS - whole.start) // 60
            hours = [values[day + 60 * hour : day + 60 * hour + 60].sum() / each for hour in range(24)]
            assert list(np.diff([value for _, value in found])) == pytest.approx(hours, rel=1e-12, abs=1e-9)


def samples(url: str, series: str) -> list[tuple[float, float]]:
    """All samples of the only such series."""
    query = {"query": f"{series}[10d]", "time": str(MIDNIGHT + 6 * DAY_SECONDS)}
    (found,) = requests.get(f"{url}/api/v1/query", params=query, timeout=10).json()["data"]["result"]
    return [(at, float(value)) for at, value in found["values"]]


MORE = """\
  - name: both
    objective: 99%
    window: 1d
    sli: {composite: {of: [{slo: availability}, {slo: reachable}], method: worst}}
exclusions:
  - {reason: works, slos: [availability], from: 2025-12-05 08:00, to: 2025-12-05 09:00}
"""
"""What is worked out of other SLOs, and what is left out; both by definition alone."""

FIGURES = {
    "slo_compliance_ratio": "compliance",
    "slo_error_budget_remaining_ratio": "budget_remaining",
    "slo_coverage_ratio": "coverage",
    "slo_excluded_seconds": "excluded_seconds",
    "slo_objective_ratio": "objective",
}


def test_figures_are_what_status_says_of_then(
    recorded: Path, tmp_path: Path, start_prometheus: StartPrometheus
) -> None:
    """A Prometheus that holds them has what ``status --at`` tells, and nothing where that is unknown; of composites too."""
    definitions = tmp_path / "shop.yaml"
    definitions.write_text(DEFINITION + MORE)
    until = "2025-12-05T12:00:00Z"
    label = "job=the exporter's"
    answer = run("figures", definitions, "--ledger", recorded, "--from", "2025-12-05", "--to", until, "--label", label)
    assert answer.returncode == 0, answer.stderr
    server = start_prometheus(history=answer.stdout)

    for time in ("2025-12-05T00:05:00Z", "2025-12-05T08:30:00Z", until):
        said = status(definitions, recorded, time)
        assert {row["slo"].removeprefix("shop-") for row in said} == {"availability", "regional", "reachable", "both"}
        for row in said:
            group = "".join(f',{name}="{value}"' for name, value in row["group"].items())
            for metric, key in FIGURES.items():
                window = "" if metric == "slo_objective_ratio" else f',window="{row["window"]}"'
                labels = f'slo="{row["slo"]}",job="{label[4:]}"{"" if metric in PROMISED else group}{window}'
                assert value_at(server.url, f"{metric}{{{labels}}}", time) == row[key]
            for window, rate in row["burn_rates"].items():
                series = f'slo_burn_rate{{slo="{row["slo"]}",window="{window}"{group}}}'
                assert value_at(server.url, series, time) == rate


PROMISED = ("slo_objective_ratio", "slo_excluded_seconds")
"""The same for all groups."""


def status(definitions: Path, ledger: Path, time: str) -> list[dict[str, Any]]:
    """What ``tallystick status`` tells of an instant."""
    command = ["status", str(definitions), "--ledger", str(ledger), "--format", "json", "--at", time]
    done = subprocess.run(
        [sys.executable, "-m", "tallystick", *command], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode in {0, 1}, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def value_at(url: str, series: str, time: str) -> float | None:
    """The sample that the only such series has at an instant, and not before it; None if there is none."""
    query = {"query": f"last_over_time({series}[1s])", "time": time}
    found = requests.get(f"{url}/api/v1/query", params=query, timeout=10).json()["data"]["result"]
    assert len(found) <= 1
    return float(found[0]["value"][1]) if found else None


def test_figures_are_whole_families_of_instants_in_order(definitions: Path, copied: Path, tmp_path: Path) -> None:
    """They are right OpenMetrics, a sample for each step from an account's start on; ``--out`` has what is printed."""
    names = ("figures", definitions, "--ledger", copied, "--step", "1h")
    printed, kept = run(*names), run(*names, "--out", tmp_path / "figures.om")
    assert (printed.returncode, kept.returncode, kept.stdout) == (0, 0, "")
    assert (tmp_path / "figures.om").read_text() == printed.stdout

    parsed = text_string_to_metric_families(printed.stdout)  # type: ignore[no-untyped-call]  # the library has no types
    families = {family.name: family.samples for family in parsed}
    assert {"slo", "slo_valid", "slo_met", "slo_compliance_ratio", "slo_burn_rate"} <= set(families)
    assert not [name for name in families if name.startswith("tallystick")]
    times = [float(one.timestamp) for one in families["slo_valid"] if one.labels["slo"] == "shop-availability"]
    assert times == list(range(start_of(copied) + 3_600, UNTIL + 1, 3_600))
    ends = [one for one in families["slo_ledger_end_timestamp_seconds"] if one.labels.get("zone") == "eu"]
    assert {one.value - float(one.timestamp) for one in ends} == {0}


def test_of_what_is_not_recorded_there_are_no_figures(recorded: Path, tmp_path: Path) -> None:
    """An SLO without an account has none, and neither has time before the record."""
    (tmp_path / "shop.yaml").write_text(DEFINITION.replace('job="shop"', 'job="other"'))
    of_others = run("figures", tmp_path, "--ledger", recorded)
    (tmp_path / "shop.yaml").write_text(DEFINITION)
    before = run("figures", tmp_path, "--ledger", recorded, "--to", "2025-11-01")

    assert (of_others.stdout, before.stdout) == ("# EOF\n", "# EOF\n")
    assert (of_others.returncode, before.returncode) == (0, 0)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("window=1d", "figures have a label window of their own"),
        ("slo_team=us", "figures have a label slo_team of their own"),
        ("zone=eu", "figures have a label zone of their own"),
        ("job", "'job' is not a label, such as job=tallystick"),
        ("2=b", "'2=b' is not a label, such as job=tallystick"),
    ],
)
def test_labels_that_would_meet_others_are_refused(definitions: Path, recorded: Path, label: str, said: str) -> None:
    """A label that figures have, or groups of theirs, or that is none."""
    answer = run("figures", definitions, "--ledger", recorded, "--label", label)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert said in answer.stderr


def test_time_before_the_start_is_filled(definitions: Path, prometheus: Server, copied: Path) -> None:
    """History is lengthened to where Prometheus begins, and verifies; a second run finds nothing more."""
    start = start_of(copied)
    words = ("backfill", definitions, "--ledger", copied, "--prometheus.url", prometheus.url, "--from", "2025-11-20")

    first, second = run(*words), run(*words)
    checked = run("verify", definitions, "--ledger", copied, "--prometheus.url", prometheus.url)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert start > MIDNIGHT + DAY_SECONDS
    for held in held_in(copied).values():
        assert held.span is not None
        assert held.span.start <= MIDNIGHT + 120
    assert first.stdout.count("more are known") == 4
    assert second.stdout.count("nothing to fill") == 4
    assert checked.returncode == 0, checked.stdout


def test_a_gap_is_filled_as_if_there_had_been_none(
    definitions: Path, prometheus: Server, recorded: Path, start_prometheus: StartPrometheus, tmp_path: Path
) -> None:
    """What came through late is read with what comes after it: in the end the ledger is that of a day without a gap."""
    gapped = start_prometheus(history=history(GAP))
    where = tmp_path / "slo.db"
    record(definitions, gapped.url, where)
    lacking = run("verify", definitions, "--ledger", where, "--prometheus.url", prometheus.url)
    assert not same(slices_in(where, "shop-availability"), slices_in(recorded, "shop-availability"))

    filled = run(
        "backfill",
        definitions,
        "--ledger",
        where,
        "--prometheus.url",
        prometheus.url,
        "--from",
        "2025-12-06",
        "--to",
        "2025-12-06T05:00:00Z",
    )

    assert lacking.returncode == 1
    assert "not in the ledger (tallystick ledger backfill fills it)" in lacking.stdout
    assert filled.returncode == 0, filled.stderr
    for name in held_in(recorded):
        assert same(slices_in(where, name), slices_in(recorded, name)), name
    assert run("verify", "--ledger", where).returncode == 0


def test_what_prometheus_dropped_is_not_compared(
    definitions: Path, recorded: Path, start_prometheus: StartPrometheus
) -> None:
    """Where Prometheus' data begin later than the ledger, what it forgot and what it can't know yet is told, not held against it."""
    later = start_prometheus(history=history(range(4 * 1440)))

    answer = run("verify", definitions, "--ledger", recorded, "--prometheus.url", later.url, "--format", "json")

    for row in json.loads(answer.stdout)["compared"]:
        assert row["differences"] == []
        assert row["gone_seconds"] > 0
        assert row["compared_seconds"] > 6 * 3_600
    assert answer.returncode == 0


def test_what_is_known_is_not_given_up(definitions: Path, start_prometheus: StartPrometheus, copied: Path) -> None:
    """A Prometheus that lacks what the ledger has fills nothing there and takes nothing away."""
    before = slices_in(copied, "shop-availability")
    gapped = start_prometheus(history=history(GAP))

    answer = run("backfill", definitions, "--ledger", copied, "--prometheus.url", gapped.url, "--from", "2025-12-05")

    assert answer.returncode == 0, answer.stderr
    assert same(before, slices_in(copied, "shop-availability"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (lambda ledger: ("info", "--ledger", ledger.parent / "nowhere.db"), "nowhere.db; an exporter"),
        (lambda ledger: ("verify", "--ledger", ledger, "--head", "abc"), "'abc' is not 64 hex digits"),
        (lambda ledger: ("backfill", "--ledger", ledger, "--from", "2025-12-01"), "--prometheus.url is missing"),
        (lambda ledger: ("export", "--ledger", ledger, "--from", "soon"), "'soon' is not a time"),
        (lambda ledger: ("verify", "nowhere", "--ledger", ledger), "nowhere"),
        (
            lambda ledger: (
                "verify",
                Path(__file__).parents[2] / "slo-definitions",
                "--ledger",
                ledger,
                "--prometheus.url",
                "http://127.0.0.1:1",
            ),
            "has no account of these definitions",
        ),
    ],
)
def test_what_can_not_be_done_is_told(recorded: Path, words: Callable[[Path], tuple[object, ...]], said: str) -> None:
    """In words, without a traceback, and never with exit code 0."""
    answer = run(*words(recorded))

    assert answer.returncode in {1, 2}
    assert said in answer.stderr + answer.stdout
    assert "Traceback" not in answer.stderr


def test_a_prometheus_that_is_away_is_told(definitions: Path, recorded: Path) -> None:
    """Nothing can be compared: exit code 2, and why, after what the ledger itself says."""
    answer = run("verify", definitions, "--ledger", recorded, "--prometheus.url", "http://127.0.0.1:1")

    assert answer.returncode == 2
    assert "sums, order and seals are right" in answer.stdout
    assert "can't reach http://127.0.0.1:1" in answer.stderr


def test_documented_examples_work(definitions: Path, copied: Path, prometheus: Server) -> None:
    """Each `tallystick ledger` command of docs/ledger.md does what the page says, on a ledger and definitions of those names."""
    page = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("tallystick ledger ")]
    (copied.parent / "slo-definitions").symlink_to(definitions)
    noted = held_in(copied)["shop-availability"].id
    database = Database(str(copied))
    with database.snapshot() as connection:
        head = chain(connection, noted)[1].digest.hex()
    database.close()

    for line in lines:
        words = line.replace("http://localhost:9090", prometheus.url).replace("0" * 64, head).split()[2:]
        command = [sys.executable, "-m", "tallystick", "ledger", *words]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=copied.parent)
        assert answer.returncode == 0, f"{line}: {answer.stdout}{answer.stderr}"
        assert answer.stdout or (copied.parent / words[words.index("--out") + 1]).stat().st_size, line

    assert {line.split()[2] for line in lines} == {"info", "verify", "export", "figures", "backfill"}


MEASURED = """
from pathlib import Path
from tallystick.cli.main import main
try:
    main()
finally:
    print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
"""Tells its peak of memory in KiB; what `getrusage` tells begins with that of the process which started it."""


def test_memory_is_flat_however_long_the_record_is(tmp_path: Path) -> None:
    """A year of five-minute steps takes no more memory to write than ten days; 4 MB is less than what a year of them is."""
    peaks = []
    for days in (10, 365):
        where = tmp_path / f"{days}.db"
        ledger = open_ledger(str(where))
        write(ledger, ledger.account("a-b", SLI, {}), made(minutes=days * 1440, rate=500))
        ledger.close()
        words = [
            "ledger",
            "export",
            "--ledger",
            str(where),
            "--step",
            "5m",
            "--format",
            "jsonl",
            "--out",
            str(tmp_path / "out"),
        ]
        answer = subprocess.run([sys.executable, "-c", MEASURED, *words], capture_output=True, text=True, check=True)
        peaks.append(int(answer.stdout) / 1024)

    assert (tmp_path / "out").stat().st_size > 16 * 2**20
    assert peaks[1] < peaks[0] + 4
