"""The time up to which samples can be there."""

import logging
from collections.abc import Callable

from tallystick.upstream.client import Prometheus

log = logging.getLogger(__name__)

TOLD_SECONDS = 60
"""A clock that is further ahead than this is worth a line in the log."""


class Clock:
    """
    This machine's clock, held back to Prometheus' own if that is behind.

    Time that is read before it has come would be written as time without samples, and never read again.
    """

    def __init__(self, local: Callable[[], float], prometheus: Prometheus) -> None:
        """Compare *local* with the clock of *prometheus*."""
        self._local = local
        self._prometheus = prometheus
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds since 1970, by what is known of Prometheus' clock."""
        return self._local() - self._ahead

    def compare(self) -> None:
        """
        Ask Prometheus for its time.

        Raises:
            PrometheusError: it did not tell.
        """
        local = self._local()
        ahead = max(0.0, local - self._prometheus.now())
        if ahead > TOLD_SECONDS >= self._ahead:
            log.warning("this machine's clock is %.0f s ahead of Prometheus', whose time is used", ahead)
        self._ahead = ahead
