"""OpenSLO's severities, which are any words, as ours, which are two."""

import re

from tallystick.core.alerting import Severity

_SEPARATORS = re.compile(r"[-_ ]")

PAGES = frozenset(
    {
        "page", "pager", "critical", "crit", "high", "highest", "urgent", "emergency", "fatal", "disaster", "blocker", "major",
        "sev0", "sev1", "s0", "s1", "p0", "p1", "severity0", "severity1", "priority0", "priority1", "0", "1",
    }
)  # fmt: skip
"""Words that wake somebody, in lower case and without separators."""

TICKETS = frozenset(
    {
        "ticket", "warning", "warn", "medium", "low", "lowest", "minor", "info", "information", "informational", "notice",
        "sev2", "sev3", "sev4", "sev5", "s2", "s3", "s4", "s5", "p2", "p3", "p4", "p5", "2", "3", "4", "5",
    }
)  # fmt: skip
"""Words that do not."""


def severity_of(word: str) -> tuple[Severity, bool]:
    """What *word* means, and whether it is known; one that is not is a page, as too loud is found out sooner than too quiet."""
    plain = _SEPARATORS.sub("", word.strip().lower())
    if plain in TICKETS:
        return "ticket", True
    return "page", plain in PAGES
