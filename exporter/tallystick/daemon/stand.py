"""How an SLO stands, by what the ledger holds."""

from tallystick.core.slo import Slo
from tallystick.core.standing import BURN_WINDOWS, Standing, standings
from tallystick.core.tally import UNOBSERVED
from tallystick.core.timerange import TimeRange
from tallystick.ledger.store import Ledger

STALE_SECONDS = 300
"""A ledger that ends earlier than this before the instant asked for is too old for a verdict of then."""


def longest_seconds(slo: Slo, at: int) -> int:
    """How far back any figure of *slo* at instant *at* looks."""
    return max(at - window.span(at).start for window in (*slo.windows, *BURN_WINDOWS))


def stand(ledger: Ledger, slo: Slo, at: int) -> list[Standing]:
    """
    How *slo* stands at instant *at*, in each of its windows.

    Raises:
        LedgerError: the ledger can't be read.
    """
    account = ledger.find(slo.slo_id, slo.sli, {})
    through = None if account is None else ledger.through(account)
    if account is None or through is None:
        return standings(slo, at, lambda _: UNOBSERVED, fresh=False, group={})
    book = ledger.book(account, TimeRange(at - longest_seconds(slo, at), at))
    return standings(slo, at, book.observe, fresh=through >= at - STALE_SECONDS, group={})
