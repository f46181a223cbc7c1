"""From files and folders to SLOs: what is read, what comes out, and what is left out."""

import errno
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import EventsSli, LatencySli, UpSli
from tallystick.core.slo import Slo
from tallystick.core.window import RollingWindow
from tallystick.definition import load as load_module
from tallystick.definition.load import Loaded, load_paths

EXAMPLES = Path(__file__).parents[2] / "slo-definitions"

FULL = """\
apiVersion: tallystick/v1
service: checkout
description: Takes the customer's money.
team: payments
tier: 1
labels: {env: prod, region: eu, version: 1.10, canary: no}
links: {runbook: "https://runbooks.example.com/checkout"}
depends_on: [cart, stock]
slos:
  - name: availability
    description: Requests are answered.
    objective: 99.90%
    window: [30d, 7d]
    labels: {env: test}
    links: {code: "https://git.example.com/checkout"}
    sli:
      events:
        total: http_requests_total{job="checkout"}
        bad: http_requests_total{job="checkout",code=~"5.."}
    alerting:
      page:
        labels: {severity: critical, channel: "#payments"}
        annotations: {who: "ask {{ $labels.team }}"}
      ticket: {enabled: false}
      min_events: 50
  - name: quick
    objective: 0.99
    window: 4w
    sli:
      latency: {histogram: 'request_seconds_bucket{job="checkout"}', threshold: 300ms}
  - name: reachable
    objective: 0.999
    window: 30d
    sli: {up: {metric: probe_success}}
"""
SMALL = "apiVersion: tallystick/v1\nservice: {}\nslos:\n  - {{name: a, objective: 99%, window: 30d, sli: {{up: {{metric: up}}}}}}\n"


def load(folder: Path, **files: str) -> Loaded:
    """Write *files* into *folder* and load it."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_paths([folder])


@pytest.fixture
def full(tmp_path: Path) -> dict[str, Slo]:
    """The SLOs of a definition with every field, by name."""
    loaded = load(tmp_path, checkout=FULL)
    assert not loaded.problems
    return {slo.name: slo for slo in loaded.slos}


def test_fields_arrive(full: dict[str, Slo], tmp_path: Path) -> None:
    """What is written of service and SLO is in the value, the SLO's labels and links over the file's."""
    slo = full["availability"]

    assert (slo.slo_id, slo.service, slo.team, slo.tier) == ("checkout-availability", "checkout", "payments", "1")
    assert slo.description == "Requests are answered."
    assert slo.windows == (RollingWindow(30 * 86_400), RollingWindow(7 * 86_400))
    assert slo.labels == {"env": "test", "region": "eu", "version": "1.10", "canary": "no"}
    assert slo.links == {"runbook": "https://runbooks.example.com/checkout", "code": "https://git.example.com/checkout"}
    assert slo.depends_on == ("cart", "stock")
    assert (slo.file, slo.line) == ((tmp_path / "checkout.yaml").as_posix(), 10)


def test_alerting_arrives(full: dict[str, Slo]) -> None:
    """Labels, annotations, the switch and the fewest events of alerts are in the value; without any, defaults are."""
    alerting = full["availability"].alerting

    assert alerting.page.labels == {"severity": "critical", "channel": "#payments"}
    assert alerting.page.annotations == {"who": "ask {{ $labels.team }}"}
    assert (alerting.page.enabled, alerting.ticket.enabled, alerting.min_events) == (True, False, 50)
    assert (full["quick"].alerting.page.enabled, full["quick"].alerting.min_events) == (True, None)


def test_indicators_arrive(full: dict[str, Slo]) -> None:
    """Each kind of SLI is typed: selectors parsed, the histogram by its base name, the threshold in seconds."""
    job = Matcher("job", MatchOp.EQUAL, "checkout")
    total = Selector("http_requests_total", (job,))

    assert full["availability"].sli == EventsSli(total, bad=total.having(Matcher("code", MatchOp.REGEX, "5..")))
    assert full["quick"].sli == LatencySli(Selector("request_seconds", (job,)), Decimal("0.3"))
    assert full["reachable"].sli == UpSli(Selector("probe_success"))


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ("99.9%", "0.999"),
        ("0.999", "0.999"),
        ('"99.9 %"', "0.999"),
        (".999", "0.999"),
        ("99.99999%", "0.9999999"),
        ("0.999999999999", "0.999999999999"),
        ("9.99e-1", "0.999"),
        ("95%", "0.95"),
    ],
)
def test_objectives_are_exact(tmp_path: Path, written: str, exact: str) -> None:
    """An objective is the decimal that is written, whether as a percentage or a ratio; no float is in between."""
    loaded = load(tmp_path, a=SMALL.format("a").replace("99%", written))

    assert [slo.objective for slo in loaded.slos] == [Decimal(exact)]


@pytest.mark.parametrize(
    ("written", "exact"),
    [("300ms", "0.3"), ("0.3", "0.3"), ("1", "1"), ("1.0e3", "1000"), ("1m30s", "90"), ('".25"', "0.25")],
)
def test_thresholds_are_exact(tmp_path: Path, written: str, exact: str) -> None:
    """A threshold is the number that is written, or the duration in seconds."""
    loaded = load(tmp_path, a=FULL.replace("300ms", written))

    assert [slo.sli.threshold for slo in loaded.slos if isinstance(slo.sli, LatencySli)] == [Decimal(exact)]


def test_revision_follows_meaning(tmp_path: Path) -> None:
    """The revision is the same for another order, spelling and place of the same meaning."""
    other = FULL.replace("99.90%", "0.999").replace("[30d, 7d]", "[720h, 1w]")
    other = "\n" + other.replace("{env: prod, region: eu", "{region: eu, env: prod")

    before, after = load(tmp_path, a=FULL).slos[0], load(tmp_path, a=other).slos[0]

    assert (before.line, after.line) == (10, 11)
    assert before.revision == after.revision
    assert len(before.revision) == 12


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("99.90%", "99.91%"),
        ("[30d, 7d]", "[7d, 30d]"),
        ("payments\n", "money\n"),
        ("tier: 1", "tier: 2"),
        ('code=~"5.."', 'code=~"5.*"'),
        ("bad:", "good:"),
        ("min_events: 50", "min_events: auto"),
        ("{enabled: false}", "{}"),
        ("answered.", "answered!"),
        ("depends_on: [cart, stock]", "depends_on: [cart]"),
        ("critical", "page"),
        ("ask {{", "call {{"),
        ("git.example.com", "code.example.com"),
    ],
)
def test_every_part_of_the_meaning_is_in_the_revision(tmp_path: Path, old: str, new: str) -> None:
    """Whatever is changed in an SLO, its revision changes with it."""
    assert old in FULL

    before, after = load(tmp_path, a=FULL).slos[0], load(tmp_path, a=FULL.replace(old, new)).slos[0]

    assert before.name == after.name == "availability"
    assert before.revision != after.revision


def test_folders_are_read_deeply_in_order_without_hidden_ones(tmp_path: Path) -> None:
    """*.yaml and *.yml at any depth are read, sorted; what starts with a dot is not, nor are other files."""
    for name in ("b.yaml", "a.yml", "deep/er/c.yaml", ".hidden.yaml", ".git/d.yaml", "notes.txt", "e.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SMALL.format(path.stem), encoding="utf-8")

    loaded = load_paths([tmp_path])

    assert [str(path.relative_to(tmp_path)) for path in loaded.files] == ["a.yml", "b.yaml", "deep/er/c.yaml"]
    assert [slo.slo_id for slo in loaded.slos] == ["a-a", "b-a", "c-a"]


def test_links_to_files_are_read_and_nothing_else_that_is_no_file(tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: links into a hidden folder. A pipe would be waited for."""
    mounted = tmp_path / "..data"
    mounted.mkdir()
    (mounted / "a.yaml").write_text(SMALL.format("a"), encoding="utf-8")
    (tmp_path / "a.yaml").symlink_to(mounted / "a.yaml")
    (tmp_path / "gone.yaml").symlink_to(mounted / "gone.yaml")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "again").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")

    loaded = load_paths([tmp_path])

    assert [path.name for path in loaded.files] == ["a.yaml"]
    assert not loaded.problems


def test_a_folder_that_the_system_refuses_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a folder inside, too: what is in it would be missing without a word."""
    load(tmp_path, a=SMALL.format("a"))
    (tmp_path / "closed").mkdir()
    (tmp_path / "lost+found").mkdir()  # nobody but root may read it, and nobody writes definitions there
    scan = os.scandir

    def refuse(folder: Path) -> Any:
        if folder.name in ("closed", "lost+found"):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    loaded = load_paths([tmp_path])

    assert [(problem.file, problem.code) for problem in loaded.problems] == [(str(tmp_path / "closed"), "path")]
    assert "Permission denied" in loaded.problems[0].message
    assert [slo.slo_id for slo in loaded.slos] == ["a-a"]


def test_a_large_file_is_read_to_its_end(tmp_path: Path) -> None:
    """Most files are small, and what is read first is all of them."""
    loaded = load(tmp_path, a="#" * 100_000 + "\n" + SMALL.format("a"))

    assert [slo.slo_id for slo in loaded.slos] == ["a-a"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """A folder and a file in it do not give the same SLO twice."""
    load(tmp_path, a=SMALL.format("a"))

    loaded = load_paths([tmp_path, tmp_path / "a.yaml", tmp_path])

    assert len(loaded.files) == len(loaded.slos) == 1
    assert not loaded.problems


def test_a_named_file_may_have_any_name(tmp_path: Path) -> None:
    """A file that is named itself is read, hidden or not, whatever it ends in."""
    path = tmp_path / ".definition"
    path.write_text(SMALL.format("a"), encoding="utf-8")

    assert [slo.slo_id for slo in load_paths([path]).slos] == ["a-a"]


def test_slos_of_a_wrong_file_are_left_out_whole(tmp_path: Path) -> None:
    """One error leaves out all SLOs of its file, in whatever document, and none of the others."""
    wrong = SMALL.format("one") + "---\n" + SMALL.format("two").replace("99%", "99")

    loaded = load(tmp_path, right=SMALL.format("right"), wrong=wrong)

    assert [slo.slo_id for slo in loaded.slos] == ["right-a"]
    assert [problem.code for problem in loaded.errors] == ["objective-range"]


def test_a_warning_leaves_nothing_out(tmp_path: Path) -> None:
    """An SLO with a warning is there."""
    loaded = load(tmp_path, a=SMALL.format("a").replace("99%", "0.99%"))

    assert [problem.severity for problem in loaded.problems] == ["warning"]
    assert len(loaded.slos) == 1
    assert not loaded.errors


def test_one_id_in_two_files_leaves_out_the_later_file(tmp_path: Path) -> None:
    """An id that is there twice is an error of the second file, which names the first one's place."""
    loaded = load(tmp_path, a=SMALL.format("same"), b=SMALL.format("same"))

    assert [slo.file for slo in loaded.slos] == [(tmp_path / "a.yaml").as_posix()]
    assert [(problem.code, Path(problem.file).name) for problem in loaded.problems] == [("duplicate-id", "b.yaml")]
    assert "a.yaml:4" in loaded.problems[0].message


def test_problems_are_sorted_by_place(tmp_path: Path) -> None:
    """Problems come by file, line and column, whichever check found them."""
    wrong = "apiVersion: tallystick/v1\nservice: a b\nlabels: {slo: x}\nnope: 1\nslos: []\n"

    loaded = load(tmp_path, b=wrong, a=wrong)

    places = [(problem.file, problem.line, problem.column) for problem in loaded.problems]
    assert places == sorted(places)
    assert len(places) == 8


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_path_without_definitions_is_a_problem(tmp_path: Path, name: str) -> None:
    """A path that is not there, and a folder with nothing to read, are told: a gate on nothing is no gate."""
    (tmp_path / "empty").mkdir()

    loaded = load_paths([tmp_path / name])

    assert [problem.code for problem in loaded.problems] == ["path"]


def test_a_file_that_the_system_refuses_is_a_problem(tmp_path: Path) -> None:
    """What can't be opened is told with the system's reason."""
    loop = tmp_path / "loop.yaml"
    loop.symlink_to(loop)

    loaded = load_paths([loop])

    assert [problem.code for problem in loaded.problems] == ["path"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit nothing is parsed."""
    monkeypatch.setattr(load_module, "MAX_BYTES", 100)

    loaded = load(tmp_path, a=SMALL.format("a") + "#" * 100)

    assert [problem.code for problem in loaded.problems] == ["too-large"]
    assert not loaded.slos


def test_empty_documents_between_others_are_nothing(tmp_path: Path) -> None:
    """`---` at the end or twice in a row, as generators write it, is no problem."""
    loaded = load(tmp_path, a="---\n" + SMALL.format("a") + "---\n---\n" + SMALL.format("b") + "---\n")

    assert [slo.slo_id for slo in loaded.slos] == ["a-a", "b-a"]
    assert not loaded.problems


def test_examples_have_no_problem() -> None:
    """The definitions that ship with tallystick are right, and without a warning."""
    loaded = load_paths([EXAMPLES])

    assert not loaded.problems
    assert len(loaded.slos) >= 11
