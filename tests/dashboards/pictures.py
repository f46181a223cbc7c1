"""
The pictures of README and docs, made of the running demo: ``make pictures``.

Every dashboard that the demo generates is drawn by Grafana's own components (`drawing/`), in dark and in light, with the data of a
demo whose checkout has just been broken. A panel without data is a failure, unless it is rightly empty. So is anything that the
browser complains of.

``python -m dashboards.pictures --work DIR`` keeps all drawings in DIR, to be looked at; with ``--running`` the demo that runs is drawn as it is.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import click
from PIL import Image

from dashboards.queries import Json, rightly_empty
from tallystick.demo import installers, tools
from tallystick.demo.configs import SCRAPE_SECONDS
from tallystick.demo.state import DemoState, read_state
from tallystick.errors import DemoError

CHECKOUT = Path(__file__).parents[2]
DRAWING = Path(__file__).with_name("drawing")
IMAGES = CHECKOUT / "docs" / "images"
STATUS = "status.png"
"""The exporter's own page."""

Theme = Literal["dark", "light"]
THEMES: tuple[Theme, ...] = get_args(Theme)
SHOWN: Theme = "dark"
"""Grafana's default, which the documentation shows."""

WIDTH = 1600
HEIGHT = 1500
"""No more of a long dashboard than this, in pixels, is in the documentation; what is drawn to be looked at is whole."""

LARGEST_BYTES = 300_000

CHOICE = {"service": "checkout", "slo": "checkout-availability"}
"""What a dashboard of one service or SLO shows."""

QUERIES: Mapping[str, Mapping[str, str]] = {"tallystick-exporter": {"from": "now-5m"}}
"""What the address of a dashboard says beside that: an exporter has no past of its own before its start."""

BROKEN_SHARE = 0.4
"""Of the checkout's requests."""

START_SECONDS = 900
"""How long the demo may take to start, with all that is installed first."""

SETTLE_SECONDS = 180
"""How long after a page its alerts, and the slowest rules, may take to be everywhere."""


@dataclass(frozen=True, slots=True)
class Job:
    """
    Something to draw.

    Attributes:
        out: where the drawing goes.
        theme: dark or light.
        dashboard: file of the dashboard; None: a page.
        page: its address; None: a dashboard.
        query: of the dashboard's address.
        height: where it is cut off at the latest, below a panel; 0: nowhere.
    """

    out: str
    theme: Theme
    dashboard: str | None = None
    page: str | None = None
    query: Mapping[str, str] | None = None
    height: int = 0


def picture_name(dashboard: str) -> str:
    """The file in `IMAGES` that shows a *dashboard*, of which the uid is given."""
    return f"dashboard-{dashboard.removeprefix('tallystick-')}.png"


def picture_names(uids: Iterable[str]) -> set[str]:
    """All files that belong into `IMAGES`, when dashboards of these *uids* are generated for everybody."""
    return {STATUS, *map(picture_name, uids)}


@click.command()
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), help="Keep all drawings in this folder.")
@click.option("--running", is_flag=True, help="Draw the demo that runs, and not one of our own.")
def main(work: Path | None, *, running: bool) -> None:
    """Draw all dashboards of the demo, and put those of the documentation into docs/images."""
    try:
        with _folder(work) as drawings:
            _install()
            with nullcontext(read_state()) if running else _broken_demo() as demo:
                _make(demo, drawings)
    except DemoError as fault:
        click.echo(fault, err=True)
        sys.exit(2)


def _install() -> None:
    """Have everything that draws: packages of npm, bundled for the browser."""
    if shutil.which("npm") is None:
        installers.system_package("npm")
    lock, installed = DRAWING / "package-lock.json", DRAWING / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        click.echo("Installing what draws Grafana's panels: 400 packages of npm, some 500 MB ...")
        _run(["npm", "ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"])
    _run(["node", "build.mjs"])


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, cwd=DRAWING, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"{' '.join(command)} ended with {done.returncode}:\n{(done.stderr or done.stdout)[-3000:]}")
    return done.stdout


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        yield wanted.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="tallystick-pictures-") as folder:
        yield Path(folder)


@contextmanager
def _broken_demo() -> Iterator[DemoState]:
    """A demo whose checkout fails many requests, and has paged."""
    with tempfile.TemporaryDirectory(prefix="tallystick-pictures-", ignore_cleanup_errors=True) as scratch:
        runtime, log = Path(scratch, "runtime"), Path(scratch, "log")
        runtime.mkdir()
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        ports = ["--prometheus.port=0", "--alertmanager.port=0", "--exporter.port=0"]
        command = [sys.executable, "-m", "tallystick", "demo"]
        with log.open("w") as output:
            demo = subprocess.Popen([*command, f"--dir={scratch}/demo", *ports], stdout=output, stderr=output)
        try:
            click.echo("Starting the demo ...")
            deadline = time.monotonic() + START_SECONDS
            while "Ctrl-C" not in log.read_text():
                if demo.poll() is not None or time.monotonic() > deadline:
                    raise DemoError(f"the demo does not start:\n{log.read_text()[-3000:]}")
                time.sleep(1)
            click.echo("Breaking its checkout, and waiting for the page ...")
            subprocess.run([*command, "fault", f"--share={BROKEN_SHARE}", "--for=1h"], check=False)
            yield read_state()
        finally:
            demo.terminate()
            demo.wait(60)


def _make(demo: DemoState, drawings: Path) -> None:
    """Draw *demo* into *drawings*, again until nothing lacks that will come, and put the pictures into `IMAGES`."""
    dashboards = sorted(Path(demo.folder, "build").glob("*dashboards/**/*.json"))
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        click.echo(f"Drawing {len(dashboards)} dashboards in dark and in light ...")
        found = _draw(demo, list(_to_look_at(demo, dashboards, drawings)), drawings)
        faults = list(dict.fromkeys(fault for one in found for fault in _faults(one)))
        if not faults or time.monotonic() > deadline:
            break
        click.echo(f"{len(faults)} things are not as they should be yet, the first: {faults[0]}")
    if faults:
        raise DemoError("\n".join([*faults, "docs/images is left as it was"]))
    everybodys = [path for path in dashboards if path.parent.name == "dashboards"]
    wanted = [_job(path, SHOWN, drawings / picture_name(path.stem), HEIGHT) for path in everybodys]
    wanted.append(Job(str(drawings / STATUS), "light", page=demo.exporter, height=HEIGHT))
    _draw(demo, wanted, drawings)
    for job in wanted:
        _compress(Path(job.out))


def _to_look_at(demo: DemoState, dashboards: Sequence[Path], drawings: Path) -> Iterator[Job]:
    """Everything there is, whole."""
    for theme in THEMES:
        for path in dashboards:
            yield _job(path, theme, drawings / f"{path.stem}-{theme}.png")
        yield Job(str(drawings / f"status-{theme}.png"), theme, page=demo.exporter)


def _job(dashboard: Path, theme: Theme, out: Path, height: int = 0) -> Job:
    variables = json.loads(dashboard.read_text(encoding="utf-8"))["templating"]["list"]
    chosen = {one["name"] for one in variables if one["type"] == "query" and not one["includeAll"]}
    query = {f"var-{name}": value for name, value in CHOICE.items() if name in chosen}
    query |= QUERIES.get(dashboard.stem, {})
    return Job(str(out), theme, dashboard=str(dashboard), query=query, height=height)


def _draw(demo: DemoState, jobs: Sequence[Job], work: Path) -> list[Json]:
    """Draw *jobs*; returns what was found while they were drawn, as `drawing/draw.mjs` tells it."""
    order = {
        "chromium": str(tools.ensure("chromium")),
        "prometheus": demo.prometheus,
        "scrapeSeconds": SCRAPE_SECONDS,
        "width": WIDTH,
        "jobs": [asdict(job) for job in jobs],
    }
    (work / "jobs.json").write_text(json.dumps(order), encoding="utf-8")
    found: list[Json] = json.loads(_run(["node", "draw.mjs", str(work / "jobs.json")]))
    return found


def _faults(found: Json) -> Iterator[str]:
    """What is wrong with something that was drawn."""
    name = Path(found["out"]).stem
    yield from (f"{name}: {problem}" for problem in found["problems"])
    expected = rightly_empty(CHOICE["slo"])
    for panel in found["panels"]:
        if panel.get("error"):
            yield f"{name}, {panel['title']}: {panel['error']}"
        for ref, values in panel["values"].items():
            where = f"{panel['title']} ({ref})"
            if not values and where not in expected:
                yield f"{name}, {where}: no data"


def _compress(drawing: Path) -> None:
    """
    Put *drawing* into `IMAGES`, with a palette of 256 colours: flat ones lose nothing that can be seen.

    Not by median cut, which gives its colours to what is large: a small mark in orange would become red.

    Raises:
        DemoError: it is still too large.
    """
    target = IMAGES / drawing.name
    with Image.open(drawing) as image:
        image.convert("RGB").quantize(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            target, optimize=True
        )
    size = target.stat().st_size
    if size > LARGEST_BYTES:
        raise DemoError(f"{target} has {size} bytes, more than {LARGEST_BYTES}")
    click.echo(f"{target.relative_to(CHECKOUT)}: {size // 1000} kB")


if __name__ == "__main__":
    main()
