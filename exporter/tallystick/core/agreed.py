"""What was delivered beside what was agreed: of the present period, and of those that have ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from tallystick.core.agreement import Agreement
from tallystick.core.credit import credit_due
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing

SHOWN_PERIODS = 12
"""Ended periods that are shown: a year of months."""


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """
    One agreement on one SLO (or on one of its groups).

    Attributes:
        agreement: which.
        slo: the SLO it is about, with its own objective.
        standing: how it stands by the agreement's terms in the present period.
        ended: the same at the end of each period before, the newest first, as far as anything of it is known.
    """

    agreement: Agreement
    slo: Slo
    standing: Standing
    ended: Sequence[Standing] = ()

    @property
    def group(self) -> Mapping[str, str]:
        """Values of the labels that the SLO is grouped by; empty without groups."""
        return self.standing.group

    @cached_property
    def credit(self) -> Decimal | None:
        """What is due if the present period ends as it stands; None: unknown, or nothing was agreed."""
        return self.credit_of(self.standing) if self.standing.valid else None

    def credit_of(self, standing: Standing) -> Decimal | None:
        """What is due for a period that ended as *standing* says; None: unknown, or nothing was agreed."""
        return credit_due(self.agreement.credits, standing.compliance if standing.is_judged else None)


def agreed(
    slo: Slo, present: Callable[[Slo], Standing], at: int, past: Callable[[Slo, int], Standing] | None = None
) -> list[Agreed]:
    """
    How the agreements on *slo* stand at instant *at*.

    Args:
        slo: the SLO.
        present: how it stands now by the terms of an agreement, which have one window.
        at: now.
        past: how it stood when a period ended, by the same terms; None: nothing is known of then.
    """
    found = []
    for agreement in slo.agreements:
        terms = agreement.terms(slo)
        ended = [past(terms, end) for end in agreement.ends(at, SHOWN_PERIODS)] if past else []
        known = [one for one in ended if one.observation.observed_seconds]
        found.append(Agreed(agreement=agreement, slo=slo, standing=present(terms), ended=known))
    return found


def furthest(slo: Slo, at: int, count: int = SHOWN_PERIODS) -> int:
    """The first instant of the present period of any of its agreements, or of *count* periods before; *at* without any."""
    starts = [one.window.span(end).start for one in slo.agreements for end in (at, *one.ends(at, count)[-1:])]
    return min(starts, default=at)
