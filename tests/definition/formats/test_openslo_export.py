"""What is written as OpenSLO is read as the same SLOs again."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.kinds import PARTS, SLIS
from support.slos import BAD_EVENTS, LATENCY, PROBE, make_slo
from tallystick.core.alerting import Alerting, BurnPolicy, Notice, Severity
from tallystick.core.burn import burn_alerts
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import CompositeSli, EventsSli, Part, QuerySli, Sli, ThresholdSli
from tallystick.core.slo import OCCURRENCES, Budgeting, Slo
from tallystick.core.window import CalendarWindow, RollingWindow, Window
from tallystick.definition.formats.openslo.own import SERVICE, SLO
from tallystick.definition.formats.openslo.write_alerts import USUAL_SECONDS
from tallystick.definition.formats.openslo.writing import write
from tallystick.definition.load import load_paths
from tallystick.definition.promql import read_query
from tallystick.definition.reduce import reduce_query
from tallystick.generate.decimals import decimal_text

ROOT = Path(__file__).parents[3]
MADE_OF = (make_slo(), make_slo(name="latency", sli=LATENCY))
"""What the composites among all kinds are made of."""

ALL: Mapping[str, Sli] = {**SLIS, "up-by": replace(PROBE, by=("cluster",))}
KINDS = sorted(set(ALL) - {"events-sums-good"})
"""All kinds that a definition can have; one of the others subtracts from nothing, one pins what it is grouped by."""

SAID = ("events-bad", "events-good", "events-by", "events-sums", "threshold", "ratio-time")
"""Kinds that OpenSLO can say."""

WHATEVER = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_again(folder: Path, slos: list[Slo]) -> dict[str, Slo]:
    """*slos*, written and read, by id."""
    (folder / "a.yaml").write_text(write(slos).text, encoding="utf-8")
    loaded = load_paths([folder / "a.yaml"])
    assert loaded.errors == ()
    return {slo.slo_id: slo for slo in loaded.slos}


def normal(sli: Sli) -> str:
    """The generation of *sli* as any file gives it: a query that adds up counters is those counters."""
    if isinstance(sli, CompositeSli) and sli.method != "weighted":
        sli = replace(sli, of=tuple(Part(part.slo) for part in sli.of))
    if not isinstance(sli, QuerySli):
        return make_slo(sli=sli).generation
    part, total = (reduce_query(read_query(text)) for text in (sli.part, sli.total))
    if part is None or total is None:
        return make_slo(sli=sli).generation
    good, bad = (part.counters, None) if sli.good else (None, part.counters)
    return make_slo(sli=EventsSli(total.counters, good, bad, sli.by)).generation


def meaning(slo: Slo) -> dict[str, Any]:
    """Everything that *slo* means, whatever it was written as."""
    alerts = [
        (
            alert.policy.severity,
            alert.policy.long_seconds,
            alert.policy.short_seconds,
            decimal_text(alert.factor),
            USUAL_SECONDS[alert.policy.severity] if alert.for_seconds is None else alert.for_seconds,
            alert.min_events,
            alert.min_bad,
        )
        for alert in burn_alerts(slo, slo.windows[0].nominal_seconds)
    ]
    notices = {
        severity: (
            notice.enabled,
            {"severity": severity, **notice.labels} if notice.enabled else {},
            notice.annotations,
        )
        for severity, notice in (("page", slo.alerting.page), ("ticket", slo.alerting.ticket))
    }
    keys = ("service", "name", "description", "objective", "windows", "budgeting", "no_data", "min_coverage", "was",
            "team", "tier", "labels", "links", "depends_on")  # fmt: skip
    return {
        **{key: getattr(slo, key) for key in keys},
        "generation": normal(slo.sli),
        "agreements": [replace(one, file="", line=0) for one in slo.agreements],
        "alerts": alerts,
        "notices": notices,
        "weigh": (slo.alerting.weigh, slo.alerting.first_values, slo.alerting.signal),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read_as_it_was(tmp_path: Path, kind: str) -> None:
    """An SLO of each kind keeps its generation, objective, windows, budgeting and alerts."""
    slo = make_slo(service=kind, name="kept", sli=ALL[kind])

    again = read_again(tmp_path, [*MADE_OF, slo])

    assert meaning(again[slo.slo_id]) == meaning(slo)


@pytest.mark.parametrize("kind", SAID)
def test_what_openslo_can_say_is_in_its_words(kind: str) -> None:
    """These need no annotation of ours."""
    written = write([make_slo(service="store", name="kept", sli=ALL[kind])])

    assert written.unsaid == {}
    assert "tallystick" not in written.text


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(SAID)))
def test_without_our_annotations_it_is_still_openslo(tmp_path: Path, kind: str) -> None:
    """Another tool, which passes our annotations over, finds something near for every kind."""
    objects = write([*MADE_OF, make_slo(service=kind, name="kept", sli=ALL[kind])]).objects
    for one in objects:
        annotations = one["metadata"].get("annotations", {})
        assert isinstance(annotations.pop(SLO, ""), str)
        annotations.pop(SERVICE, None)
    (tmp_path / "a.yaml").write_text(yaml.dump_all(_plain(objects)), encoding="utf-8")

    loaded = load_paths([tmp_path])

    assert loaded.errors == ()
    assert len(loaded.slos) >= len(MADE_OF) + 1


def _plain(part: Any) -> Any:
    match part:
        case dict():
            return {key: _plain(value) for key, value in part.items()}
        case list():
            return [_plain(item) for item in part]
        case Decimal():
            return float(part)
    return part


def test_a_composite_burns_as_it_did_in_openslo_too() -> None:
    """The weights of its objectives are such that burn rates that add up are that of the mean, at its own objective."""
    parts = (make_slo(name="a", objective="0.99"), make_slo(name="b", objective="0.9"))
    sli = CompositeSli((Part("checkout-a", Decimal(3)), Part("checkout-b")))
    whole = make_slo(name="whole", objective="0.95", sli=sli)

    objectives = write([*parts, whole]).objects[-1]["spec"]["objectives"]

    bad = (Fraction(2, 100), Fraction(7, 100))
    rates = [Fraction(one) / (1 - Fraction(part.objective)) for one, part in zip(bad, parts, strict=True)]
    added = sum(Fraction(one["compositeWeight"]) * rate for one, rate in zip(objectives, rates, strict=True))
    mean = (3 * bad[0] + bad[1]) / 4
    assert added == mean / (1 - Fraction(whole.objective))


windows: st.SearchStrategy[Window] = st.one_of(
    st.integers(1, 400).map(lambda days: RollingWindow(days * 86_400)),
    st.integers(60, 20_000).map(lambda minutes: RollingWindow(minutes * 60)),
    st.builds(CalendarWindow, st.sampled_from(["day", "week", "month"]), st.sampled_from(["UTC", "Europe/Berlin"])),
    st.builds(
        CalendarWindow,
        st.sampled_from(["quarter", "year"]),
        st.sampled_from(["Asia/Kathmandu", "America/New_York"]),
        st.sampled_from([(1, 1), (4, 6), (10, 31)]),
    ),
)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
names = st.from_regex(r"\A[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,60}[a-zA-Z0-9])?\Z")
labels = st.dictionaries(
    st.sampled_from(["env", "_odd", "owner", "cost_centre", "x1"]), st.just("some: text, 'quoted'")
)


@st.composite
def policies(draw: st.DrawFn, severity: Severity) -> tuple[BurnPolicy, ...] | None:
    """When to alert; windows that are a part of any period but the shortest, at rates that can be reached."""
    found = []
    for long in draw(st.lists(st.sampled_from([600, 1_800, 3_600, 2_700]), max_size=3, unique=True)):
        short = draw(st.sampled_from([300, 300, long // 600 * 300]))
        wait = draw(st.sampled_from([None, 0, 90, 300]))
        found.append(BurnPolicy(severity, Fraction(1, 100), long, max(min(short, long - 300), 300), wait))
    return draw(st.sampled_from([None, tuple(found)]))


@st.composite
def notices(draw: st.DrawFn, severity: Severity) -> Notice:
    """How alerts of one severity are sent."""
    words = {"page": ["critical", "page"], "ticket": ["warning", "low"]}[severity]
    said: Mapping[str, str] = draw(
        st.sampled_from(
            [{}, {"severity": words[0]}, {"severity": words[1], "notify": "chat,mail"}, {"notify": "A b"}, {"x": "y"}]
        )
    )
    return Notice(
        enabled=draw(st.booleans()),
        labels=said,
        annotations=draw(st.sampled_from([{}, {"summary": "It: burns, {{ $labels.slo }}"}])),
        burn=draw(policies(severity)),
        for_seconds=draw(st.sampled_from([None, 120])),
    )


@st.composite
def slos(draw: st.DrawFn) -> Slo:
    """An SLO with whatever a definition can say."""
    sli = ALL[draw(st.sampled_from(KINDS))]
    slices = Budgeting(method="timeslices", slice_seconds=900, slice_target=Decimal("0.95"))
    ratio = Budgeting(method="ratio_timeslices", slice_seconds=900)
    composite = isinstance(sli, CompositeSli)
    page, ticket = draw(notices("page")), draw(notices("ticket"))
    return make_slo(
        service=draw(names),
        name=draw(names),
        description=draw(st.one_of(st.just(""), texts, st.just("many\nlines " * 200))),
        objective=draw(st.sampled_from(["0.5", "0.99", "0.999999"])),
        windows=tuple(draw(st.lists(windows, min_size=1, max_size=1))),
        sli=sli,
        budgeting=OCCURRENCES if composite else draw(st.sampled_from([OCCURRENCES, slices, ratio])),
        no_data="ignore" if composite else draw(st.sampled_from(["ignore", "good"])),
        min_coverage=draw(st.sampled_from([Decimal(0), Decimal("0.5")])),
        team=draw(st.none() | texts),
        tier=draw(st.none() | st.just("1")),
        labels=draw(labels),
        links=draw(st.sampled_from([{}, {"runbook": "https://example.com/a?b=c"}, {"_x": "https://example.com"}])),
        depends_on=draw(st.sampled_from([(), ("payments", "Mail_server")])),
        alerting=Alerting(
            page=page,
            ticket=ticket,
            min_events=draw(
                st.sampled_from([None, 0] if isinstance(sli, ThresholdSli) else [None, 0, 2])
            ),  # slices are few
            min_bad=draw(st.sampled_from([None, 1])),
            weigh="time" if composite else draw(st.sampled_from(["time", "traffic"])),
            first_values=draw(st.booleans()),
            signal=draw(st.booleans()),
        ),
    )


def is_read(slo: Slo) -> bool:
    """Whether our own format, too, takes *slo*: pairs that can't fire, or by a kept promise, are not for it."""
    period = slo.windows[0].nominal_seconds
    written = [policy for notice in (slo.alerting.page, slo.alerting.ticket) for policy in notice.burn or ()]
    rates = [policy.share * period / policy.long_seconds for policy in written]
    return all(1 <= rate < 1 / (1 - Fraction(slo.objective)) for rate in rates) and all(
        2 * policy.long_seconds <= period for policy in written
    )


@given(slos().filter(is_read))
@WHATEVER
def test_whatever_an_slo_says_is_read_as_it_was(tmp_path: Path, slo: Slo) -> None:
    """Windows, slices, labels, links and alerts of all kinds are the same afterwards."""
    again = read_again(tmp_path, [*MADE_OF, slo])

    assert meaning(again[slo.slo_id]) == meaning(slo)


def test_several_windows_and_exclusions_are_kept(tmp_path: Path) -> None:
    """OpenSLO has one window and no exclusions."""
    starts, ends, sunday = map(datetime.fromisoformat, ("2026-12-05T22:00", "2026-12-06T01:00", "2026-01-04T02:00"))
    once = Exclusion(reason="Upgrade", starts=starts, ends=ends, zone="Europe/Berlin", ticket="OPS-1")
    often = Exclusion(reason="Window", starts=sunday, lasts_seconds=7_200, rrule="FREQ=WEEKLY;BYDAY=SU")
    several = (
        RollingWindow(30 * 86_400),
        CalendarWindow("quarter", "Asia/Tokyo", (4, 1)),
        CalendarWindow("month", "Asia/Tokyo"),
    )
    slo = make_slo(windows=several, exclusions=(once, often), was=("checkout-old",))

    again = read_again(tmp_path, [slo])[slo.slo_id]

    bare = [replace(one, slos=(), file="", line=0) for one in again.exclusions]
    assert (again.windows, again.was, bare) == (several, slo.was, [once, often])
    assert all(one.slos == (slo.slo_id,) for one in again.exclusions)


def test_names_are_labels_of_dns_and_told_apart(tmp_path: Path) -> None:
    """Two services may have SLOs of one name, and names may be longer, or in capitals."""
    made = [
        make_slo(service="Shop", name="availability"),
        make_slo(service="shop", name="availability"),
        make_slo(service="shop_2", name="A" * 63),
        make_slo(service="shop_2", name="a" * 63),
    ]

    objects = write(made).objects
    again = read_again(tmp_path, made)

    pairs = [(one["kind"], one["metadata"]["name"]) for one in objects]
    assert len(set(pairs)) == len(pairs)
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) for _, name in pairs)
    assert sorted(again) == sorted(slo.slo_id for slo in made)


def test_our_examples_are_read_as_they_were(tmp_path: Path) -> None:
    """All definitions of the repository survive, with all that is in them."""
    made = load_paths([ROOT / "slo-definitions"]).slos

    again = read_again(tmp_path, list(made))

    assert {slo_id: meaning(slo) for slo_id, slo in again.items()} == {slo.slo_id: meaning(slo) for slo in made}


def test_alerts_hold_as_long_as_the_rules_say() -> None:
    """Where nothing is said, a condition holds as long as the rules' own configuration says."""
    config = (ROOT / "rules" / "config.libsonnet").read_text(encoding="utf-8")

    found = dict(re.findall(r"(page|ticket): '(\d+)m'", config.partition("burnFor:")[2].partition("}")[0]))

    assert {key: int(value) * 60 for key, value in found.items()} == USUAL_SECONDS


def test_parts_are_named(tmp_path: Path) -> None:
    """A composite names its parts by their ids, whatever those are."""
    assert [part.slo for part in PARTS] == [slo.slo_id for slo in MADE_OF]
    assert read_again(tmp_path, list(MADE_OF)).keys() == {slo.slo_id for slo in MADE_OF}
    assert BAD_EVENTS.kind == "events"
