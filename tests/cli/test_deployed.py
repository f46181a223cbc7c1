"""``tallystick diff --deployed`` against real servers: rules that are loaded, and rules that should be."""

import json
import time
from pathlib import Path

import pytest
import requests

from cli.test_diff import SHOP, STRICTER, Answer, Run, run
from support.servers import StartPrometheus
from tallystick.definition.load import load_paths
from tallystick.demo.servers import Server
from tallystick.generate.render import render
from upstream.faulty import Fault, faulty_server

__all__ = ["run"]

CONFIG = {"global": {"scrape_interval": "15s", "evaluation_interval": "1s"}, "rule_files": ["*.yaml"]}
EXAMPLES = Path(__file__).parents[2] / "slo-definitions"
EXCLUDED = SHOP + "exclusions:\n  - {reason: nightly, starts: 2026-01-01 02:00, lasts: 1h, rrule: FREQ=DAILY}\n"
MONTH = 31 * 86_400


def written(folder: Path, text: str, at: float | None = None) -> dict[str, str]:
    """The rule files of a definition, as they are made at instant *at*, without what is for all SLOs."""
    folder.mkdir(exist_ok=True)
    (folder / "shop.yaml").write_text(text)
    files = render(load_paths([folder]).slos, ["rules"], at=time.time() if at is None else at)
    return {Path(name).name: content.decode() for name, content in files.items() if "_exporter" not in name}


def troubles(answer: Answer) -> dict[str, list[str]]:
    """What is wrong, by SLO."""
    assert answer.returncode in {0, 1}, answer.stderr
    found: dict[str, list[str]] = {}
    for finding in json.loads(answer.stdout)["findings"]:
        found.setdefault(finding["slo"] or "", []).append(finding["trouble"])
    return found


def wait_for_failure(server: Server) -> str:
    """The address of *server*, once it has found a rule that can't be evaluated."""
    until = time.monotonic() + 60
    while '"health":"err"' not in requests.get(f"{server.url}/api/v1/rules", timeout=10).text:
        assert time.monotonic() < until
        time.sleep(0.2)
    return server.url


def test_what_was_generated_is_current(run: Run, start_prometheus: StartPrometheus) -> None:
    """All the example's rules, those for all SLOs included, are what they should be once they are loaded."""
    files = render(load_paths([EXAMPLES]).slos, ["rules"], at=time.time())
    # Rules of long windows are evaluated every two minutes: they need not have been.
    url = start_prometheus(config=CONFIG, files={Path(name).name: text.decode() for name, text in files.items()}).url

    answer = run("--deployed", str(EXAMPLES), "--prometheus.url", url, "--format", "json")

    assert answer.returncode == 0
    assert {trouble for each in troubles(answer).values() for trouble in each} <= {"not_evaluated"}
    assert json.loads(answer.stdout)["common_loaded"] is True


def test_rules_of_last_month_are_current(run: Run, tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """How long exclusions are known moves with the month, and is no difference."""
    now = time.time()
    files = written(tmp_path / "slo-definitions", EXCLUDED, now - 2 * MONTH)
    assert files != written(tmp_path / "slo-definitions", EXCLUDED, now)

    answer = run("--deployed", "--prometheus.url", start_prometheus(config=CONFIG, files=files).url, "--format", "json")

    assert answer.returncode == 0
    assert {trouble for each in troubles(answer).values() for trouble in each} <= {"not_evaluated"}


def test_another_revision(run: Run, tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """Rules of another objective are told with both revisions, and which of them are not as they should be."""
    files = written(tmp_path / "slo-definitions", SHOP)
    url = start_prometheus(config=CONFIG, files=files).url
    written(tmp_path / "slo-definitions", STRICTER)

    answer = run("--deployed", "--prometheus.url", url, "--format", "json")
    shown = run("--deployed", "--prometheus.url", url)
    let_be = run("--deployed", "--prometheus.url", url, "--fail-on", "none")

    assert (answer.returncode, let_be.returncode) == (1, 0)
    first, second, *_ = json.loads(answer.stdout)["findings"]
    assert (first["slo"], first["trouble"], second["trouble"]) == ("shop-availability", "other_revision", "differs")
    assert first["loaded_revisions"] != [first["revision"]]
    rules = {detail["rule"]: detail["words"] for detail in second["rules"]}
    assert rules["slo:objective:ratio"] == "has another expression"
    assert rules["SLOBurnRate (page 1h 5m)"] == "has another expression"
    assert "slo:sli_total:rate5m" not in rules
    assert "shop-availability: its rules are of another revision: " in shown.stdout


def test_missing_gone_and_changed_rules(run: Run, tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """An SLO without rules, rules of one that is gone, and what somebody did to a file are told apart."""
    both = written(tmp_path / "slo-definitions", SHOP)["shop.yaml"]
    other = written(tmp_path / "other", SHOP.replace("service: shop", "service: former"))["former.yaml"]
    start, *groups = both.split("  - name: ")
    mine = [group for group in groups if "tallystick-shop-availability" in group]
    (burn,) = [group for group in mine if "alert: SLOBurnRate" in group]
    edited = burn.replace("severity: page", "severity: nobody", 1).replace("for: 1m", "for: 5m", 1)
    files = {
        "shop.yaml": "  - name: ".join([start, *(edited if group is burn else group for group in mine)]),
        "former.yaml": other,
        "theirs.yaml": "groups: [{name: theirs, rules: [{record: slo:objective:ratio, expr: vector(1), labels: {slo: x}}]}]",
    }

    answer = run("--deployed", "--prometheus.url", start_prometheus(config=CONFIG, files=files).url, "--format", "json")

    found = troubles(answer)
    assert answer.returncode == 1
    assert {slo: [one for one in each if one != "not_evaluated"] for slo, each in found.items()} == {
        "former-availability": ["gone"],
        "former-latency": ["gone"],
        "shop-availability": ["differs"],
        "shop-latency": ["not_loaded"],
    }
    (differs,) = [one for one in json.loads(answer.stdout)["findings"] if one["trouble"] == "differs"]
    words = " ".join(f"{detail['rule']} {detail['words']}" for detail in differs["rules"])
    assert "severity='nobody'" in words or "would not be written any more" in words
    assert "is not loaded" in words or "not severity" in words


def test_twice_and_failing(run: Run, tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """The same rules in two files, and rules that can't be evaluated, are told with Prometheus' own words."""
    text = written(tmp_path / "slo-definitions", SHOP)["shop.yaml"]
    same = 'vector(1) or label_replace(vector(1), "a", "1", "", "")'
    failing = {"record": "x", "expr": f'label_replace({same}, "a", "", "", "")', "labels": {"slo": "shop-latency"}}
    more = {"groups": [{"name": "tallystick-shop-latency-more", "rules": [failing]}]}
    files = {"shop.yaml": text, "copy.yaml": text, "more.yaml": json.dumps(more)}
    url = wait_for_failure(start_prometheus(config=CONFIG, files=files))

    answer = run("--deployed", "--prometheus.url", url, "--format", "json")

    found = json.loads(answer.stdout)["findings"]
    twice = [one for one in found if one["trouble"] == "twice"]
    assert answer.returncode == 1
    assert [one["slo"] for one in twice] == ["shop-availability", "shop-latency"]
    assert all(detail["words"] == "is loaded more than once" for one in twice for detail in one["rules"])
    differs = [one for one in found if one["trouble"] == "differs"]
    assert [(one["slo"], one["rules"]) for one in differs] == [
        ("shop-latency", [{"rule": "x", "words": "would not be written any more"}])
    ]
    (failed,) = [one for one in found if one["trouble"] == "failing"]
    assert failed["slo"] == "shop-latency"
    assert "same labelset" in failed["rules"][0]["words"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"status":"success","data":{}}', "answered without groups of rules"),
        ('{"status":"success","data":{"groups":[{"name":"tallystick-a"}]}}', "these are no groups of rules"),
        ('{"status":"success","data":{"groups":[3]}}', "these are no groups of rules"),
        (
            '{"status":"success","data":{"groups":[],"groupNextToken":"again"}}',
            "the same page of rules again and again",
        ),
    ],
)
def test_a_server_that_is_none(run: Run, tmp_path: Path, body: str, words: str) -> None:
    """What does not answer as Prometheus does is exit code 2, not a difference."""
    written(tmp_path / "slo-definitions", SHOP)
    with faulty_server(Fault(body=body.encode())) as url:
        answer = run("--deployed", "--prometheus.url", url)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert words in answer.stderr
