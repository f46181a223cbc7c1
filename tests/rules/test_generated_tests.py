"""The unit tests that are generated: they pass with both promtools, for all kinds of SLOs, and fail where rules are wrong."""

import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from support.kinds import SLIS, slos_of_all_kinds
from support.servers import Binaries
from support.slos import BAD_EVENTS, LATENCY, make_slo, selector
from tallystick.core.alerting import Alerting, BurnPolicy, Notice
from tallystick.core.exclusion import Exclusion
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import CompositeSli, EventsSli, Part
from tallystick.core.slo import Slo
from tallystick.definition.load import load_paths
from tallystick.generate.render import render

EXAMPLES = Path(__file__).resolve().parents[2] / "slo-definitions"
AT = 1_800_000_000
PARTS = [make_slo(), make_slo(name="latency", sli=LATENCY, objective="0.99")]
UPGRADE = Exclusion(reason="upgrade", starts=datetime(2026, 1, 1, 6), ends=datetime(2026, 1, 1, 8))  # noqa: DTZ001  # by the clock of its zone


def written(folder: Path, slos: Iterable[Slo]) -> list[str]:
    """Rules and tests of *slos* in *folder*; the paths of the latter."""
    for name, content in render(slos, ["rules", "tests"], at=AT).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return sorted(str(path) for path in folder.glob("tests/*.yaml"))


def run(promtool: Path, files: list[str]) -> tuple[int, str]:
    """What promtool says of test files, from a folder that is none of theirs."""
    done = subprocess.run([promtool, "test", "rules", *files], cwd="/", capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="session")
def newest(prometheus_binaries: dict[str, Binaries]) -> Path:
    """Promtool of one version only, where the other would say the same."""
    return prometheus_binaries["3.x"].promtool


def notes(folder: Path) -> str:
    """The comments of all test files."""
    texts = (path.read_text() for path in folder.glob("tests/*.yaml"))
    return "\n".join(line for text in texts for line in text.splitlines() if line.startswith("#"))


def test_they_pass_for_the_examples(promtool: Path, tmp_path: Path) -> None:
    """Each service has a file, and promtool finds that all alerts do what the definitions ask for."""
    slos = load_paths([EXAMPLES]).slos

    files = written(tmp_path, slos)

    assert [Path(file).stem for file in files] == sorted({slo.service for slo in slos})
    status, said = run(promtool, files)
    assert status == 0, said


def test_they_pass_for_all_kinds(promtool: Path, tmp_path: Path) -> None:
    """Counters, sums, histograms, gauges, queries, composites, with groups and without; and it is told how each is fed."""
    slos = [*slos_of_all_kinds(), *PARTS]

    status, said = run(promtool, written(tmp_path, slos))

    assert status == 0, said
    told = notes(tmp_path)
    assert all(f"# {slo.slo_id}: " in told for slo in slos)
    assert "# query-kept: it is a query; so the base pair that it is recorded as is fed." in told
    assert "# events-bad-kept: its series are made of its selectors." in told
    assert "not tried" not in told


ALERTINGS = {
    "none": Alerting(page=Notice(enabled=False), ticket=Notice(enabled=False)),
    "tickets": Alerting(page=Notice(enabled=False)),
    "any-events": Alerting(min_events=0),
    "many-events": Alerting(min_events=100_000),
    "bad-events": Alerting(min_bad=5),
    "traffic": Alerting(weigh="traffic"),
    "own": Alerting(
        page=Notice(
            burn=(
                BurnPolicy("page", Fraction(1, 100), 1_800, 300, for_seconds=0),
                BurnPolicy("page", Fraction(3, 100), 4 * 3_600, 1_500),
            ),
            labels={"severity": "{{ $labels.slo }}", "channel": 'a"b\\{{'},
        ),
        ticket=Notice(burn=(BurnPolicy("ticket", Fraction(1, 2), 7 * 86_400, 86_400),), for_seconds=3_600),
    ),
}


@pytest.mark.parametrize("kind", ["events-by", "up", "composite-serial"])
def test_they_follow_what_owners_ask_for(promtool: Path, tmp_path: Path, kind: str) -> None:
    """Pages off, other windows and waits, events that must be there, a budget of events: each is tried as it is defined."""
    able = {name: one for name, one in ALERTINGS.items() if name != "traffic" or "composite" not in kind}
    slos = [make_slo(service=name, name="a", sli=SLIS[kind], alerting=one) for name, one in able.items()]

    status, said = run(promtool, written(tmp_path, [*slos, *PARTS]))

    assert status == 0, said
    assert "# none-a: has no alerts." in notes(tmp_path)


@pytest.mark.parametrize("objective", ["0.5", "0.95", "0.99999"])
def test_they_follow_objectives_and_periods(promtool: Path, tmp_path: Path, objective: str) -> None:
    """Factors that are raised, lowered or as they were, thresholds near one another and near 1."""
    slos = [
        make_slo(service=f"{kind}-{days}", name="a", sli=SLIS[kind], objective=objective, days=days)
        for kind in ("events-good", "up", "composite-weighted")
        for days in (7, 90)
    ]

    status, said = run(promtool, written(tmp_path, [*slos, *PARTS]))

    assert status == 0, said


def test_what_is_excluded_is_silent(promtool: Path, tmp_path: Path) -> None:
    """Copies of the rules leave out the rule that knows the date, and what it says is fed: nothing fires."""
    whole = CompositeSli((Part("checkout-availability"), Part("checkout-latency")))
    slos = [
        *(replace(slo, exclusions=(UPGRADE,)) for slo in PARTS),
        make_slo(service="probes", sli=SLIS["up"], exclusions=(UPGRADE,)),
        make_slo(service="queries", sli=SLIS["query"], exclusions=(UPGRADE,)),
        make_slo(service="apart", sli=whole, exclusions=(UPGRADE, replace(UPGRADE, reason="other"))),
    ]

    files = written(tmp_path, slos)

    status, said = run(promtool, files)
    assert status == 0, said
    for service in ("checkout", "probes", "apart"):
        assert f"{service}: errors while excluded" in (tmp_path / f"tests/{service}.yaml").read_text()
    assert "Not shown: errors while excluded" in (tmp_path / "tests/queries.yaml").read_text()
    unmasked = tmp_path / "tests/rules/checkout.yaml"
    unmasked.write_text(unmasked.read_text().replace("slo:excluded{", "slo:never{"))
    status, said = run(promtool, files)
    assert status == 1
    assert "checkout-availability" in said


HOSTILE = "a\"b\\c\n{{ .Value }} é漢😀 '%s#{,}"


MATCHERS = [
    ("=~", "5.."),
    ("=~", "5..|429"),
    ("=~", "(?i)error|FAIL(ed)?"),
    ("=~", ".+"),
    ("=~", "[a-f]{2}\\d+"),
    ("=~", "^api\\.v1\\.[^/]+$"),
    ("=~", "(?:GET|POST) /pay/.*"),
    ("=~", "[^0-9a-zA-Z]+"),
    ("!~", "2..|3.."),
    ("!~", ""),
    ("!=", "200"),
    ("!=", ""),
    ("=", ""),
    ("=", HOSTILE),
    ("!=", HOSTILE),
]
QUICK = Alerting(
    page=Notice(burn=(BurnPolicy("page", Fraction(2, 100), 3_600, 300),)), ticket=Notice(enabled=False), min_events=0
)
"""One alert, where alerts are not what a test is about."""


def test_series_are_found_for_matchers(promtool: Path, tmp_path: Path) -> None:
    """Good and bad series are made of the selectors themselves, whatever they match by, odd names and values included."""
    job = Matcher("job", MatchOp.EQUAL, HOSTILE)
    total = Selector("http_requests_total", (job, Matcher("path", MatchOp.NOT_REGEX, "/(health|ready)z?")))
    slos = [
        make_slo(
            service=f"matcher-{number}",
            sli=EventsSli(total=total, bad=total.having(Matcher("code", MatchOp(op), value))),
            alerting=QUICK,
            team=HOSTILE,
            labels={"env": HOSTILE},
        )
        for number, (op, value) in enumerate(MATCHERS)
    ]

    status, said = run(promtool, written(tmp_path, slos))

    assert status == 0, said
    for slo in slos:
        assert f"# {slo.slo_id}: its series are made of its selectors." in notes(tmp_path)


@pytest.mark.parametrize("pattern", ["\\pL+", "\\Q5..\\E", "[[:digit:]]+", "a{,3}"])
def test_what_can_not_be_judged_is_told(promtool: Path, tmp_path: Path, pattern: str) -> None:
    """Python reads these patterns otherwise than Prometheus, or not at all: the base pair is fed, and the file says so."""
    sli = EventsSli(total=selector("a_total", job="x"), bad=selector("a_total", job="x", code=f"~{pattern}"))

    status, said = run(promtool, written(tmp_path, [make_slo(sli=sli, alerting=QUICK)]))

    assert status == 0, said
    assert "can't be judged here; so the base pair is fed instead of its counters." in notes(tmp_path)


def test_the_same_slos_give_the_same_bytes() -> None:
    """Their order does not matter, and nothing is left to chance."""
    slos = [*slos_of_all_kinds(), *PARTS]

    assert render(slos, ["tests"], at=AT) == render(slos[::-1], ["tests"], at=AT)


def swap(old: str, new: str) -> Callable[[str], str]:
    """A change of a rule file, of text that must be there."""

    def change(text: str) -> str:
        assert old in text, f"the rules no longer have {old!r}"
        return text.replace(old, new)

    return change


MUTATIONS = {
    "a threshold is a tenth higher": swap("> 0.0144", "> 0.01584"),
    "a threshold is a tenth lower": swap("> 0.006\n", "> 0.0054\n"),
    "a comparison is turned around": swap("> 0.003\n", "< 0.003\n"),
    "another slow window is compared": swap("ratio_rate1d{", "ratio_rate5m{"),
    "no wait of a page": swap("for: 1m", "for: 0s"),
    "no wait of a ticket": swap("for: 15m", "for: 0s"),
    "a longer wait": swap("for: 15m", "for: 25m"),
    "few events are enough": swap(">= 70", ">= 1"),
    "many events are not enough": swap(">= 167", ">= 1670"),
    "no short window of a page": swap('and\n          slo:sli_error:ratio_rate5m{slo="checkout-availability"} > 0.0144', "and\n          vector(1) > 0"),
    "no short window of a ticket": swap('ratio_rate2h{slo="checkout-availability"} > 0.003', 'ratio_rate1d{slo="checkout-availability"} > 0.003'),
    "a wider matcher": swap('code=~"5.."', 'code=~".+"'),
    "a matcher of something else": swap('code=~"5.."', 'code=~"4.."'),
    "bad events count three times": swap("/\n          (slo:sli_total:increase1h", "* 3 /\n          (slo:sli_total:increase1h"),
    "bad events of a long window count twice": swap("/\n          (slo:sli_total:increase6h", "* 2 /\n          (slo:sli_total:increase6h"),
    "no long window of a page": swap('ratio_rate1h{slo="checkout-availability"} > 0.0144', 'ratio_rate5m{slo="checkout-availability"} > 0.0144'),
    "another severity": swap("severity: page", "severity: ticket"),
    "another window in the labels": swap("long_window: 6h", "long_window: 5h"),
    "another team": swap("team: payments", "team: storefront"),
    "a missing signal that nobody hears of": swap("unless\n          slo:sli_bad:rate5m", "and\n          slo:sli_bad:rate5m"),
    "a target that is down counts as up": swap('up{job="checkout"}) == 1', 'up{job="checkout"}) == 0'),
    "idle counters are a ratio": swap(" > 0)", " >= 0) or vector(1)"),
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_they_fail_where_rules_are_wrong(newest: Path, tmp_path: Path, mutation: str) -> None:
    """Each of these mistakes in the rules makes promtool report a failure."""
    files = written(tmp_path, [make_slo(sli=BAD_EVENTS, team="payments")])
    rules = tmp_path / "rules/checkout.yaml"
    rules.write_text(MUTATIONS[mutation](rules.read_text()))

    status, said = run(newest, files)

    assert status == 1
    assert "FAILED" in said
    assert "parse error" not in said


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("events-by", swap("sum by (region) (", "sum by () (")),
        ("latency", swap('le="0.3"', 'le="+Inf"')),
        ("up", swap("1 - clamp(", "0 * clamp(")),
        ("events-sums", swap("read_errors_total", "reads_total")),
        ("threshold", swap(">= 2", ">= 3")),
        ("composite-serial", swap("1 - exp(sum(", "1 - exp(max(")),
    ],
)
def test_they_fail_for_other_kinds_too(newest: Path, tmp_path: Path, kind: str, change: Callable[[str], str]) -> None:
    """A group that is lost, another bucket, a gauge, counter or number of bad slices that is wrong: told as well."""
    files = written(tmp_path, [make_slo(service="kind", sli=SLIS[kind]), *PARTS])
    for rules in (tmp_path / "rules/kind.yaml", tmp_path / "tests/rules/kind.yaml"):
        if rules.exists():
            rules.write_text(change(rules.read_text()))

    status, said = run(newest, [file for file in files if "kind" in Path(file).name])

    assert status == 1
    assert "FAILED" in said
    assert "parse error" not in said


def test_a_part_of_elsewhere_brings_its_rules(promtool: Path, tmp_path: Path) -> None:
    """A composite's parts are in other files, and it may be a part itself; a part that is not defined is told."""
    inner = make_slo(service="inner", sli=CompositeSli((Part("checkout-availability"),), "worst"))
    outer = make_slo(
        service="outer", sli=CompositeSli((Part("inner-availability", Decimal(2)), Part("checkout-latency")))
    )
    lost = make_slo(service="lost", sli=CompositeSli((Part("nowhere"),)))

    status, said = run(promtool, written(tmp_path, [outer, inner, lost, *PARTS]))

    assert status == 0, said
    assert "../rules/checkout.yaml" in (tmp_path / "tests/outer.yaml").read_text()
    assert "# lost-availability: not tried, because its part nowhere is not defined here." in notes(tmp_path)
