"""Names, texts and links that were written to do harm, or only to be long."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tallystick.web.app import create_app
from web.fake_view import NIGHT, NOW, FakeView, Life, slo

TEXTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% for x in y %}",
    "</td></tr></table><h1>",
    "\u202egnirts a\u2066",
    "a/b?c=d&e#f",
    "a\nb\tc",
    "x" * 3_000,
    "Ärger 🧨 ⁉",
]


class Tags(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.sources: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the element, its attributes' names and where it leads."""
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sources += [value or "" for name, value in attrs if name == "data-source"]
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action"}]


def client(life: Life) -> TestClient:
    """A client of an exporter with one SLO."""
    return TestClient(create_app(FakeView([life]), clock=lambda: NOW))


def harmful(text: str) -> Life:
    """An SLO that has *text* wherever text can be."""
    return Life(
        slo(
            "shop",
            text.replace("\n", " "),
            team=text,
            tier=text,
            labels={"env": text},
            links={text: "https://runbooks.example.com/"},
            description=text,
            exclusions=(replace(NIGHT, reason=text, approved_by=text, ticket=text),),
            was=(text,),
        ),
        group={"zone": text},
        failures={"rejected": 1},
        last_error=text,
    )


@pytest.mark.parametrize("text", TEXTS)
def test_text_stays_text(text: str) -> None:
    """Whatever a definition says, a page has the same elements and attributes as with a harmless text."""
    plain, tricky = client(harmful("plain")), client(harmful(text))
    address = "/slo/" + quote("shop-" + text.replace("\n", " "), safe="")

    for there, here in (("/", "/"), ("/slo/shop-plain", address), ("/?q=plain", f"/?q={quote(text, safe='')}")):
        expected, found = Tags(plain.get(there).text), Tags(tricky.get(here).text)
        assert expected.tags == found.tags
        assert expected.attributes == found.attributes


@pytest.mark.parametrize("text", TEXTS)
def test_a_group_is_found_by_its_labels(text: str) -> None:
    """Whatever a label's value is made of, the address that the page gives its chart leads to its data."""
    site = client(harmful(text))
    page = Tags(site.get("/slo/" + quote("shop-" + text.replace("\n", " "), safe="")).text)
    (source,) = page.sources

    assert site.get(source).json()["group"] == {"zone": text}


@pytest.mark.parametrize("text", TEXTS)
def test_links_lead_to_the_slo_they_name(text: str) -> None:
    """The link in the table is that SLO's page, and its JSON is its own, whatever its name is made of."""
    site = client(harmful(text))
    (address,) = [link for link in Tags(site.get("/").text).addresses if link.startswith("/slo/")]

    assert site.get(address).status_code == 200
    assert site.get(f"/api{address.replace('/slo/', '/v1/slo/').partition('?')[0]}").json()["description"] == text


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "//evil.example",
        "https://",
        "http://[broken",
        "runbook.md",
    ],
)
def test_only_web_addresses_can_be_clicked(address: str) -> None:
    """A link that is no web address is shown as text."""
    page = client(Life(slo("shop", "a", links={"runbook": address}))).get("/slo/shop-a").text

    assert all(re.match("/(?!/)|#", link) for link in Tags(page).addresses)
    assert "runbook: <bdi>" in page


def test_what_was_searched_for_is_still_in_the_field() -> None:
    """The search's own text comes back escaped, in the field it was typed into."""
    page = client(harmful("plain")).get("/", params={"q": '"><b>'}).text

    assert re.search(r'name="q" value="&#34;&gt;&lt;b&gt;"', page)


def test_an_endless_query_is_refused_or_answered() -> None:
    """A search of a thousand words costs an answer, not the server."""
    assert client(harmful("plain")).get("/", params={"q": "plain " * 1_000}).status_code == 200
