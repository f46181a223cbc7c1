"""
How many samples Prometheus loads for an SLO in an hour: for our rules and our exporter, for Sloth's rules, for Pyrra's.

``python bench/cost.py`` loads services with 20 series each into a real Prometheus 3, with what all rules would have
recorded before. Then it evaluates each rule once, as an instant query like Prometheus' own evaluation, and reads how many
samples Prometheus says to have loaded (``prometheus_engine_query_samples_total``, which Prometheus 2.42 has not). An hour is
as many evaluations as the rule's interval makes. Our exporter does rounds, minute by minute, and its requests count as well.

Samples are those of each SLO's own series, so what a sample of the SLOs costs others is what each costs them; ours are
measured on all.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import click
import numpy as np
import orjson
import requests
from rich.table import Table

import rulesets
from exporting import running
from fleet import Fleet, job, metric
from rulesets import Rule
from served import counter, served, show, version
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, floor_day
from tallystick.demo.samples import Series
from tallystick.demo.scenario import Span
from tallystick.demo.servers import Server

HOUR_SECONDS = 3_600
DAYS = 31
RECENT_MINUTES = 60
"""Samples of those services that only our rules and exporter look at."""

WARM_ROUNDS, ROUNDS = 5, 20
OURS, EXPORTER, SLOTH, PYRRA = "tallystick's rules", "tallystick's exporter", "Sloth's rules", "Pyrra's rules"


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What an SLO costs.

    Attributes:
        slos: how many were measured.
        rules: how many rules each has.
        samples: loaded in an hour, per SLO.
        queries: evaluated (or asked) in an hour, per SLO.
    """

    slos: int
    rules: float
    samples: float
    queries: float


def loaded_samples(server: Server) -> float:
    """Samples that queries have loaded since *server* started."""
    return counter(server, "prometheus_engine_query_samples_total")


def cost_of_rules(server: Server, rules: Sequence[Rule], slos: int, at: float) -> Cost:
    """Evaluate each of *rules*, which are those of so many *slos*, once; a rule that records must give something."""
    samples = queries = 0.0
    with requests.Session() as session:
        for interval in sorted({rule.interval for rule in rules}):
            before, its = loaded_samples(server), [rule for rule in rules if rule.interval == interval]
            for rule in its:
                form = {"query": rule.expr, "time": str(at)}
                answer = session.post(f"{server.url}/api/v1/query", data=form, timeout=120).json()
                assert answer["status"] == "success", answer
                assert answer["data"]["result"] or not rule.record, f"nothing comes of {rule.expr}"
            samples += (loaded_samples(server) - before) * HOUR_SECONDS / interval
            queries += len(its) * HOUR_SECONDS / interval
    return Cost(slos, len(rules) / slos, samples / slos, queries / slos)


def cost_of_exporter(server: Server, fleet: Fleet, end: int) -> Cost:
    """Let the exporter do rounds up to *end*, and scale them to an hour."""
    with running(fleet, server, end - (WARM_ROUNDS + ROUNDS) * SLICE_SECONDS, history_days=0) as run:
        run.round()
        known = run.lifetimes()
        for _ in range(WARM_ROUNDS - 1):
            run.round()
        before, sent = loaded_samples(server), run.prometheus.sent
        for _ in range(ROUNDS):
            run.round()
        run.check(known)
        rounds_an_hour = HOUR_SECONDS / SLICE_SECONDS / ROUNDS / fleet.slos
        samples = (loaded_samples(server) - before) * rounds_an_hour
        return Cost(fleet.slos, 0, samples, (run.prometheus.sent - sent) * rounds_an_hour)


def generated(fleet: Fleet, folder: Path) -> list[Rule]:
    """Our rules for all of *fleet*."""
    fleet.write_definitions(folder / "definitions")
    command = [
        sys.executable,
        "-m",
        "tallystick",
        "generate",
        str(folder / "definitions"),
        "--out",
        str(folder / "out"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return rulesets.ours(folder / "out")


def recorded(rules: Sequence[Rule], end: int) -> Iterator[Series]:
    """What *rules* recorded before *end*, as far as they look back at it; the values do not matter here."""
    back = rulesets.lookbacks(rules)
    for rule in sorted((rule for rule in rules if rule.record), key=lambda rule: rule.record):
        times = np.arange(end - back[rule.record], end, rule.interval).astype(np.float64)
        for labels in rule.labels:
            yield Series(rule.record, labels, times, np.full(len(times), 0.0005))


@click.command()
@click.option("--slos", default=200, show_default=True, help="Services, with one SLO each.")
@click.option("--series", default=20, show_default=True, help="Series of each of them.")
@click.option("--sample", default=5, show_default=True, help="SLOs that others' rules are measured on.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def main(*, slos: int, series: int, sample: int, format_: str) -> None:
    """Compare how many samples Prometheus loads for an SLO in an hour."""
    end = floor_day(time.time())
    whole, recent = (Span(end - seconds, end) for seconds in (DAYS * DAY_SECONDS, RECENT_MINUTES * SLICE_SECONDS))
    sample = min(sample, slos)
    fleet = Fleet(slos, series, recent, older=sample, since=whole.start)
    theirs = {
        name: [rule for number in range(sample) for rule in make(job(number), metric(number))]
        for name, make in {SLOTH: rulesets.sloth, PYRRA: rulesets.pyrra}.items()
    }
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as name:
        own = generated(fleet, Path(name))
    past = recorded([*own, *theirs[SLOTH], *theirs[PYRRA]], end)
    with served("3", chain(fleet.all_series(), past), whole) as server:
        at = end - 30.0
        found = {
            OURS: cost_of_rules(server, own, fleet.slos, at),
            EXPORTER: cost_of_exporter(server, fleet, end),
            **{name: cost_of_rules(server, rules, sample, at) for name, rules in theirs.items()},
        }
        which = version(server)
    if format_ == "json":
        print(
            orjson.dumps({"prometheus": which, "series": series, "costs": found}, option=orjson.OPT_INDENT_2).decode()
        )
    else:
        show(table(found))


def table(found: dict[str, Cost]) -> Table:
    """What was found, for people; the last column is how many times ours fit into it."""
    result = Table(box=None, pad_edge=False)
    result.add_column("per SLO and hour", no_wrap=True)
    for name in ("SLOs measured", "rules", "queries", "samples loaded", "times ours"):
        result.add_column(name, justify="right", no_wrap=True)
    whole = found[OURS].samples + found[EXPORTER].samples
    for name, cost in found.items():
        numbers = (cost.slos, cost.rules, cost.queries, cost.samples)
        result.add_row(name, *(f"{number:,.0f}" for number in numbers), f"{cost.samples / whole:,.2f}")
    return result


if __name__ == "__main__":
    main()
