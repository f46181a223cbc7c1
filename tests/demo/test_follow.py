"""Which SLO a fault is followed by; the following itself is tested from end to end in test_run.py."""

import pytest

from tallystick.demo.follow import Strike
from tallystick.demo.prepare import load_definitions
from tallystick.errors import DemoError


@pytest.mark.parametrize(
    ("strike", "slo_id"),
    [
        (Strike("checkout", "errors"), "checkout-availability"),
        (Strike("checkout", "latency"), "checkout-latency"),
        (Strike("search", "errors"), "search-availability"),
        (Strike("search", "latency"), "search-quick"),
        (Strike("cart", "errors"), "cart-availability"),
        (Strike("cart", "latency"), "cart-latency"),
    ],
)
def test_each_fault_is_followed_by_an_slo_that_it_hits(strike: Strike, slo_id: str) -> None:
    """Errors are followed by an SLO over events, latency by one over a histogram, of the service that is hit."""
    assert strike.find_slo(load_definitions()).slo_id == slo_id


def test_a_fault_that_pages_nobody_is_refused() -> None:
    """Without an SLO that may page there is nothing to wait for."""
    silent = [slo for slo in load_definitions() if not slo.alerting.page.enabled]
    assert [slo.slo_id for slo in silent] == ["checkout-payments"]
    with pytest.raises(DemoError, match="no SLO of checkout pages for errors"):
        Strike("checkout", "errors").find_slo(silent)
