"""The application: what each address answers, to whom, and with which headers."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from starlette.testclient import TestClient

from tallystick import __version__
from tallystick.core.view import BurnDownPoint
from tallystick.errors import LedgerError
from tallystick.metrics import FAMILIES
from tallystick.report.document import standing_document
from tallystick.web.app import create_app
from web.fake_view import DAY, NIGHT, NOW, FakeView, Life, slo

PAGES = ["/", "/slo/checkout-availability", "/slo/mail-delivery", "/slo/inventory-stock", "/slo/checkout-reachable"]
EVERYTHING = [
    *PAGES,
    "/api/v1/standings",
    "/api/v1/status",
    "/api/v1/slo/cart-latency",
    "/api/v1/slo/cart-latency/burn-down",
    "/metrics",
    "/-/healthy",
    "/-/ready",
    "/static/tallystick.css",
    "/nothing",
]


def client(view: FakeView | None = None, /, **settings: str) -> TestClient:
    """A client of the application over *view*."""
    app = create_app(view or FakeView(), clock=lambda: NOW + 150, **settings)
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture(scope="module")
def shop() -> TestClient:
    """A client of the shop."""
    return client()


def shown(page: str) -> list[str]:
    """The SLO and window of each row of the status page, in order."""
    return [" ".join(found) for found in re.findall(r'/slo/([^"?]+)\?window=(\w+)[^"]*"><bdi>', page)]


@pytest.mark.parametrize("path", EVERYTHING)
def test_headers_keep_a_page_to_itself(shop: TestClient, path: str) -> None:
    """Every answer forbids foreign and inline scripts, guessing of types and telling others where one came from."""
    headers = shop.get(path).headers

    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] in {"no-store", "no-cache"}


@pytest.mark.parametrize("path", EVERYTHING)
def test_head_is_get_without_a_body(shop: TestClient, path: str) -> None:
    """A monitor that only asks for headers gets the same status and type, and nothing else."""
    got, head = shop.get(path), shop.head(path)

    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def test_the_status_page_shows_every_slo_worst_first(shop: TestClient) -> None:
    """All windows of all SLOs are there: breached, at risk, no data, old, no traffic, then what is met."""
    rows = shown(shop.get("/").text)

    assert len(rows) == 21
    assert rows[:9] == [
        "travel-gateway month",
        "checkout-availability 30d",
        "checkout-payments 7d",
        "checkout-latency 30d",
        "search-quick 7d",
        "mail-delivery 30d",
        "travel-index 7d",
        "website-homepage 28d",
        "inventory-stock 30d",
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"service": "cart"}, ["cart-availability 28d", "cart-latency 28d"]),
        ({"team": "discovery", "state": "at risk"}, ["search-quick 7d"]),
        ({"q": "checkout AVAIL"}, ["checkout-availability 30d", "checkout-availability 7d"]),
        ({"q": "100 ms"}, ["search-quick 7d"]),
        ({"state": "no data"}, ["mail-delivery 30d", "travel-index 7d"]),
        ({"team": "messaging", "sort": "sideways", "more": "1"}, ["mail-delivery 30d"]),
        ({"q": "no such thing"}, []),
        ({"state": "<script>"}, []),
    ],
)
def test_rows_can_be_chosen(shop: TestClient, query: dict[str, str], expected: list[str]) -> None:
    """Words, team, service and state narrow the table; what an address knows beside them does no harm."""
    assert shown(shop.get("/", params=query).text) == expected


def test_rows_can_be_sorted_by_name(shop: TestClient) -> None:
    """By name, windows of one SLO stay together."""
    rows = shown(shop.get("/", params={"sort": "name"}).text)

    assert [row.split()[0] for row in rows] == sorted(row.split()[0] for row in rows)
    assert len(rows) == 21


def test_an_empty_choice_says_so(shop: TestClient) -> None:
    """A filter that nothing meets leads back to everything."""
    assert "No SLO is like this." in shop.get("/", params={"q": "zzz"}).text


def test_an_exporter_that_has_read_nothing_says_so() -> None:
    """Before the first round the page tells how far the backfill is, and not that there are no SLOs."""
    view = FakeView([])
    view.change(ready=False, backfill_done=0.43, health=[])

    page = client(view).get("/").text

    assert "Reading the past: 43 % done." in page
    assert "Nothing has been read yet." in page
    assert "There are no SLOs." not in page


def test_an_slo_that_was_not_read_yet_has_its_row() -> None:
    """A defined SLO is on the page before its first reading, as one of which nothing is known."""
    view = FakeView()
    view._standings = [made for made in view.standings() if made.slo.slo_id != "cart-latency"]

    site = client(view)

    assert shown(site.get("/", params={"state": "no data"}).text) == [
        "cart-latency 28d",
        "mail-delivery 30d",
        "travel-index 7d",
    ]
    assert site.get("/slo/cart-latency").status_code == 200


def test_what_is_wrong_is_told_on_every_page() -> None:
    """A Prometheus that is down and definitions that could not be loaded are seen wherever one looks."""
    view = FakeView()
    view.change(
        prometheus_up=False,
        config_ok=False,
        config_problems=["shop.yaml:3:1: <unknown> key"],
        round_error="disk full <&>",
    )
    site = client(view)

    for path in PAGES:
        page = site.get(path).text
        assert "Prometheus does not answer" in page
        assert "shop.yaml:3:1: &lt;unknown&gt; key" in page
        assert "disk full &lt;&amp;&gt;" in page


def test_between_a_reload_and_its_round_a_page_is_still_there() -> None:
    """An SLO that was just removed or changed has its page without a chart, and JSON that says so, not a failure."""

    class Reloaded(FakeView):
        def burn_down(
            self, slo_id: str, window_name: str, group: Mapping[str, str] | None = None
        ) -> list[BurnDownPoint]:
            raise KeyError(slo_id, window_name, group)

    site = client(Reloaded())

    assert site.get("/slo/cart-latency").status_code == 200
    assert site.get("/api/v1/slo/cart-latency/burn-down").status_code == 404


def test_the_page_of_an_slo(shop: TestClient) -> None:
    """It has the definition, each window's figures, burn rates, the chart's data as a table, and the measurement."""
    page = shop.get("/slo/checkout-availability").text

    for text in (
        "http_requests_total{job=&#34;checkout&#34;,code=~&#34;5..&#34;}",
        "99.84 %",
        "349,902",
        "−58.9 %",
        "since 2026-11-21",
        "2026-10-31 12:00 UTC",
        "slo-definitions/checkout.yaml:12",
        'href="https://runbooks.example.com/checkout"',
        "660,960,000, of which 481,362 bad",
        'data-source="/api/v1/slo/checkout-availability/burn-down?window=30d"',
    ):
        assert text in page, text
    assert page.count('<tr><th scope="row">') == 91 + 1


def test_net_beside_gross_and_what_is_excluded(shop: TestClient) -> None:
    """Both pages tell how much is excluded and what compliance would be without; the SLO's own says by whose leave."""
    table, page = shop.get("/").text, shop.get("/slo/travel-booking").text

    assert "99.90 %<small>gross 99.40 %</small>" in table
    assert "<small>4h excluded</small>" in table
    for text in (
        "<dt>Gross</dt><dd>99.40 %",
        "<dt>Excluded</dt><dd>4h</dd>",
        "<bdi>Database &lt;upgrade&gt;</bdi>:",
        "<bdi>from 2026-11-25 01:00 for 4h (Europe/Berlin), approved by change board, OPS-123</bdi>",
        "<dt>Missing time</dt><dd><bdi>counts as bad</bdi></dd>",
    ):
        assert text in page, text
    assert "gross" not in shop.get("/slo/cart-latency").text


def test_an_exclusion_that_is_going_on_is_told() -> None:
    """Whoever looks while nothing counts is told so on both pages."""
    out = replace(NIGHT, starts=datetime.fromisoformat("2026-11-30T13:00"))
    site = client(FakeView([Life(slo("a", "b", exclusions=(out,)))]))

    assert "<small>excluded now</small>" in site.get("/").text
    assert "Excluded at present:" in site.get("/slo/a-b").text


def test_why_there_is_no_verdict(shop: TestClient) -> None:
    """Too little observation and none at all are told apart, in the table and on the SLO's page."""
    table = shop.get("/", params={"state": "no data"}).text

    assert "<small>coverage under 90 %</small>" in table
    assert "<small>nothing was observed</small>" in table
    assert "<dt>No verdict</dt><dd>coverage under 90 %</dd>" in shop.get("/slo/travel-index").text
    assert "<dt>Bad slices</dt><dd>0 " in shop.get("/slo/travel-index").text


def test_a_calendar_window_says_how_far_it_is(shop: TestClient) -> None:
    """The table has the day it has come to, the SLO's page its first instant as well, and its chart is of this month."""
    page = shop.get("/slo/travel-booking", params={"window": "month"}).text

    assert 'month<span class="until"> to 30 Nov</span>' in shop.get("/").text
    assert "2026-10-31 23:00 UTC<br>2026-11-30 12:00 UTC" in page
    assert "Error budget left over this month, with" in page
    assert '<td class="brief">' not in page
    assert "<dt>Runs out</dt><dd>not this month</dd>" in page


def test_groups_are_rows(shop: TestClient) -> None:
    """Each group has its row, and the SLO's page lists them worst first and shows the worst."""
    assert shown(shop.get("/", params={"q": "gateway"}).text) == ["travel-gateway month"] * 3
    page = shop.get("/slo/travel-gateway").text

    assert re.findall(r'\?window=month&amp;by\.region=(\w+)"(?: aria-current="true")?><bdi>', page) == [
        "us",
        "eu",
        "ap",
    ]
    assert '<bdi class="group">region=us</bdi>' in page
    assert 'burn-down?window=month&amp;by.region=us"' in page


def test_a_group_has_its_own_figures(shop: TestClient) -> None:
    """The address names a group by its labels: its figures, its chart; one that is not there is not found."""
    page = shop.get("/slo/travel-gateway", params={"by.region": "eu"}).text
    points = shop.get("/api/v1/slo/travel-gateway/burn-down", params={"by.region": "eu"}).json()

    assert '<bdi class="group">region=eu</bdi>' in page
    assert "99.93 %" in page
    assert points["group"] == {"region": "eu"}
    assert points["points"][-1]["total"] == 90 * 8 * 3_600
    for query in ({"by.region": "nowhere"}, {"by.zone": "eu"}, {"by.region": "eu", "by.zone": ""}):
        assert shop.get("/slo/travel-gateway", params=query).status_code == 404
        assert shop.get("/api/v1/slo/travel-gateway/burn-down", params=query).status_code == 404
    assert shop.get("/api/v1/slo/travel-gateway/burn-down").status_code == 404


def test_groups_as_json(shop: TestClient) -> None:
    """An SLO's document has the ledger of each group, and their sum."""
    answer = shop.get("/api/v1/slo/travel-gateway").json()

    assert answer["sli"]["by"] == ["region"]
    assert [each["group"] for each in answer["groups"]] == [{"region": "ap"}, {"region": "eu"}, {"region": "us"}]
    assert sum(each["ledger"]["total"] for each in answer["groups"]) == answer["ledger"]["total"] == 133 * 90 * DAY
    assert [each["group"] for each in answer["standings"]] == [each["group"] for each in answer["groups"]]


def test_a_composite_lists_its_parts(shop: TestClient) -> None:
    """Each part has a row with its weight and a link to its page; of its own record there is none."""
    page = shop.get("/slo/travel-journey").text
    parts = page.partition('id="parts"')[2].partition("</table>")[0]

    assert re.findall(r'<a href="([^"]+)"', parts) == [
        "/slo/travel-booking?window=30d",
        "/slo/travel-index?window=7d",
    ]
    assert "25.0 %" in parts
    assert "75.0 %" in parts
    assert "as far as that of its parts" in page
    assert shop.get("/api/v1/slo/travel-journey").json()["sli"] == {
        "kind": "composite",
        "of": [{"slo": "travel-booking", "weight": 1}, {"slo": "travel-index", "weight": 3}],
        "method": "serial",
        "no_data": "ignore",
    }


def test_a_part_that_is_not_measured_yet_is_listed() -> None:
    """Between a reload and the next round a part has no figures, and still its row."""
    view = FakeView()
    view._standings = [made for made in view.standings() if made.slo.slo_id != "travel-index"]

    parts = client(view).get("/slo/travel-journey").text.partition('id="parts"')[2]

    assert 'href="/slo/travel-index"' in parts.partition("</table>")[0]


def test_a_failed_reading_is_explained(shop: TestClient) -> None:
    """The page of an SLO without data says why, and how often that was so."""
    page = shop.get("/slo/mail-delivery").text

    assert "parse error: unexpected &#34;}&#34;" in page
    assert "<code>rejected</code> 17" in page


def test_seconds_are_called_seconds(shop: TestClient) -> None:
    """What is counted of a gauge of 0 and 1 is time, not events."""
    assert "Bad seconds" in shop.get("/slo/checkout-reachable").text


@pytest.mark.parametrize(
    "path",
    [
        "/slo/nope",
        "/slo/",
        "/slo/checkout-availability?window=31d",
        "/slo/checkout-availability?window=",
        "/slo/..%2f..%2fetc%2fpasswd",
        "/slo/%00",
        "/slo/" + "x" * 5_000,
        "/slo/<script>alert(1)</script>",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/nothing",
    ],
)
def test_what_is_not_there_is_404(shop: TestClient, path: str) -> None:
    """Addresses that lead nowhere get a page in our look, with nothing of theirs in it."""
    answer = shop.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "All error budgets" in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/slo/nope", "/api/v1/slo/cart-latency/burn-down?window=1d", "/api/v1/x"])
def test_what_the_json_does_not_have_is_404_in_json(shop: TestClient, path: str) -> None:
    """A program that asks wrongly is told so in its own language."""
    answer = shop.get(path)

    assert answer.status_code == 404
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("path", ["/", "/api/v1/standings", "/metrics", "/-/ready"])
def test_a_failure_of_ours_tells_nothing_of_the_inside(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """A failure is 500 without a traceback in the answer, and with one in the log."""
    view = FakeView()
    view.state = view.standings = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]  # fails

    answer = client(view).get(path)

    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "ZeroDivisionError" in caplog.text


def test_standings_as_json(shop: TestClient) -> None:
    """The list is that of ``status --format json``."""
    answer = shop.get("/api/v1/standings")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(json.dumps([standing_document(made) for made in FakeView().standings()]))


def test_the_exporter_as_json(shop: TestClient) -> None:
    """The exporter's own state has the figures of the header, and the version."""
    assert shop.get("/api/v1/status").json() == {
        "version": __version__,
        "ready": True,
        "backfill_done": 1.0,
        "started_at": "2026-11-27T12:00:00Z",
        "prometheus": {"url": "http://prometheus:9090", "up": True},
        "config": {"ok": True, "loaded_at": "2026-11-28T12:00:00Z", "problems": []},
        "rounds": {
            "count": 4320,
            "seconds": 0.84,
            "ended_at": "2026-11-30T12:02:01.500000Z",
            "failures": 2,
            "error": None,
        },
        "slos": 16,
        "slices": 518400,
        "requests": 51840,
    }


def test_an_slo_as_json(shop: TestClient) -> None:
    """The definition, the ledger's ends and counts, failures by reason, and its standings."""
    answer = shop.get("/api/v1/slo/checkout-availability").json()

    assert answer["sli"] == {
        "kind": "events",
        "bad": 'http_requests_total{job="checkout",code=~"5.."}',
        "total": 'http_requests_total{job="checkout"}',
    }
    assert answer["ledger"] == {
        "start": "2026-09-01T12:00:00Z",
        "end": "2026-11-30T12:00:00Z",
        "good": 660_478_638,
        "total": 660_960_000,
    }
    assert [standing["window"] for standing in answer["standings"]] == ["30d", "7d"]
    assert shop.get("/api/v1/slo/mail-delivery").json()["ledger"] == dict.fromkeys(("start", "end", "good", "total"))


def test_a_burn_down_as_json(shop: TestClient) -> None:
    """Points are oldest first and end where the window does; without a window it is the first one's."""
    answer = shop.get("/api/v1/slo/checkout-availability/burn-down").json()
    week = shop.get("/api/v1/slo/checkout-availability/burn-down", params={"window": "7d"}).json()
    gap = shop.get("/api/v1/slo/checkout-reachable/burn-down").json()["points"]

    assert (answer["slo"], answer["window"], len(answer["points"])) == ("checkout-availability", "30d", 91)
    assert answer["points"][0]["at"] == "2026-10-31T12:00:00Z"
    assert answer["points"][-1]["at"] == "2026-11-30T12:00:00Z"
    assert answer["points"][-1]["remaining"] < 0 < answer["points"][0]["remaining"]
    assert week["points"][0]["at"] == "2026-11-23T12:00:00Z"
    assert any(point["total"] is None and point["bad"] is None for point in gap)


def test_metrics_in_both_formats(shop: TestClient) -> None:
    """Prometheus gets the format it asks for, compressed if it likes."""
    text = shop.get("/metrics", headers={"accept": "text/plain", "accept-encoding": "identity"})
    openmetrics = shop.get("/metrics", headers={"accept": "application/openmetrics-text;version=1.0.0"})

    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "content-encoding" not in text.headers
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert openmetrics.headers["content-encoding"] == "gzip"
    assert {"Accept", "Accept-Encoding"} == {part.strip() for part in openmetrics.headers["vary"].split(",")}
    assert all(family.name in text.text for family in FAMILIES)


def test_metrics_elsewhere() -> None:
    """The metrics' path can be chosen, and the pages link to it."""
    site = client(telemetry_path="/prom/metrics")

    assert site.get("/prom/metrics").status_code == 200
    assert site.get("/metrics").status_code == 404
    assert 'href="/prom/metrics"' in site.get("/").text


def test_health_and_readiness() -> None:
    """It is healthy as soon as it answers, and ready when the past has been read; until then it says how far it is."""
    view = FakeView()
    view.change(ready=False, backfill_done=0.5)
    site = client(view)
    healthy, unready = site.get("/-/healthy"), site.get("/-/ready")
    view.change(ready=True)
    ready = site.get("/-/ready")

    assert (healthy.status_code, healthy.text) == (200, "tallystick is Healthy.\n")
    assert (unready.status_code, unready.text) == (503, "tallystick is reading the past: 50 % done.\n")
    assert (ready.status_code, ready.text) == (200, "tallystick is Ready.\n")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_reload(method: str) -> None:
    """POST and PUT load the definitions again."""
    view = FakeView()

    answer = client(view).request(method, "/-/reload")

    assert (answer.status_code, view.reloads) == (200, 1)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PATCH"])
def test_reload_is_not_for_looking(method: str) -> None:
    """A crawler or a link does not reload; the answer says what would."""
    view = FakeView()

    answer = client(view).request(method, "/-/reload")

    assert (answer.status_code, view.reloads) == (405, 0)
    assert {part.strip() for part in answer.headers["allow"].split(",")} == {"POST", "PUT"}


def test_a_reload_that_fails_says_why() -> None:
    """What is wrong with the definitions is answered line by line, with 500."""
    view = FakeView()
    view.problems = ["a.yaml:1:1: first", "b.yaml:2:2: second"]

    answer = client(view).post("/-/reload")

    assert answer.status_code == 500
    assert answer.text.splitlines()[1:] == view.problems


def test_a_reload_that_can_not_run_says_why() -> None:
    """A failure outside is an answer, and no traceback."""

    class Broken(FakeView):
        def reload(self) -> list[str]:
            raise LedgerError("the disk is full")

    answer = client(Broken()).post("/-/reload")

    assert (answer.status_code, answer.text.splitlines()[1:]) == (500, ["the disk is full"])


def test_another_sites_page_can_not_reload() -> None:
    """A page elsewhere that makes a browser post here is refused."""
    view = FakeView()

    answer = client(view).post("/-/reload", headers={"sec-fetch-site": "cross-site"})

    assert (answer.status_code, view.reloads) == (403, 0)


@pytest.mark.parametrize("path", ["/", "/slo/cart-latency", "/metrics", "/api/v1/standings", "/-/ready"])
def test_pages_are_only_read(shop: TestClient, path: str) -> None:
    """Other methods are refused with the list of those allowed."""
    answer = shop.post(path)

    assert answer.status_code == 405
    assert {part.strip() for part in answer.headers["allow"].split(",")} == {"GET", "HEAD"}


@pytest.mark.parametrize(
    ("settings", "served", "linked"),
    [
        ({}, "", ""),
        ({"external_url": "https://shop.example/slo"}, "/slo", "/slo"),
        ({"external_url": "https://shop.example/slo/", "route_prefix": "/"}, "", "/slo"),
        ({"external_url": "https://shop.example"}, "", ""),
        ({"route_prefix": "tally/stick/"}, "/tally/stick", "/tally/stick"),
    ],
)
def test_behind_a_proxy(settings: dict[str, str], served: str, linked: str) -> None:
    """Everything is served under the prefix, and links use the path that people's browsers see."""
    site = client(None, **settings)
    page = site.get(served + "/")
    links = re.findall(
        r'(?:href|src|action|data-source)="([^"#]*)"', page.text + site.get(f"{served}/slo/cart-latency").text
    )

    assert page.status_code == 200
    assert {200} == {site.get(served + path).status_code for path in ("/metrics", "/-/healthy", "/api/v1/standings")}
    assert all(link.startswith((f"{linked}/", "https://runbooks.example.com/")) for link in links)
    assert {200, 301} >= {site.get(served + link.removeprefix(linked)).status_code for link in links if link[0] == "/"}
    if served:
        assert site.get("/").headers["location"] == f"{linked}/"


def test_files_may_be_kept_by_their_content(shop: TestClient) -> None:
    """A file that is asked for by its fingerprint is kept for a year; one asked for by name is asked for again."""
    (by_content,) = re.findall(r'href="(/static/tallystick\.css\?v=[0-9a-f]{8})"', shop.get("/").text)

    assert shop.get(by_content).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert shop.get("/static/tallystick.css").headers["cache-control"] == "no-cache"
    assert shop.get("/favicon.ico").headers["location"].startswith("/static/favicon.svg")


def test_nothing_comes_from_elsewhere(shop: TestClient) -> None:
    """No page loads anything that is not ours: it works without the internet."""
    for path in PAGES:
        assert not re.search(r'(?:src|rel="stylesheet" href)="(?:https?:)?//', shop.get(path).text)


def test_the_charts_licence_is_beside_it() -> None:
    """The chart library that rides along comes with its licence."""
    licence = client().get("/static/uPlot.LICENSE")

    assert "Leon Sorokin" in licence.text
    assert "MIT" in licence.text


def test_the_page_of_an_slo_has_its_agreements(shop: TestClient) -> None:
    """What was agreed with whom, what was delivered, and what is due; an expectation has no credit."""
    page = shop.get("/slo/checkout-availability").text
    table = page[page.index('id="agreements"') :].partition("</table>")[0]
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in table.split("<tr")[2:]]

    assert " ".join(rows[0]).endswith("kept checkout-acme-gold ACME &#34;Gold&#34; sla month 99.5 % 99.83 % 67.7 % 0 %")
    assert " ".join(rows[1]).endswith(
        "broken checkout-till Shop assistants expectation 7d 99.99 % 99.970 % −198.4 % —"  # a minus sign
    )
    assert 'id="agreements"' not in shop.get("/slo/cart-latency").text
