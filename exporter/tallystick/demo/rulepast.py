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


def write_base_pair(rule_files: Iterable[Path], path: Path) -> int:
    """
    Write those rules of *rule_files* that record the base pair to *path*.

    Returns:
        How many there are.
    """
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in rule_files]
    groups: list[dict[str, Any]] = [group for document in documents for group in document["groups"]]
    kept = [
        {**group, "rules": [rule for rule in group["rules"] if rule.get("record") in BASE_PAIR]} for group in groups
    ]
    kept = [group for group in kept if group["rules"]]
    path.write_text(yaml.safe_dump({"groups": kept}, sort_keys=False), encoding="utf-8")
    return sum(len(group["rules"]) for group in kept)


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
