"""
The budgets of OpenSLO's three methods in numbers, from a file to the core's figures.

Source: OpenSLO, examples/budgeting-method/README.md: two weeks, 24,000 requests a day, a target of 95 %, usually 99 % good and 1 %
during an attack, slices of a minute.
"""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tallystick.core.budget import budget_events, budget_remaining
from tallystick.core.lens import Lens, nothing_excluded
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo
from tallystick.core.tally import Tally
from tallystick.definition.load import load_paths

MINUTES = 14 * 1_440

TEXT = """
apiVersion: openslo/v1
kind: SLO
metadata: {{name: main-page}}
spec:
  service: web-shop
  indicator:
    metadata: {{name: responses}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(http_requests_total{{code=~"2.."}})'}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: sum(http_requests_total)}}}}}}
  timeWindow: [{{duration: 2w, isRolling: true}}]
  budgetingMethod: {method}
  objectives: [{{target: 0.95{more}}}]
"""
SLICES = {
    "Occurrences": "",
    "Timeslices": ", timeSliceTarget: 0.95, timeSliceWindow: 1m",
    "RatioTimeslices": ", timeSliceWindow: 1",
}


def read(folder: Path, method: str) -> Slo:
    """The SLO with a budget by *method*."""
    (folder / "a.yaml").write_text(TEXT.format(method=method, more=SLICES[method]), encoding="utf-8")
    (slo,) = load_paths([folder]).slos
    return slo


def remaining(slo: Slo, attacked: int) -> Fraction:
    """What is left of the budget after so many minutes of attack, at a hundred requests a minute."""
    good = np.full(MINUTES, 99.0)
    good[:attacked] = 1.0
    there = Slices(0, np.ones(MINUTES, np.bool_), good, np.full(MINUTES, 100.0))
    seen = Lens(slo.budgeting, slo.no_data, nothing_excluded, 0, 1).apply(there).observation()
    left = budget_remaining(seen.tally, slo.objective)
    assert left is not None
    return left


def test_occurrences(tmp_path: Path) -> None:
    """Of 336,000 requests 16,800 may be bad."""
    slo = read(tmp_path, "Occurrences")

    assert budget_events(Tally(336_000, 336_000), slo.objective) == 16_800


@pytest.mark.parametrize(
    ("method", "minutes"),
    [
        ("Timeslices", Fraction(20_160 * 5, 100)),
        ("RatioTimeslices", Fraction(99 - 95, 98) * 20_160),
        ("Occurrences", Fraction(99 - 95, 98) * 20_160),
    ],
)
def test_how_long_an_attack_may_last(tmp_path: Path, method: str, minutes: Fraction) -> None:
    """Bad slices last 16 h 48 min, slices by their ratio 13 h 42.9 min; at an even traffic events are the same as those."""
    slo = read(tmp_path, method)
    whole = int(minutes)

    assert remaining(slo, whole) >= 0 > remaining(slo, whole + 1)
    assert (remaining(slo, whole) == 0) == (whole == minutes)
