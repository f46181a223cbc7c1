"""What the online checks say of one definition, with numbers that a test chooses."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from tallystick.definition.load import load_paths
from tallystick.definition.problem import Problem
from tallystick.definition.render import text_of
from tallystick.online.checks.low_traffic import judge
from tallystick.online.oracle import Numbers
from tallystick.online.traffic import Group, last_week

MONDAY = 1_764_547_200
"""2025-12-01T00:00Z, the end of the week that is looked at; a Monday."""

WEEK = last_week(MONDAY, 3_600)

DEFINITION = """\
apiVersion: tallystick/v1
service: checkout
slos:
  - name: availability
    objective: 99.9%
    window: 30d
    sli:
      events:
        total: http_requests_total{job="checkout"}
        bad: http_requests_total{job="checkout",code=~"5.."}
"""

Hourly = Callable[[int], float]
"""Events in an hour of the day."""


def at_night(day: float, night: float, hours: range = range(2, 5)) -> Hourly:
    """*day* events an hour, but for the *night*."""
    return lambda hour: night if hour in hours else day


def judged(folder: Path, alerting: str, groups: Mapping[str, Hourly], **other: str) -> list[Problem]:
    """
    The problems of `DEFINITION` with *alerting*.

    Args:
        folder: where it is written.
        alerting: lines below ``alerting``, without indent.
        groups: by the value of ``region`` (or nothing), the events of each hour.
        other: what is put in place of other parts of the definition: ``objective``.
    """
    text = DEFINITION.replace("99.9%", other.get("objective", "99.9%"))
    if alerting:
        text += "    alerting:\n" + "".join(f"      {line}\n" for line in alerting.splitlines())
    file = folder / "checkout.yaml"
    file.write_text(text, encoding="utf-8")
    loaded = load_paths([file])
    assert loaded.problems == ()
    (slo,) = loaded.slos
    totals: dict[Group, Numbers] = {
        ((("region", name),) if name else ()): np.array([hourly(at % 24) for at in range(WEEK.count)], dtype=np.float64)
        for name, hourly in groups.items()
    }
    return list(judge(slo, loaded.entries[slo.slo_id], totals, WEEK))


def as_shown(problem: Problem, folder: Path) -> str:
    """*problem* as a page shows it."""
    return text_of(problem).replace(f"{folder}/", "").rstrip("\n")
