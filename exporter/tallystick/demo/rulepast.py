"""Giving the demo's rules a past: what they would have recorded over the history, worked out by promtool, as its users do it."""

import re
import subprocess
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tallystick.core.duration import parse_seconds
from tallystick.demo.scenario import DAY, MINUTE, Span
from tallystick.errors import DemoError

PASSES = (("rate5m", "1m"), ("increase1h", "1m"), ("increase6h", "4m"), ("increase1d", "4m"))
"""What windows are made of, each made of the one before it, and how often it is enough to evaluate it."""

LONGEST_WINDOW = 3 * DAY
"""No alert looks further back."""

SHOWN = 7 * DAY
"""No dashboard shows more of what is recorded at first."""

OFTEN, SELDOM = "1m", "4m"
"""Often enough for what is seen for five minutes is every four; what alerts look at is evaluated more often, as it is later."""

_RECORDED = re.compile(r"slo:[a-z_]+:\w+")
_SUM = re.compile(r"slo:sli_(bad|total):.*")

_TIMEOUT_SECONDS = 300

Rule = dict[str, Any]
Group = Mapping[str, Any]
RuleFile = dict[str, Any]


def sums(rule_files: Iterable[bytes], of: str) -> RuleFile:
    """Those rules of *rule_files* (their contents) that record bad and total events as *of* says, as a rule file."""
    return recording(rule_files, {f"slo:sli_{which}:{of}" for which in ("bad", "total")})


def recording(rule_files: Iterable[bytes], names: Collection[str]) -> RuleFile:
    """Those rules of *rule_files* (their contents) that record *names*, as a rule file."""
    return _kept(_groups(rule_files), lambda _, rule: rule.get("record") in names)


@dataclass(frozen=True, slots=True)
class Pass:
    """
    Rules to evaluate over a time, once those before them have been.

    Attributes:
        rules: a rule file.
        span: over which time.
        every: how often, as Prometheus writes durations.
    """

    rules: RuleFile
    span: Span
    every: str


def recorded_passes(rule_files: Iterable[bytes], span: Span) -> Iterator[Sequence[Pass]]:
    """
    All that *rule_files* record, in the order in which it can be worked out at the end of *span*: what looks at records comes after them.

    What windows are summed from goes further back than what is shown, by the longest window, and alerts find it as fine as later.
    """
    groups = _groups(rule_files)
    level = _levels(groups)
    recent, earlier = _last(span, LONGEST_WINDOW), _last(span, SHOWN + LONGEST_WINDOW)
    for number in range(max(level.values()) + 1):

        def here(rule: Rule, number: int = number) -> bool:
            return level.get(rule.get("record", "")) == number

        passes = [
            Pass(_kept(groups, lambda group, rule: here(rule) and _is_sum(rule) and _is_often(group)), recent, OFTEN),
            Pass(_kept(groups, lambda _, rule: here(rule) and _is_sum(rule)), earlier, SELDOM),
            Pass(_kept(groups, lambda _, rule: here(rule) and not _is_sum(rule)), _last(span, SHOWN), SELDOM),
        ]
        yield [one for one in passes if one.rules["groups"]]


def alerting_passes(rule_files: Iterable[bytes], span: Span, blind: Iterable[Span]) -> Sequence[Pass]:
    """
    What Prometheus would have told of the alerts on SLOs: when they were firing, in ``ALERTS``.

    Args:
        rule_files: the contents of the files with the alerts.
        span: the time of the history.
        blind: when Prometheus was down, and told nothing.
    """
    groups = [
        {
            "name": group["name"],
            "rules": [_firing(rule) for rule in group["rules"] if rule.get("alert", "").startswith("SLO")],
        }
        for group in _groups(rule_files)
    ]
    rules = {"groups": [group for group in groups if group["rules"]]}
    return [Pass(rules, part, SELDOM) for part in _without(_last(span, SHOWN), blind)]


def _without(span: Span, out: Iterable[Span]) -> Iterator[Span]:
    """*span* less what is *out*, in its parts."""
    start = span.start
    for one in sorted(out, key=lambda one: one.start):
        if start < one.start < span.end:
            yield Span(start, one.start)
        start = max(start, one.end)
    if start < span.end:
        yield Span(start, span.end)


def _firing(alert: Rule) -> Rule:
    """A rule that records when *alert* fires: while its condition has held for so long."""
    minutes = parse_seconds(alert.get("for", "0s")) // MINUTE
    held = f"count_over_time((\n{alert['expr']}\n)[{minutes}m:1m]) >= {minutes}" if minutes else alert["expr"]
    labels = {name: text for name, text in alert["labels"].items() if "{{" not in text}
    return {
        "record": "ALERTS",
        "expr": f"(\n{held}\n) ^ 0",
        "labels": {**labels, "alertname": alert["alert"], "alertstate": "firing"},
    }


def _groups(rule_files: Iterable[bytes]) -> list[dict[str, Any]]:
    return [group for text in rule_files for group in yaml.safe_load(text)["groups"]]


def _kept(groups: Iterable[Group], keep: Callable[[Group, Rule], bool]) -> RuleFile:
    kept = [{**group, "rules": [rule for rule in group["rules"] if keep(group, rule)]} for group in groups]
    return {"groups": [group for group in kept if group["rules"]]}


def _levels(groups: Iterable[Group]) -> dict[str, int]:
    """By what is recorded, how many others must have been recorded one after another before it."""
    needs: dict[str, set[str]] = {}
    for group in groups:
        for rule in group["rules"]:
            if "record" in rule:
                needs.setdefault(rule["record"], set()).update(_RECORDED.findall(rule["expr"]))
    found: dict[str, int] = {}

    def level(name: str) -> int:
        if name not in found:
            found[name] = 1 + max((level(other) for other in needs[name] - {name} if other in needs), default=-1)
        return found[name]

    return {name: level(name) for name in needs}


def _is_sum(rule: Rule) -> bool:
    return _SUM.fullmatch(rule["record"]) is not None


def _is_often(group: Group) -> bool:
    """Whether a *group* has no interval of its own: those that have look at long windows."""
    return "interval" not in group


def _last(span: Span, seconds: int) -> Span:
    return Span(max(span.start, span.end - seconds), span.end)


def backfill_rules(promtool: Path, prometheus_url: str, rules: Path, span: Span, *, every: str, data: Path) -> None:
    """
    Evaluate *rules* over *span*, *every* so often, and put the result into Prometheus' *data* folder.

    Prometheus sees it at its next start.

    Raises:
        DemoError: promtool failed; says why.
    """
    command: list[str | Path] = [promtool, "tsdb", "create-blocks-from", "rules", f"--url={prometheus_url}"]
    command += [f"--start={span.start}", f"--end={span.end}", f"--eval-interval={every}", f"--output-dir={data}"]
    command += ["--max-block-duration=486h", rules]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
    if done.returncode:
        raise DemoError(f"promtool could not evaluate the rules over the history: {done.stderr.strip()[-500:]}")
