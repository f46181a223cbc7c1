"""The checks against a server that says what a test wants it to say."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from online.canned import Canned, Refusal, Told, serve
from online.pages import DEFINITION, MONDAY, as_shown
from tallystick.core.timerange import DAY_SECONDS
from tallystick.definition.checks.interval import Told as Intervals
from tallystick.definition.load import load_paths
from tallystick.online.base import OnlineCheck
from tallystick.online.checks import CHECKS as ALL
from tallystick.online.checks import exclusion_horizon, interval, low_traffic
from tallystick.online.run import Found, Given, look
from tallystick.upstream.client import connect
from upstream.faulty import Fault, faulty_server

ROOT = Path(__file__).parents[2]
NAMELESS = DEFINITION.replace('{job="checkout"}', "").replace('job="checkout",', "")
RECORDED = "slo:exclusions_end:timestamp_seconds"


def targets(**seconds: int) -> dict[str, object]:
    """Targets of jobs, each scraped every so many seconds."""
    return {
        "activeTargets": [
            {"labels": {"job": job, "instance": "i"}, "scrapeInterval": f"{every}s"} for job, every in seconds.items()
        ]
    }


def config(text: str) -> dict[str, object]:
    """The answer with a configuration."""
    return {"yaml": text}


def groups(**seconds: float) -> dict[str, object]:
    """Groups of rules of checkout-availability, each evaluated every so many seconds."""
    return {
        "groups": [
            {"name": f"tallystick-checkout-availability-{part}", "interval": every, "rules": []}
            for part, every in seconds.items()
        ]
    }


CHECKS = (interval.CHECK, low_traffic.CHECK, exclusion_horizon.CHECK)
"""Those that are asked here; what the others say is asked of real servers."""

HEALTHY = {
    "/api/v1/targets": targets(checkout=60),
    "/api/v1/status/config": config("global:\n  evaluation_interval: 1m\n"),
    "/api/v1/rules": groups(),
}


def ask(
    folder: Path,
    canned: Canned,
    definition: str = DEFINITION,
    *,
    told: Intervals = Intervals(),  # noqa: B008  # frozen
    checks: Sequence[OnlineCheck] | None = None,
    timeout_seconds: float = 30,
) -> Found:
    """All that *checks* find in *definition*; by default `CHECKS`."""
    (folder / "checkout.yaml").write_text(definition, encoding="utf-8")
    loaded = load_paths([folder / "checkout.yaml"])
    assert loaded.problems == ()
    with serve(canned) as url:
        prometheus = connect(url, timeout_seconds=timeout_seconds)
        return look(loaded, prometheus, Given(told), lambda *_: None, checks or CHECKS)


def shown(code: str) -> str:
    """The example on the page of a check."""
    text = (ROOT / "docs" / "checks" / f"{code}.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```text\n(.*?)\n```", text, re.DOTALL)
    return str(example)


def said(found: Found) -> list[str]:
    """The messages of all problems."""
    return [one.message for one in found.problems]


def test_nothing_to_tell(tmp_path: Path) -> None:
    """A healthy server that has no traffic to tell of gives no problem, no note and no fault, in five requests."""
    found = ask(tmp_path, Canned(paths=HEALTHY))

    assert (found.problems, found.notes, found.fault) == ([], [], None)
    assert found.requests == 6  # the time, the configuration, rules, targets, traffic, exclusions


@pytest.mark.parametrize(
    ("paths", "told", "message"),
    [
        ({"/api/v1/targets": targets(checkout=180)}, Intervals(), "scraped every 3m"),
        ({"/api/v1/targets": targets(checkout=180)}, Intervals(scrape_ms=60_000), ""),
        ({"/api/v1/targets": targets(checkout=60)}, Intervals(scrape_ms=180_000), "scraped every 3m"),
        ({"/api/v1/targets": targets(checkout=150, other=300)}, Intervals(), ""),
        ({"/api/v1/targets": targets(other=300)}, Intervals(), ""),
        ({"/api/v1/targets": {"activeTargets": [{"labels": {"job": "checkout"}}]}}, Intervals(), ""),
        (
            {"/api/v1/status/config": config("global:\n  evaluation_interval: 3m\nrule_files: []\n")},
            Intervals(),
            "3m apart",
        ),
        ({"/api/v1/status/config": config("global:\n  evaluation_interval: 3m\n")}, Intervals(None, 60_000), ""),
        ({"/api/v1/status/config": config("scrape_configs: []\n")}, Intervals(), ""),
        ({"/api/v1/rules": groups(sli=160)}, Intervals(), "2m40s apart"),
        ({"/api/v1/rules": groups(sli=150.5)}, Intervals(), "2m30s500ms apart"),
        (
            {"/api/v1/rules": groups(sli=60, windows=4_000)},
            Intervals(),
            "2h holds fewer than two evaluations, which are 1h6m40s",
        ),
        (
            {"/api/v1/rules": groups(sli=60), "/api/v1/status/config": config("global:\n  evaluation_interval: 3m\n")},
            Intervals(),
            "",
        ),
    ],
)
def test_intervals_that_prometheus_tells(
    tmp_path: Path, paths: dict[str, object], told: Intervals, message: str
) -> None:
    """Targets by their labels, loaded groups before the configuration, and what the user says before both."""
    found = ask(tmp_path, Canned(paths={**HEALTHY, **paths}), told=told)

    assert len(found.problems) == bool(message)
    assert all(message in one and found.problems[0].code == "interval" for one in said(found))


def test_who_names_no_job_is_judged_by_the_jobs_that_have_the_metric(tmp_path: Path) -> None:
    """Of three jobs the slower of the two that have the metric counts."""
    asked: Callable[[str], Told] = lambda query: (  # noqa: E731  # read beside the rest
        [({"job": "a"}, [1]), ({"job": "b"}, [2])] if query.startswith("count by (job)") else []
    )
    paths = {**HEALTHY, "/api/v1/targets": targets(a=60, b=170, c=300)}

    found = ask(tmp_path, Canned(of=asked, paths=paths), NAMELESS)

    assert [one.partition(",")[0] for one in said(found)] == ["scraped every 2m50s"]


def test_jobs_that_are_not_told_are_a_warning(tmp_path: Path) -> None:
    """Where the question for the jobs fails, the SLO's interval is not known, and the rest is looked at."""
    refuse: Callable[[str], Told | Refusal] = lambda query: Refusal() if "count by" in query else []  # noqa: E731

    found = ask(tmp_path, Canned(of=refuse, paths=HEALTHY), NAMELESS)

    assert [one.partition(":")[0] for one in said(found)] == ["how often it is scraped is not known"]
    assert found.fault is None


@pytest.mark.parametrize(
    ("path", "answer", "flag"),
    [
        ("/api/v1/targets", Refusal(404), "--scrape-interval"),
        ("/api/v1/targets", {}, "--scrape-interval"),
        ("/api/v1/targets", {"activeTargets": [7]}, "--scrape-interval"),
        ("/api/v1/status/config", Refusal(404), "--evaluation-interval"),
        ("/api/v1/status/config", config("global:\n  - [\n"), "--evaluation-interval"),
        ("/api/v1/status/config", [], "--evaluation-interval"),
        ("/api/v1/rules", Refusal(404), ""),
        ("/api/v1/rules", {"groups": [{"name": "x", "interval": "often"}]}, ""),
    ],
)
def test_servers_that_tell_no_intervals(tmp_path: Path, path: str, answer: object, flag: str) -> None:
    """Who only answers queries (Mimir, Thanos) is no fault: it is noted which flag says the rest."""
    found = ask(tmp_path, Canned(paths={**HEALTHY, path: answer}))

    assert (found.problems, found.fault) == ([], None)
    assert [note.endswith(f"give {flag}") for note in found.notes] == [True] * bool(flag)


def ends(days: float) -> Callable[[str], Told]:
    """A server that knows exclusions for so many days."""
    return lambda query: (
        [({"slo": "checkout-availability"}, [MONDAY + days * DAY_SECONDS]), ({"slo": "gone"}, [1])]
        if RECORDED in query
        else []
    )


def test_exclusions_that_the_rules_will_not_know(tmp_path: Path) -> None:
    """Twelve days ahead is told, as on the page; thirty are enough; a day that is over says what follows."""
    (problem,) = ask(tmp_path, Canned(of=ends(12.5), paths=HEALTHY)).problems

    assert as_shown(problem, tmp_path) == shown("exclusion-horizon")
    assert "which is 1 day ahead" in said(ask(tmp_path, Canned(of=ends(1.5), paths=HEALTHY)))[0]
    assert "2025-11-30 only, which is over" in said(ask(tmp_path, Canned(of=ends(-0.5), paths=HEALTHY)))[0]
    assert said(ask(tmp_path, Canned(of=ends(30), paths=HEALTHY))) == []


def test_exclusions_are_told_once_a_definition(tmp_path: Path) -> None:
    """Of several SLOs of a definition the one whose exclusions end first is told."""
    second = DEFINITION.replace("name: availability", "name: other").partition("slos:\n")[2]
    known: Callable[[str], Told] = lambda query: [  # noqa: E731  # read beside the rest
        ({"slo": f"checkout-{name}"}, [MONDAY + days * DAY_SECONDS])
        for name, days in (("availability", 20), ("other", 10))
        if RECORDED in query
    ]

    (problem,) = ask(tmp_path, Canned(of=known, paths=HEALTHY), DEFINITION + second).problems

    assert problem.excerpt == "  - name: other"
    assert "10 days ahead" in problem.message


def test_exclusions_that_can_not_be_asked_for(tmp_path: Path) -> None:
    """A refused question that is no SLO's own is a note."""
    refuse: Callable[[str], Told | Refusal] = lambda query: Refusal() if RECORDED in query else []  # noqa: E731

    found = ask(tmp_path, Canned(of=refuse, paths=HEALTHY))

    assert found.problems == []
    assert [note.startswith("until when the rules know exclusions") for note in found.notes] == [True]


def test_one_slo_that_is_not_answered_hides_no_other(tmp_path: Path) -> None:
    """A question that fails is a warning of its SLO, as on the page; the other one's problem is told."""
    second = (
        DEFINITION.replace("name: availability", "name: other").replace("_requests", "_others").partition("slos:\n")[2]
    )
    answer: Callable[[str], Told | Refusal] = lambda query: (  # noqa: E731  # read beside the rest
        Refusal() if "_requests" in query else [({}, [12] * 168)] if "_others" in query else []
    )
    canned = Canned(of=answer, paths=HEALTHY)

    found = ask(tmp_path, canned, DEFINITION + second)

    quiet, unanswered = found.problems
    assert as_shown(unanswered, tmp_path).replace(canned.url, "http://prometheus:9090") == shown("unanswered")
    assert (quiet.code, quiet.excerpt, found.fault) == ("low-traffic", "  - name: other", None)


@pytest.mark.parametrize("now", ["NaN", "+Inf", "soon", -5, 10**12])
def test_a_clock_that_is_none(tmp_path: Path, now: object) -> None:
    """A server that does not know the time is none that can be asked."""
    found = ask(tmp_path, Canned(now=now))

    assert found.problems == []
    assert "did not tell its time" in str(found.fault)


def test_a_server_that_goes_away(tmp_path: Path) -> None:
    """What was found before is kept, beside why the rest is not known."""
    answer: Callable[[str], Told | Refusal] = lambda _: Refusal(hangs_up=True)  # noqa: E731
    found = ask(tmp_path, Canned(of=answer, paths={**HEALTHY, "/api/v1/targets": targets(checkout=180)}))

    assert [one.code for one in found.problems] == ["interval"]
    assert "can't reach" in str(found.fault)


@pytest.mark.parametrize(
    "refusal",
    [Refusal(422), Refusal(500, "no"), Refusal(503, "query timed out", seconds=0.01)],
)
@pytest.mark.parametrize("at", ["every", "range", "api"])
def test_faults_are_never_problems_of_a_definition(tmp_path: Path, refusal: Refusal, at: str) -> None:
    """A server that refuses queries, or all else, is told as what is not known: once of each SLO, and no problem besides."""
    sli = "      latency: {histogram: \"answer_seconds{job='checkout'}\", threshold: 0.3, by: [region]}\n"
    second = DEFINITION.partition("slos:\n")[2].replace("availability", "quick").partition("      events")[0] + sli
    up = second.replace("quick", "up").replace(sli, "      up: {metric: probe_success}\n")
    ratio = second.replace("quick", "ratio").replace(sli, "      ratio: {error: 'avg(a_ratio[$window:1m])'}\n")
    ratio = ratio.replace("avg(a_ratio[$window:1m])", "avg(avg_over_time(a_ratio[$window]))")
    paths = {} if at in ("every", "api") else HEALTHY
    canned = Canned(of=lambda _: [] if at == "api" else refusal, paths=paths)

    found = ask(tmp_path, canned, DEFINITION + second + up + ratio, checks=ALL)

    assert found.fault is None
    if at == "api":  # no series, and no names: all that is known is that there are none
        assert {one.code for one in found.problems} == {"series-missing"}
        assert len(found.problems) == 4
    else:
        assert {one.code for one in found.problems} == {"unanswered"}
        assert len(found.problems) == len({one.line for one in found.problems}) == 4
    assert len(found.notes) == len(set(found.notes)) <= 6


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """With all checks, answers that never come are waited for a few times in all."""
    canned = Canned(of=lambda _: Refusal(seconds=1), paths=HEALTHY)
    many = "".join(
        DEFINITION.partition("slos:\n")[2].replace("availability", f"a{number}").replace("_requests", f"_{number}s")
        for number in range(200)
    )

    found = ask(tmp_path, canned, DEFINITION + many, checks=ALL, timeout_seconds=0.2)

    assert {one.code for one in found.problems} == {"unanswered"}
    assert len(found.problems) == 201
    assert found.requests < 40


def test_answers_in_part_are_none(tmp_path: Path) -> None:
    """Answers with warnings, as Thanos and Mimir give them while a part of them is away, say nothing of any SLO."""
    body = b'{"status": "success", "data": {"result": [{"metric": {}, "value": [1, "1764547200"]}]}, "warnings": ["a store is away"]}'
    (tmp_path / "checkout.yaml").write_text(DEFINITION, encoding="utf-8")
    loaded = load_paths([tmp_path / "checkout.yaml"])

    with faulty_server(Fault(body=body)) as url:
        found = look(loaded, connect(url), Given(), lambda *_: None)

    assert [one.code for one in found.problems] == ["unanswered"]
    assert "answered in part: a store is away (nor is another thing)" in found.problems[0].message
    assert all("answered in part" in note for note in found.notes)


def test_progress_never_goes_back(tmp_path: Path) -> None:
    """Over all checks, what is told of how far it is only grows."""
    (tmp_path / "checkout.yaml").write_text(DEFINITION, encoding="utf-8")
    loaded = load_paths([tmp_path / "checkout.yaml"])
    steps: list[float] = []

    with serve(Canned(of=lambda _: [({}, [12] * 168)], paths=HEALTHY)) as url:
        look(loaded, connect(url), Given(), lambda done, total: steps.append(done / total))

    assert len(steps) > 3
    assert steps == sorted(steps)
    assert 0 < steps[0] <= steps[-1] <= 1
