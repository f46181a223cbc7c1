"""Giving the demo's rules a past: their base pair, worked out over the history by promtool, as its users do it."""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tallystick.demo.scenario import DAY, Span
from tallystick.errors import DemoError

BASE_PAIR = ("slo:sli_total:rate5m", "slo:sli_bad:rate5m")
"""Everything else that the rules record is made of these two."""

LONGEST_WINDOW = 3 * DAY
"""No alert looks further back."""

EVERY = "1m"

_TIMEOUT_SECONDS = 300


def base_pair(rule_files: Iterable[bytes]) -> dict[str, Any]:
    """Those rules of *rule_files* (their contents) that record the base pair, as a rule file."""
    groups: list[dict[str, Any]] = [group for text in rule_files for group in yaml.safe_load(text)["groups"]]
    kept = [
        {**group, "rules": [rule for rule in group["rules"] if rule.get("record") in BASE_PAIR]} for group in groups
    ]
    return {"groups": [group for group in kept if group["rules"]]}


def backfill_rules(promtool: Path, prometheus_url: str, rules: Path, span: Span, data: Path) -> None:
    """
    Evaluate *rules* over the last days of *span*, and put the result into Prometheus' *data* folder.

    Prometheus sees it at its next start.

    Raises:
        DemoError: promtool failed; says why.
    """
    start = max(span.start, span.end - LONGEST_WINDOW)
    command: list[str | Path] = [promtool, "tsdb", "create-blocks-from", "rules", f"--url={prometheus_url}"]
    command += [f"--start={start}", f"--end={span.end}", f"--eval-interval={EVERY}", f"--output-dir={data}"]
    command += ["--max-block-duration=54h", rules]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
    if done.returncode:
        raise DemoError(f"promtool could not evaluate the rules over the history: {done.stderr.strip()[-500:]}")
