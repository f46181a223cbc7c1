"""``tallystick doctor``: what is fine around the exporter, what is not, and what to do next."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click
import orjson

from tallystick.cli.doctor.alertmanager import look_at_alertmanager
from tallystick.cli.doctor.dashboards import look_at_grafana
from tallystick.cli.doctor.exporter import look_at_exporter
from tallystick.cli.doctor.here import look_here
from tallystick.cli.doctor.line import Line, Mark, skipped
from tallystick.cli.doctor.prometheus import look_at_prometheus
from tallystick.cli.doctor.record import look_at_ledger
from tallystick.cli.doctor.written import look_at_definitions
from tallystick.cli.main import FINDINGS, OK
from tallystick.cli.options import SHORT_SECONDS, client_of, grafana_options, option, paths_argument, prometheus_options
from tallystick.cli.record import format_option
from tallystick.cli.words import count, say
from tallystick.definition.load import load_paths
from tallystick.definition.problem import printable
from tallystick.upstream.client import Prometheus
from tallystick.upstream.grafana import Grafana

_SHOWN: dict[Mark, tuple[str, str]] = {
    "ok": ("ok", "green"),
    "warn": ("warn", "yellow"),
    "fail": ("FAIL", "red"),
    "unknown": ("?", "yellow"),
    "skipped": ("-", "bright_black"),
}
"""What a mark is on a terminal, and its colour."""


@click.command()
@paths_argument
@prometheus_options
@option("--ledger", metavar="PATH", help="File or SQLAlchemy URL of the ledger.")
@option("--exporter.url", metavar="URL", help="Address of the running exporter, without /metrics.")
@option("--alertmanager.url", metavar="URL", help="Address of Alertmanager.")
@grafana_options
@option("--strict", is_flag=True, help="Exit with 1 for warnings, and for what could not be found out, too.")
@format_option
def doctor(
    *,
    paths: tuple[Path, ...],
    prometheus: Prometheus | None,
    ledger: str | None,
    exporter_url: str | None,
    alertmanager_url: str | None,
    grafana: Grafana | None,
    strict: bool,
    format: Literal["text", "json"],  # noqa: A002  # the option's name is the contract
) -> None:
    """
    Look at the exporter and all that it needs, and tell what is fine, what is not, and what to do next.

    It looks at the definitions in PATHS, and at whatever an option names: Prometheus, the ledger, the running exporter,
    Alertmanager, Grafana. It only reads.

    \b
    Examples:
      tallystick doctor
      tallystick doctor --prometheus.url http://localhost:9090 --ledger slo.db --exporter.url http://localhost:8925
      tallystick doctor --prometheus.url http://localhost:9090 --alertmanager.url http://localhost:9093 --format json

    \b
    Marks: ok; warn: it works, but; FAIL: it does not; ?: nobody could tell; -: not looked at.
    Exit codes: 0 nothing fails, 1 something does (with --strict also warn and ?), 2 the command could not run.
    """
    exporter = client_of(exporter_url, SHORT_SECONDS, {})
    alertmanager = client_of(alertmanager_url, SHORT_SECONDS, {})
    lines = _look(paths, _Asked(prometheus, ledger, exporter, alertmanager, grafana))
    told = list(lines) if format == "json" else _tell(lines)
    if format == "json":
        click.echo(orjson.dumps([asdict(line) for line in told], option=orjson.OPT_INDENT_2).decode())
    bad = {"fail", "warn", "unknown"} if strict else {"fail"}
    sys.exit(FINDINGS if any(line.mark in bad for line in told) else OK)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an option named; None: it named none."""

    prometheus: Prometheus | None
    ledger: str | None
    exporter: Prometheus | None
    alertmanager: Prometheus | None
    grafana: Grafana | None


def _look(paths: Sequence[Path], asked: _Asked) -> Iterator[Line]:
    """All lines, one after the other: from what everything needs to what shows it."""
    loaded = load_paths(paths)
    now = time.time()
    prometheus = asked.prometheus
    yield from look_here()
    yield from look_at_definitions(paths, loaded)
    if prometheus:
        yield from look_at_prometheus(prometheus, loaded)
    else:
        yield skipped("prometheus", "--prometheus.url")
    if asked.alertmanager:
        yield from look_at_alertmanager(asked.alertmanager, prometheus)
    else:
        yield skipped("alertmanager", "--alertmanager.url")
    yield from look_at_ledger(asked.ledger, loaded.slos, now) if asked.ledger else [skipped("ledger", "--ledger")]
    if asked.exporter:
        yield from look_at_exporter(asked.exporter, loaded.slos, now)
    else:
        yield skipped("exporter", "--exporter.url")
    yield from look_at_grafana(asked.grafana, prometheus) if asked.grafana else [skipped("grafana", "--grafana.url")]


def _tell(lines: Iterator[Line]) -> list[Line]:
    """Print *lines* as they come, as some take a while; and how many of them are not fine."""
    told = []
    for line in lines:
        told.append(line)
        word, colour = _SHOWN[line.mark]
        say(f"{click.style(f'{word:4}', fg=colour, bold=line.mark == 'fail')}  {line.part:12}  {printable(line.text)}")
        if line.hint:
            say(f"{'':20}-> {printable(line.hint)}")
    failed, warned = (sum(line.mark == mark for line in told) for mark in ("fail", "warn"))
    found = [count(failed, "failure")] * bool(failed) + [count(warned, "warning")] * bool(warned)
    say("\n" + (", ".join(found) or "nothing to mend"))
    return told
