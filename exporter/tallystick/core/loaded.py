"""What is wrong with the rules that a Prometheus has loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

COMMON = ""
"""In place of an SLO's id: rules that are for all of them."""

Trouble = Literal["not_loaded", "gone", "other_revision", "differs", "twice", "failing", "not_evaluated"]
TROUBLES: tuple[Trouble, ...] = (
    "not_loaded",
    "gone",
    "other_revision",
    "differs",
    "twice",
    "failing",
    "not_evaluated",
)


@dataclass(frozen=True, slots=True)
class Detail:
    """
    What is wrong with one rule.

    Attributes:
        rule: its name, for an alert with its severity and windows.
        words: what is wrong with it.
    """

    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What is wrong with the loaded rules of one SLO.

    Attributes:
        slo: its id, or `COMMON`.
        trouble: of which kind: ``not_loaded``: it has no rules; ``gone``: there is no such SLO; ``other_revision``: they are of
            another definition of it; ``differs``: some are not what would be written; ``twice``: some are loaded several
            times; ``failing``: some can't be evaluated; ``not_evaluated``: some were not evaluated yet.
        details: of which rules; empty where it is all of them.
        revisions: of ``other_revision``: those that are loaded, and the one that is defined.
    """

    slo: str
    trouble: Trouble
    details: Sequence[Detail] = ()
    revisions: tuple[Sequence[str], str] = ((), "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    Loaded rules, compared.

    Attributes:
        findings: by SLO, those that are for all of them first.
        current: ids of the SLOs whose rules are loaded, as they should be, and well.
        rules: how many rules of ours are loaded.
        common: whether those are loaded that are for all SLOs, which only an exporter needs: that is no finding.
    """

    findings: Sequence[Finding]
    current: Sequence[str]
    rules: int
    common: bool

    @property
    def is_wrong(self) -> bool:
        """Whether anything must be done; rules that were loaded just now are evaluated by themselves."""
        return any(finding.trouble != "not_evaluated" for finding in self.findings)
