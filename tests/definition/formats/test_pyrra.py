"""Pyrra's files: what each field becomes, in which place problems are told, and what is told of differences."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import EventsSli, LatencySli, Sli, UpSli
from tallystick.core.slo import Slo
from tallystick.core.window import RollingWindow
from tallystick.definition.formats.pyrra_model import RESOURCE, Metadata
from tallystick.definition.load import Loaded, load_paths

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
OF_KUBERNETES = set(Metadata.model_fields) - {"name", "namespace", "labels", "annotations"} | {"apiVersion", "kind"}
JOB = Matcher("job", MatchOp.EQUAL, "shop")
FAILED = Matcher("code", MatchOp.REGEX, "5..")
RATIO: Mapping[str, Any] = {
    "ratio": {
        "errors": {"metric": 'requests_total{job="shop",code=~"5.."}'},
        "total": {"metric": 'requests_total{job="shop"}'},
    }
}

ALL_FIELDS = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: shop-checkout-errors
  namespace: web
  creationTimestamp: null
  uid: 5b2f
  labels:
    prometheus: k8s
    role: alert-rules
    pyrra.dev/team: payments
    pyrra.dev/tier: "1"
    pyrra.dev/env: prod
    pyrra.dev/nothing: ""
  annotations:
    pyrra.dev/runbook: https://runbooks.example.com/shop
    kubectl.kubernetes.io/last-applied-configuration: "{}"
spec:
  description: Customers can pay.
  target: "99.5"
  window: 4w
  indicator:
    ratio:
      errors:
        metric: http_errors_total{job="shop",path="/pay"}
      total:
        metric: http_requests_total{job="shop",path="/pay",code!="404"}
      grouping: [region]
  alerting:
    name: PaymentsBurn
    absentName: PaymentsGone
    burnrates: true
    absent: true
    severities: {fastBurn: page, mediumBurn: page, slowBurn: info, longTermBurn: info, absent: page}
  partial_response_strategy: abort
  performanceOverAccuracy: false
status:
  type: PrometheusRule
"""


def pyrra(name: str = "shop-checkout", labels: Mapping[str, str] | None = None, **spec: Any) -> str:
    """A file, of *spec* in place of what it says by default."""
    metadata = {"name": name, **({"labels": dict(labels)} if labels else {})}
    said = {"target": "99", "window": "4w", "indicator": RATIO, **spec}
    document = {"apiVersion": "pyrra.dev/v1alpha1", "kind": "ServiceLevelObjective", "metadata": metadata, "spec": said}
    return yaml.safe_dump(document, sort_keys=False, width=1_000)


def load(folder: Path, *texts: str) -> Loaded:
    """Write *texts* as files into *folder* and load it."""
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    return load_paths([folder])


def only(folder: Path, text: str) -> Slo:
    """The one SLO of *text*, which has no problem."""
    loaded = load(folder, text)
    assert loaded.problems == ()
    [slo] = loaded.slos
    return slo


def told(loaded: Loaded) -> list[tuple[str, int, str]]:
    """Code, line and message of each problem."""
    return [(one.code, one.line, one.message) for one in loaded.problems]


def kinds(loaded: Loaded) -> list[str]:
    """Kinds of notes."""
    return sorted(one.code for one in loaded.notes)


def test_all_fields(tmp_path: Path) -> None:
    """Every field of a file is where it belongs."""
    slo = only(tmp_path, ALL_FIELDS)

    assert (slo.slo_id, slo.service, slo.name) == ("shop-checkout-errors", "shop", "checkout-errors")
    assert (slo.description, slo.objective, slo.windows) == (
        "Customers can pay.",
        Decimal("0.995"),
        (RollingWindow(28 * 86_400),),
    )
    assert (slo.team, slo.tier, dict(slo.labels)) == ("payments", "1", {"tier": "1", "env": "prod"})
    pay = Matcher("path", MatchOp.EQUAL, "/pay")
    total = Selector("http_requests_total", (JOB, pay, Matcher("code", MatchOp.NOT_EQUAL, "404")))
    assert slo.sli == EventsSli(total, bad=Selector("http_errors_total", (JOB, pay)), by=("region",))
    alerting = slo.alerting
    fixed = {"job": "shop", "path": "/pay"}
    assert dict(alerting.page.labels) == {**fixed, "severity": "page"}
    assert dict(alerting.ticket.labels) == {**fixed, "severity": "info"}
    assert dict(alerting.page.annotations) == {"runbook": "https://runbooks.example.com/shop"}
    assert (alerting.page.enabled, alerting.page.burn, alerting.ticket.burn, alerting.signal) == (
        True,
        None,
        None,
        True,
    )


def test_places_are_those_of_the_file(tmp_path: Path) -> None:
    """A problem is told where it is written, in Pyrra's words."""
    loaded = load(tmp_path, ALL_FIELDS.replace("http_errors_total{", "http_errors_total{code=~,"))

    assert [(one.code, one.line, one.excerpt) for one in loaded.problems] == [
        ("promql-syntax", 25, '        metric: http_errors_total{code=~,job="shop",path="/pay"}')
    ]


def test_a_list_of_kubernetes(tmp_path: Path) -> None:
    """What ``kubectl get -o yaml`` prints is read, and so is what its API answers."""
    objects = [yaml.safe_load(pyrra(name)) for name in ("shop-a", "shop-b")]
    for kind in ("List", "ServiceLevelObjectiveList"):
        version = "v1" if kind == "List" else "pyrra.dev/v1alpha1"
        text = yaml.safe_dump({"apiVersion": version, "kind": kind, "metadata": {}, "items": objects})
        loaded = load(tmp_path, text)

        assert loaded.problems == ()
        assert [slo.slo_id for slo in loaded.slos] == ["shop-a", "shop-b"]


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("shop-checkout-latency", {}, ("shop", "checkout-latency")),
        ("checkout", {}, ("checkout", "slo")),
        ("shop-eu-latency", {"pyrra.dev/service": "shop-eu"}, ("shop-eu", "latency")),
        ("latency", {"pyrra.dev/service": "shop"}, ("shop", "latency")),
        ("shop", {"service": "shop"}, ("shop", "shop")),
        ("shopping-latency", {"app": "shop"}, ("shop", "shopping-latency")),
        ("a-b-c", {"app.kubernetes.io/name": "a-b", "app": "a"}, ("a-b", "c")),
        ("a-b-c", {"pyrra.dev/service": "", "service": "a"}, ("a", "b-c")),
        ("a-b-c", {"pyrra.dev/service": "z", "service": "a"}, ("z", "a-b-c")),
    ],
)
def test_service_and_name(tmp_path: Path, name: str, labels: dict[str, str], expected: tuple[str, str]) -> None:
    """By a label that says it, else by the name; which of them is told."""
    loaded = load(tmp_path, pyrra(name, labels))

    assert loaded.problems == ()
    assert [(slo.service, slo.name) for slo in loaded.slos] == [expected]
    [note] = [one for one in loaded.notes if one.code == "service"]
    assert note.message.startswith(f"service {expected[0]}, by its ")
    assert f"SLO {expected[1]};" in note.message


def test_one_name_in_two_namespaces(tmp_path: Path) -> None:
    """Two SLOs there, whose label `slo` is the same: here it has to be told apart, which a label does."""
    one = pyrra("shop-errors").replace("metadata:\n", "metadata:\n  namespace: a\n")
    other = pyrra("shop-errors").replace("metadata:\n", "metadata:\n  namespace: b\n")

    assert [code for code, _, _ in told(load(tmp_path, one, other))] == ["duplicate-id"]
    named = other.replace("  name: shop-errors\n", "  name: shop-errors\n  labels: {pyrra.dev/service: b}\n")
    assert [slo.slo_id for slo in load(tmp_path, one, named).slos] == ["b-shop-errors", "shop-errors"]


@pytest.mark.parametrize(
    ("labels", "team", "kept", "is_told"),
    [
        ({"pyrra.dev/team": "a", "team": "b"}, "a", {}, False),
        ({"pyrra.dev/owner": "a"}, "a", {"owner": "a"}, True),
        ({"team": "a"}, "a", {}, True),
        ({"owner": "a"}, "a", {}, True),
        ({"squad": "a"}, None, {}, False),
    ],
)
def test_team(tmp_path: Path, labels: dict[str, str], team: str | None, kept: dict[str, str], *, is_told: bool) -> None:
    """The owner is in one of some labels; those with Pyrra's prefix stay on alerts as well."""
    loaded = load(tmp_path, pyrra(labels=labels))

    [slo] = loaded.slos
    assert (slo.team, dict(slo.labels)) == (team, kept)
    assert ("team" in kinds(loaded)) == is_told


@pytest.mark.parametrize("target", ["99.50", 99.5, "9.95e1"])
def test_targets(tmp_path: Path, target: object) -> None:
    """A percentage, quoted or not: Pyrra's own reader of files takes both."""
    assert only(tmp_path, pyrra(target=target)).objective == Decimal("0.995")


@pytest.mark.parametrize("target", ["99.5%", "99,5", "100", "0", "101", "-1", "most", "NaN", ""])
def test_targets_that_are_none(tmp_path: Path, target: str) -> None:
    """Nothing is guessed, and an objective without a budget is none."""
    assert [(code, line) for code, line, _ in told(load(tmp_path, pyrra(target=target)))] == [("objective-range", 6)]


def test_a_target_as_a_ratio_is_doubted(tmp_path: Path) -> None:
    """0.995 is less than one per cent, as Pyrra warns too."""
    loaded = load(tmp_path, pyrra(target="0.995"))

    assert [(one.code, one.severity) for one in loaded.problems] == [("objective-range", "warning")]
    assert loaded.slos[0].objective == Decimal("0.00995")


def histogram(*matchers: Matcher) -> Selector:
    """A histogram of the shop."""
    return Selector("seconds", (JOB, *matchers))


def latency(success: str, total: str = 'seconds_count{job="shop"}', **more: object) -> dict[str, Any]:
    """An indicator."""
    return {"latency": {"success": {"metric": success}, "total": {"metric": total}, **more}}


@pytest.mark.parametrize(
    ("le", "threshold"),
    [
        ('="0.3"', "0.3"),
        ('="1"', "1"),
        ('="1.0"', "1"),
        ('="5e-05"', "0.00005"),
        ('=~"1(\\\\.0)?"', "1"),
        ('=~"1([.]0)?"', "1"),
        ('=~"10|10\\\\.0"', "10"),
    ],
)
def test_latency_of_one_histogram(tmp_path: Path, le: str, threshold: str) -> None:
    """A bucket and the count of one histogram are that histogram and a bound, however whole numbers are spelt."""
    slo = only(tmp_path, pyrra(indicator=latency(f'seconds_bucket{{job="shop",le{le}}}', grouping=["route"])))

    assert slo.sli == LatencySli(histogram(), Decimal(threshold), by=("route",))


@pytest.mark.parametrize("order", ['le="0.3",job="shop",path="/a"', 'path="/a",le="0.3",job="shop"'])
def test_matchers_in_any_order(tmp_path: Path, order: str) -> None:
    """They mean the same."""
    indicator = latency(f"seconds_bucket{{{order}}}", 'seconds_count{path="/a",job="shop"}')

    sli = only(tmp_path, pyrra(indicator=indicator)).sli

    assert isinstance(sli, LatencySli)
    assert set(sli.histogram.matchers) == {JOB, Matcher("path", MatchOp.EQUAL, "/a")}


WHOLE = Matcher("le", MatchOp.REGEX, "1|1\\.0")


@pytest.mark.parametrize(
    ("success", "total", "good"),
    [
        (
            'seconds_bucket{job="shop",code="200",le="1"}',
            'seconds_count{job="shop"}',
            Selector("seconds_bucket", (JOB, Matcher("code", MatchOp.EQUAL, "200"), WHOLE)),
        ),
        (
            'seconds_bucket{job="shop",le="0.3"}',
            'requests_total{job="shop"}',
            Selector("seconds_bucket", (JOB, Matcher("le", MatchOp.EQUAL, "0.3"))),
        ),
        (
            'seconds_bucket{job="shop",le="+Inf"}',
            'seconds_count{job="shop"}',
            Selector("seconds_bucket", (JOB, Matcher("le", MatchOp.EQUAL, "+Inf"))),
        ),
        (
            'seconds_bucket{job="shop",le=~"0.[3]"}',
            'seconds_count{job="shop"}',
            Selector("seconds_bucket", (JOB, Matcher("le", MatchOp.REGEX, "0.[3]"))),
        ),
    ],
)
def test_latency_of_two_selectors(tmp_path: Path, success: str, total: str, good: Selector) -> None:
    """Good events among others, each with its own matchers; whole numbers in both spellings, as Pyrra has them."""
    slo = only(tmp_path, pyrra(indicator=latency(success, total)))

    assert isinstance(slo.sli, EventsSli)
    assert slo.sli.good == good
    assert slo.sli.bad is None


def test_native_latency(tmp_path: Path) -> None:
    """A histogram as a whole, and a duration."""
    indicator = {"latencyNative": {"total": {"metric": 'seconds{job="shop"}'}, "latency": "250ms", "grouping": ["a"]}}

    assert only(tmp_path, pyrra(indicator=indicator)).sli == LatencySli(histogram(), Decimal("0.25"), by=("a",))


def test_gauge(tmp_path: Path) -> None:
    """Seconds of a gauge, with a note that Pyrra counts samples."""
    loaded = load(tmp_path, pyrra(indicator={"bool_gauge": {"metric": 'up{job="shop"}', "grouping": ["instance"]}}))

    assert loaded.problems == ()
    assert loaded.slos[0].sli == UpSli(Selector("up", (JOB,)), ("instance",))
    assert "samples" in kinds(loaded)


@pytest.mark.parametrize(
    ("grouping", "by"), [([], ()), (None, ()), (["job"], ()), (["job", "route"], ("route",)), (["route"], ("route",))]
)
def test_grouping(tmp_path: Path, grouping: list[str] | None, by: tuple[str, ...]) -> None:
    """No label is no group, and one that all events have makes none."""
    slo = only(tmp_path, pyrra(indicator={"ratio": {**RATIO["ratio"], "grouping": grouping}}))

    assert isinstance(slo.sli, EventsSli)
    assert slo.sli.by == by


def test_labels_of_all_events_are_on_alerts(tmp_path: Path) -> None:
    """As in Pyrra, whose alerts are routed by them; not those that differ, are set here, or that Prometheus would refuse."""
    total = 'a_total{job="shop",ns="x",slo="y",severity="z",team="t",__a__="b",t="{{x}}",empty="",code=~"2..|5..",path!="/",route="/a"}'
    ratio = {"errors": {"metric": total.replace("2..|", "")}, "total": {"metric": total}, "grouping": ["pod"]}

    slo = only(tmp_path, pyrra(indicator={"ratio": ratio}))

    assert dict(slo.alerting.page.labels) == {"job": "shop", "ns": "x", "route": "/a", "severity": "critical"}
    assert dict(slo.alerting.ticket.labels) == {"job": "shop", "ns": "x", "route": "/a", "severity": "warning"}


@pytest.mark.parametrize(
    ("alerting", "enabled", "burn", "signal"),
    [
        ({}, True, None, True),
        ({"burnrates": False}, True, (), True),
        ({"disabled": True}, True, (), True),
        ({"absent": False}, True, None, False),
        ({"burnrates": False, "absent": False}, False, None, False),
        ({"disabled": True, "absent": False}, False, None, False),
    ],
)
def test_which_alerts_there_are(
    tmp_path: Path, alerting: dict[str, bool], *, enabled: bool, burn: tuple[()] | None, signal: bool
) -> None:
    """Without burn rates a missing signal is told all the same; without either there is no alert."""
    found = only(tmp_path, pyrra(alerting=alerting)).alerting

    assert (found.page.enabled, found.ticket.enabled) == (enabled, enabled)
    assert (found.page.burn, found.ticket.burn) == (burn, burn)
    assert found.signal == signal


@pytest.mark.parametrize(
    ("severities", "page", "ticket", "differ"),
    [
        ({}, "critical", "warning", []),
        ({"fastBurn": "p1", "mediumBurn": "p1", "absent": "p1"}, "p1", "warning", []),
        ({"fastBurn": "p1"}, "p1", "warning", ["mediumBurn", "absent"]),
        ({"mediumBurn": "p2"}, "critical", "warning", ["mediumBurn"]),
        ({"slowBurn": "p3", "longTermBurn": "p4"}, "critical", "p3", ["longTermBurn"]),
        ({"absent": "warning"}, "critical", "warning", ["absent"]),
        ({"fastBurn": ""}, "critical", "warning", []),
    ],
)
def test_severities(tmp_path: Path, severities: dict[str, str], page: str, ticket: str, differ: list[str]) -> None:
    """Two take the place of five; where that is not the same, it is told."""
    loaded = load(tmp_path, pyrra(alerting={"severities": severities}))

    [slo] = loaded.slos
    assert (slo.alerting.page.labels["severity"], slo.alerting.ticket.labels["severity"]) == (page, ticket)
    notes = [one.message for one in loaded.notes if one.code == "severities"]
    assert len(notes) == len(differ)
    assert all(any(f"that of `{speed}`" in note for note in notes) for speed in differ)


def test_notes_of_a_usual_file(tmp_path: Path) -> None:
    """What is other in any file: the id, the names and conditions of alerts."""
    assert kinds(load(tmp_path, pyrra())) == ["absent", "alert-name", "alert-windows", "service"]


def test_no_field_is_dropped_without_a_word(tmp_path: Path) -> None:
    """What has no place here says so, at its own place."""
    output = {"shortRulesLabels": {"a": "b"}, "longRulesLabels": {"a": "c"}, "enableDescriptionAsLabel": True}
    text = pyrra(
        labels={"role": "alert-rules", "pyrra.dev/severity": "x"},
        partial_response_strategy="warn",
        performanceOverAccuracy=True,
        ruleOutput=output,
        alerting={"name": "Burn", "absentName": "Gone"},
    )

    loaded = load(tmp_path, text)

    lines = {line.strip().partition(":")[0]: number for number, line in enumerate(text.splitlines(), 1)}
    places = [(one.code, one.line) for one in loaded.notes]
    for code, key in (
        ("object-labels", "role"),
        ("severities", "pyrra.dev/severity"),
        ("partial-response", "partial_response_strategy"),
        ("performance", "performanceOverAccuracy"),
        ("object-labels", "shortRulesLabels"),
        ("object-labels", "longRulesLabels"),
        ("object-labels", "enableDescriptionAsLabel"),
        ("alert-name", "absentName"),
    ):
        assert (code, lines[key]) in places, key
    assert dict(loaded.slos[0].labels) == {}


WRONG: Mapping[str, tuple[str, list[tuple[str, str]]]] = {
    "no indicator": (pyrra(indicator={}), [("one-of", "none of `ratio`, `latency`, `latencyNative`, `bool_gauge`")]),
    "two indicators": (
        pyrra(indicator={**RATIO, "bool_gauge": {"metric": "up"}}),
        [("one-of", "`indicator` has both `ratio` and `bool_gauge`")],
    ),
    "functions": (
        pyrra(indicator={"ratio": {"errors": {"metric": "rate(a_total[5m])"}, "total": {"metric": "sum(b_total)"}}}),
        [
            ("selector", "`errors` must be a plain selector, found a call of rate()"),
            ("selector", "`total` must be a plain selector, found an aggregation (sum)"),
        ],
    ),
    "a function of a gauge": (
        pyrra(indicator={"bool_gauge": {"metric": "min(up)"}}),
        [("selector", "`metric` must be a plain selector")],
    ),
    "a sum": (
        pyrra(indicator={"ratio": {"errors": {"metric": "a_total + b_total"}, "total": {"metric": "c_total"}}}),
        [("selector", "`errors` must be a plain selector, found a calculation")],
    ),
    "no PromQL": (pyrra(indicator={"bool_gauge": {"metric": "up{job=a}"}}), [("promql-syntax", "quotes")]),
    "no bucket": (pyrra(indicator=latency("fast_total")), [("le", "`success` chooses no bucket")]),
    "all buckets": (pyrra(indicator=latency("seconds_bucket")), [("counter-selector", "once for each bucket")]),
    "a bound that is none": (pyrra(indicator=latency('seconds_bucket{le="300ms"}')), [("le", "300ms")]),
    "a latency that is none": (
        pyrra(indicator={"latencyNative": {"total": {"metric": "seconds"}, "latency": "0.3"}}),
        [("threshold", "latency 0.3 is not a duration")],
    ),
    "a part of a histogram": (
        pyrra(indicator={"latencyNative": {"total": {"metric": "seconds_count"}, "latency": "1s"}}),
        [("latency-histogram", "only a part")],
    ),
    "a window that is none": (pyrra(window="month."), [("window", "is no window")]),
    "another kind": (
        pyrra().replace("kind: ServiceLevelObjective", "kind: ServiceLevelObjectives"),
        [("wrong-type", "`kind` must be ServiceLevelObjective, found ServiceLevelObjectives")],
    ),
    "a word that is none": (
        pyrra(partial_response_strategy="maybe"),
        [("wrong-type", "`partial_response_strategy` must be abort or warn, found maybe")],
    ),
    "misspelt keys": (
        pyrra(objective="99", alerting={"absentname": "x"}).replace("name: shop", "namspace: a\n  name: shop"),
        [("unknown-key", "`namspace`"), ("unknown-key", "`objective`"), ("unknown-key", "`absentname`")],
    ),
    "missing keys": (
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {}\nspec: {indicator: {ratio: {}}}\n",
        [
            ("missing-key", "`metadata` has no `name`"),
            ("missing-key", "`spec` has no `target`"),
            ("missing-key", "`spec` has no `window`"),
            ("missing-key", "`ratio` has no `errors`"),
            ("missing-key", "`ratio` has no `total`"),
        ],
    ),
    "a name that is none": (pyrra("-shop"), [("name", '"-shop" can\'t be a name')]),
    "a label for Prometheus 3 alone": (pyrra(labels={"pyrra.dev/a-b": "c"}), [("label", '"a-b" can\'t be')]),
    "a label of ours": (pyrra(labels={"pyrra.dev/slo": "c"}), [("label", "label slo is set by tallystick itself")]),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_files(tmp_path: Path, name: str) -> None:
    """Each mistake is told once, in Pyrra's words, and nothing comes of the file."""
    text, expected = WRONG[name]

    loaded = load(tmp_path, text)

    found = [(one.code, one.message) for one in loaded.errors]
    assert loaded.slos == ()
    assert len(found) == len(expected)
    for code, words in expected:
        assert any(code == other and words in message for other, message in found), (code, words, found)


def test_each_field_is_on_the_page() -> None:
    """What becomes of it is in the section on Pyrra."""
    section = PAGE.partition("## Pyrra\n")[2].partition("\n## ")[0]
    words = set(re.findall(r"\w+", section))

    fields = {key for keys in RESOURCE.keys.values() for key in keys} - OF_KUBERNETES
    assert fields <= words


def test_same_meaning_as_ours(tmp_path: Path) -> None:
    """A file of ours that says the same gives the same indicator, objective and windows."""
    ours = """\
apiVersion: tallystick/v1
service: theirs
slos:
  - name: checkout
    objective: 99%
    window: 28d
    sli: {events: {total: 'requests_total{job="shop"}', bad: 'requests_total{job="shop",code=~"5.."}'}}
"""
    theirs, own = sorted(load(tmp_path, pyrra(), ours).slos, key=lambda slo: slo.service)

    expected: Sli = EventsSli(Selector("requests_total", (JOB,)), bad=Selector("requests_total", (JOB, FAILED)))
    assert theirs.sli == own.sli == expected
    assert (theirs.objective, theirs.windows) == (own.objective, own.windows)
