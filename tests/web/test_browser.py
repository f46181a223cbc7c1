"""The pages in a real browser: what a person sees, types and hears."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has none
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tallystick.report import figures
from tallystick.report.figures import Outlook
from tallystick.web.app import create_app
from tallystick.web.server import Server
from web.fake_view import NOW, FakeView

SECONDS = 1_000
"""Playwright counts in milliseconds."""

COLOUR_SCHEMES = ["light", "dark"]
PAGES = [
    "/",
    "/?q=nothing+like+this",
    "/slo/checkout-availability",
    "/slo/mail-delivery",
    "/slo/travel-booking?window=month",
    "/slo/travel-gateway?by.region=eu",
    "/slo/travel-journey",
    "/nothing",
]


@pytest.fixture(scope="module")
def view() -> FakeView:
    """What the pages show; a test that changes it changes it back."""
    return FakeView()


@pytest.fixture(scope="module")
def site(view: FakeView) -> Iterator[str]:
    """Address of a running exporter."""
    with Server(create_app(view, clock=lambda: NOW + 150), "127.0.0.1", 0) as server:
        yield server.url


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must not complain: scripts run, everything loads, and the content security policy holds."""
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(20 * SECONDS)
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
    opened.on("pageerror", lambda fault: complaints.append(str(fault)))
    opened.on("requestfailed", lambda request: complaints.append(f"{request.url}: {request.failure}"))
    harmless = (
        "404 (Not Found)",
        "ERR_ABORTED",
    )  # the page that is asked for does not exist; it was left while loading
    yield opened
    opened.close()
    assert [text for text in complaints if not any(part in text for part in harmless)] == []


def expect_rows(page: Page, *slos: str) -> None:
    """Wait until the table's rows are these, in this order: it is filled by a request that may still be under way."""
    expect(page.locator("#standings tbody th a")).to_have_text(list(slos))


def wait_for_chart(page: Page, site: str, slo_id: str) -> None:
    """Open an SLO's page and wait for its chart."""
    page.goto(f"{site}/slo/{slo_id}")
    page.wait_for_selector("#burn-down[data-drawn]")


def test_a_person_sees_what_is_worst(page: Page, site: str, view: FakeView) -> None:
    """The first row is the worst of the breached SLOs, told in words and numbers, and its link leads to its page."""
    breached = [made for made in view.standings() if figures.outlook(made) is Outlook.BREACHED]
    worst = min(breached, key=lambda made: made.budget_remaining or 0)
    page.goto(site)
    first = page.locator("#standings tbody tr").first

    assert first.locator("td, th").all_inner_texts() == [
        "breached",
        'travel-gateway{region="us"}\nThe gateway answers in every region.',
        "travel",
        "month\nto 30 Nov",
        "99.9 %",
        "99.60 %",
        "−300.0 %",
        *(figures.rate(worst.burn_rates[window]) for window in ("1h", "6h", "3d")),
        "100 %",
        "spent",
    ]
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("travel-gateway")
    expect(page.locator("#cards .group")).to_have_text("region=us")


def test_a_group_is_chosen_from_the_list(page: Page, site: str) -> None:
    """The links of an SLO's groups lead to their figures and charts, and the window stays."""
    wait_for_chart(page, site, "travel-gateway")
    page.locator("#groups").get_by_role("link", name="eu").click()
    page.wait_for_selector("#burn-down[data-drawn]")

    expect(page.locator("#cards .group")).to_have_text("region=eu")
    expect(page).to_have_url(f"{site}/slo/travel-gateway?window=month&by.region=eu")


def test_a_part_leads_to_its_page(page: Page, site: str) -> None:
    """From a composite one gets to what it is made of."""
    wait_for_chart(page, site, "travel-journey")
    page.locator("#parts").get_by_role("link", name="travel-index").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("travel-index")


def test_typing_filters_and_the_address_remembers(page: Page, site: str) -> None:
    """The table follows what is typed, without a new page; the address then shows the same to somebody else."""
    page.goto(site)
    page.evaluate("window.same = true")
    page.keyboard.press("/")
    page.keyboard.type("cart lat")
    expect(page.locator("#shown")).to_contain_text("1 of 21 shown")

    expect_rows(page, "cart-latency")
    assert page.evaluate("window.same") is True
    expect(page).to_have_url(f"{site}/?q=cart+lat")
    page.goto(page.url)
    expect_rows(page, "cart-latency")
    page.get_by_text("show all").click()
    expect(page.locator("#shown")).to_have_text("21 of 21 shown")
    expect(page).to_have_url(f"{site}/")


def test_lists_filter_and_sort(page: Page, site: str) -> None:
    """Team, state and order are chosen from lists, together."""
    page.goto(site)
    page.get_by_label("Team").select_option("discovery")
    page.get_by_label("Order").select_option("by name")
    expect(page.locator("#shown")).to_contain_text("3 of 21 shown")

    expect_rows(page, "search-availability", "search-availability", "search-quick")
    page.get_by_role("link", name="at risk 3").click()
    expect(page.locator("#shown")).to_contain_text("1 of 21 shown")
    expect_rows(page, "search-quick")


def test_refreshing_keeps_the_filter(page: Page, site: str, view: FakeView) -> None:
    """After half a minute the page shows what is new, and what was typed, filtered and focused stays."""
    page.clock.install()
    page.goto(site)
    page.get_by_role("searchbox").fill("cart")
    page.clock.run_for(SECONDS)
    expect(page.locator("#shown")).to_contain_text("2 of 21 shown")
    before = view.exporter
    view.change(prometheus_up=False)
    try:
        page.clock.run_for(31 * SECONDS)
        expect(page.locator("#health")).to_contain_text("Prometheus down")
    finally:
        view.exporter = before

    assert page.get_by_role("searchbox").input_value() == "cart"
    assert page.get_by_role("searchbox").evaluate("field => field === document.activeElement")
    expect_rows(page, "cart-availability", "cart-latency")


def test_a_refresh_that_fails_is_told(browser: Browser) -> None:
    """When the exporter is gone the page says that it is old, and keeps what it has."""
    page = browser.new_page()
    page.clock.install()
    with Server(create_app(FakeView(), clock=lambda: NOW), "127.0.0.1", 0) as server:
        page.goto(server.url)
    page.clock.run_for(31 * SECONDS)

    expect(page.locator("#refresh-fault")).to_contain_text("could not be refreshed")
    expect(page.locator("#standings tbody tr")).to_have_count(21)
    page.close()


def test_without_script_the_filter_is_a_form(browser: Browser, site: str) -> None:
    """Everything can be found without script: a form with a button, and the chart's data as a table."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    page.get_by_label("Service").select_option("cart")
    page.get_by_role("button", name="Show").click()
    expect_rows(page, "cart-availability", "cart-latency")
    page.goto(f"{site}/slo/checkout-availability")
    page.get_by_text("The same as a table").click()
    points = page.locator("#points tbody tr").count()
    context.close()

    assert points == 91


def test_the_chart_is_drawn(page: Page, site: str) -> None:
    """Three charts have ink on them, in the colour of the breach as well, and the cursor tells the figures under it."""
    wait_for_chart(page, site, "checkout-availability")
    canvases = page.locator("#burn-down canvas")
    inks = canvases.evaluate_all(
        """all => all.map(canvas => {
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            const colours = new Set();
            for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) colours.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
            return [...colours];
        })"""
    )

    assert len(inks) == 3
    assert "31,90,166" in inks[0]  # the budget's line
    assert "87,167,123" in inks[1]  # good events
    assert "217,83,74" in inks[2]  # bad events
    page.locator("#burn-down .u-over").first.hover(position={"x": 100, "y": 50})
    expect(page.locator("#readout")).to_contain_text("UTC · 70.1 % left")
    expect(page.locator("#readout")).to_contain_text("events")


def test_the_chart_follows_the_window(page: Page, site: str) -> None:
    """A tab leads to the burn-down of another window."""
    wait_for_chart(page, site, "checkout-availability")
    page.get_by_role("navigation", name="Window").get_by_role("link", name="7d").click()
    page.wait_for_selector("#burn-down[data-drawn='85']")

    expect(page).to_have_url(f"{site}/slo/checkout-availability?window=7d")


def test_no_data_is_said_instead_of_drawn(page: Page, site: str) -> None:
    """An SLO that was never observed has a sentence where its chart would be."""
    wait_for_chart(page, site, "mail-delivery")

    expect(page.locator("#burn-down")).to_have_text("Nothing of this window was observed, so there is nothing to draw.")
    assert page.locator("#burn-down canvas").count() == 0


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_its_window(page: Page, site: str, path: str) -> None:
    """On a phone and on a wall nothing has to be scrolled sideways, but for small tables in their own frames."""
    page.goto(site + path)
    standings = page.locator(".table:has(#standings)")
    for width in (320, 390, 768, 890, 900, 1020, 1330, 1340, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        assert not standings.count() or standings.evaluate("frame => frame.scrollWidth <= frame.clientWidth"), width


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_accessible(page: Page, site: str, path: str) -> None:
    """Axe finds nothing on any page: contrast, names, roles, headings and landmarks, in light and dark, wide and narrow."""
    page.goto(site + path)
    if path.startswith("/slo"):
        page.wait_for_selector("#burn-down[data-drawn]")
    for summary in page.locator("summary").all():
        summary.click()
    for scheme, width in itertools.product(COLOUR_SCHEMES, (390, 1440)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page)
        assert found.violations_count == 0, f"{scheme}, {width}: {found.generate_report()}"


@pytest.mark.parametrize("scheme", COLOUR_SCHEMES)
def test_bad_news_is_accessible(page: Page, site: str, view: FakeView, scheme: str) -> None:
    """The notices of an exporter in trouble can be read as well as the rest."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
    before = view.exporter
    view.change(ready=False, backfill_done=0.4, prometheus_up=False, config_ok=False, config_problems=["a:1:1: b"])
    try:
        page.goto(site)
        found = Axe().run(page)
    finally:
        view.exporter = before

    assert found.violations_count == 0, found.generate_report()


def test_axe_would_find_a_fault(page: Page, site: str) -> None:
    """The accessibility tests can fail: a picture without a text is found."""
    page.goto(site)
    page.evaluate("document.querySelector('main').append(new Image())")

    assert Axe().run(page).violations_count > 0


def test_the_keyboard_reaches_the_rows(page: Page, site: str) -> None:
    """The first press of Tab offers to skip to the content, and every row's link can be reached and followed."""
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.locator("#standings tbody th a").first.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("travel-gateway")
