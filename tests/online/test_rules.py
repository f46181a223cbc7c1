"""Rules that are in force: none, old ones, twice the same, and such that can't be evaluated; and Grafana's sources."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests
import yaml

from online.canned import Canned, Refusal, serve
from online.real import HEAD, events, family, found_in, series, slo
from support.servers import StartPrometheus, wait_for
from tallystick.definition.load import load_paths
from tallystick.definition.problem import Problem
from tallystick.demo.servers import Server
from tallystick.generate.render import render
from tallystick.online.checks import datasource, rule_health, rules_loaded
from tallystick.online.run import Given
from tallystick.upstream.client import connect
from tallystick.upstream.grafana import Grafana
from tallystick.upstream.rules import rule_groups
from upstream.faulty import Fault, faulty_server

SLI = events('requests_total{job="shop"}', 'requests_total{job="shop",code="500"}')
ONE, OTHER = slo("availability", SLI), slo("latency", SLI)
CHECKS = rules_loaded.CHECK, rule_health.CHECK


def rules_of(folder: Path, *entries: str) -> str:
    """The rules that are generated for *entries*."""
    file = folder / "rules-of.yaml"
    file.write_text(HEAD + "".join(entries))
    return render(load_paths([file]).slos, ["rules"], at=1_764_547_200)["rules/shop.yaml"].decode()


def serving(start: StartPrometheus, files: dict[str, str]) -> Server:
    """A Prometheus with these rule files, once they are loaded."""
    config = {"global": {"evaluation_interval": "1s"}, "rule_files": sorted(files)}
    server = start(config=config, files=files)
    wait_for(server, "/api/v1/rules", lambda text: text.count('"groups":[{"name"') == 1)
    return server


def said(problems: Sequence[Problem]) -> list[tuple[str, str, str]]:
    """Where, how bad and what."""
    return [(one.excerpt.strip(), one.severity, one.message) for one in problems]


def test_rules_that_are_in_force(tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """Rules as they are generated are fine; an SLO that they do not have is told, and one that was changed since."""
    server = serving(start_prometheus, {"shop.yaml": rules_of(tmp_path, ONE, OTHER)})

    assert said(found_in(tmp_path, server.url, [ONE, OTHER], *CHECKS).problems) == []

    changed = OTHER.replace("99.9%", "99%")
    old, missing = found_in(tmp_path, server.url, [ONE, changed, slo("new", SLI)], *CHECKS).problems
    assert (old.excerpt, old.severity) == ("  - name: latency", "warning")
    assert old.message.startswith("its rules are of another revision (")
    assert said([missing]) == [("- name: new", "warning", "its rules are not loaded: it does not alert")]


def test_no_rules_at_all_are_one_problem(tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """Where none of the SLOs has rules, that is told once; rules of somebody else do not matter."""
    others = yaml.safe_dump({"groups": [{"name": "other", "rules": [{"record": "a:b", "expr": "nothing("}]}]})
    server = serving(start_prometheus, {"other.yaml": others.replace("nothing(", "nothing")})

    assert said(found_in(tmp_path, server.url, [ONE, OTHER], *CHECKS).problems) == [
        ("- name: availability", "warning", "no rules of any of these 2 SLOs are loaded: nothing alerts")
    ]


def test_rules_from_two_files(tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """The same rules in two files are told with both."""
    text = rules_of(tmp_path, ONE)
    server = serving(start_prometheus, {"new.yaml": text, "old.yaml": text})

    (problem,) = found_in(tmp_path, server.url, [ONE], rules_loaded.CHECK).problems

    assert problem.message.startswith("its rules are loaded 2 times, from ")
    assert problem.message.endswith("old.yaml: its series come out double")


def test_rules_that_fail(tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """A rule whose evaluation fails is an error, with the server's words."""
    document = yaml.safe_load(rules_of(tmp_path, ONE))
    broken = {"record": "slo:sli_total:rate5m", "expr": 'label_replace(up, "instance", "x", "", "")'}
    group = next(one for one in document["groups"] if one["name"] == "tallystick-shop-availability-sli")
    group["rules"].append(broken)
    now = family("up", "gauge", series('up{job="a",instance="1"}', 0.1), series('up{job="a",instance="2"}', 0.1))
    config = {"global": {"evaluation_interval": "1s"}, "rule_files": ["shop.yaml"]}
    server = start_prometheus(config=config, files={"shop.yaml": yaml.safe_dump(document)}, history=now)
    wait_for(server, "/api/v1/rules", lambda text: '"health":"err"' in text)

    (problem,) = found_in(tmp_path, server.url, [ONE], *CHECKS).problems

    assert (problem.code, problem.severity) == ("rule-health", "error")
    assert problem.message.startswith("its rule slo:sli_total:rate5m can't be evaluated: ")
    assert "same labelset" in problem.message


def test_rules_that_another_program_evaluates(tmp_path: Path, victoria_metrics: Server) -> None:
    """A server without rules, which has what rules record, is judged by the revision that they record."""
    file = tmp_path / "revision.yaml"
    file.write_text(HEAD + ONE + OTHER)
    one, _ = load_paths([file]).slos
    text = "".join(
        f'slo:info{{slo="shop-{name}",slo_revision="{revision}"}} 1 {int(time.time() - 60)}000\n'
        for name, revision in (("availability", one.revision), ("latency", "0123456789ab"))
    )
    requests.post(f"{victoria_metrics.url}/api/v1/import/prometheus", data=text, timeout=60).raise_for_status()
    requests.get(f"{victoria_metrics.url}/internal/force_flush", timeout=60).raise_for_status()
    wait_for(victoria_metrics, "/api/v1/query?query=slo:info&nocache=1", lambda text: "0123456789ab" in text)

    (problem,) = found_in(tmp_path, victoria_metrics.url, [ONE, OTHER], *CHECKS).problems

    assert problem.message.startswith("its rules are of another revision (0123456789ab)")


def group(name: str, **more: object) -> dict[str, object]:
    """A group as the API tells it, of a rule that is well."""
    rules = [{"name": "slo:info", "labels": {"slo_revision": "x"}, "health": "ok"}]
    return {"name": name, "file": "a.yaml", "interval": 30, "evaluationTime": 0.1, "rules": rules, **more}


def test_rules_that_take_too_long(tmp_path: Path) -> None:
    """A group that takes longer than its interval is a warning."""
    slow = group("tallystick-shop-availability-sli", evaluationTime=41.26)
    with serve(Canned(paths={"/api/v1/rules": {"groups": [slow]}})) as url:
        (problem,) = found_in(tmp_path, url, [ONE], rule_health.CHECK).problems

    words = "its rules take 41.3 s, and are evaluated every 30 s: tallystick-shop-availability-sli"
    assert (problem.severity, problem.message) == ("warning", words)


@pytest.mark.parametrize(
    "answer", [Refusal(404), Refusal(500), {}, {"groups": [7]}, {"groups": [group("tallystick-a-sli", interval="x")]}]
)
def test_rules_that_can_not_be_asked_for(tmp_path: Path, answer: object) -> None:
    """A server that tells no rules is noted once, and no SLO is said to have none."""
    with serve(Canned(paths={"/api/v1/rules": answer})) as url:
        found = found_in(tmp_path, url, [ONE, OTHER], *CHECKS)

    assert found.problems == []
    assert [note.startswith("which rules are loaded is not known (") for note in found.notes] == [True]


def test_pages_of_groups_are_read_to_the_end() -> None:
    """A server that gives a page at a time is asked until there is no other."""
    pages = iter(
        [
            {"groups": [group("tallystick-a-sli")], "groupNextToken": "t"},
            {"groups": [group("tallystick-b-sli"), group("other")]},
        ]
    )

    class Paged(dict[str, object]):
        def get(self, key: str, default: object = None) -> object:
            return next(pages) if key == "/api/v1/rules" else default

    with serve(Canned(paths=Paged())) as url:
        prometheus = connect(url)
        assert [one.slo for one in rule_groups(prometheus)] == ["a", "b"]
    assert prometheus.sent == 2


SOURCES = [
    {"uid": "u1", "name": "Prometheus", "type": "prometheus", "url": "http://prometheus:9090"},
    {"uid": "u2", "name": "Logs", "type": "loki", "url": "http://loki"},
]


@pytest.mark.parametrize(
    ("fault", "messages", "notes"),
    [
        (Fault(body=json.dumps(SOURCES).encode()), 0, 0),
        (Fault(body=json.dumps(SOURCES[1:]).encode()), 1, 0),
        (Fault(body=b'{"message": "Unauthorized"}', status=401), 0, 1),
        (Fault(body=b'{"message": "hello"}'), 0, 1),
        (Fault(body=b"<html>"), 0, 1),
    ],
)
def test_sources_of_grafana(tmp_path: Path, fault: Fault, messages: int, notes: int) -> None:
    """A Grafana without a source of Prometheus' kind is one problem; one that does not tell is a note."""
    with serve(Canned()) as url, faulty_server(fault) as grafana:
        given = Given(grafana=Grafana(connect(grafana)))
        found = found_in(tmp_path, url, [ONE, OTHER], datasource.CHECK, given=given)

    assert ([one.code for one in found.problems], len(found.notes)) == (["datasource"] * messages, notes)


def test_no_grafana_there(tmp_path: Path) -> None:
    """A Grafana that is not there is a note, and not the end of it."""
    with serve(Canned()) as url:
        given = Given(grafana=Grafana(connect("http://127.0.0.1:1")))
        found = found_in(tmp_path, url, [ONE], datasource.CHECK, given=given)

    assert [note.startswith("which sources Grafana has is not known (can't reach") for note in found.notes] == [True]
