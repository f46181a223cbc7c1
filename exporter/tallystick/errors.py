"""
What can go wrong outside, as exceptions.

A user's mistake in a definition is not here: it is a value, ``tallystick.definition.problem.Problem``, so that all of
them can be told at once. A mistake of ours is an ``assert``.

::

    TallystickError             could not run; the command exits with 2
    ├── PrometheusError         Prometheus did not give a usable answer; `reason` is one of REASONS
    ├── LedgerError             the ledger can't be opened, read or written
    ├── GenerateError           jsonnet or the output folder failed
    ├── RevisionError           git can't give a revision of the definitions
    └── DemoError               a part of the demo can't be started
"""

from typing import Literal, get_args

Reason = Literal[
    "unreachable",
    "timeout",
    "http",
    "bad_answer",
    "too_large",
    "rejected",
    "partial",
    "not_nested",
    "ambiguous",
    "no_bucket",
    "too_many_groups",
]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""
Why an SLI could not be read, as label values of ``tallystick_query_failures_total``.

``unreachable``: no connection. ``timeout``: no answer in time. ``http``: a status other than 2xx, 400 and 422.
``bad_answer``: not the JSON Prometheus sends. ``too_large``: more bytes than allowed. ``rejected``: Prometheus refused
the query (400, 422). ``partial``: an answer with warnings of missing data. ``not_nested``: more good (or bad) events
than events, or a ratio outside 0 to 1. ``ambiguous``: a query gives several numbers, or a histogram, where one number is
meant. ``no_bucket``: a histogram has no bucket that ends at the threshold. ``too_many_groups``: a label has more values
than are measured.
"""


class TallystickError(Exception):
    """Something outside failed, and the command can't do its work."""


class PrometheusError(TallystickError):
    """
    Prometheus did not give a usable answer.

    Attributes:
        reason: one of `REASONS`, for the metric that counts failures.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


class LedgerError(TallystickError):
    """The ledger can't be opened, read or written."""


class GenerateError(TallystickError):
    """Rules or dashboards could not be rendered or written."""


class RevisionError(TallystickError):
    """A revision of the definitions could not be read from git."""


class DemoError(TallystickError):
    """A part of the demo could not be started."""
