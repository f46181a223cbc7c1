"""Two processes that take definitions to files make what one does, and leave nothing behind where they can't."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.slos import AT
from tallystick import halves
from tallystick.cli import making
from tallystick.cli.making import Wanted, make
from tallystick.core.slo import Slo
from tallystick.definition.checks.interval import Told
from tallystick.errors import GenerateError, TallystickError
from tallystick.generate import output
from tallystick.generate.output import Outcome
from tallystick.generate.render import PARTS, Making

HERE = os.getpid()
OURS = """\
apiVersion: tallystick/v1
service: {service}
team: payments
slos:
  - name: availability
    objective: 99.9%
    window: 30d
    sli: {{events: {{total: 'a_total{{job="{service}"}}', bad: 'a_total{{job="{service}",code=~"5.."}}'}}}}
"""
SLOTH = """\
version: prometheus/v1
service: {service}
labels: {{team: orders}}
slos:
  - name: requests
    objective: 99.5
    sli:
      events:
        error_query: sum(rate(b_total{{job="{service}",code=~"5.."}}[{{{{.window}}}}]))
        total_query: sum(rate(b_total{{job="{service}"}}[{{{{.window}}}}]))
    alerting: {{name: B, page_alert: {{labels: {{severity: page}}}}, ticket_alert: {{disable: true}}}}
"""
USUAL = {
    "0.yaml": OURS.format(service="zoo"),
    "1.yaml": SLOTH.format(service="cart"),
    "2.yaml": OURS.format(service="bar"),
    "3.yaml": SLOTH.format(service="ape"),
}
"""Files whose services are in another order than they are."""

APART = {
    "usual": {},
    "templates": {"1.yaml": OURS.format(service="s-{{ it }}") + "for_each: [{it: one}, {it: two}]\n"},
    "warnings": {"0.yaml": OURS.format(service="zoo").replace("99.9%", "40%")},
    "a lowered alert": {"3.yaml": OURS.format(service="ape").replace("99.9%", "90%")},
    "an error here": {"0.yaml": OURS.format(service="zoo").replace("99.9%", "200%")},
    "an error there": {"3.yaml": OURS.format(service="ape").replace("total:", "totl:")},
    "errors": {"0.yaml": "a: [", "2.yaml": "", "3.yaml": SLOTH.format(service="ape").replace("window", "windw")},
}
TOGETHER = {
    "one service in two files": {"3.yaml": OURS.format(service="zoo").replace("availability", "other")},
    "one id twice": {"3.yaml": OURS.format(service="zoo")},
    "ids that meet": {
        "0.yaml": OURS.format(service="a-b"),
        "3.yaml": OURS.format(service="a").replace("availability", "b-availability"),
    },
    "a tier": {
        "1.yaml": OURS.format(service="cart") + "tier: gold\n",
        "9.yaml": "apiVersion: tallystick/v1\ntiers: {gold: {alerting: {labels: {tier: gold}}}}\n",
    },
    "defaults": {"9.yaml": "apiVersion: tallystick/v1\ndefaults: {team: others}\n"},
    "an exclusion": {
        "2.yaml": OURS.format(service="bar")
        + "exclusions:\n  - {reason: move, from: 2026-01-01 10:00, to: 2026-01-01 12:00}\n"
    },
    "an agreement": {
        "2.yaml": "apiVersion: tallystick/v1\nservice: ape\nagreements:\n"
        "  - {name: gold, kind: sla, party: ACME, slo: availability, objective: 99%, window: month}\n"
    },
    "a composite": {
        "3.yaml": "apiVersion: tallystick/v1\nservice: ape\nslos:\n  - name: whole\n    objective: 99%\n"
        "    window: 30d\n    sli: {composite: {of: [{slo: zoo-availability}]}}\n"
    },
    "an earlier name": {"3.yaml": OURS.format(service="ape").replace("    window", "    was: [zoo-old]\n    window")},
    "a warning that is ignored": {
        "0.yaml": OURS.format(service="zoo").replace("99.9%", "40%")
        + "ignore: [{check: objective-range, reason: it is new}]\n"
    },
    "windows of Sloth's": {
        "3.yaml": "apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\nspec:\n  sloPeriod: 28d\n"
        "  page: {quick: {errorBudgetPercent: 2, shortWindow: 5m, longWindow: 1h},"
        " slow: {errorBudgetPercent: 5, shortWindow: 30m, longWindow: 6h}}\n"
        "  ticket: {quick: {errorBudgetPercent: 10, shortWindow: 2h, longWindow: 1d},"
        " slow: {errorBudgetPercent: 10, shortWindow: 6h, longWindow: 3d}}\n"
    },
    "another tool": {
        "3.yaml": "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: ape}\nspec: {}\n",
    },
}
"""Files in place of some, which two processes can read each for itself; and which have to be read together."""


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few files are enough for two processes."""
    monkeypatch.setattr(making, "WORTH_TWO", 2)
    monkeypatch.setattr(halves, "_can_fork", lambda: True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the usual definitions."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {})
    return tmp_path


def write(folder: Path, more: dict[str, str]) -> None:
    """The usual definitions, but for *more*."""
    (folder / "slos").mkdir(exist_ok=True)
    for name, text in (USUAL | more).items():
        (folder / "slos" / name).write_text(text)


def made(out: str, parts: Sequence[str] = PARTS) -> tuple[Outcome, list[str]]:
    """What is made of all definitions."""

    def begin(slos: Iterable[Slo]) -> Making:
        return Making(slos, parts, {}, at=AT)  # type: ignore[arg-type]  # they are parts

    return make([Path("slos")], Told(), Wanted(begin, Path(out), parts, AT, lambda _done, _of: None))


def tree(folder: Path) -> dict[str, bytes]:
    """All files in *folder*, hidden ones too."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def both(folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, bool]:
    """What comes of it with one process and with two; and whether they went on to the end."""
    went_on: list[int] = []
    together = making._together

    def seen(*arguments: Any) -> Any:
        went_on.append(1)
        return together(*arguments)

    results = []
    for forks in (False, True):
        with monkeypatch.context() as context:
            context.setattr(halves, "_can_fork", lambda forks=forks: forks)
            context.setattr(making, "_together", seen)
            try:
                result: Any = made("out")
            except SystemExit as exit_:
                result = exit_.code
            results.append((result, capfd.readouterr(), tree(folder / "out")))
        for path in sorted((folder / "out").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    alone, together_ = results
    return alone, together_, bool(went_on)


@pytest.mark.parametrize("more", APART.values(), ids=APART)
def test_two_processes_make_what_one_does(
    more: dict[str, str], folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files, what became of them, what there is to say, and what is wrong, wherever that is."""
    write(folder, more)

    alone, together, went_on = both(folder, capfd, monkeypatch)

    assert together == alone
    assert went_on


@pytest.mark.parametrize("more", TOGETHER.values(), ids=TOGETHER)
def test_what_belongs_together_is_read_together(
    more: dict[str, str], folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one file says for another counts, whichever process would have read it."""
    write(folder, more)

    alone, together, went_on = both(folder, capfd, monkeypatch)

    assert together == alone
    assert not went_on


def test_a_second_run_touches_nothing(folder: Path) -> None:
    """Each process knows which of its files are there already, and what is gone goes."""
    first, _ = made("out")
    times = {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*.yaml")}
    second, _ = made("out")

    assert second == Outcome(same=first.new)
    assert {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*.yaml")} == times

    (folder / "slos/3.yaml").unlink()
    third, _ = made("out", ["rules"])

    assert third.removed == ["rules/ape.yaml"]


@pytest.mark.parametrize("service", ["zoo", "ape"])
def test_a_file_in_the_way_is_left_there(service: str, folder: Path) -> None:
    """Whoever would write over it, neither writes anything."""
    (folder / "out/rules").mkdir(parents=True)
    (folder / f"out/rules/{service}.yaml").write_text("mine")

    with pytest.raises(GenerateError, match=f"out/rules/{service}.yaml is there and was not made by tallystick"):
        made("out")

    assert tree(folder / "out") == {f"rules/{service}.yaml": b"mine"}


@pytest.mark.parametrize("fails", [lambda pid: pid == HERE, lambda pid: pid != HERE, lambda _pid: True])
def test_a_full_disk_changes_nothing(fails: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can't write, what the other had written beside its place is taken away."""
    made("out", ["rules"])
    before = tree(folder / "out")
    (folder / "slos/0.yaml").write_text(OURS.format(service="zoo").replace("99.9", "99"))
    (folder / "slos/3.yaml").write_text(SLOTH.format(service="ape").replace("99.5", "99"))
    stage = output._stage

    def full(*arguments: Any) -> Any:
        if fails(os.getpid()):
            raise OSError(28, "No space left on device")
        return stage(*arguments)

    monkeypatch.setattr(output, "_stage", full)

    with pytest.raises(OSError, match="No space left"):
        made("out", ["rules"])

    assert tree(folder / "out") == before


def test_a_process_that_ends_is_done_without(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it should have written is written here, and what was written here is taken away before."""
    stage = output._stage

    def ends(*arguments: Any) -> Any:
        if os.getpid() != HERE:
            os._exit(9)
        return stage(*arguments)

    monkeypatch.setattr(output, "_stage", ends)

    outcome, _ = made("out", ["rules"])

    assert outcome.new == [f"rules/{name}.yaml" for name in ("_exporter", "ape", "bar", "cart", "zoo")]
    assert not [path for path in tree(folder / "out") if path.endswith(".tmp")]


def test_no_slo_is_told(folder: Path) -> None:
    """Of files without any there is nothing to make."""
    for name in USUAL:
        (folder / "slos" / name).write_text("apiVersion: tallystick/v1\ntiers: {}\n")

    with pytest.raises(TallystickError, match="no SLO in slos"):
        made("out")
