"""What Prometheus adds up of the shop equals what happened there, on both versions."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from e2e.conftest import Past, load_past
from support.servers import Binaries
from tallystick.core.sli import EventsSli, LatencySli
from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange
from tallystick.demo.truth import truth
from tallystick.upstream.client import connect
from tallystick.upstream.wide import read_wide

DAYS = 3


@pytest.fixture(scope="module")
def past(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Those days, and one before them."""
    made = load_past(binaries, tmp_path_factory.mktemp("past"), DAYS + 1)
    with made.prometheus:
        yield made


@pytest.mark.parametrize("slo_id", ["checkout-availability", "checkout-latency", "cart-availability"])
def test_sums_equal_the_truth(past: Past, slos: Sequence[Slo], slo_id: str) -> None:
    """Every five minutes of some days with deploys, restarts, failed scrapes and errors that come late."""
    span, true = past.history.span, truth(past.history, slo_id)
    [sli] = [slo.sli for slo in slos if slo.slo_id == slo_id]
    assert isinstance(sli, EventsSli | LatencySli)
    prometheus = connect(past.prometheus.url)
    last = span.end // 300 * 300
    for start in range(last - DAYS * 86_400, last, 86_400):
        found = read_wide(prometheus, sli, TimeRange(start, start + 86_400))

        first = (start - span.start) // 60
        for counts, expected in ((found.groups[()].good, true.good), (found.groups[()].total, true.total)):
            steps = np.asarray(expected[first : first + 1_440]).reshape(-1, 5).sum(axis=1)
            assert counts.reshape(-1, 5).sum(axis=1).tolist() == steps.tolist()
        assert found.doubts == ()
