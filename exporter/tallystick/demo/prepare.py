"""What the demo needs before it starts: programs, a past, rules and dashboards."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.core.slo import Slo
from tallystick.definition.load import load_paths
from tallystick.demo import tools
from tallystick.demo.history import make_history
from tallystick.demo.loading import Loaded, load_history
from tallystick.demo.rulepast import backfill_rules, base_pair
from tallystick.demo.scenario import Span
from tallystick.demo.servers import start_prometheus, write_yaml
from tallystick.errors import DemoError
from tallystick.generate.mixin import ROOT, Tree
from tallystick.generate.output import write
from tallystick.generate.render import render

_RULES: tuple[Tree, ...] = ("rules",)

RETENTION = "90d"
"""Prometheus keeps 15 days by default, and would drop half of the history."""


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
    Generate rules and dashboards into *folder*, as ``tallystick generate`` does.

    Args:
        slos: for which SLOs.
        folder: where to.
        status_url: address of the exporter, for links on the alerts.

    Returns:
        How many files there are.
    """
    files = render(slos, config={"statusUrl": f"{status_url}/slo/{{slo}}"})
    write(folder, files, ("rules", "dashboards"))
    return len(files)


def load_rules_past(binaries: Binaries, slos: Sequence[Slo], span: Span, folder: Path) -> int:
    """
    Let the rules' base pair have been recorded all the while, so that no window of an alert begins empty.

    A Prometheus that scrapes nothing answers promtool's queries meanwhile.

    Args:
        binaries: which promtool and Prometheus.
        slos: whose rules.
        span: the time of the history.
        folder: Prometheus' own, with its ``data/``.

    Returns:
        How many rules were evaluated.
    """
    rules = base_pair(render(slos, _RULES).values())
    write_yaml(folder / "base-pair.yaml", rules)
    with start_prometheus(binaries.prometheus, folder, {}, retention=RETENTION) as server:
        backfill_rules(binaries.promtool, server.url, folder / "base-pair.yaml", span, folder / "data")
    return sum(len(group["rules"]) for group in rules["groups"])
