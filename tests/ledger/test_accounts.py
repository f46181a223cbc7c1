"""What a ledger knows of its accounts without a definition."""

from decimal import Decimal

import pytest

from tallystick.core.selector import Selector
from tallystick.core.sli import EventsSli, LatencySli, QuerySli, RatioSli, RecordedSli, Sum, Term, ThresholdSli, UpSli
from tallystick.errors import LedgerError
from tallystick.ledger.accounts import accounts
from tallystick.ledger.database import Database
from tallystick.ledger.store import Ledger

TOTAL, BAD = Selector("requests_total"), Selector("errors_total")
KINDS: list[RecordedSli] = [
    EventsSli(total=TOTAL, bad=BAD),
    EventsSli(total=Sum((Term(1, TOTAL), Term(-1, BAD))), good=BAD, by=("zone",)),
    QuerySli(total="sum(rate(requests_total[$window]))", bad="sum(rate(errors_total[$window]))"),
    LatencySli(Selector("seconds"), Decimal("0.3"), TOTAL),
    UpSli(Selector("up")),
    ThresholdSli("depth", "lt", Decimal(5), 300),
    RatioSli("a / b", "error"),
    RatioSli("a / b", "success", "b"),
]


@pytest.mark.parametrize("sli", KINDS, ids=lambda sli: type(sli).__name__)
def test_units_and_meaning_are_known_from_the_account(sli: RecordedSli) -> None:
    """For each kind of SLI: how many counts make an event, and that its generation is the hash of what is stored."""
    database = Database("")
    Ledger(database).account("a-b", sli, {"zone": 'e"u'})
    with database.snapshot() as connection:
        (held,) = accounts(connection)
    database.close()

    assert held.per_unit == sli.per_unit
    assert held.is_itself
    assert held.name == f'a-b{{zone="e\\"u"}} [{held.generation}]'
    assert held.span is None


def test_a_damaged_account_is_told(where: str) -> None:
    """Labels that are no JSON are told with the account they are of."""
    database = Database(where)
    Ledger(database).account("a-b", KINDS[0], {})
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE tallystick_account SET group_labels = '{'")

    with pytest.raises(LedgerError, match="account 1 of 'a-b' is damaged"), database.snapshot() as connection:
        accounts(connection)
    database.close()
