"""When a page must come."""

from collections import deque
from decimal import Decimal

import numpy as np
import pytest

from tallystick.core.burn import burn_alerts
from tallystick.core.selector import Selector
from tallystick.core.sli import EventsSli
from tallystick.core.slo import Slo
from tallystick.core.window import RollingWindow
from tallystick.demo.promise import Content, promise, seconds_until_over

DAYS_30 = 30 * 86_400
SLO = Slo(
    service="checkout",
    name="availability",
    objective=Decimal("0.999"),
    windows=(RollingWindow(DAYS_30),),
    sli=EventsSli(Selector("total"), bad=Selector("bad")),
)
WINDOWS = (300, 1_800, 3_600, 7_200, 21_600, 86_400, 259_200)


def contents(rate: float, bad_ratio: float, age: float = float("inf")) -> dict[int, Content]:
    """Windows of a service with an even rate and error ratio, seen for *age* seconds."""
    covered = {window: min(window, age) for window in WINDOWS}
    return {window: Content(rate * known * bad_ratio, rate * known, known) for window, known in covered.items()}


def test_a_full_outage_pages_after_the_share_of_the_budget_is_gone() -> None:
    """2 % of a 30-day budget of 0.1 % are 51.84 s of a full outage; that is when the page's condition is true."""
    found = promise(SLO, burn_alerts(SLO, DAYS_30), contents(3, 0), rate=3, share=1)
    assert found is not None
    assert found.alert.policy.long_seconds == 3_600
    assert found.seconds == pytest.approx(51.84)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.05])
@pytest.mark.parametrize("before", [0.0, 0.0005])
@pytest.mark.parametrize("window", [300, 3_600, 21_600])
def test_the_crossing_is_where_counting_second_by_second_finds_it(share: float, before: float, window: int) -> None:
    """The straight line agrees with a window that is pushed on in steps of a second."""
    threshold, rate = 0.0144, 2.0
    seconds = seconds_until_over(threshold, window, contents(rate, before)[window], rate, share)
    bad = deque([rate * before] * window)
    inside, passed = sum(bad), 0
    while inside / (rate * window) <= threshold:
        bad.append(rate * share)
        inside += bad[-1] - bad.popleft()
        passed += 1
    assert seconds == pytest.approx(passed, abs=1.01)


def test_young_rules_page_sooner() -> None:
    """Rules that have seen ten minutes only need 1.46 % of these to be bad, and nothing leaves their window."""
    found = seconds_until_over(0.0144, 3_600, contents(2, 0, age=600)[3_600], 2, 1)
    assert found == pytest.approx(0.0144 * 600 / (1 - 0.0144))


def test_a_small_share_never_pages() -> None:
    """A share of bad events under every page's threshold promises nothing."""
    assert promise(SLO, burn_alerts(SLO, DAYS_30), contents(2, 0), rate=2, share=0.005) is None


def test_a_window_that_burns_already_needs_no_time() -> None:
    """What is over the threshold already is over it at once."""
    assert seconds_until_over(0.0144, 300, contents(2, 0.5)[300], 2, 1) == 0


def test_without_traffic_nothing_is_promised() -> None:
    """No events, no page."""
    assert seconds_until_over(0.0144, 300, contents(0, 0)[300], 0, 1) is None


def test_the_wait_for_events_that_come_at_random_spreads_as_drawn() -> None:
    """A full outage at 0.64 requests a second needs 33 of them: 51.84 s on average, 9 s up or down."""
    found = promise(SLO, burn_alerts(SLO, DAYS_30), contents(0.64, 0), rate=0.64, share=1)
    assert found is not None
    drawn = np.random.default_rng(1).gamma(found.seconds * 0.64, 1 / 0.64, 100_000)
    assert found.spread_seconds == pytest.approx(float(drawn.std()), rel=0.01)
