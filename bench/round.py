"""
What a round of the exporter costs: CPU of ours, requests to Prometheus, memory over a day, and reading long windows.

``python bench/round.py`` loads some minutes of 1,000 services with 20 series each into a real Prometheus, and lets the
exporter go through them minute by minute, on a clock turned by hand. Its ledger holds the 30 days before. CPU is that of
this process alone. What was read is compared with what was drawn: a fast round that miscounts is no round.
"""

import cProfile
import pstats
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import orjson
from rich.table import Table

from exporting import HOUR_SECONDS, Running, fill, running
from fleet import Fleet
from served import Major, counter, served, show, version
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day
from tallystick.core.window import RollingWindow
from tallystick.daemon.stand import earliest, stand
from tallystick.daemon.sums import open_sums
from tallystick.demo.scenario import Span
from tallystick.demo.servers import Server
from tallystick.ledger.store import Ledger, open_ledger

LEAD_MINUTES = 10
"""Samples before the first round: how much of the data the ledger is taken to hold already."""

WARM_ROUNDS = 5
"""Rounds that are not measured: to the first everything is new."""

DAY_SLOS = 50
LONG_SLOS = 10
FILLED_DAYS, LONG_DAYS, SHORT_DAYS = 366, 365, 7


@dataclass(frozen=True, slots=True)
class Taken:
    """What a round took: CPU and elapsed seconds of ours, CPU seconds of Prometheus, and requests."""

    cpu: float
    wall: float
    upstream: float
    requests: int


def take(run: Running, server: Server) -> Taken:
    """Do a round, and measure it."""
    cpu, wall, upstream, sent = time.process_time(), time.perf_counter(), upstream_cpu(server), run.prometheus.sent
    run.round()
    own = time.process_time() - cpu, time.perf_counter() - wall
    return Taken(*own, upstream_cpu(server) - upstream, run.prometheus.sent - sent)


def measure_rounds(fleet: Fleet, major: Major, count: int, history_days: int, profile: int) -> dict[str, Any]:
    """What each of *count* rounds over *fleet* took; then *profile* more under a profiler, which slows them down."""
    with (
        served(major, fleet.all_series(), fleet.span) as server,
        running(fleet, server, begin_of(fleet), history_days) as run,
    ):
        run.round()
        known = run.lifetimes()
        for _ in range(WARM_ROUNDS - 1):
            run.round()
        usual = [take(run, server) for _ in range(count)]
        assert run.until % HOUR_SECONDS == 0
        new_hour = take(run, server)
        midnight = floor_day(run.until) + DAY_SECONDS
        run.round(midnight - SLICE_SECONDS)
        day_end, new_day = take(run, server), take(run, server)
        if profile:
            show_profile(run, profile)
        run.check(known)
        return {
            "prometheus": version(server),
            "slos": fleet.slos,
            "series": fleet.series,
            "rounds": count,
            "cpu_seconds": statistics.median(one.cpu for one in usual),
            "cpu_seconds_all": [one.cpu for one in usual],
            "cpu_seconds_new_hour": new_hour.cpu,
            "cpu_seconds_day_end": day_end.cpu,
            "cpu_seconds_new_day": new_day.cpu,
            "wall_seconds": statistics.median(one.wall for one in usual),
            "prometheus_cpu_seconds": statistics.median(one.upstream for one in usual),
            "requests": statistics.median(one.requests for one in usual),
            "resident_megabytes": resident_megabytes(),
        }


def begin_of(fleet: Fleet) -> int:
    """Where the first round starts; the samples before it are taken to be in the ledger."""
    return fleet.span.start + LEAD_MINUTES * SLICE_SECONDS


def upstream_cpu(server: Server) -> float:
    """CPU seconds that Prometheus has used."""
    return counter(server, "process_cpu_seconds_total")


def show_profile(run: Running, count: int) -> None:
    """Print where the time of *count* rounds goes."""
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(count):
        run.round()
    profiler.disable()
    for order in ("tottime", "cumulative"):
        pstats.Stats(profiler, stream=sys.stderr).sort_stats(order).print_stats(25)


def resident_megabytes() -> float:
    """Memory of this process at the moment."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def measure_day(fleet: Fleet, major: Major) -> dict[str, Any]:
    """Memory at each hour of a day of rounds, and how much the ledger grew."""
    memory = []
    with served(major, fleet.all_series(), fleet.span) as server, running(fleet, server, begin_of(fleet), 0) as run:
        run.round()
        known = run.lifetimes()
        while run.until < fleet.span.end:
            run.round()
            if run.until % HOUR_SECONDS == 0:
                memory.append(resident_megabytes())
        run.check(known)
    return {"slos": fleet.slos, "resident_megabytes": memory}


def measure_windows(slos: Sequence[Slo]) -> dict[str, Any]:
    """How long it takes to tell how an SLO stands in a long window and in a short one, and how large the ledger is."""
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as name:
        file = Path(name) / "slo.db"
        ledger = open_ledger(str(file))
        until = floor_day(time.time())
        for number, slo in enumerate(slos):
            fill(ledger, slo, TimeRange(until - FILLED_DAYS * DAY_SECONDS, until), number)
        ledger.close()
        size = file.stat().st_size
        ledger = open_ledger(str(file))
        at = until - DAY_SECONDS // 2  # a window that cuts through days at both ends
        seconds = {days: _seconds_to_stand(ledger, slos, at, days) for days in (SHORT_DAYS, LONG_DAYS)}
        ledger.close()
    return {
        "bytes_per_slo_and_day": size / len(slos) / FILLED_DAYS,
        "seconds_7d": seconds[SHORT_DAYS],
        "seconds_365d": seconds[LONG_DAYS],
        "ratio": seconds[LONG_DAYS] / seconds[SHORT_DAYS],
    }


def _seconds_to_stand(ledger: Ledger, slos: Sequence[Slo], at: int, days: int) -> float:
    """Median over *slos*, some times each: nothing is kept from one time to the next."""
    taken = []
    for slo in [replace(slo, windows=(RollingWindow(days * DAY_SECONDS),)) for slo in slos] * 10:
        start = time.perf_counter()
        account = ledger.find(slo.slo_id, slo.sli, {})
        assert account
        (found,) = stand(slo, at, open_sums(ledger, account, slo, earliest(slo, at)), {})
        taken.append(time.perf_counter() - start)
        assert found.observation.observed_seconds == days * DAY_SECONDS
    return statistics.median(taken)


@click.command()
@click.option("--slos", default=1_000, show_default=True, help="Services, with one SLO each.")
@click.option("--series", default=20, show_default=True, help="Series of each of them.")
@click.option("--rounds", default=7, show_default=True, help="Rounds that are measured.")
@click.option("--prometheus", "major", type=click.Choice(["2", "3"]), default="3", show_default=True)
@click.option("--history", default=30, show_default=True, metavar="DAYS", help="What the ledger holds before.")
@click.option("--day", is_flag=True, help=f"Also measure memory over a day of rounds, with {DAY_SLOS} SLOs.")
@click.option("--profile", default=0, metavar="ROUNDS", help="Also profile so many rounds more.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def main(
    *, slos: int, series: int, rounds: int, major: Major, history: int, day: bool, profile: int, format_: str
) -> None:
    """Measure a round of the exporter, and the reading of windows."""
    midnight = floor_day(time.time())
    start = midnight - HOUR_SECONDS - (LEAD_MINUTES + WARM_ROUNDS + rounds) * SLICE_SECONDS
    fleet = Fleet(slos, series, Span(start, midnight + (1 + profile) * SLICE_SECONDS))
    found = {"round": measure_rounds(fleet, major, rounds, history, profile)}
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as name:
        few = replace(fleet, slos=LONG_SLOS).write_definitions(Path(name))
    found["windows"] = measure_windows(few)
    if day:
        whole = Fleet(
            min(slos, DAY_SLOS), series, Span(midnight - DAY_SECONDS - LEAD_MINUTES * SLICE_SECONDS, midnight)
        )
        found["day"] = measure_day(whole, major)
    if format_ == "json":
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    else:
        show(table(found))


def table(found: dict[str, Any]) -> Table:
    """What was found, for people."""
    result = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(2):
        result.add_column(no_wrap=True)
    one, windows = found["round"], found["windows"]
    rows = {
        f"round of {one['slos']} SLOs x {one['series']} series, Prometheus {one['prometheus']}: CPU of ours": (
            f"{one['cpu_seconds']:.2f} s (median of {one['rounds']}; "
            f"{min(one['cpu_seconds_all']):.2f} to {max(one['cpu_seconds_all']):.2f})"
        ),
        "the first round of an hour": f"{one['cpu_seconds_new_hour']:.2f} s",
        "the last round of a day": f"{one['cpu_seconds_day_end']:.2f} s",
        "the first round of a day": f"{one['cpu_seconds_new_day']:.2f} s",
        "elapsed": f"{one['wall_seconds']:.2f} s",
        "CPU of Prometheus": f"{one['prometheus_cpu_seconds']:.2f} s",
        "requests": f"{one['requests']:.0f}",
        "memory of this process": f"{one['resident_megabytes']:.0f} MB",
        "reading a window of 7 d": f"{1e3 * windows['seconds_7d']:.2f} ms",
        "reading a window of 365 d": f"{1e3 * windows['seconds_365d']:.2f} ms ({windows['ratio']:.1f} times)",
        "ledger, per SLO and day": f"{windows['bytes_per_slo_and_day']:.0f} bytes",
    }
    if "day" in found:
        memory = found["day"]["resident_megabytes"]
        rows[f"memory over a day of rounds, {found['day']['slos']} SLOs"] = (
            f"{memory[0]:.0f} MB after the first hour, {memory[len(memory) // 2]:.0f} MB at half time, "
            f"{memory[-1]:.0f} MB at the end"
        )
    for what, measured in rows.items():
        result.add_row(what, measured)
    return result


if __name__ == "__main__":
    main()
