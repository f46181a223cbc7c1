"""
How far budgets are from the truth: ours, and what the formulas of Sloth and Pyrra tell of the same samples.

``python bench/accuracy.py --seed 1 --seed 2`` draws services whose every request is known, loads what was scraped of them
into real Prometheus servers, and compares. "Visible" is what scraped samples can tell (see `worlds`), "happened" is what
happened. Ours comes from ``tallystick status``, and once more from the pair that our rules record (see `pairs`). It ends
with 1 if the first is not exactly what is visible, and tells the minutes in which it is not; or if the pair of a service
whose pods are replaced all the time is more than a hundredth away from it.
"""

import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np
import orjson
from rich.table import Table

from formulas import FORMULAS, Question, Told
from pairs import pair
from served import Major, served, show, version
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day
from tallystick.daemon.recorder import Recorder
from tallystick.definition.load import load_paths
from tallystick.demo.servers import Server
from tallystick.ledger.store import open_ledger
from tallystick.upstream.client import connect
from worlds import METRIC, SCENARIOS, Events, World, make_world

OURS = "tallystick"
PAIR, PAIR_WITHOUT = "tallystick, recorded pair", "tallystick, first_values: false"
PAIR_SCENARIO, PAIR_TOLERANCE = "uneven", 0.01
"""Where the pair has to be close: services as they are, with enough errors that one of them is no hundredth."""

TOLD_DIFFERENCES = 10
DEFINITION = """\
apiVersion: tallystick/v1
service: {job}
slos:
  - name: availability
    objective: 99.9%
    window: {days}d
    sli:
      events:
        total: '{total}'
        bad: '{bad}'
"""


@dataclass(frozen=True, slots=True)
class Row:
    """
    How far one formula is from the truth, in one world.

    Attributes:
        seed: of the world.
        prometheus: version of the server.
        scenario: kind of the world.
        formula: whose.
        true_ratio: share of bad events among those that are visible.
        bad: relative error of the bad events against those that are visible; None if it does not tell them.
        total: likewise, of all events.
        ratio: likewise, of their ratio.
        ratio_happened: relative error of the ratio against all that happened.
    """

    seed: int
    prometheus: str
    scenario: str
    formula: str
    true_ratio: float
    bad: float | None
    total: float | None
    ratio: float
    ratio_happened: float


def ours(server: Server, world: World, folder: Path) -> Told:
    """What ``tallystick status`` tells."""
    total, bad = selectors(world)
    days = (world.window.end - world.window.start) // 86_400
    text = DEFINITION.format(job=world.scenario.name, total=total, bad=bad, days=days)
    definition = folder / f"{world.scenario.name}.yaml"
    definition.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "tallystick", "status", str(definition), "--prometheus.url", server.url]
    command += ["--at", str(world.window.end), "--format", "json"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in {0, 1}, done.stderr.decode()
    (found,) = orjson.loads(done.stdout)
    return Told(found["bad"] / found["total"], found["bad"], found["total"])


def differences(server: Server, world: World, folder: Path) -> Iterator[str]:
    """The first minutes in which something else is read than scrapes can tell."""
    prometheus = connect(server.url)
    (slo,) = load_paths([folder / f"{world.scenario.name}.yaml"]).slos
    ledger = open_ledger("")
    recorder = Recorder(ledger, prometheus)
    (track,) = recorder.follow([slo], world.window.end)
    recorder.catch_up([track], world.window.end)
    found = 0
    for start in range(world.window.start, world.window.end, DAY_SECONDS):
        read = ledger.slices(track.account, TimeRange(start, start + DAY_SECONDS))
        first = (start - world.span.start) // SLICE_SECONDS
        told = slice(first, first + len(read.total))
        bad, total = world.visible_bad[told], world.visible_total[told]
        for index in np.flatnonzero((read.total != total) | (read.total - read.good != bad)):
            at = datetime.fromtimestamp(start + int(index) * SLICE_SECONDS, UTC).isoformat()
            counts = f"{read.total[index] - read.good[index]:g} of {read.total[index]:g}"
            yield f"{at}: {counts} events are bad as read, {bad[index]} of {total[index]} as scrapes tell"
            found += 1
            if found == TOLD_DIFFERENCES:
                return


def selectors(world: World) -> tuple[str, str]:
    """Of all events, and of the bad ones."""
    job = f'job="{world.scenario.name}"'
    return f"{METRIC}{{{job}}}", f'{METRIC}{{{job},code=~"5.."}}'


def compare(seed: int, major: Major, world: World, folder: Path, names: Sequence[str]) -> Iterator[Row]:
    """Ask for one world, in our way and by the formulas of these *names*."""
    with served(major, world.series, world.span) as server:
        which = version(server)
        question = Question(server.url, major, *selectors(world), world.window)
        row = judged(seed, which, world, OURS, ours(server, world, folder))
        if not is_exact(row):
            for words in differences(server, world, folder):
                click.echo(words, err=True)
        yield row
        for name, first_values in ((PAIR, True), (PAIR_WITHOUT, False)):
            told = pair(question, folder, world.scenario.name, first_values=first_values)
            yield judged(seed, which, world, name, told)
        for name in names:
            yield judged(seed, which, world, name, FORMULAS[name](question))


def judged(seed: int, prometheus: str, world: World, formula: str, told: Told) -> Row:
    """Compare what was *told* with the truth."""
    visible, happened = world.visible, world.happened
    return Row(
        seed,
        prometheus,
        world.scenario.name,
        formula,
        ratio_of(visible),
        None if told.bad is None else told.bad / visible.bad - 1,
        None if told.total is None else told.total / visible.total - 1,
        told.ratio / ratio_of(visible) - 1,
        told.ratio / ratio_of(happened) - 1,
    )


def ratio_of(events: Events) -> float:
    """Share of bad events."""
    return events.bad / events.total


def is_exact(row: Row) -> bool:
    """Whether it tells what is visible to the last event."""
    return row.bad == 0 and row.total == 0


def is_right(row: Row) -> bool:
    """Whether it is as close to the truth as ours has to be; others are never wrong here."""
    if row.formula == OURS:
        return is_exact(row)
    return row.formula != PAIR or row.scenario != PAIR_SCENARIO or abs(row.ratio) <= PAIR_TOLERANCE


@click.command()
@click.option("--seed", "seeds", type=int, multiple=True, default=[1], show_default=True, help="Repeatable.")
@click.option("--prometheus", type=click.Choice(["2", "3", "both"]), default="both", show_default=True)
@click.option("--days", default=30, show_default=True, help="Length of the window.")
@click.option("--scenario", "names", type=click.Choice([one.name for one in SCENARIOS]), multiple=True, help="All.")
@click.option("--only-ours", is_flag=True, help="Leave the others out.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def main(
    *, seeds: Sequence[int], prometheus: str, days: int, names: Sequence[str], only_ours: bool, format_: str
) -> None:
    """Compare budgets with the truth, ours and others'."""
    end = floor_day(time.time())
    majors: list[Major] = ["2", "3"] if prometheus == "both" else ["2" if prometheus == "2" else "3"]
    found = []
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as name:
        for seed in seeds:
            for scenario in SCENARIOS:
                if names and scenario.name not in names:
                    continue
                world = make_world(scenario, seed, end, days)
                for major in majors:
                    click.echo(f"seed {seed}, {scenario.name}, Prometheus {major}", err=True)
                    found += list(compare(seed, major, world, Path(name), () if only_ours else tuple(FORMULAS)))
    if format_ == "json":
        print(orjson.dumps([asdict(row) for row in found], option=orjson.OPT_INDENT_2).decode())
    else:
        show(table(found))
    sys.exit(0 if all(map(is_right, found)) else 1)


def table(rows: Sequence[Row]) -> Table:
    """All of it, for people; relative errors in percent."""
    columns = ("seed", "Prometheus", "scenario", "true ratio", "formula")
    result = Table(box=None, pad_edge=False)
    for name in columns:
        result.add_column(name, no_wrap=True)
    for name in ("bad %", "total %", "ratio %", "ratio % of all that happened"):
        result.add_column(name, justify="right", no_wrap=True)
    before = None
    for row in rows:
        place = (str(row.seed), row.prometheus, row.scenario, f"{row.true_ratio:.6f}")
        errors = (row.bad, row.total, row.ratio, row.ratio_happened)
        result.add_row(*(place if place != before else ("",) * len(place)), row.formula, *map(percent, errors))
        before = place
    return result


def percent(error: float | None) -> str:
    """A relative error in percent; a plain 0 is exact."""
    if error is None:
        return ""
    if math.isnan(error):
        return "NaN"
    return f"{100 * error:+.3f}" if error else "0"


if __name__ == "__main__":
    main()
