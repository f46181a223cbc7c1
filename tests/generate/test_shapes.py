"""Rules that are put together of shapes are those that jsonnet gives of each SLO by itself, whatever its texts are."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.kinds import SLIS, slos_of_all_kinds
from support.slos import AT, LATENCY, make_slo, selector
from tallystick.core.alerting import Alerting, BurnPolicy, Notice
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import EventsSli, QuerySli, RatioSli
from tallystick.core.slo import Slo
from tallystick.core.window import CalendarWindow, RollingWindow
from tallystick.errors import GenerateError
from tallystick.generate import outline, shapes
from tallystick.generate.mixin import ROOT, evaluate
from tallystick.generate.outline import OPEN, Template, TokenError, outline_of, token
from tallystick.generate.resolved import Json, resolve, resolve_one
from tallystick.generate.ruletext import rule_text
from tallystick.generate.shapes import Filled, Plain, Shapes

CONFIG = {
    "runbookUrl": "https://runbooks.example.com/{service}/{slo}#{alert}",
    "statusUrl": "https://slo.example.com/{slo}",
}
ODD = (
    "", " ", " before", "after ", "a\n\nb", "\nbefore", "after\n", "  in\n    lines\n", "\t", "\x00", "\x85", "\u2028", "\ufeff", "\xa0",
    '"', "'", "\\", "|||", "{{ $value }}", "{", "}", "{slo}", "{service}", "%s", "%(x)s", "$.x", "# no", ": no", "- no", "é漢😀",
    "5m", "1h", "1d", "30d", "3600", "1", "0.001", "bad", "good", "error", "page", "ticket", "events", "composite", "recorded", "yes",
    "null", "~", "slo", "runbook", "checkout", "checkout-availability", "slo:sli_bad:rate5m", "\\n  or ",
)  # fmt: skip
"""What means something in YAML, in templates, in jsonnet, in PromQL, or in our rules."""

texts = st.sampled_from(ODD) | st.lists(st.sampled_from(ODD), max_size=4).map("".join) | st.text(max_size=20)
labels = st.dictionaries(st.sampled_from(["env", "team", "severity", "slo", "runbook", "a"]), texts, max_size=3)
queries = texts.map(lambda text: f"sum(rate(x{{a={orjson.dumps(text, option=0).decode()}}}[$window]))  # {text}")
selectors = st.builds(selector, st.sampled_from(["a_total", "b_total"]), job=texts, code=texts)
slis = st.one_of(
    st.sampled_from(list(SLIS.values())),
    st.builds(
        EventsSli, total=selectors, bad=selectors, by=st.lists(texts.filter(bool), max_size=2, unique=True).map(tuple)
    ),
    st.builds(QuerySli, total=queries, good=queries),
    st.builds(RatioSli, queries, st.sampled_from(["error", "success"]), st.none() | queries),
)
policies = st.builds(
    BurnPolicy,
    st.just("page"),
    st.sampled_from([Fraction(1, 50), Fraction(1, 3)]),
    st.sampled_from([3_600, 7_200, 45_900]),
    st.sampled_from([300, 900]),
    st.sampled_from([None, 0, 120]),
)
notices = st.builds(
    Notice,
    enabled=st.booleans(),
    labels=labels,
    annotations=labels,
    for_seconds=st.sampled_from([None, 60, 86_400]),
)
alertings = st.builds(
    Alerting,
    page=st.builds(replace, notices, burn=st.none() | st.lists(policies, max_size=2).map(tuple)),
    ticket=notices,
    min_events=st.sampled_from([None, 0, 7]),
    min_bad=st.sampled_from([None, 0, 3]),
    weigh=st.sampled_from(["time", "traffic"]),
    first_values=st.booleans(),
)
windows = st.sampled_from(
    [RollingWindow(86_400), RollingWindow(30 * 86_400), CalendarWindow("month", "UTC"), CalendarWindow("week", "UTC")]
)
ONCE = Exclusion(reason="move", starts=datetime(2027, 1, 2), ends=datetime(2027, 1, 3))  # noqa: DTZ001  # by a zone's clock
exclusions = st.sampled_from([(), (ONCE,)])


@st.composite
def slos(draw: st.DrawFn) -> Slo:
    """An SLO with anything in it that a definition may say."""
    return make_slo(
        service=draw(texts.filter(bool)),
        name=draw(texts.filter(bool)),
        description=draw(texts),
        team=draw(st.none() | texts),
        tier=draw(st.none() | texts),
        labels=draw(labels),
        links=draw(labels),
        sli=draw(slis),
        windows=(draw(windows),),
        objective=draw(st.sampled_from(["0.5", "0.9", "0.99", "0.9995", "0.9999999"])),
        alerting=draw(alertings),
        exclusions=draw(exclusions),
    )


def compare(resolved: Sequence[Json], config: dict[str, Any]) -> list[type]:
    """Both ways give the same documents and the same text; how each file was made."""
    direct = evaluate("rules", resolved, config, "services")
    made = dict(Shapes(config).files(resolved))

    assert {f"{name}.yaml" for name in made} == direct.keys()
    for name, file in made.items():
        document = direct[f"{name}.yaml"]
        assert file.document == document
        assert file.text == rule_text(document)
    return [type(file) for file in made.values()]


def test_all_kinds() -> None:
    """Every kind of SLI comes of a shape, exactly."""
    resolved = resolve(slos_of_all_kinds(), at=AT)

    assert set(compare(resolved, CONFIG)) == {Filled}


@settings(max_examples=150, deadline=None)
@given(st.lists(slos(), min_size=1, max_size=3, unique_by=lambda slo: slo.slo_id))
def test_whatever_texts_there_are(some: list[Slo]) -> None:
    """No text can change what comes of it, and nothing but a token's own character keeps an SLO from having a shape."""
    resolved = resolve(some, at=AT)
    has_token = OPEN in orjson.dumps(resolved).decode()

    made = compare(resolved, CONFIG)

    assert has_token or set(made) == {Filled}


@settings(max_examples=50, deadline=None)
@given(slos(), slos())
def test_a_shape_fits_whatever_has_its_outline(one: Slo, other: Slo) -> None:
    """A shape that was found for one SLO is right for another one of the same outline: here, the same with other texts."""
    pair = [
        resolve_one(replace(one, service="first"), AT),
        resolve_one(
            replace(one, service="second", name=other.name, description=other.description, team=other.team), AT
        ),
    ]

    compare(pair, CONFIG)


def test_one_run_for_all_that_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jsonnet is run once for SLOs that differ in texts alone, and no more for those that come later."""
    runs: list[int] = []

    def counted(*arguments: Any) -> dict[str, Any]:
        runs.append(len(arguments[1]))
        return evaluate(*arguments)

    monkeypatch.setattr(shapes, "evaluate", counted)
    alike = [make_slo(service=f"s{number}", description=f"No. {number}", team=f"t{number}") for number in range(7)]
    resolved = resolve([*alike, make_slo(service="z", sli=LATENCY)], at=AT)
    found = Shapes({})

    for slo in resolved:
        assert [name for name, _ in found.files([slo])] == [slo["file_name"]]

    assert runs == [1, 1]


def test_a_text_of_tokens_is_made_directly() -> None:
    """A description that holds what tokens are made of stays what it is."""
    slo = resolve_one(make_slo(description=f"{token(0)} {OPEN}"), AT)

    assert outline_of(slo) is None
    assert compare([slo], {}) == [Plain]
    assert compare([resolve_one(make_slo(), AT)], {"runbookUrl": token(0)}) == [Plain]


def test_a_cut_token_is_told() -> None:
    """What is left of a token is never taken for text."""
    with pytest.raises(TokenError):
        Template(f"a {token(1)[:-1]} b")


def test_a_wrong_configuration_is_told_as_jsonnet_tells_it() -> None:
    """The message is that of the SLO itself, without a word of tokens."""
    slo = resolve_one(make_slo(), AT)

    with pytest.raises(GenerateError, match="no such field: page") as fault:
        dict(Shapes({"burnFor": {}}).files([slo]))
    assert OPEN not in str(fault.value)


def test_shapes_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more shapes are kept than memory allows, and what was forgotten is found again."""
    monkeypatch.setattr(shapes, "KEPT", 2)
    found = Shapes({})
    resolved = resolve(slos_of_all_kinds(), at=AT)

    for slo in [*resolved, *resolved]:
        ((_, file),) = found.files([slo])
        assert isinstance(file, Filled)
        assert len(found._found) <= 3  # those, and the one at hand


def test_the_rules_ask_no_more_of_a_text() -> None:
    """
    What tokens rest on: the functions of jsonnet that the rules use.

    A new one here is right if it can't tell a token from a text: then it is added. If it can (`std.length` of a text,
    `std.substr`, comparing by order), the text must stay as it is; see `tallystick.generate.outline`.
    """
    known = {
        "std.flattenArrays", "std.isString", "std.join", "std.length", "std.member", "std.parseInt", "std.range", "std.set",
        "std.startsWith", "std.strReplace",
    }  # fmt: skip
    files = [path for path in (ROOT / "rules").rglob("*sonnet") if path.stem not in ("exporter", "budgets")]
    used = {(path.name, name) for path in files for name in re.findall(r"std\.\w+", path.read_text(encoding="utf-8"))}

    # Of annotations.libsonnet, what is for the exporter's alerts is never given an SLO.
    of_exporter = {("annotations.libsonnet", name) for name in ("std.findSubstr", "std.objectFields")}
    assert {name for _, name in used - of_exporter} <= known


def test_words_of_the_rules_stay_as_they_are() -> None:
    """A text that the rules could compare with one of their own has no token."""
    slo = resolve_one(make_slo(team="composite", tier="5m", description="unlike any word of theirs"), AT)

    found = outline_of(slo)

    assert found
    assert not {"composite", "5m", "page", "events", ""} & {*found.texts}
    assert "unlike any word of theirs" in found.texts
    assert {"composite", "5m", "page", "events", ""} <= outline._words()
