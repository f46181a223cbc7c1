"""
What the rules that ``tallystick generate`` writes tell of a window: the pair they record, added up piece by piece.

A piece is a 5-minute rate, and every 5 minutes there is one, so the pieces of a window cover each of its moments once; all
our alerts are made of them.
"""

import math
import subprocess
import sys
import tempfile
from pathlib import Path

from formulas import Question, Told
from rulesets import Rule, ours

PIECE_SECONDS = 300

DEFINITION = """\
apiVersion: tallystick/v1
service: {service}
slos:
  - name: availability
    objective: 99.9%
    window: 30d
    sli:
      events:
        total: '{total}'
        bad: '{bad}'
    alerting: {alerting}
"""


def generated(folder: Path, service: str, total: str, bad: str, alerting: str = "{}") -> list[Rule]:
    """
    Our rules for an SLO over events, as ``tallystick generate`` writes them.

    Args:
        folder: for files; must be there.
        service: its name.
        total: selector of all events.
        bad: selector of the bad ones.
        alerting: what the definition says of that, in YAML's flow style.
    """
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        text = DEFINITION.format(service=service, total=total, bad=bad, alerting=alerting)
        (place / "definition.yaml").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "tallystick", "generate", str(place / "definition.yaml")]
        subprocess.run([*command, "--out", str(place / "out")], check=True, capture_output=True)
        return ours(place / "out")


def pair(question: Question, folder: Path, service: str, *, first_values: bool = True) -> Told:
    """Bad and all events of the window: the sum of the pieces that the recorded pair has of it."""
    alerting = f"{{first_values: {str(first_values).lower()}}}"
    rules = generated(folder, service, question.total, question.bad, alerting)
    bad, total = (_events(question, rules, f"slo:sli_{which}:rate5m") for which in ("bad", "total"))
    return Told(bad / total if total else math.nan, bad, total)


def _events(question: Question, rules: list[Rule], record: str) -> float:
    (expr,) = (rule.expr for rule in rules if rule.record == record)
    first = question.window.start + PIECE_SECONDS
    return PIECE_SECONDS * math.fsum(value for _, value in question.evaluated(expr, first, PIECE_SECONDS))
