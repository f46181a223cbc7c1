"""Templates: rows filled in, in the tree and never in its text."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.core.selector import Matcher, MatchOp
from tallystick.core.sli import EventsSli
from tallystick.core.slo import Slo
from tallystick.definition import expand
from tallystick.definition.fields import MAX_ROWS
from tallystick.definition.load import Loaded, load_paths
from tallystick.definition.node import Mapping, Scalar, Sequence
from tallystick.definition.problem import Problem
from tallystick.definition.re2 import compiles
from tallystick.definition.references import is_name, references_in
from tallystick.definition.rows import read_table
from tallystick.definition.source import Source

TEMPLATE = """\
apiVersion: tallystick/v1
for_each:
  - {{service: one, {first}}}
  - {{service: two, {second}}}
service: "{{{{ service }}}}"
slos:
  - name: a
    objective: {objective}
    window: 30d
    description: {description}
    sli:
      events:
        total: '{total}'
        bad: '{bad}'
{more}"""


def load(
    folder: Path,
    first: str = "job: a",
    second: str = "job: b",
    *,
    objective: str = "99%",
    description: str = "of {{ job }}",
    total: str = 'requests_total{job="{{ job }}"}',
    bad: str = 'requests_total{job="{{ job }}",code=~"5.."}',
    more: str = "",
) -> Loaded:
    """Two services of one template."""
    text = TEMPLATE.format(first=first, second=second, objective=objective, description=description, total=total, bad=bad, more=more)  # fmt: skip
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    return load_paths([folder])


def slos_of(loaded: Loaded) -> dict[str, Slo]:
    """The SLOs, if all is well."""
    assert loaded.problems == ()
    return {slo.slo_id: slo for slo in loaded.slos}


def job_of(slo: Slo) -> Matcher:
    """The first matcher of its total."""
    assert isinstance(slo.sli, EventsSli)
    (term,) = getattr(slo.sli.total, "terms", [slo.sli.total])
    matcher = term.matchers[0]
    assert isinstance(matcher, Matcher)
    return matcher


def test_each_row_makes_a_service(tmp_path: Path) -> None:
    """With its own values, and nothing of the template's left."""
    found = slos_of(load(tmp_path, "job: a, target: 99.9%", "job: b, target: 0.95", objective='"{{ target }}"'))

    assert {slo_id: (str(slo.objective), slo.description, job_of(slo).value) for slo_id, slo in found.items()} == {
        "one-a": ("0.999", "of a", "a"),
        "two-a": ("0.95", "of b", "b"),
    }


def test_it_is_what_one_would_write_by_hand(tmp_path: Path) -> None:
    """The SLO of a row has the same revision as the same SLO without a template."""
    filled = slos_of(load(tmp_path))["one-a"]
    (tmp_path / "a.yaml").write_text(
        "apiVersion: tallystick/v1\nservice: one\nslos:\n  - name: a\n    objective: 99%\n    window: 30d\n    description: of a\n"
        '    sli: {events: {total: \'requests_total{job="a"}\', bad: \'requests_total{job="a",code=~"5.."}\'}}\n'
    )

    assert filled.revision == slos_of(load_paths([tmp_path]))["one-a"].revision


def test_a_whole_value_keeps_its_kind(tmp_path: Path) -> None:
    """Lists, mappings, numbers and booleans of a row are what they are."""
    more = '    labels: "{{ labels }}"\n    alerting: {page: {enabled: "{{ on }}"}, min_bad: "{{ least }}"}\n'
    first = "job: a, labels: {env: prod, version: 1.10}, on: false, least: 3"
    found = slos_of(load(tmp_path, first, first.replace("false", "true"), more=more))

    assert dict(found["one-a"].labels) == {"env": "prod", "version": "1.10"}
    assert [slo.alerting.page.enabled for slo in found.values()] == [False, True]
    assert found["two-a"].alerting.min_bad == 3


def test_rows_within_rows(tmp_path: Path) -> None:
    """An SLO's rows refer to the service's, and the SLO to both."""
    more = (
        "  - for_each:\n      - {path: /pay, name: pay}\n      - {path: '/{{ job }}/look', name: look}\n    name: '{{ name }}'\n    objective: 99%\n"
        '    window: 30d\n    sli: {up: {metric: \'up{job="{{ job }}",path="{{ path }}"}\'}}\n'
    )
    found = slos_of(load(tmp_path, more=more))

    metrics = {slo_id: getattr(slo.sli, "metric", None) for slo_id, slo in found.items() if not slo_id.endswith("-a")}
    assert {slo_id: metric.promql for slo_id, metric in metrics.items() if metric} == {
        "one-pay": 'up{job="a",path="/pay"}',
        "one-look": 'up{job="a",path="/a/look"}',
        "two-pay": 'up{job="b",path="/pay"}',
        "two-look": 'up{job="b",path="/b/look"}',
    }


def test_templates_of_prometheus_are_left_alone(tmp_path: Path) -> None:
    """What has a dollar, or is a word of Go's templates, is no reference; braces can be meant as such."""
    note = "{{ $labels.slo }} {{ job }} {{$value | humanize}}"
    more = f"    alerting: {{page: {{annotations: {{note: '{note}'}}}}}}\n"
    found = slos_of(load(tmp_path, more=more, description="'{{ end }} {{{{ job }}}} {{{ job }}}'"))

    assert found["one-a"].alerting.page.annotations == {"note": "{{ $labels.slo }} a {{$value | humanize}}"}
    assert found["one-a"].description == "{{ end }} {{ job }} {a}"


def test_without_rows_braces_are_text(tmp_path: Path) -> None:
    """A document that is no template is read as it always was."""
    (tmp_path / "a.yaml").write_text(
        "apiVersion: tallystick/v1\nservice: one\nslos:\n  - name: a\n    objective: 99%\n    window: 30d\n    description: '{{ job }}'\n    sli: {up: {metric: up}}\n"
    )

    assert slos_of(load_paths([tmp_path]))["one-a"].description == "{{ job }}"


QUOTES = {'"': '"{{ job }}"', "'": "''{{ job }}''", "`": "`{{ job }}`"}


@pytest.mark.parametrize("quotes", QUOTES.values(), ids=("double", "single", "backticks"))
@settings(deadline=None)
@given(value=st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30))
def test_a_value_never_leaves_its_string(tmp_path_factory: pytest.TempPathFactory, quotes: str, value: str) -> None:
    """Whatever a row holds, the matcher's value is that; or it is refused, between backticks."""
    folder = tmp_path_factory.mktemp("value")
    written = "".join(f"\\U{ord(character):08x}" for character in value)

    loaded = load(
        folder,
        f'job: "{written}"',
        total=f"requests_total{{job={quotes}}}",
        description="any",
        bad='requests_total{code=~"5.."}',
    )

    if any(one.code == "for-each" for one in loaded.problems):
        assert "`" in quotes
        assert "`" in value or not value.isprintable()
    else:
        assert {job_of(slo).value for slo in loaded.slos} == {value, "b"}


@pytest.mark.parametrize(
    "value", ['a"} or vector(1) #', "a'b", "a\\b", 'a\\"', "a`b", "{{ service }}", "$window", "${job}", "a\tb", "a.b|c"]
)
@pytest.mark.parametrize("quotes", QUOTES)
def test_values_that_would_break_out(tmp_path: Path, quotes: str, value: str) -> None:
    """The usual attempts, in each kind of quotes."""
    row = "job: '" + value.replace("'", "''") + "'" if "\t" not in value else 'job: "a\\tb"'
    loaded = load(
        tmp_path,
        row,
        total=f"requests_total{{job={QUOTES[quotes]}}}",
        description="any",
        bad='requests_total{code=~"5.."}',
    )

    if quotes == "`" and ("`" in value or "\t" in value):
        assert [(one.code, one.line) for one in loaded.problems] == [("for-each", 13)]
    else:
        assert [job_of(slo).value for slo in loaded.slos] == [value, "b"]


def test_regex_quotes_for_a_pattern(tmp_path: Path) -> None:
    """With the filter a value matches itself alone; without it is a pattern."""
    total = 'requests_total{job=~"{{ job | regex }}",other=~"{{ job }}"}'
    bad = 'requests_total{job=~"{{ job | regex }}",other=~"{{ job }}",code="500"}'
    loaded = load(tmp_path, "job: 'a.b|c\\d'", total=total, bad=bad)

    slo = slos_of(loaded)["one-a"]
    assert job_of(slo) == Matcher("job", MatchOp.REGEX, r"a\.b\|c\\d")
    assert compiles(job_of(slo).value)
    assert isinstance(slo.sli, EventsSli)


def string_ends(text: str) -> list[str]:
    """What opens and closes in PromQL's *text*: each quote that does, and comments, by a reader of its own."""
    found = []
    for token in re.finditer(
        r"""("(?:[^"\\]|\\.)*("|$))|('(?:[^'\\]|\\.)*('|$))|(`[^`]*(`|$))|(#[^\n]*)""", text, re.DOTALL
    ):
        quotes = token[0][0]
        found.append(quotes + ("" if quotes == "#" or (len(token[0]) > 1 and token[0].endswith(quotes)) else "…"))
    return found


@settings(deadline=None)
@given(
    text=st.lists(
        st.sampled_from(['"', "'", "`", "\\", "#", "\n", "{{ a }}", "{{ a | regex }}", "x", "=~", "{", "}", " "]),
        max_size=14,
    ).map("".join),
    value=st.sampled_from(['"', "'", "`", "\\", '\\"', "\\\\'", "\n", "#", "a b", '"} or {x="', "x"]),
)
def test_quotes_stay_as_they_are(text: str, value: str) -> None:
    """Whatever is filled in, and wherever, strings and comments begin and end as in the template; or it is refused."""
    source = Source("a.yaml", "x")
    name, key = Scalar(source, 0, 0, "a", "text"), Scalar(source, 0, 0, "for_each", "text")

    def filled(value: str) -> tuple[str, list[Problem]]:
        row = Mapping(source, 0, 0, {"a": (name, Scalar(source, 0, 0, value, "text"))})
        expander = expand._Expander(is_whole=True)
        table, _ = read_table(key, Sequence(source, 0, 0, [row]), None)
        assert table
        (filling,) = table.fillings(source, None)
        made = expander.copy(Scalar(source, 0, 0, f"({text})", "text"), filling, ("slos", "sli", "threshold", "query"))
        assert isinstance(made, Scalar)
        return made.text, expander.problems

    made, problems = filled(value)
    if not problems:
        assert string_ends(made) == string_ends(filled("x")[0])


@pytest.mark.parametrize("value", ["app", "app:requests:rate5m", "a_1", "5", "0.5", "5m", "1h30m"])
def test_plain_words_stand_outside_of_quotes(tmp_path: Path, value: str) -> None:
    """A name, a number or a duration is one word there."""
    made = load(tmp_path, f"job: {value}", total='requests_total{x="{{ job }}"}', bad="sum(rate({{ job }}[$window]))")

    assert not any(one.code == "for-each" for one in made.problems)


@pytest.mark.parametrize(
    "value", ["a b", "a-b", "or", "unless", "a{}", "-5", "1.", "a#", "a\\nb", "a+b", "é", "a.b", "bool"]
)
def test_nothing_else_does(tmp_path: Path, value: str) -> None:
    """What would be more than a word, or an operator, is refused at the reference, with its row."""
    loaded = load(tmp_path, f'job: "{value}"', bad='{{ job }}_total{job="a"}')

    assert [(one.code, one.line, one.column) for one in loaded.problems] == [("for-each", 14, 15)]
    assert loaded.problems[0].message.endswith(", in row 1 (service: one), line 3")


def test_a_mistake_of_all_rows_is_told_once(tmp_path: Path) -> None:
    """It is the template's, and no row is named."""
    loaded = load(tmp_path, objective="99.9")

    assert [(one.line, one.code, "row" in one.message) for one in loaded.problems] == [(8, "objective-range", False)]


def test_a_mistake_of_one_row_names_it(tmp_path: Path) -> None:
    """It is told at the template's line, with the row and its line; where it is the row's own text, there."""
    mixed = load(tmp_path, "job: a, limit: 9", "job: b, limit: 200", objective='"{{ limit }}0%"')
    (problem,) = mixed.problems
    assert (problem.line, problem.message) == (
        8,
        "objective 2000% is more than everything, in row 2 (service: two), line 4",
    )

    whole = load(tmp_path, "job: a, limit: 90%", "job: b, limit: 200%", objective='"{{ limit }}"')
    (problem,) = whole.problems
    assert (problem.line, problem.message, problem.excerpt[problem.column - 1 : problem.end_column - 1]) == (
        4,
        "objective 200% is more than everything",
        "200%",
    )


def test_several_rows_are_told_together(tmp_path: Path) -> None:
    """What is the same in some rows is told once, with the first of them and how many more there are."""
    load(tmp_path, "job: a, limit: 9", "job: b, limit: 200", objective='"{{ limit }}0%"')
    path = tmp_path / "a.yaml"
    more = "".join(f"  - {{service: s{number}, job: c, limit: 200}}\n" for number in range(3))
    path.write_text(path.read_text(encoding="utf-8").replace('service: "{{', more + 'service: "{{'), encoding="utf-8")

    (problem,) = load_paths([path]).problems

    assert problem.message == "objective 2000% is more than everything, in row 2 (service: two), line 4, and in 3 more"


def test_a_row_within_a_row_is_named_with_both(tmp_path: Path) -> None:
    """The inner row, and the outer one unless it is so in all of them."""
    more = "  - for_each: [{n: x, limit: 9}, {n: y, limit: '{{ most }}'}]\n    name: '{{ n }}'\n    objective: '{{ limit }}0%'\n    window: 30d\n    sli: {up: {metric: up}}\n"
    one = load(tmp_path, "job: a, most: 8", "job: b, most: 200", more=more)
    assert [problem.message for problem in one.problems] == [
        "objective 2000% is more than everything, in row 2 (n: y), line 15, in row 2 (service: two), line 4"
    ]

    both = load(tmp_path, "job: a, most: 200", "job: b, most: 200", more=more)
    assert [problem.message for problem in both.problems] == [
        "objective 2000% is more than everything, in row 2 (n: y), line 15"
    ]


def test_ids_that_rows_share_name_both(tmp_path: Path) -> None:
    """Two rows that make one SLO are told with both rows."""
    loaded = load(tmp_path, second="service: one, job: b".removeprefix("service: one, "))
    assert loaded.problems == ()

    path = tmp_path / "a.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("service: two", "service: one"), encoding="utf-8")
    (problem,) = load_paths([tmp_path]).problems

    assert problem.code == "duplicate-id"
    assert "from row 1 (service: one), line 3" in problem.message
    assert "in row 2 (service: one), line 4" in problem.message


def test_all_mistakes_of_references_are_told(tmp_path: Path) -> None:
    """One does not hide another, and each is told once."""
    loaded = load(tmp_path, second="jbo: b", total='requests_total{job="{{ jib }}"}', description="'{{ job | upper }}'")

    assert [(one.line, one.message) for one in loaded.problems] == [
        (4, "row 2 (service: two) has no `job`, which line 10 refers to"),
        (10, "unknown filter upper"),
        (13, "unknown reference {{ jib }}"),
    ]


def test_defaults_are_laid_under_what_is_made(tmp_path: Path) -> None:
    """Each service has its own tier, and what that says."""
    (tmp_path / "t.yaml").write_text(
        "apiVersion: tallystick/v1\ntiers: {1: {labels: {env: prod}}, 2: {labels: {env: dev}}}\n", encoding="utf-8"
    )
    found = slos_of(load(tmp_path, "job: a, tier: 1", "job: b, tier: 2", more='tier: "{{ tier }}"\n'))

    assert [dict(slo.labels) for slo in found.values()] == [{"env": "prod"}, {"env": "dev"}]


def test_one_alias_in_several_rows_is_not_shared(tmp_path: Path) -> None:
    """What is laid under one service's SLO does not reach another's that was written as the same."""
    (tmp_path / "a.yaml").write_text(
        "apiVersion: tallystick/v1\nfor_each:\n  - {service: one, tier: 1, slos: &slos [{name: a, objective: 99%, window: 30d, sli: {up: {metric: up}}}]}\n"
        '  - {service: two, tier: 2, slos: *slos}\nservice: "{{ service }}"\ntier: "{{ tier }}"\nslos: "{{ slos }}"\n'
        "---\napiVersion: tallystick/v1\ntiers: {1: {min_coverage: 50%}, 2: {min_coverage: 60%}}\n",
        encoding="utf-8",
    )

    assert [str(slo.min_coverage) for slo in slos_of(load_paths([tmp_path])).values()] == ["0.5", "0.6"]


def test_names_of_keys_are_names_like_others(tmp_path: Path) -> None:
    """A value may be called as a key of the format is, in a row within a row too."""
    more = "  - for_each: [{slos: x, name: '{{ job }}'}]\n    name: '{{ slos }}-{{ name }}'\n    objective: 99%\n    window: 30d\n    sli: {up: {metric: up}}\n"

    assert set(slos_of(load(tmp_path, more=more))) == {"one-a", "two-a", "one-x-a", "two-x-b"}


def test_ten_thousand_rows(tmp_path: Path) -> None:
    """That many are read in a while that one waits for, and no more are."""
    rows = "".join(f"  - {{service: s{number}, job: j{number}}}\n" for number in range(MAX_ROWS))
    text = 'apiVersion: tallystick/v1\nfor_each:\n{rows}service: "{{{{ service }}}}"\nslos:\n  - {{name: a, objective: 99%, window: 30d, sli: {{up: {{metric: \'up{{job="{{{{ job }}}}"}}\'}}}}}}\n'
    path = tmp_path / "a.yaml"
    path.write_text(text.format(rows=rows), encoding="utf-8")
    start = time.monotonic()
    assert len(load_paths([path]).slos) == MAX_ROWS
    assert time.monotonic() - start < 60

    path.write_text(text.format(rows=rows + "  - {service: more, job: more}\n"), encoding="utf-8")
    (problem,) = load_paths([path]).problems
    assert (problem.code, problem.message) == ("for-each", "`for_each` has 10,001 rows")


def test_rows_of_rows_have_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file can't become a large catalogue."""
    monkeypatch.setattr(expand, "MAX_NODES", 500)
    inner = ", ".join(f"{{n: n{number}}}" for number in range(40))
    more = f"  - for_each: [{inner}]\n    name: '{{{{ n }}}}'\n    objective: 99%\n    window: 30d\n    sli: {{up: {{metric: up}}}}\n"

    loaded = load(tmp_path, more=more)

    assert [(one.code, one.line) for one in loaded.problems] == [("too-large", 2)]


def test_long_texts_of_rows_have_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor can it become much text."""
    monkeypatch.setattr(expand, "MAX_CHARACTERS", 5_000)
    assert [one.code for one in load(tmp_path, f"job: {'a' * 400}", description="'{{ job }}'").problems] == []

    loaded = load(tmp_path, f"job: {'a' * 400}", description="'" + "{{ job }} " * 20 + "'")

    assert [(one.code, one.line) for one in loaded.problems] == [("too-large", 2)]


def test_rows_do_not_bring_templates(tmp_path: Path) -> None:
    """What is taken from a row is not filled in itself, and says so."""
    more = "  - '{{ slo }}'\n"
    slo = "slo: {for_each: [{n: a}], name: '{{ n }}', objective: 99%, window: 30d, sli: {up: {metric: up}}}"

    loaded = load(tmp_path, f"job: a, {slo}", f"job: b, {slo}", more=more)

    assert [(one.code, one.line, one.message) for one in loaded.problems] == [
        ("for-each", line, "a row can't have a `for_each` for SLOs") for line in (3, 4)
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ a }}{{b}}{{  c_1  }}", ["a", "b", "c_1"]),
        ("{{ a | regex }}", ["a"]),
        ("{{ $a }} {{ .a }} {{- a -}} {{ a b }} {{ 1 }} { { a } } {{ a }", []),
        ("{{ if }} {{ true }} {{ nil }}", []),
        ("{{{{ a }}}} {{{ b }}}", ["b"]),
        ("{{ a-b }} {{ ä }}", []),
    ],
)
def test_what_a_reference_is(text: str, names: list[str]) -> None:
    """A bare name of ASCII in two pairs of braces, and nothing else."""
    assert [reference.name for reference in references_in(text) if reference.name] == names
    assert all(is_name(name) for name in names)
