"""What the demo needs before it starts: programs, a past, rules and dashboards."""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tallystick.core.slo import Slo
from tallystick.definition.load import load_paths
from tallystick.demo import tools
from tallystick.demo.history import make_history
from tallystick.demo.loading import Loaded, load_history
from tallystick.demo.recordpast import RecordPast
from tallystick.demo.rulepast import Pass, alerting_passes, backfill_rules, recorded_passes
from tallystick.demo.scenario import Span
from tallystick.demo.servers import Server, start_prometheus, write_yaml
from tallystick.errors import DemoError
from tallystick.generate.mixin import ROOT
from tallystick.generate.output import write
from tallystick.generate.render import PARTS, Part, render

_RULES: tuple[Part, ...] = ("rules",)

LEDGER = "ledger.db"
PROMETHEUS = "prometheus"
"""The exporter's ledger, and the folder of Prometheus, in the demo's folder."""

RETENTION = "90d"
"""Prometheus keeps 15 days by default, and would drop half of the history."""


EXPORTER_LABELS = {"job": "tallystick"}
"""What Prometheus puts on all that it scrapes from the exporter, but for the instance, which is not known before it runs."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many rules were evaluated over the history, and how many samples the exporter would have told."""

    rules: int
    figures: int


@dataclass(frozen=True, slots=True)
class Binaries:
    """Programs of others that the demo runs; promtool is of Prometheus' own version."""

    prometheus: Path
    promtool: Path
    alertmanager: Path


def find_binaries(prometheus: Path | None) -> Binaries:
    """
    Find them, or install those that are missing.

    Args:
        prometheus: the one to use, with promtool beside it; None: whichever there is.

    Raises:
        DemoError: one is neither here nor to be had.
    """
    alertmanager = tools.ensure("alertmanager")
    if prometheus is None:
        return Binaries(tools.ensure("prometheus"), tools.ensure("promtool"), alertmanager)
    found = shutil.which(prometheus)
    if found is None:
        raise DemoError(f"{prometheus} is not a program that can be run")
    promtool = Path(found).resolve().with_name("promtool")
    if not promtool.exists():
        raise DemoError(f"there is no promtool beside {found}; it must come from the same release")
    return Binaries(Path(found).resolve(), promtool, alertmanager)


def definitions_folder() -> Path:
    """The example definitions: in the wheel beside the package, in a checkout at its top."""
    packaged = Path(__file__).resolve().parents[1] / "examples"
    return packaged if packaged.is_dir() else ROOT / "slo-definitions"


def load_definitions() -> Sequence[Slo]:
    """
    The example definitions, checked.

    Raises:
        DemoError: somebody edited them, and made a mistake.
    """
    loaded = load_paths([definitions_folder()])
    if loaded.problems:
        raise DemoError(f"the definitions have problems; see: tallystick check {definitions_folder()}")
    return loaded.slos


def load_past(
    binaries: Binaries, span: Span, seed: int, data: Path, tell: Callable[[float], None] = lambda _: None
) -> Loaded:
    """Make the history of *span* and load it into Prometheus' *data* folder; *tell* hears which share is done."""
    history = make_history(seed, span.end, (span.end - span.start) // 86_400)
    with tempfile.TemporaryDirectory(dir=data.parent) as work:
        return load_history(history, binaries.promtool, data, Path(work), tell)


def write_generated(slos: Sequence[Slo], folder: Path, status_url: str) -> int:
    """
    Generate rules, dashboards and the like into *folder*, as ``tallystick generate`` does.

    Args:
        slos: for which SLOs.
        folder: where to.
        status_url: address of the exporter, for links on the alerts.

    Returns:
        How many files there are.
    """
    files = render(slos, config={"statusUrl": f"{status_url}/slo/{{slo}}"}, at=time.time())
    write(folder, files, PARTS)
    return len(files)


def load_recorded_past(
    binaries: Binaries, slos: Sequence[Slo], span: Span, blind: Sequence[Span], folder: Path
) -> Recorded:
    """
    Let rules and exporter have been there all the while: no window of an alert begins empty, and dashboards have a past.

    A Prometheus that scrapes nothing answers promtool's queries meanwhile; it sees what was made when it starts again. What
    the exporter would have told is worked out beside it, and is there when alerts, some of which look at it, come last.

    Args:
        binaries: which promtool and Prometheus.
        slos: whose rules, and what the exporter measures.
        span: the time of the history.
        blind: when Prometheus was down in it.
        folder: the demo's, with that of Prometheus; the exporter's ledger is made in it.

    Raises:
        DemoError: something can't be worked out; says why.
    """
    files = list(render(slos, _RULES, at=time.time()).values())
    first, *others = recorded_passes(files, span)
    exporter = RecordPast(folder / LEDGER, slos, span)
    folder = folder / PROMETHEUS
    with ThreadPoolExecutor(1) as beside, tempfile.TemporaryDirectory(dir=folder) as work:
        try:
            with _idle(binaries, folder) as server:
                reading = beside.submit(exporter.read, server.url)
                rules = _evaluate(binaries, server, first)
                reading.result()
            showing = beside.submit(exporter.show, EXPORTER_LABELS, binaries.promtool, Path(work, "blocks"))
            for passes in others:
                with _idle(binaries, folder) as server:
                    rules += _evaluate(binaries, server, passes)
            figures = showing.result()
            for block in Path(work, "blocks").iterdir():
                block.rename(folder / "data" / block.name)
            with _idle(binaries, folder) as server:
                rules += _evaluate(binaries, server, alerting_passes(files, span, blind))
        finally:
            exporter.stop()
    return Recorded(rules, figures)


def _idle(binaries: Binaries, folder: Path) -> Server:
    """A Prometheus on the data of *folder* that does nothing but answer."""
    return start_prometheus(binaries.prometheus, folder, {}, retention=RETENTION)


def _evaluate(binaries: Binaries, server: Server, passes: Sequence[Pass]) -> int:
    """Evaluate *passes* on *server*; returns how many rules there were."""
    rules, data = server.folder / "past.yaml", server.folder / "data"
    for one in passes:
        write_yaml(rules, one.rules)
        backfill_rules(binaries.promtool, server.url, rules, one.span, every=one.every, data=data)
    return sum(len(group["rules"]) for one in passes for group in one.rules["groups"])
