"""What goes wrong with one SLO, kept apart from all others."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy.exc import DataError, IntegrityError, InvalidRequestError, SQLAlchemyError

from tallystick.errors import REASONS, LedgerError, Reason

log = logging.getLogger(__name__)

Stage = Literal["reading", "showing"]

_OF_ROWS = (DataError, IntegrityError, InvalidRequestError)
"""What a database says of single rows; anything else that it says is about all of the ledger."""


@dataclass(slots=True)
class Trouble:
    """
    What went wrong with one SLO since the exporter started, whatever its definition was meanwhile.

    Attributes:
        slo_id: which one.
        failures: readings that failed, by reason.
        reading: why the latest reading failed; None if it did not.
        showing: why its figures can't be worked out; None if they can.
    """

    slo_id: str
    failures: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(REASONS, 0)))
    reading: str | None = None
    showing: str | None = None

    @property
    def last_error(self) -> str | None:
        """What a person should know of it."""
        return self.reading or self.showing

    def count(self, reason: Reason, message: str) -> None:
        """A reading failed."""
        self.failures[reason] += 1
        self.tell("reading", message)

    def tell(self, stage: Stage, message: str, fault: Exception | None = None) -> None:
        """Something is wrong; logged when it is news, with the traceback of *fault*."""
        if getattr(self, stage) != message:
            log.warning("%s: %s", self.slo_id, message, exc_info=fault)
        setattr(self, stage, message)

    @contextmanager
    def contained(self, stage: Stage) -> Iterator[None]:
        """
        Let nothing that fails inside reach other SLOs.

        Raises:
            LedgerError: the ledger as a whole can't be read or written.
        """
        try:
            yield
        except LedgerError as fault:
            if concerns_all(fault):
                raise
            self.tell(stage, str(fault))
        except Exception as fault:  # noqa: BLE001  # one SLO's odd data, or our bug with it, must not stop the others
            if stage == "reading":
                self.failures["bad_answer"] += 1
            words = f"unexpected {type(fault).__name__}: {fault}; please report it, with the traceback in the log"
            self.tell(stage, words, fault)


def concerns_all(fault: LedgerError) -> bool:
    """Whether the ledger as a whole is out of reach, rather than some rows damaged or written by somebody else."""
    cause = fault.__cause__
    return isinstance(cause, SQLAlchemyError) and not isinstance(cause, _OF_ROWS)
