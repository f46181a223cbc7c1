"""
How long ``tallystick generate`` takes beside ``sloth generate``, for the same SLOs.

``python bench/sloth.py 1000 5000`` writes definitions of so many SLOs, two to a service, and equivalent specs for Sloth, and has
both make their rules into an empty folder, in turn, several times. The best of the runs is told, of CPU and of the clock: what
else a machine does only makes a run slower. Sloth is the one on PATH, or given with ``--sloth``.

Sloth makes rules and nothing else; ``everything`` is all that ``tallystick generate`` writes by itself: rules, unit tests of the
alerts, dashboards and Alertmanager's routes. ``Sloth's files`` are the very specs that Sloth gets. ``check`` reads the definitions and writes nothing.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from rich.table import Table

from loading import Cost, ours, ran, sloths
from served import show

RUNS = 5


def makers(folder: Path, count: int, sloth: str | None) -> dict[str, list[str]]:
    """Write what is read; the command of each maker, by its name."""
    (folder / "ours").mkdir()
    everything = ours(folder / "ours", count)
    found = {
        "tallystick": [*everything, "--only", "rules"],
        "tallystick, everything": everything,
        "tallystick check": [sys.executable, "-m", "tallystick", "check", str(folder / "ours")],
    }
    if sloth:
        (folder / "sloth").mkdir()
        found["sloth"] = sloths(sloth, folder / "sloth", count)
        (folder / "same").mkdir()
        specs = folder / "same" / "specs"
        specs.mkdir()
        for file in (folder / "sloth").glob("*.yaml"):
            shutil.copy(file, specs)
        same = [sys.executable, "-m", "tallystick", "generate", str(specs), "--out", str(folder / "same" / "out")]
        found["tallystick, Sloth's files"] = [*same, "--only", "rules"]
    return found


def emptied(folder: Path) -> None:
    """Take away what was made before."""
    for out in folder.glob("*/out"):
        shutil.rmtree(out)
        (out / "rules").mkdir(parents=True)


def best(costs: Sequence[Cost], figure: Callable[[Cost], float]) -> float:
    """The least of a figure."""
    return min(map(figure, costs))


@click.command()
@click.argument("counts", type=int, nargs=-1)
@click.option("--sloth", default=shutil.which("sloth"), help="Sloth's program; by default the one on PATH, if any.")
@click.option("--runs", default=RUNS, show_default=True, help="How often each of them is run.")
def main(*, counts: Sequence[int], sloth: str | None, runs: int) -> None:
    """Tell how long it takes to make the rules of so many SLOs."""
    result = Table(box=None, pad_edge=False)
    for name in ("SLOs", "", "CPU s", "elapsed s", "peak MB", "output MB", "CPU : sloth", "elapsed : sloth"):
        result.add_column(name, justify="right", no_wrap=True)
    for count in counts or (1_000,):
        with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as place:
            folder = Path(place)
            commands = makers(folder, count, sloth)
            costs: dict[str, list[Cost]] = {name: [] for name in commands}
            sizes: dict[str, float] = {}
            for _ in range(runs):
                for name, command in commands.items():
                    emptied(folder)
                    costs[name].append(ran(command))
                    sizes[name] = sum(file.stat().st_size for file in folder.glob("*/out/**/*") if file.is_file()) / 1e6
        for name, of_maker in costs.items():
            cpu, elapsed = best(of_maker, lambda cost: cost.cpu), best(of_maker, lambda cost: cost.elapsed)
            beside = ("", "")
            if "sloth" in costs and name != "sloth":
                peer = costs["sloth"]
                beside = (
                    f"{cpu / best(peer, lambda cost: cost.cpu):.2f}",
                    f"{elapsed / best(peer, lambda cost: cost.elapsed):.2f}",
                )
            peak = max(cost.peak for cost in of_maker)
            result.add_row(
                str(count), name, f"{cpu:.2f}", f"{elapsed:.2f}", f"{peak:.0f}", f"{sizes[name]:.1f}", *beside
            )
    if not sloth:
        click.echo("Sloth is not here; give its program with --sloth to compare.", err=True)
    show(result)


if __name__ == "__main__":
    main()
