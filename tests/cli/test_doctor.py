"""``tallystick doctor``: what it says of real servers that are well, and of such that are not."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from online.canned import Canned, serve
from online.real import HEAD, events, slo
from support.ledgers import made, write
from support.servers import StartAlertmanager, StartPrometheus, Target, wait_for
from tallystick.cli.doctor.alertmanager import look_at_alertmanager
from tallystick.cli.doctor.command import doctor
from tallystick.cli.doctor.dashboards import look_at_grafana
from tallystick.cli.doctor.exporter import look_at_exporter
from tallystick.cli.doctor.line import Line
from tallystick.cli.doctor.prometheus import look_at_prometheus
from tallystick.cli.doctor.record import look_at_ledger
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS
from tallystick.definition.load import Loaded, load_paths
from tallystick.demo.servers import HOST, Server, free_port
from tallystick.generate.alertmanager import alertmanager_document
from tallystick.generate.render import render
from tallystick.ledger.store import open_ledger
from tallystick.upstream.client import connect
from tallystick.upstream.grafana import Grafana
from upstream.faulty import Fault, faulty_server

SLI = events('requests_total{job="shop"}', 'requests_total{job="shop",code="500"}')
ENTRY = slo("availability", SLI, "7d")
WELL = "# TYPE requests_total counter\n" + 'requests_total{code="200"} 9\nrequests_total{code="500"} 1\n'


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """A folder with one SLO, loaded."""
    (tmp_path / "slo-definitions").mkdir()
    (tmp_path / "slo-definitions" / "shop.yaml").write_text(HEAD + ENTRY)
    return load_paths([tmp_path / "slo-definitions"])


def marks(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """How each is, and what it says."""
    return [(line.mark, line.text) for line in lines]


def run(*arguments: object) -> tuple[int, str]:
    """The command's exit code and what it prints."""
    done = CliRunner().invoke(doctor, [str(argument) for argument in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def scraping(**jobs: str) -> dict[str, Any]:
    """A configuration that scrapes one address for each job, every second."""
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [address]}]} for job, address in jobs.items()
        ],
    }


def filled(document: dict[str, Any], url: str) -> dict[str, Any]:
    """*document* with receivers that send to *url*."""
    receivers = [{"name": one["name"], "webhook_configs": [{"url": url}]} for one in document["receivers"]]
    return {**document, "receivers": receivers}


def test_all_is_well(
    tmp_path: Path,
    loaded: Loaded,
    target: Target,
    start_prometheus: StartPrometheus,
    start_alertmanager: StartAlertmanager,
) -> None:
    """Of servers that are set up as the documentation says, nothing fails, and each part says what it found."""
    target.text = WELL
    alertmanager = start_alertmanager(filled(alertmanager_document(loaded.slos), "http://127.0.0.1:1/"))
    port = free_port()
    address = f"{HOST}:{port}"
    rules = render(loaded.slos, ["rules"], at=time.time())["rules/shop.yaml"].decode()
    config = scraping(shop=target.address, tallystick=address) | {
        "rule_files": ["shop.yaml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager.url.removeprefix("http://")]}]}]},
    }
    prometheus = start_prometheus(config=config, files={"shop.yaml": rules})
    ledger = tmp_path / "slo.db"
    command = [sys.executable, "-m", "tallystick", "serve", str(tmp_path / "slo-definitions"), "--web.listen-address"]
    more = ["--prometheus.url", prometheus.url, "--ledger", str(ledger), "--interval", "1s"]
    with Server("exporter", [*command, address, *more], tmp_path, f"http://{address}") as exporter:
        wait_for(prometheus, "/api/v1/query?query=tallystick_up==1", lambda text: "instance" in text)
        wait_for(prometheus, "/api/v1/alertmanagers", lambda text: "api/v2" in text)

        options = ["--prometheus.url", prometheus.url, "--ledger", ledger, "--exporter.url", exporter.url]
        code, text = run(tmp_path / "slo-definitions", *options, "--alertmanager.url", alertmanager.url)
        _, document = run(tmp_path / "slo-definitions", *options, "--format", "json")

    assert (code, "FAIL" in text) == (0, False)
    for said in (
        "1 SLO in 1 file, without a problem",
        f"{prometheus.url} answers, version",
        "its clock and ours agree",
        "it keeps samples for 400d",
        f"it scrapes the exporter: tallystick/{address}",
        "the rules of 1 SLO are loaded, once, and of the definitions' revisions",
        "all of them are evaluated, and in time",
        f"it sends alerts to {alertmanager.url}",
        f"{alertmanager.url} answers, version 0.",
        "for them, each of which sends somewhere",
        f"{ledger} opens, with tables of version 2",
        "it reaches from ",
        " free on its disk",
        "it can reach Prometheus",
        "it goes by these definitions: 1 SLO",
        "no reading of an SLO has failed since its start",
    ):
        assert any(line.startswith("ok ") and said in line for line in text.splitlines()), said
    lines = json.loads(document)
    assert [line["part"] for line in lines if line["mark"] == "skipped"] == ["alertmanager", "grafana"]
    assert set(lines[0]) == {"part", "mark", "text", "hint"}


@pytest.mark.usefixtures("loaded")
def test_nothing_is_there(tmp_path: Path) -> None:
    """Servers and a ledger that are not there are failures with a next step, and not the end of it."""
    nobody = "http://127.0.0.1:1"
    options = [f"--{name}.url={nobody}" for name in ("prometheus", "exporter", "alertmanager", "grafana")]

    code, text = run(tmp_path / "slo-definitions", *options, "--ledger", tmp_path / "none.db")

    assert code == 1
    assert text.count(f"can't reach {nobody}") == 4
    assert text.count("FAIL") == text.count("->") + 1 == 5
    assert "there is no ledger" in text
    assert text.endswith("\n5 failures\n")


@pytest.mark.usefixtures("loaded")
def test_definitions_alone(tmp_path: Path) -> None:
    """Without options the definitions are looked at, and it is said what else could be."""
    assert run(tmp_path / "slo-definitions")[0] == 0
    (tmp_path / "slo-definitions" / "bad.yaml").write_text("apiVersion: tallystick/v1\nslos: []\n")

    code, text = run(tmp_path / "slo-definitions")

    assert code == 1
    assert "FAIL  definitions   2 errors in 2 files, first " in text
    assert run(tmp_path / "nowhere")[0] == 1


@pytest.mark.usefixtures("loaded")
def test_strict_fails_for_less(tmp_path: Path) -> None:
    """Warnings and what could not be found out fail with --strict alone."""
    with serve(Canned(now=time.time())) as url:
        options = (tmp_path / "slo-definitions", "--prometheus.url", url)
        code, text = run(*options)
        assert ("?     prometheus" in text, code) == (True, 0)
        assert run(*options, "--strict")[0] == 1


@pytest.mark.usefixtures("loaded")
def test_what_servers_say_moves_no_cursor(tmp_path: Path) -> None:
    """Control characters in a server's words are written as their code points."""
    with faulty_server(Fault(status=500, body=json.dumps({"error": "\x1b[31mno\nmore"}).encode())) as url:
        _, text = run(tmp_path / "slo-definitions", "--prometheus.url", url)

    assert f"{url} answered 500: <U+001B>[31mno<U+000A>more" in text


def test_a_prometheus_that_lacks_everything(
    loaded: Loaded, start_prometheus: StartPrometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No exporter, no rules, no Alertmanager, samples for two days and a clock that is wrong are each told."""
    server = start_prometheus(retention="2d")
    real = time.time
    monkeypatch.setattr("time.time", lambda: real() - 60)

    found = list(look_at_prometheus(connect(server.url), loaded))

    assert marks(found)[1:] == [
        ("warn", "its clock is 60 s ahead of ours"),
        ("warn", "it keeps samples for 2d, and the longest window is 7d"),
        ("warn", "it does not scrape the exporter (no tallystick_up): dashboards have no budgets"),
        ("fail", "no rules of it are loaded: nothing alerts"),
        ("fail", "it knows no Alertmanager: no alert reaches anybody"),
    ]
    assert all(line.hint for line in found[1:])


def test_clocks_that_are_far_apart(loaded: Loaded) -> None:
    """A clock that is off by more than samples are waited for makes the exporter read too early."""
    with serve(Canned(now=time.time() - 300)) as url:
        found = list(look_at_prometheus(connect(url), loaded))

    assert ("fail", "its clock is 300 s behind ours") in marks(found)


def test_an_exporter_that_can_not_reach_it(loaded: Loaded, target: Target, start_prometheus: StartPrometheus) -> None:
    """A tallystick_up of 0 is told with whose it is."""
    target.text = "tallystick_up 0\n"
    server = start_prometheus(config=scraping(tallystick=target.address))
    wait_for(server, "/api/v1/query?query=tallystick_up", lambda text: "instance" in text)

    found = marks(list(look_at_prometheus(connect(server.url), loaded)))

    assert ("fail", f"the exporter tallystick/{target.address} can't reach its Prometheus") in found


def test_servers_that_only_answer_queries(loaded: Loaded) -> None:
    """What a server does not tell is unknown, and nothing of it is a failure."""
    with serve(Canned(now=time.time())) as url:
        found = list(look_at_prometheus(connect(url), loaded))

    assert "fail" not in {line.mark for line in found}
    assert [line.text.partition(" is not known")[0] for line in found if line.mark == "unknown"] == [
        f"{url} answers queries; its version",
        "how long it keeps samples",
        "which rules are loaded",
        "which Alertmanagers it sends to",
    ]


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ({}, ("warn", "no route is for alerts of SLOs: they go to all, or where another route lets them")),
        ({"matchers": ['slo_service!=""']}, ("ok", "1 route for alerts of SLOs")),
        ({"match_re": {"slo": "shop.*"}}, ("ok", "1 route for alerts of SLOs")),
        ({"matchers": ['team="slo"']}, ("warn", "no route is for alerts of SLOs: they go to all")),
    ],
)
def test_routes(start_alertmanager: StartAlertmanager, route: dict[str, Any], said: tuple[str, str]) -> None:
    """A route is for SLOs if it looks at their labels, in any of the ways that Alertmanager has."""
    config = {"route": {"receiver": "all", "routes": [{"receiver": "all", **route}] if route else []}}
    config["receivers"] = [{"name": "all", "webhook_configs": [{"url": "http://127.0.0.1:1/"}]}]  # type: ignore[assignment]

    found = marks(list(look_at_alertmanager(connect(start_alertmanager(config).url), None)))

    assert found[1][0] == said[0]
    assert found[1][1].startswith(said[1])
    assert found[2] == ("ok", "1 receiver for them, each of which sends somewhere")


def test_receivers_that_send_nothing(loaded: Loaded, start_alertmanager: StartAlertmanager) -> None:
    """The generated routes with their empty receivers reach nobody, which is told with the receivers' names."""
    server = start_alertmanager(alertmanager_document(loaded.slos))

    found = marks(list(look_at_alertmanager(connect(server.url), None)))

    assert found[-1] == ("fail", "receivers that send nothing: page, ticket")


def test_another_alertmanager(
    loaded: Loaded, start_prometheus: StartPrometheus, start_alertmanager: StartAlertmanager
) -> None:
    """An Alertmanager that Prometheus does not send to is told."""
    server = start_alertmanager(alertmanager_document(loaded.slos))

    found = marks(list(look_at_alertmanager(connect(server.url), connect(start_prometheus().url))))

    assert found[1] == ("warn", "Prometheus sends to none, and not here")


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"versionInfo": {"version": 1}, "config": {"original": "- ["}}'])
def test_what_is_no_alertmanager(body: bytes) -> None:
    """Nonsense is told in a line."""
    with faulty_server(Fault(body=body)) as url:
        (line,) = look_at_alertmanager(connect(url), None)

    assert (line.mark, line.text) == ("fail", f"{url} did not answer as Alertmanager does")


def now() -> int:
    """This minute's beginning: of when a test runs, not of when it was collected."""
    return int(time.time()) // 60 * 60


@pytest.fixture
def slos(loaded: Loaded) -> tuple[Slo, ...]:
    """The SLO."""
    return loaded.slos


def ledger_of(where: Path, slos: Sequence[Slo], *, ended_ago: int = 120, minutes: int = 600) -> str:
    """A ledger that has the first of *slos*, a fiftieth of whose minutes were not observed."""
    ledger = open_ledger(str(where))
    end = now() - ended_ago
    account = ledger.account(slos[0].slo_id, slos[0].sli, {})
    write(ledger, account, made(end - minutes * 60, minutes), [])
    ledger.close()
    return str(where)


def test_a_ledger_with_gaps(tmp_path: Path, slos: Sequence[Slo]) -> None:
    """How far it reaches, and how much of it was observed, is told; SLOs that it lacks as well."""
    found = marks(list(look_at_ledger(ledger_of(tmp_path / "a.db", slos), slos, now())))

    assert [mark for mark, _ in found] == ["ok", "ok", "warn", "ok"]
    assert found[2][1] == "1 SLO or group with gaps, most in shop-availability: 98.0 % observed"


def test_a_ledger_that_ended(tmp_path: Path, slos: Sequence[Slo]) -> None:
    """One that ends a day ago is that of an exporter that is gone."""
    found = marks(list(look_at_ledger(ledger_of(tmp_path / "a.db", slos, ended_ago=DAY_SECONDS), slos, now())))

    assert found[1][0] == "fail"
    assert found[1][1].endswith(", 1d ago")


def test_a_ledger_of_others(tmp_path: Path, slos: Sequence[Slo]) -> None:
    """SLOs that have nothing in it are told with the first of them; and a ledger without any of them."""
    (tmp_path / "slo-definitions" / "more.yaml").write_text(
        HEAD.replace("shop", "more") + ENTRY.replace("requests_total", "others_total")
    )
    both = load_paths([tmp_path / "slo-definitions"]).slos
    where = ledger_of(tmp_path / "a.db", slos)

    assert ("warn", "1 SLO with nothing in it, first more-availability") in marks(
        list(look_at_ledger(where, both, now()))
    )
    others = [one for one in both if one.service == "more"]
    assert ("warn", "it has nothing of these SLOs yet") in marks(list(look_at_ledger(where, others, now())))


def test_a_full_disk(tmp_path: Path, slos: Sequence[Slo], monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for less than three months is a failure, with for how long it is enough."""
    where = ledger_of(tmp_path / "a.db", slos)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 2_000_000}))

    mark, text = marks(list(look_at_ledger(where, slos, now())))[-1]

    assert mark == "fail"
    assert "2 MB free on its disk, which is enough for " in text


def test_a_ledger_in_postgresql(postgresql: str, slos: Sequence[Slo]) -> None:
    """A ledger by URL is looked at likewise; of its disk nothing is known here."""
    ledger = open_ledger(postgresql)
    account = ledger.account(slos[0].slo_id, slos[0].sli, {})
    write(ledger, account, made(now() - 60 * 60, 58), [])
    ledger.close()

    found = marks(list(look_at_ledger(postgresql, slos, now())))

    assert [mark for mark, _ in found] == ["ok", "ok", "warn"]


def test_what_is_no_ledger(tmp_path: Path, slos: Sequence[Slo]) -> None:
    """A file that is something else is told in a line."""
    (tmp_path / "a.db").write_text("hello")

    (line,) = look_at_ledger(str(tmp_path / "a.db"), slos, now())

    assert line.mark == "fail"


def shown(**changes: str) -> str:
    """What the exporter shows when it is well, with *changes*."""
    lines = {
        "up": "tallystick_up 1",
        "build": 'tallystick_build_info{version="1.2"} 1',
        "reload": "tallystick_config_last_reload_successful 1",
        "backfill": "tallystick_backfill_done_ratio 1",
        "round": "tallystick_round_duration_seconds 0.5",
        "failures": "tallystick_round_failures_total 0",
        "info": 'slo_info{slo="shop-availability",slo_revision="REVISION"} 1',
        "end": f'slo_ledger_end_timestamp_seconds{{slo="shop-availability"}} {now() - 130}',
        "queries": 'tallystick_query_failures_total{slo="shop-availability",reason="timeout"} 0',
    }
    return "\n".join({**lines, **changes}.values()) + "\n"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"up": "tallystick_up 0"}, ("fail", "it can't reach its Prometheus")),
        (
            {"reload": "tallystick_config_last_reload_successful 0"},
            ("fail", "it could not load the definitions the last time, and goes by older ones"),
        ),
        ({"info": ""}, ("warn", "it has 1 SLO in another revision or not at all, first shop-availability")),
        (
            {"more": 'slo_info{slo="gone-one",slo_revision="x"} 1'},
            ("warn", "it has 1 SLO more than the definitions"),
        ),
        ({"backfill": "tallystick_backfill_done_ratio 0.25"}, ("warn", "it is still reading the past: 25 %")),
        (
            {"failures": "tallystick_round_failures_total 3"},
            ("warn", "3 rounds since its start failed at the ledger"),
        ),
        ({"round": "tallystick_round_duration_seconds 75"}, ("warn", "its latest round took 75.00 s")),
        ({"end": ""}, ("warn", "it has measured nothing yet")),
        (
            {"end": 'slo_ledger_end_timestamp_seconds{slo="shop-availability"} TWO_HOURS_AGO'},
            ("fail", "what it shows of shop-availability is 2h old"),
        ),
        (
            {"queries": 'tallystick_query_failures_total{slo="shop-availability",reason="timeout"} 4'},
            ("warn", "readings of 1 SLO failed, most of shop-availability: 4 times timeout"),
        ),
    ],
)
def test_what_the_exporter_shows(slos: Sequence[Slo], changes: dict[str, str], said: tuple[str, str] | None) -> None:
    """Each of its metrics that is not as it should be is one line; all else is well."""
    at = now()
    body = shown(**changes).replace("REVISION", slos[0].revision).replace("TWO_HOURS_AGO", str(at - 7_200)).encode()
    with faulty_server(Fault(body=body)) as url:
        found = list(look_at_exporter(connect(url), slos, at))

    assert [(line.mark, line.text) for line in found if line.mark != "ok"] == ([said] if said else [])
    assert all(line.hint for line in found if line.mark != "ok")


@pytest.mark.parametrize(
    "fault", [Fault(body=b"<html>"), Fault(body=b"up 1\n"), Fault(status=404), Fault(body=b"\xff")]
)
def test_what_is_no_exporter(slos: Sequence[Slo], fault: Fault) -> None:
    """A page of something else is told in a line."""
    with faulty_server(fault) as url:
        (line,) = look_at_exporter(connect(url), slos, now())

    assert line.mark == "fail"
    assert "and not as the exporter does" in line.text


SOURCE = {"uid": "u", "name": "P", "type": "prometheus", "url": "http://Prometheus:9090/"}
SOURCES = "/api/datasources"
DASHBOARD = "/api/dashboards/uid/tallystick-slo"
GRAFANA = {
    "/api/health": Fault(body=b'{"version": "12.0"}'),
    SOURCES: Fault(body=json.dumps([SOURCE]).encode()),
    DASHBOARD: Fault(body=b"{}"),
}


@pytest.mark.parametrize(
    ("changes", "bad"),
    [
        ({}, []),
        ({SOURCES: Fault(body=b"[]")}, [("fail", "it has no source of Prometheus' kind: the dashboards show nothing")]),
        (
            {SOURCES: Fault(body=json.dumps([{**SOURCE, "url": "http://other"}]).encode())},
            [("warn", "1 source of Prometheus' kind: P (u) at http://other; none at http://prometheus:9090")],
        ),
        ({DASHBOARD: Fault(status=404)}, [("warn", "there is no dashboard tallystick-slo")]),
    ],
)
def test_grafana(changes: dict[str, Fault], bad: list[tuple[str, str]]) -> None:
    """A source at the address of Prometheus and the dashboard that alerts link to are looked for."""
    with faulty_server(Fault(status=404), {**GRAFANA, **changes}) as url:
        found = list(look_at_grafana(Grafana(connect(url)), connect("http://prometheus:9090")))

    assert found[0] == Line("grafana", "ok", f"{url} answers, version 12.0")
    assert [one for one in marks(found) if one[0] != "ok"] == bad


@pytest.mark.parametrize("path", [SOURCES, DASHBOARD])
def test_a_grafana_that_wants_a_token(path: str) -> None:
    """A closed door is not known, with how to open it; what was seen before it is told."""
    with faulty_server(Fault(), {**GRAFANA, path: Fault(status=401, body=b'{"message": "Unauthorized"}')}) as url:
        *_, last = look_at_grafana(Grafana(connect(url)), None)

    assert last.mark == "unknown"
    assert "answered 401" in last.text
    assert "--grafana.token" in last.hint


def test_the_token_is_sent() -> None:
    """The token of the variable goes with each request, and is nowhere in what is printed."""
    environment = {"TALLYSTICK_GRAFANA_TOKEN": "secret"}
    seen: list[str] = []
    with faulty_server(Fault(status=404), GRAFANA, seen.append) as url:
        done = CliRunner().invoke(doctor, ["--grafana.url", url], env=environment)

    assert seen == ["Bearer secret"] * 3
    assert "secret" not in done.output
