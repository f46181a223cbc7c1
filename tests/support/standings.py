"""How SLOs stand by what a ledger holds, without an exporter."""

from collections.abc import Sequence

from tallystick.core.slo import Slo
from tallystick.core.standing import Standing
from tallystick.daemon.board import Sight
from tallystick.daemon.following import recorded
from tallystick.daemon.trouble import Trouble
from tallystick.ledger.store import Ledger


def standings_in(ledger: Ledger, slos: Sequence[Slo], at: int) -> list[Standing]:
    """Every SLO (and group) in every window that ends at instant *at*."""
    sight = Sight(ledger, slos, recorded(ledger, slos, at), at)
    return [standing for slo in slos for shown in sight.show(slo, Trouble(slo.slo_id)) for standing in shown.standings]
