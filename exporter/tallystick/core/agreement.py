"""Agreements: what somebody was told to expect of an SLO, over which time, and what falling short of it costs."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from tallystick.core.window import CalendarWindow, Window

if TYPE_CHECKING:  # an SLO holds its agreements
    from tallystick.core.slo import Slo

AgreementKind = Literal["sla", "ola", "underpinning", "expectation"]
"""With a customer, with a team of the same house, with a supplier; or nothing written, and expected all the same."""


@dataclass(frozen=True, slots=True, order=True)
class CreditTier:
    """
    What is given back where less was delivered.

    Attributes:
        below: delivered share of good events under which it is due; 0 < below <= 1.
        credit: share of what is paid for the period; 0 < credit <= 1.
    """

    below: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """
    One agreement with one party about one SLO.

    Attributes:
        service: whose it is.
        name: its name within its service.
        kind: see `AgreementKind`.
        party: with whom.
        slo_id: the SLO by which it is measured.
        objective: agreed share of good events; 0 < objective < 1, exactly as written.
        window: over which it is agreed.
        description: in words.
        credits: what is due by how much was delivered, the lowest first; the lower, the more.
        file: where it is written.
        line: its first line there.
    """

    service: str
    name: str
    kind: AgreementKind
    party: str
    slo_id: str
    objective: Decimal
    window: Window
    description: str = ""
    credits: tuple[CreditTier, ...] = ()
    file: str = ""
    line: int = 0

    @property
    def agreement_id(self) -> str:
        """Its name everywhere: ``checkout-acme-gold``."""
        return f"{self.service}-{self.name}"

    @property
    def largest_credit(self) -> Decimal | None:
        """What may become due at most; None if nothing ever does."""
        return max((tier.credit for tier in self.credits), default=None)

    def terms(self, slo: "Slo") -> "Slo":
        """*slo* as it is promised here: the same events and exclusions, by another measure."""
        return replace(slo, objective=self.objective, windows=(self.window,), agreements=())

    def ends(self, at: int, count: int) -> list[int]:
        """The last instants of up to *count* ended periods before *at*, the newest first; a rolling window has none."""
        if not isinstance(self.window, CalendarWindow):
            return []
        found = []
        for _ in range(count):
            at = self.window.period(at).start
            if at <= 0:
                break
            found.append(at)
        return found
