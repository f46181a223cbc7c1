"""
What rules cost before the first of them is evaluated: to make them, to check them, and to start a Prometheus with them.

``python bench/loading.py 1000 10000`` writes definitions of so many SLOs, two to a service, and runs ``tallystick generate``,
``promtool check rules`` and a Prometheus 3 that evaluates nothing meanwhile; and the same for Sloth with equivalent specs,
where ``sloth`` is on PATH or given with ``--sloth``.
"""

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import orjson
import requests
from rich.table import Table

import tallystick
from generate import DEFINITION
from served import show
from tallystick.demo import tools
from tallystick.demo.servers import free_port

TIMEOUT_SECONDS = 1_800
COUNTED = b"prometheus_rule_group_rules{"
"""How Prometheus tells how many rules each of its groups has."""

SPEC = """\
version: prometheus/v1
service: service-{number:05d}
labels: {{env: prod, team: team-{team}}}
slos:
"""
SPEC_OF_ONE = """\
  - name: {name}
    description: {description}
    objective: {objective}
    sli:
      events:
        error_query: {bad}
        total_query: sum(rate({total}{{job="service-{number:05d}"}}[{{{{.window}}}}]))
    alerting:
      name: {name}
      annotations: {{runbook: "https://runbooks.example.com/service-{number:05d}"}}
      page_alert: {{labels: {{severity: page}}}}
      ticket_alert: {{labels: {{severity: ticket}}}}
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What one program needed.

    Attributes:
        cpu: seconds of processor time.
        elapsed: seconds on the clock.
        peak: most memory at a time, in megabytes.
    """

    cpu: float
    elapsed: float
    peak: float


@dataclass(frozen=True, slots=True)
class Row:
    """
    Rules of one maker.

    Attributes:
        slos: how many.
        maker: whose.
        rules: how many Prometheus knows.
        megabytes: size of the files.
        costs: of making, checking and loading them.
    """

    slos: int
    maker: str
    rules: int
    megabytes: float
    costs: Sequence[Cost]


def ours(folder: Path, count: int) -> list[str]:
    """Write our definitions; the command that makes rules of them, compiled as pip does it where it installs one."""
    compileall.compile_dir(Path(tallystick.__file__).parent, quiet=1)
    for number in range(count // 2):
        (folder / f"{number:05d}.yaml").write_text(DEFINITION.format(number=number, team=number % 20), encoding="utf-8")
    return [sys.executable, "-m", "tallystick", "generate", str(folder), "--out", str(folder / "out")]


def sloths(sloth: str, folder: Path, count: int) -> list[str]:
    """Write Sloth's specs of the same SLOs; the command that makes rules of them."""
    requests_total, took = "http_requests_total", "http_request_duration_seconds"
    for number in range(count // 2):
        job = f'job="service-{number:05d}"'
        over = f'sum(rate({requests_total}{{{job},code=~"5.."}}[{{{{.window}}}}]))'
        within = f'sum(rate({took}_bucket{{{job},le="0.3"}}[{{{{.window}}}}]))'
        slow = f"sum(rate({took}_count{{{job}}}[{{{{.window}}}}])) - {within}"
        parts = [
            ("availability", "Requests are answered without a server error.", "99.9", over, requests_total),
            ("latency", "Requests are answered within 300 ms.", "99", slow, f"{took}_count"),
        ]
        text = SPEC.format(number=number, team=number % 20)
        for name, description, objective, bad, total in parts:
            text += SPEC_OF_ONE.format(
                name=name, description=description, objective=objective, bad=bad, total=total, number=number
            )
        (folder / f"{number:05d}.yaml").write_text(text, encoding="utf-8")
    (folder / "out" / "rules").mkdir(parents=True)
    return [sloth, "generate", "--fs-exclude", "out", "-i", str(folder), "-o", str(folder / "out" / "rules")]


def ran(command: Sequence[str], until: Callable[[], bool] | None = None) -> Cost:
    """
    Run *command*, and stop it when *until* says so.

    Raises:
        AssertionError: it failed by itself.
    """
    with tempfile.TemporaryFile() as log:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=log, stderr=log)
        elapsed = 0.0
        if until:
            while process.poll() is None and not until():
                assert time.monotonic() - start < TIMEOUT_SECONDS, command
                time.sleep(0.1)
            elapsed = time.monotonic() - start
            process.terminate()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        assert process.returncode == 0, log.read()[-2_000:]
    return Cost(used.ru_utime + used.ru_stime, elapsed or time.monotonic() - start, used.ru_maxrss / 1_024)


def loaded(folder: Path, files: Path) -> tuple[Cost, int]:
    """Start a Prometheus with the rules in *files*, and stop it when it is ready; and how many rules it knows."""
    config, url, rules = folder / "prometheus.yml", f"127.0.0.1:{free_port()}", 0
    document = {"global": {"evaluation_interval": "1d"}, "rule_files": [str(files / "*.yaml")]}
    config.write_bytes(orjson.dumps(document))

    def tells() -> bool:
        nonlocal rules
        try:
            if not requests.get(f"http://{url}/-/ready", timeout=60).ok:
                return False
        except requests.RequestException:
            return False
        # Line by line: a child's peak of memory is never told as less than ours was when it was started.
        lines = requests.get(f"http://{url}/metrics", timeout=600, stream=True).iter_lines()
        rules = sum(int(float(line.rsplit(maxsplit=1)[1])) for line in lines if line.startswith(COUNTED))
        return True

    command = [str(tools.ensure("prometheus3")), f"--config.file={config}", f"--web.listen-address={url}"]
    return ran([*command, f"--storage.tsdb.path={folder / 'data'}"], tells), rules


def measured(count: int, sloth: str | None) -> Iterator[Row]:
    """Make, check and load the rules of so many SLOs; ours, and Sloth's if it is there."""
    makers: dict[str, Callable[[Path], list[str]]] = {"tallystick": lambda folder: ours(folder, count)}
    if sloth:
        makers["Sloth"] = lambda folder: sloths(sloth, folder, count)
    for name, make in makers.items():
        with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as place, tempfile.TemporaryDirectory() as work:
            made = ran(make(Path(place)))
            files = Path(place) / "out" / "rules"
            paths = sorted(files.glob("*.yaml"))
            check = [str(tools.ensure("promtool3")), "check", "rules", "--lint=none"]
            checked = ran([*check, *map(str, paths)])
            started, rules = loaded(Path(work), files)
            size = sum(path.stat().st_size for path in paths) / 1e6
        yield Row(count, name, rules, size, (made, checked, started))


@click.command()
@click.argument("counts", type=int, nargs=-1)
@click.option("--sloth", default=shutil.which("sloth"), help="Sloth's program; by default the one on PATH, if any.")
def main(*, counts: Sequence[int], sloth: str | None) -> None:
    """Tell what it costs to make, check and load the rules of so many SLOs."""
    result = Table(box=None, pad_edge=False)
    for name in (
        "SLOs",
        "",
        "rules",
        "MB",
        *(f"{what}: CPU s, elapsed, peak MB" for what in ("make", "check", "load")),
    ):
        result.add_column(name, justify="right", no_wrap=True)
    for count in counts or (1_000,):
        for row in measured(count, sloth):
            costs = (f"{cost.cpu:.1f}, {cost.elapsed:.1f}, {cost.peak:.0f}" for cost in row.costs)
            result.add_row(str(row.slos), row.maker, f"{row.rules:,}", f"{row.megabytes:.1f}", *costs)
    if not sloth:
        click.echo("Sloth is not here; give its program with --sloth to compare.", err=True)
    show(result)


if __name__ == "__main__":
    main()
