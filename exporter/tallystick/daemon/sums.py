"""What the ledger holds of one SLO (and group), summed as the SLO looks at it: kept from round to round, and grown with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tallystick.core.exclusion import Exclusion, excluded
from tallystick.core.lens import Lens, nothing_excluded
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo
from tallystick.core.tally import Tally
from tallystick.core.timerange import SLICE_SECONDS
from tallystick.ledger.posting import Account
from tallystick.ledger.store import Ledger
from tallystick.ledger.tape import Tape


@dataclass(slots=True)
class Sums:
    """
    Sums of one account.

    Attributes:
        lens: how the SLO looks at it.
        net: what counts, without what is excluded.
        gross: the same with nothing excluded; *net* itself where nothing is.
        first: the first instant of which anything is known; None: there is none.
        good: good events since the account's start, in the ledger's units.
        total: all of them.
    """

    lens: Lens
    net: Tape
    gross: Tape
    first: int | None
    good: float
    total: float

    @property
    def lifetime(self) -> Tally:
        """All events there ever were."""
        return Tally(self.good / self.lens.per_unit, self.total / self.lens.per_unit)

    @property
    def is_outdated(self) -> bool:
        """Whether something was observed for the first time since the lens was made, which would have to know."""
        return self.lens.since is None and self.first is not None and self.lens.no_data != "ignore"

    def append(self, part: Slices) -> None:
        """Go on with slices that follow, in the ledger's units."""
        self.net.append(part)
        if self.gross is not self.net:
            self.gross.append(part)
        self.good += float(part.good.sum())
        self.total += float(part.total.sum())
        if self.first is None and part.observed.any():
            self.first = part.start + int(part.observed.argmax()) * SLICE_SECONDS


def lens_of(slo: Slo, since: int | None, more: Sequence[Exclusion] = ()) -> Lens:
    """How *slo* looks at an account whose first observed instant is *since*; *more* is excluded beside its own exclusions."""
    exclusions = tuple(dict.fromkeys((*slo.exclusions, *more)))
    out = partial(excluded, exclusions) if exclusions else nothing_excluded
    return Lens(slo.budgeting, slo.no_data, out, since, slo.sli.per_unit, slo.sli.slice_seconds)


def open_sums(
    ledger: Ledger,
    account: Account,
    slo: Slo,
    since: int,
    more: Sequence[Exclusion] = (),
    *,
    kept_parts: int = 0,
) -> Sums:
    """
    What *ledger* holds of *account*.

    Args:
        ledger: where it is.
        account: of *slo* (or one of its groups).
        slo: who looks.
        since: the earliest instant that will be asked for.
        more: what is excluded beside the SLO's own exclusions.
        kept_parts: see `tallystick.ledger.tape.Tape`.

    Raises:
        LedgerError: the ledger can't be read.
    """
    first = ledger.first_observed(account)
    lens = lens_of(slo, first, more)
    net = ledger.tape(account, lens, since, kept_parts=kept_parts)
    plain = lens.excluded is nothing_excluded
    gross = net if plain else ledger.tape(account, lens.gross, since, kept_parts=kept_parts)
    counts = ledger.lifetime(account)
    return Sums(lens, net, gross, first, float(counts.good), float(counts.total))
