"""``tallystick check --prometheus.url`` against real servers, and against what is none."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import yaml

from support.servers import StartPrometheus, wait_for
from support.week import HOUR_SECONDS, NIGHT, nightly, week
from tallystick.demo.servers import Server
from upstream.faulty import Fault, faulty_server

DEFINITION = """\
apiVersion: tallystick/v1
service: shop
slos:
  - name: eager
    objective: 99.9%
    window: 30d
    sli:
      events:
        total: requests_total{job="shop"}
        bad: requests_total{job="shop",code="500"}
        by: [region]
    alerting:
      min_events: 0
  - name: guarded
    objective: 99.9%
    window: 30d
    sli:
      events:
        total: requests_total{job="shop"}
        bad: requests_total{job="shop",code="500"}
  - name: idle
    objective: 99.9%
    window: 30d
    sli:
      events:
        total: sum(rate(rare_total{job="shop"}[$window]))
        bad: sum(rate(rare_total{job="shop",code="500"}[$window]))
  - name: quick
    objective: 99.9%
    window: 30d
    sli:
      latency: {histogram: "answer_seconds{job='shop'}", threshold: 0.3}
    alerting: {min_events: 20}
"""


def history() -> str:
    """A week of samples up to now: of when a test runs, not of when it was collected."""
    return (
        week(
            "requests_total",
            {
                'job="shop",region="eu",code="200"': nightly(50, 1),
                'job="shop",region="us",code="200"': nightly(50, 20),
                'job="shop",region="us",code="500"': nightly(1, 0),
            },
        )
        + week("rare_total", {'job="shop",code="200"': nightly(1, 1)})
        + week("answer_seconds_count", {'job="shop"': nightly(40, 4)})
        + week("answer_seconds_bucket", {'job="shop",le="0.3"': nightly(40, 4), 'job="shop",le="+Inf"': nightly(40, 4)})
    )


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    """A folder with four SLOs."""
    (tmp_path / "slo-definitions").mkdir()
    (tmp_path / "slo-definitions" / "shop.yaml").write_text(DEFINITION)
    return tmp_path / "slo-definitions"


def check(folder: Path, url: str, *flags: str) -> "subprocess.CompletedProcess[str]":
    """The command as a user runs it, in the folder above *folder*."""
    command = [sys.executable, "-m", "tallystick", "check", folder.name, "--prometheus.url", url, *flags]
    return subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False, timeout=120)


def latest_quiet_hour(now: float) -> str:
    """When the latest of last week's hours of `NIGHT` began, as it is told; they all have as few events."""
    hour = next(hour for hour in range(int(now) // HOUR_SECONDS - 1, 0, -1) if hour % 24 in NIGHT)
    return f"{datetime.fromtimestamp(hour * HOUR_SECONDS, UTC):%a %H:%M} UTC"


def test_a_quiet_night(definitions: Path, start_prometheus: StartPrometheus) -> None:
    """Each SLO is judged by its own traffic and guard: one bad event, no event at all, and nothing to tell."""
    url = start_prometheus(history=history()).url
    before = time.time()
    done = check(definitions, url)
    after = time.time()

    all_told = [line for line in done.stdout.splitlines() if line.endswith(")")]
    told = [line for line in all_told if line.endswith("(low-traffic)")]
    assert (done.returncode, done.stderr) == (0, "")
    # Eight days of thirty are there, and no rules.
    assert [line.rpartition(" ")[2] for line in all_told if line not in told][:-1] == ["(rules-loaded)", "(retention)"]
    # The night has three hours with 12 events in one region, 84 % of them with 240 in the other.
    quietest = "slo-definitions/shop.yaml:13:19: warning: at last week's quietest hours (12 events in 1h from"
    assert told[0].partition(" one bad event alone would page")[0] in {
        f'{quietest} {latest_quiet_hour(now)} for region="eu")' for now in (before, after)
    }
    assert "one bad event alone would page" in told[0]
    # 12 an hour, by a query; 70 are asked for, and 167 in six hours.
    assert told[1].startswith(
        "slo-definitions/shop.yaml:21:11: warning: in 100 % of last week's 1h windows with events"
    )
    assert "asks for 70 events, and the median was 12; an outage then is seen by tickets alone" in told[1]
    # 48 an hour at night, and 20 are enough to page.
    assert told[2].startswith(
        "slo-definitions/shop.yaml:33:28: warning: at last week's quietest hours (48 events in 1h"
    )
    assert len(told) == 3
    assert all_told[-1].startswith("4 SLOs in 1 file: 5 warnings (")
    assert int(all_told[-1].partition("warnings (")[2].split()[0]) < 40


def test_what_is_known_is_ignored(definitions: Path, start_prometheus: StartPrometheus) -> None:
    """With a reason at the SLO it fails nothing; at one that has nothing to ignore, that is told, and only now it is known."""
    ignored = "    ignore: [{check: low-traffic, reason: one page in a quiet night is fine}]\n"
    path = definitions / "shop.yaml"
    first, *others = DEFINITION.split("  - name: ")
    path.write_text("  - name: ".join([first, *(f"{other}{ignored}" for other in others)]))
    offline = [sys.executable, "-m", "tallystick", "check", str(definitions), "--strict"]
    assert subprocess.run(offline, check=False, capture_output=True).returncode == 0

    url = start_prometheus(history=history()).url
    done = check(definitions, url, "--strict", "--show-ignored")
    assert done.returncode == 1
    assert [line.partition(": ")[::2] for line in done.stdout.splitlines() if line.endswith("(ignore)")] == [
        ("slo-definitions/shop.yaml:22:22", "warning: nothing to ignore any more: low-traffic is not told (ignore)")
    ]
    assert done.stdout.count("one page in a quiet night is fine") == 1 + 3  # in the excerpt, and as reasons

    path.write_text("".join(line for number, line in enumerate(path.read_text().splitlines(keepends=True), 1) if number != 22))  # fmt: skip
    done = check(definitions, url)
    assert done.returncode == 0
    assert not any(line.endswith(("(low-traffic)", "(ignore)")) for line in done.stdout.splitlines())
    assert ", 3 ignored (" in done.stdout


def test_formats_carry_it_too(definitions: Path, start_prometheus: StartPrometheus) -> None:
    """JSON and annotations have what was found online, at its place; --strict fails for it."""
    url = start_prometheus(history=history()).url

    found = json.loads(check(definitions, url, "--format", "json").stdout)
    github = check(definitions, url, "--format", "github", "--strict")

    assert [(one["line"], one["column"], one["severity"], one["code"]) for one in found] == [
        (4, 11, "warning", "rules-loaded"),
        (6, 13, "warning", "retention"),
        (13, 19, "warning", "low-traffic"),
        (21, 11, "warning", "low-traffic"),
        (33, 28, "warning", "low-traffic"),
    ]
    assert github.returncode == 1
    assert (
        "::warning file=slo-definitions/shop.yaml,line=13,endLine=13,col=19,endColumn=20,title=low-traffic::"
        in github.stdout
    )


def test_intervals_are_read(definitions: Path, start_prometheus: StartPrometheus) -> None:
    """A job that is scraped every three minutes has no rates: an error at each SLO of it, unless a flag says otherwise."""
    jobs = [
        {"job_name": name, "scrape_interval": every, "static_configs": [{"targets": ["127.0.0.1:9"]}]}
        for name, every in (("shop", "3m"), ("other", "10m"))
    ]
    server = start_prometheus(config={"global": {"evaluation_interval": "30s"}, "scrape_configs": jobs})
    wait_for(server, "/api/v1/targets", lambda text: text.count('"scrapeInterval"') == 2)

    done = check(definitions, server.url)

    assert done.returncode == 1
    assert done.stdout.count("scraped every 3m, it has no rates") == 4
    assert done.stdout.count("(interval)") == 4
    assert "(interval)" not in check(definitions, server.url, "--scrape-interval", "1m").stdout


def test_generated_rules_are_found(definitions: Path, start_prometheus: StartPrometheus, tmp_path: Path) -> None:
    """Our own groups, once they are loaded, say how often they are evaluated; the configuration's interval does not matter."""
    out = tmp_path / "build"
    generated = [sys.executable, "-m", "tallystick", "generate", str(definitions), "--out", str(out), "--only", "rules"]
    subprocess.run(generated, check=True, capture_output=True)
    rules = (out / "rules" / "shop.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(rules)
    for group in document["groups"]:
        group.setdefault("interval", "30s")
    quicker = yaml.safe_dump(document)
    slow = {"global": {"evaluation_interval": "4m"}, "rule_files": ["shop.yaml"]}

    told = {}
    for name, text in (("as generated", rules), ("quicker", quicker)):
        server = start_prometheus(config=slow, files={"shop.yaml": text})
        told[name] = check(definitions, server.url)
        server.stop()

    assert (
        told["as generated"].stdout.count("short window of 5m holds fewer than two evaluations, which are 4m apart")
        == 4
    )
    assert "(interval)" not in told["quicker"].stdout
    assert "(rules-loaded)" not in told["quicker"].stdout


def test_exclusions_that_end(definitions: Path, start_prometheus: StartPrometheus) -> None:
    """What the rules record of their horizon is read, and told while there is time."""
    now = int(time.time())
    lines = [f'slo:exclusions_end:timestamp_seconds{{slo="shop-idle"}} {now + 20 * 86_400 + 3_600} {now - 60}']
    server = start_prometheus(history="# TYPE slo:exclusions_end:timestamp_seconds gauge\n" + "\n".join(lines) + "\n")

    done = check(definitions, server.url)

    assert "slo-definitions/shop.yaml:21:11: warning: the rules know its exclusions until " in done.stdout
    assert "which is 20 days ahead (exclusion-horizon)" in done.stdout
    assert "run tallystick generate again" in done.stdout


def test_one_query_that_is_refused_hides_nothing(definitions: Path, start_prometheus: StartPrometheus) -> None:
    """A server that loads few samples refuses the SLO with many; that is its warning, and the others are judged."""
    many = week("requests_total", {f'job="shop",region="eu",pod="{pod}"': nightly(1, 1) for pod in range(20)})
    rest = week("rare_total", {'job="shop",code="200"': nightly(1, 1)})
    server = start_prometheus(history=many + rest, flags=["--query.max-samples=500"])

    done = check(definitions, server.url)

    unanswered = [line for line in done.stdout.splitlines() if line.endswith("(unanswered)")]
    assert [line.partition(" warning")[0] for line in unanswered] == [
        "slo-definitions/shop.yaml:4:11:",
        "slo-definitions/shop.yaml:14:11:",
    ]
    assert all("too many samples" in line for line in unanswered)
    assert "shop.yaml:21:11: warning: in 100 % of last week's 1h windows" in done.stdout


def test_victoria_metrics_is_asked_too(definitions: Path, victoria_metrics: Server) -> None:
    """A server without native histograms, targets and rules judges the same traffic the same; what it can't tell is a note."""
    samples = [line.rpartition(" ") for line in history().splitlines() if not line.startswith("#")]
    text = "\n".join(f"{series} {seconds}000" for series, _, seconds in samples)
    requests.post(f"{victoria_metrics.url}/api/v1/import/prometheus", data=text, timeout=60).raise_for_status()
    requests.get(f"{victoria_metrics.url}/internal/force_flush", timeout=60).raise_for_status()

    done = check(definitions, victoria_metrics.url, "--format", "json")

    assert (done.returncode, done.stderr.count("note: "), done.stderr.count("\n")) == (0, 1, 1)
    assert done.stderr.startswith("note: how long samples are kept is not known (")
    assert [(one["line"], one["code"]) for one in json.loads(done.stdout)] == [
        (4, "rules-loaded"),
        (6, "retention"),
        (13, "low-traffic"),
        (21, "low-traffic"),
        (33, "low-traffic"),
    ]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(body=b"<html>welcome</html>"), "no JSON"),
        (Fault(body=b'{"hello": "world"}'), "did not tell its time"),
        (Fault(status=401, body=b"<html>who are you</html>"), "answered 401"),
        (Fault(seconds=3), "gave no answer in 1 s"),
    ],
)
def test_what_is_no_prometheus(definitions: Path, fault: Fault, words: str) -> None:
    """Nonsense, a closed door and silence are told in a line, after what was found without it; exit code 2."""
    (definitions / "bad.yaml").write_text(DEFINITION.replace("service: shop", "service: bad").replace("99.9%", "100%"))

    with faulty_server(fault) as url:
        done = check(definitions, url, "--prometheus.timeout", "1s")

    assert done.returncode == 2
    assert "objective 100% leaves no error budget (objective-range)" in done.stdout
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_nobody_there(definitions: Path) -> None:
    """Without a server the rest is checked, also what flags say of it, in every format, and the exit code is 2."""
    done = check(definitions, "http://127.0.0.1:1", "--scrape-interval", "3m", "--format", "json")

    assert done.returncode == 2
    assert [one["code"] for one in json.loads(done.stdout)] == ["interval"] * 4
    assert "can't reach http://127.0.0.1:1: " in done.stderr


def test_without_it_nothing_is_paid_for(definitions: Path) -> None:
    """`check` without a Prometheus imports neither the client nor the checks that need it."""
    code = "import sys; from tallystick.cli.main import main; sys.argv = sys.argv[:1] + ['check', sys.argv[1]]\n"
    code += "try: main()\nexcept SystemExit: print(sorted({m.split('.')[1] for m in sys.modules if m.startswith('tallystick.')}))\n"
    code += "print([m for m in ('requests', 'numpy', 'rich.console') if m in sys.modules])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}

    done = subprocess.run(
        [sys.executable, "-c", code, str(definitions)], capture_output=True, text=True, check=True, env=environment
    )

    rooms, paid = done.stdout.splitlines()[-2:]
    assert "online" not in rooms
    assert "upstream" not in rooms
    assert paid == "[]"


def test_flags_of_its_own(definitions: Path, start_prometheus: StartPrometheus) -> None:
    """--limit.series is how many an SLO may read; --grafana.url is looked at beside Prometheus, and needs it."""
    url = start_prometheus(history=history()).url

    with faulty_server(Fault(body=b"[]")) as grafana:
        told = check(definitions, url, "--limit.series", "2", "--grafana.url", grafana).stdout

    # Three series of the first two SLOs; a histogram counts twice.
    assert told.count("it reads 3 series and ") == 2
    assert told.count("(cardinality)") == 2
    assert f"{grafana} has no source of Prometheus' kind: the dashboards show nothing (datasource)" in told
    alone = [sys.executable, "-m", "tallystick", "check", definitions.name, "--grafana.url", url]
    done = subprocess.run(alone, cwd=definitions.parent, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "--grafana.url needs --prometheus.url" in done.stderr) == (2, True)
