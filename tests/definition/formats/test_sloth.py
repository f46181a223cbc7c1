"""Sloth's files, read as they stand: what comes out of each of their fields."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from textwrap import dedent, indent

import pytest

from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import EventsSli, LatencySli, QuerySli, RatioSli, Sum, Term, UpSli
from tallystick.core.slo import Slo
from tallystick.definition.formats.sloth_catalogue import CATALOGUE, MADE_UP, PREFIX
from tallystick.definition.load import Loaded, load_paths

BAD = 'sum(rate(http_requests_total{job="shop",code=~"5.."}[{{.window}}]))'
TOTAL = 'sum(rate(http_requests_total{job="shop"}[{{.window}}]))'
EVENTS = f"events:\n  error_query: {BAD}\n  total_query: {TOTAL}\n"


def slo_text(name: str = "availability", sli: str = EVENTS, objective: str = "99.9", more: str = "") -> str:
    """One entry of ``slos``."""
    text = f"name: {name}\nobjective: {objective}\nsli:\n{indent(dedent(sli), '  ')}\n{dedent(more)}"
    return "  - " + indent(text, "    ").lstrip()


def file_text(*slos: str, more: str = "") -> str:
    """A file of one service."""
    return f"version: prometheus/v1\nservice: shop\n{dedent(more)}slos:\n" + "\n".join(slos or (slo_text(),)) + "\n"


def load(folder: Path, *texts: str) -> Loaded:
    """Write each of *texts* into a file of its own, and load all."""
    for place, text in enumerate(texts):
        (folder / f"{place}.yaml").write_text(text, encoding="utf-8")
    return load_paths([folder])


def only(loaded: Loaded) -> Slo:
    """The one SLO, read without a problem."""
    assert [problem.message for problem in loaded.problems] == []
    (slo,) = loaded.slos
    return slo


def codes(loaded: Loaded) -> list[str]:
    """The kinds of notes, sorted."""
    return sorted(note.code for note in loaded.notes)


def selector(metric: str, *matchers: Matcher) -> Selector:
    """A selector of the shop."""
    return Selector(metric, (Matcher("job", MatchOp.EQUAL, "shop"), *matchers))


def test_a_file_is_a_service_with_its_slos(tmp_path: Path) -> None:
    """Name, description, objective, queries, labels, alerts: each is where it belongs; what is no wrong is a note."""
    alerting = """\
        description: Requests are answered.
        labels: {canary: true, weight: 0.20}
        alerting:
          name: ShopBurns
          labels: {channel: web}
          annotations: {summary: "{{ $labels.sloth_service }} {{$labels.sloth_slo}} {{ $labels.sloth_severity }}"}
          page_alert: {labels: {severity: critical, channel: "#now"}}
          ticket_alert: {disable: true}
        """
    slo = only(loaded := load(tmp_path, file_text(slo_text(more=alerting), more="labels: {team: web, tier: 2}\n")))

    assert (slo.slo_id, slo.description, slo.objective) == (
        "shop-availability",
        "Requests are answered.",
        Decimal("0.999"),
    )
    assert (slo.team, slo.tier) == ("web", "2")
    assert dict(slo.labels) == {"tier": "2", "canary": "true", "weight": "0.20"}
    assert slo.windows[0].name == "30d"
    assert slo.sli == EventsSli(
        selector("http_requests_total"), bad=selector("http_requests_total", Matcher("code", MatchOp.REGEX, "5.."))
    )
    assert dict(slo.alerting.page.labels) == {"severity": "critical", "channel": "#now"}
    assert dict(slo.alerting.page.annotations) == {"summary": "shop availability page"}
    assert not slo.alerting.ticket.enabled
    assert codes(loaded) == ["alert-name", "period"]


def test_the_custom_resource_says_the_same(tmp_path: Path) -> None:
    """Its keys are in camel case, and what Kubernetes keeps beside is nobody's business."""
    text = f"""\
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {{name: shop, namespace: web, labels: {{release: prometheus}}, annotations: {{error_query: x}}}}
spec:
  service: shop
  sloPlugins: {{chain: [{{id: sloth.dev/core/noop/v1}}]}}
  slos:
    - name: availability
      objective: 99.9
      sli:
        events: {{errorQuery: '{BAD}', totalQuery: '{TOTAL}'}}
      alerting: {{pageAlert: {{disable: true}}, ticketAlert: {{labels: {{severity: slow}}}}}}
status: {{processedSLOs: 1}}
"""
    slo = only(load(tmp_path, text))

    assert isinstance(slo.sli, EventsSli)
    assert not slo.alerting.page.enabled
    assert dict(slo.alerting.ticket.labels) == {"severity": "slow"}


def test_several_services_in_one_file(tmp_path: Path) -> None:
    """Documents of both kinds, and a list of resources, are all read."""
    resource = f"""\
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
spec:
  service: SERVICE
  slos: [{{name: a1, objective: 99, sli: {{events: {{errorQuery: '{BAD}', totalQuery: '{TOTAL}'}}}}}}]
"""
    listed = "apiVersion: v1\nkind: List\nitems:\n  - " + indent(resource.replace("SERVICE", "third"), "    ").lstrip()
    text = f"{file_text()}---\n{resource.replace('SERVICE', 'second')}---\n{listed}"

    assert [slo.slo_id for slo in load(tmp_path, text).slos] == ["second-a1", "shop-availability", "third-a1"]


@pytest.mark.parametrize(
    "window", ["{{.window}}", "{{ .window }}", "{{- .window -}}", "{{/* asked for */}}{{.window}}"]
)
def test_windows_are_filled_in_however_they_are_written(tmp_path: Path, window: str) -> None:
    """Go's templates take blanks, dashes and comments."""
    sli = f"events:\n  error_query: 'sum(rate(bad_total[{window}]))'\n  total_query: 'sum(rate(all_total[{window}]))'"

    assert only(load(tmp_path, file_text(slo_text(sli=sli)))).sli == EventsSli(
        Selector("all_total", ()), bad=Selector("bad_total", ())
    )


def test_comments_at_the_beginning_of_lines_are_taken_out_first(tmp_path: Path) -> None:
    """As Sloth does it: one within a query's text does not end it. Problems are told where they stand all the same."""
    text = """\
# By hand.
version: prometheus/v1
service: shop
# What is promised:
slos:
  - name: availability
    objective: 99
    sli:
      events:
        error_query: |
          sum(rate(first_total[{{.window}}]))
# and those, too
          + sum(rate(second_total[{{.window}}]))
          # not these
        total_query: sum(rate(all_total[{{.window}}]))
"""
    slo = only(load(tmp_path, text))
    wrong = load(tmp_path, text.replace("[{{.window}}]))\n          # not", "{{.window}}))\n          # not"))

    assert slo.sli == EventsSli(
        Selector("all_total", ()),
        bad=Sum((Term(1, Selector("first_total", ())), Term(1, Selector("second_total", ())))),
    )
    assert [problem.line for problem in wrong.problems] == [10]


def test_other_documents_keep_such_lines(tmp_path: Path) -> None:
    """In a definition of ours a text may begin a line with #, beside one of Sloth's in the same file."""
    ours = 'apiVersion: tallystick/v1\nservice: own\ndescription: "a\n# b"\nslos:\n  - {name: a, objective: 99%, window: 30d, sli: {up: {metric: up}}}\n'

    loaded = load(tmp_path, f"{ours}---\n{file_text()}")

    assert [slo.slo_id for slo in loaded.slos] == ["own-a", "shop-availability"]


def test_labels_that_are_taken_get_another_name(tmp_path: Path) -> None:
    """A file is not lost for a label: names that are ours, Prometheus', or none everywhere, are changed, and it is told."""
    labels = 'labels: {slo: gold, alertname: x, cost-centre: 7, cost_centre: 8, __shard: "1", team: web, owner: me}\n'

    slo = only(loaded := load(tmp_path, file_text(more=labels)))

    assert dict(slo.labels) == {
        "exported_slo": "gold",
        "exported_alertname": "x",
        "cost_centre_": "7",
        "cost_centre": "8",
        "shard": "1",
        "owner": "me",
    }
    assert slo.team == "web"
    assert codes(loaded) == ["period", *["renamed"] * 4]


def test_owners_differ_slo_by_slo(tmp_path: Path) -> None:
    """`team`, or else `owner`, says who owns an SLO; a label `severity` or `team` of its alerts is one of both severities."""
    other = "labels: {owner: data, severity: info}\nalerting: {labels: {team: night}}\n"
    loaded = load(tmp_path, file_text(slo_text("a1"), slo_text("a2", more=other), more="labels: {owner: web}\n"))

    assert {slo.name: slo.team for slo in loaded.slos} == {"a1": "web", "a2": "data"}
    assert dict(loaded.slos[1].alerting.page.labels) == {"severity": "info", "team": "night"}
    assert codes(loaded).count("team") == 2


def test_names_are_as_long_as_the_resource_has_them(tmp_path: Path) -> None:
    """128 characters, dots among them."""
    name = "a." * 63 + "ab"

    assert only(load(tmp_path, file_text(slo_text(name)))).name == name


def test_empty_values_are_as_if_they_were_not_there(tmp_path: Path) -> None:
    """`alerting:` with nothing behind it, as a template leaves it; and YAML 1.1's words for true."""
    more = "description:\nlabels:\nplugins:\nalerting:\n  annotations:\n  page_alert: {disable: yes}\n  ticket_alert:\n"

    slo = only(load(tmp_path, file_text(slo_text(more=more))))

    assert (slo.alerting.page.enabled, slo.alerting.ticket.enabled) == (False, True)


def test_keys_of_other_programs_are_passed_over(tmp_path: Path) -> None:
    """With x- in front silently, else with a warning; a key that is near one of Sloth's is an error."""
    fine = load(tmp_path, file_text(more="x-window: 28d\nmaintainer: Ada\n"))
    wrong = load(tmp_path, file_text(more="lables: {a: b}\n"))

    assert [(problem.code, problem.severity) for problem in fine.problems] == [("unknown-key", "warning")]
    assert len(fine.slos) == 1
    assert [problem.hint for problem in wrong.errors] == ["write `labels`"]
    assert not wrong.slos


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Those of the shape, of the queries and of the values, in the file's own words."""
    sli = "events:\n  error_query: sum(rate(a_total[5m]))\n  total_query: sum(rate(b_total[{{.range}}]))"
    text = file_text(
        slo_text("a1", sli=sli, objective="100"), slo_text("a2", objective='"99"'), more="lables: {a: b}\n"
    )

    assert sorted((problem.line, problem.code) for problem in load(tmp_path, text).problems) == [
        (3, "unknown-key"),
        (6, "objective-range"),
        (9, "query"),
        (10, "promql-syntax"),
        (13, "wrong-type"),
    ]


RAW = [
    (f"{BAD} / {TOTAL}", EventsSli),
    (f"1 - (1 - {BAD} / ({TOTAL} > 0))", EventsSli),
    (f"({BAD} / {TOTAL}) or on() vector(0)", EventsSli),
    ("1 - sum(sum_over_time(g[{{.window}}])) / sum(count_over_time(g[{{.window}}]))", QuerySli),
    ("sum by (x) (increase(a[{{.window}}] offset 5m)) / sum by (x) (increase(b[{{.window}}] offset 5m))", QuerySli),
    ("sum_over_time((count(g < 1))[{{.window}}:1m]) / sum_over_time((count(g))[{{.window}}:1m])", QuerySli),
    ("avg(avg_over_time(g[{{.window}}]))", RatioSli),
    (f"{BAD} / {TOTAL} or vector(1)", RatioSli),
    (f"clamp_max({BAD} / {TOTAL}, 1)", RatioSli),
    ("sum(rate(a[{{.window}}])) / sum(increase(b[{{.window}}]))", RatioSli),
    ("max(sum_over_time(g[{{.window}}])) / sum(count_over_time(g[{{.window}}]))", RatioSli),
    ("sum(rate(a[{{.window}}])) / sum(rate(b[1h]))", RatioSli),
    ("sum(rate(a_total[{{.window}}])) / on() group_left() sum(rate(b_total[{{.window}}]))", EventsSli),
    ("sum by (x) (rate(a[{{.window}}])) / ignoring(x) group_left(y) sum(rate(b[{{.window}}]))", None),
]


@pytest.mark.parametrize(("query", "kind"), RAW, ids=[query for query, _ in RAW])
def test_raw_ratios_are_counted_where_they_are_ratios_of_counts(tmp_path: Path, query: str, kind: type | None) -> None:
    """Where both sides give as much for an hour as for its pieces together; all else weighs every second the same, if it is one."""
    loaded = load(tmp_path, file_text(slo_text(sli=f"raw:\n  error_ratio_query: '{query}'")))
    if kind is None:
        assert [problem.code for problem in loaded.errors] == ["query"]
        return
    slo = only(loaded)

    assert type(slo.sli) is kind
    assert ("timed" if kind is RatioSli else "counted") in codes(loaded)


def test_the_sides_of_a_ratio_keep_their_meaning(tmp_path: Path) -> None:
    """What is left of a complement is the good side; a ratio that fills in 1 where nothing is known, has no error there."""
    query = '1 - ((sum(rate(fast_total{a="\\n"}[{{.window}}])) / (sum(rate(all_total[{{.window}}])) > 0)) OR on() vector(1))'

    slo = only(load(tmp_path, file_text(slo_text(sli=f"raw:\n  error_ratio_query: |\n    {query}"))))

    good = Selector("fast_total", (Matcher("a", MatchOp.EQUAL, "\n"),))
    assert slo.sli == EventsSli(Selector("all_total", ()), good=good)


def test_events_that_are_no_counts_are_a_ratio(tmp_path: Path) -> None:
    """A mean beside a constant has no number of events; the ratio of the two is what Sloth records."""
    sli = "events:\n  error_query: avg(avg_over_time(g[{{.window}}]))\n  total_query: max_over_time(vector(1)[{{.window}}:1m])"

    slo = only(loaded := load(tmp_path, file_text(slo_text(sli=sli))))

    assert slo.sli == RatioSli(
        "(\navg(avg_over_time(g[$window]))\n)\n/\n(\nmax_over_time(vector(1)[$window:1m])\n)", "error"
    )
    assert "timed" in codes(loaded)


@pytest.mark.parametrize("more", [" or vector(1)", " > 0", " or on() vector(0.001)"])
def test_what_keeps_a_division_going_is_no_event(tmp_path: Path, more: str) -> None:
    """Where there is no traffic there is nothing to count, whatever stands in for it."""
    sli = f"events:\n  error_query: {BAD} or vector(0)\n  total_query: {TOTAL}{more}"

    slo = only(load(tmp_path, file_text(slo_text(sli=sli))))

    assert isinstance(slo.sli, EventsSli)
    assert slo.sli.total == selector("http_requests_total")


OPTIONS = {
    "bucket": "0.25",
    "filter": "'{env=\"prod\"},'",
    "service": "cart",
    "namespace": "web",
    "controller": "main",
    "backend_regex": "shop.*",
    "service_name_regex": "shop.*",
    "burn_rate": "2",
}


@pytest.mark.parametrize("name", [*CATALOGUE, *MADE_UP])
def test_each_plugin_of_the_catalogue_is_read(tmp_path: Path, name: str) -> None:
    """With what it needs and a filter, which is on every counter it asks for; and not without what it needs."""
    asked = CATALOGUE.get(name)
    needs = asked.needs if asked else MADE_UP[name][:1]
    takes = [option for option in OPTIONS if option in needs or (asked and option == "filter")]
    options = ", ".join(f"{option}: {OPTIONS[option]}" for option in takes)
    sli = f"plugin:\n  id: {PREFIX}{name}\n"

    slo = only(load(tmp_path, file_text(slo_text(sli=f"{sli}  options: {{{options}}}"))))
    bare = load(tmp_path, file_text(slo_text(sli=sli)))

    match slo.sli:
        case EventsSli():
            texts = [str(slo.sli.total), str(slo.sli.part)]
        case LatencySli():
            texts = [str(slo.sli.histogram)]
        case UpSli():
            texts = [str(slo.sli.metric)]
        case _:
            texts = []
    assert all("'env'" in text for text in texts)
    assert bool(texts) == bool(asked)
    assert [problem.code for problem in bare.problems] == ["plugin"] * len(needs)


def test_a_plugin_excludes_errors_by_the_label_there_is(tmp_path: Path) -> None:
    """Istio calls it response_code; the bucket is in milliseconds, as the histogram is."""
    sli = """\
        plugin:
          id: sloth-common/istio/v1/latency
          options: {service: cart, namespace: web, bucket: "300", exclude_errors: "true"}
        """
    slo = only(load(tmp_path, file_text(slo_text(sli=sli))))

    assert slo.sli == LatencySli(
        Selector(
            "istio_request_duration_milliseconds",
            (
                Matcher("destination_service_name", MatchOp.EQUAL, "cart"),
                Matcher("destination_service_namespace", MatchOp.EQUAL, "web"),
                Matcher("response_code", MatchOp.NOT_REGEX, "5.."),
            ),
        ),
        Decimal(300),
    )


def test_an_invented_burn_rate_is_one(tmp_path: Path) -> None:
    """Twice the budget of 0.1 %, whatever the jitter."""
    sli = "plugin: {id: sloth-common/fake, options: {burn_rate: 2, jitter_percent: 10}}"

    assert only(load(tmp_path, file_text(slo_text(sli=sli)))).sli == RatioSli(
        "max_over_time(vector(0.002)[$window:1m])", "error"
    )


def chain(*ids: str, level: str = "plugins", override: bool = False) -> str:
    """A chain of plugins."""
    return f"{level}: {{overridePrevious: {str(override).lower()}, chain: [{', '.join(f'{{id: {one}}}' for one in ids)}]}}\n"


def test_plugins_of_rules_have_their_likes(tmp_path: Path) -> None:
    """Corrected denominators weigh traffic, labels of the information are labels; what changes nothing is not told."""
    plugins = """\
        plugins:
          chain:
            - id: sloth.dev/core/validate/v1
            - id: sloth.dev/contrib/denominator_corrected_rules/v1
            - id: sloth.dev/contrib/info_labels/v1
              config: {labels: {cost-unit: a1, env: other}}
            - {id: sloth.dev/core/sli_rules/v1, config: {disableOptimized: true}}
        """
    slo = only(loaded := load(tmp_path, file_text(slo_text(more=plugins), more="labels: {env: prod}\n")))

    assert slo.alerting.weigh == "traffic"
    assert dict(slo.labels) == {"cost_unit": "a1", "env": "prod"}
    assert codes(loaded) == ["period", "plugin", "plugin", "plugin", "renamed"]


def test_a_chain_without_alerts_has_none(tmp_path: Path) -> None:
    """Where Sloth's own plugins are overridden, and nothing that makes alerts is left; an unknown one may make them."""
    core = "sloth.dev/core/sli_rules/v1"
    silent = load(tmp_path, file_text(slo_text(more=chain(core, override=True))))
    loud = load(tmp_path, file_text(slo_text(more=chain(core, "acme/x/v1", override=True))))
    whole = load(tmp_path, file_text(slo_text(more=chain(core, "sloth.dev/core/alert_rules/v1", override=True))))

    assert [loaded.slos[0].alerting.page.enabled for loaded in (silent, loud, whole)] == [False, True, True]
    assert [problem.severity for problem in loud.problems] == ["warning"]


WINDOWS = """\
apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 28d
  page:
    quick: {errorBudgetPercent: 1, shortWindow: 2m, longWindow: 30m}
    slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}
  ticket:
    quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}
    slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d}
"""


def test_windows_of_alerts_hold_for_all_files(tmp_path: Path) -> None:
    """Period and pairs lie under what SLOs say of their alerts; a short window is made of whole pieces of five minutes."""
    own = "alerting: {labels: {channel: web}, page_alert: {labels: {severity: now}}}\n"
    loaded = load(tmp_path, file_text(slo_text("a1", more=own), slo_text("a2")), WINDOWS)

    assert [problem.message for problem in loaded.problems] == []
    for slo in loaded.slos:
        assert slo.windows[0].name == "28d"
        assert [
            (pair.share, pair.short_seconds, pair.long_seconds)
            for notice in (slo.alerting.page, slo.alerting.ticket)
            for pair in notice.burn or ()
        ] == [
            (Fraction("0.01"), 300, 1_800),
            (Fraction("0.125"), 1_800, 21_600),
            (Fraction("0.2"), 7_200, 86_400),
            (Fraction("0.42"), 21_600, 259_200),
        ]
    assert dict(loaded.slos[0].alerting.page.labels) == {"channel": "web", "severity": "now"}
    assert codes(loaded) == ["alert-windows"]


def test_windows_that_can_never_alert_are_told_once(tmp_path: Path) -> None:
    """At the line of the windows, by the SLO with the lowest objective; the others keep their file, and tallystick's own alerts."""
    slos = [slo_text(f"a{place}", objective=objective) for place, objective in enumerate(("99.9", "92.8", "92.9"))]

    loaded = load(tmp_path, file_text(*slos), WINDOWS)

    (problem,) = loaded.problems
    assert (problem.code, problem.file, problem.line) == ("burn", str(tmp_path / "1.yaml"), 7)
    assert "shop-a1" in problem.message
    assert [slo.alerting.page.burn for slo in loaded.slos] == [None] * 3


def test_pairs_that_are_raised_are_told_once(tmp_path: Path) -> None:
    """However many SLOs they are for."""
    loaded = load(tmp_path, file_text(slo_text("a1"), slo_text("a2")), WINDOWS.replace("12.5", "0.5"))

    assert [(problem.code, problem.severity, problem.line) for problem in loaded.problems] == [("burn", "warning", 7)]
