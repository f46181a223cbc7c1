"""
Rules that Prometheus would evaluate for one SLO: ours as they are generated, Sloth's and Pyrra's as their formulas say.

Theirs are written here for an SLO over requests with 99.9 % in 30 days, in their default modes: Sloth 0.16 makes 15
recording rules and 2 alerts, Pyrra 0.10 makes 8 and 5.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fleet import CODES
from tallystick.core.duration import parse_seconds

INTERVAL_SECONDS = 30
"""How often rules are evaluated, unless their group says otherwise."""

BUDGET = "0.001"
DAYS = 30


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule.

    Attributes:
        expr: what is evaluated.
        interval: how often, in seconds.
        record: the metric it makes; "" for an alert.
        labels: of the series it makes; one for each series.
        severity: whom an alert is for, as its label says; "" for a recording.
        hold: its ``for``, in seconds.
    """

    expr: str
    interval: int = INTERVAL_SECONDS
    record: str = ""
    labels: Sequence[Mapping[str, str]] = field(default=({},))
    severity: str = ""
    hold: int = 0


def ours(folder: Path) -> list[Rule]:
    """What ``tallystick generate`` wrote to *folder*."""
    found = []
    for file in sorted((folder / "rules").glob("*.yaml")):
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
            interval = parse_seconds(group["interval"]) if "interval" in group else INTERVAL_SECONDS
            found += [_ours(rule, interval) for rule in group["rules"]]
    return found


def _ours(rule: Mapping[str, Any], interval: int) -> Rule:
    labels, record = rule["labels"], rule.get("record", "")
    hold = parse_seconds(rule["for"]) if "for" in rule else 0
    severity = "" if record else labels.get("severity", "")  # the factors of alerts are recorded, with whom they wake
    return Rule(rule["expr"], interval, record, [labels], severity, hold)


def sloth(job: str, metric: str) -> Iterator[Rule]:
    """What Sloth makes of an SLO."""
    total, bad = _selectors(job, metric)
    ids = {"sloth_id": f"{job}-availability", "sloth_service": job, "sloth_slo": "availability"}
    mine = _matchers(ids)
    on = "on(sloth_id, sloth_slo, sloth_service) group_left"
    for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d"):
        ratio = f"(sum(rate({bad}[{window}])))\n/\n(sum(rate({total}[{window}])))"
        yield Rule(ratio, record=f"slo:sli_error:ratio_rate{window}", labels=[{**ids, "sloth_window": window}])
    window = f"{DAYS}d"
    mean = (
        f"sum_over_time(slo:sli_error:ratio_rate5m{mine}[{window}])\n"
        f"/ ignoring (sloth_window)\ncount_over_time(slo:sli_error:ratio_rate5m{mine}[{window}])"
    )
    yield Rule(mean, record=f"slo:sli_error:ratio_rate{window}", labels=[{**ids, "sloth_window": window}])
    burned = f"slo:sli_error:ratio_rate%s{mine} / {on} slo:error_budget:ratio{mine}"
    for record, expr in {
        "slo:objective:ratio": f"vector(1-{BUDGET})",
        "slo:error_budget:ratio": f"vector({BUDGET})",
        "slo:time_period:days": f"vector({DAYS})",
        "slo:current_burn_rate:ratio": burned % "5m",
        "slo:period_burn_rate:ratio": burned % window,
        "slo:period_error_budget_remaining:ratio": f"1 - slo:period_burn_rate:ratio{mine}",
        "sloth_slo_info": "vector(1)",
    }.items():
        yield Rule(expr, record=record, labels=[ids])
    for severity, quick, slow in (
        ("page", ("5m", "1h", "14.4"), ("30m", "6h", "6")),
        ("ticket", ("2h", "1d", "3"), ("6h", "3d", "1")),
    ):
        yield Rule("\nor\n".join(_sloth_pair(mine, *pair) for pair in (quick, slow)), severity=severity)


def _sloth_pair(mine: str, short: str, long: str, factor: str) -> str:
    over = [
        f"max(slo:sli_error:ratio_rate{one}{mine} > ({factor} * {BUDGET})) without (sloth_window)"
        for one in (short, long)
    ]
    return f"({over[0]}\nand\n{over[1]})"


PYRRA_BURNS = (
    ("5m", "1h4m", "14", "critical", "2m"),
    ("32m", "6h26m", "7", "critical", "16m"),
    ("2h9m", "1d1h43m", "2", "warning", "1h4m"),
    ("6h26m", "4d6h51m", "1", "warning", "3h13m"),
)
"""Its windows of 28 days and how long each condition must hold, stretched to 30 and rounded to minutes."""

PYRRA_INCREASE_SECONDS = 150
"""How often it works out the increase over 30 days, and whether there is any series."""


def pyrra(job: str, metric: str) -> Iterator[Rule]:
    """What Pyrra makes of an SLO."""
    total, bad = _selectors(job, metric)
    name, ids = metric.removesuffix("_total"), {"job": job, "slo": f"{job}-availability"}
    yield Rule(
        f"sum by (code) (increase({total}[{DAYS}d]))",
        PYRRA_INCREASE_SECONDS,
        f"{name}:increase{DAYS}d",
        [{**ids, "code": code} for code in CODES],
    )
    yield Rule(f"absent({total}) == 1", PYRRA_INCREASE_SECONDS)
    for window in dict.fromkeys(window for pair in PYRRA_BURNS for window in pair[:2]):
        ratio = f"sum(rate({bad}[{window}])) / sum(rate({total}[{window}]))"
        yield Rule(ratio, record=f"{name}:burnrate{window}", labels=[ids])
    mine = _matchers(ids)
    for short, long, factor, severity, hold in PYRRA_BURNS:
        over = [f"{name}:burnrate{window}{mine} > ({factor} * (1-0.999))" for window in (short, long)]
        yield Rule(" and ".join(over), severity=severity, hold=parse_seconds(hold))


def _selectors(job: str, metric: str) -> tuple[str, str]:
    return f'{metric}{{job="{job}"}}', f'{metric}{{job="{job}",code=~"5.."}}'


def _matchers(labels: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def lookbacks(rules: Sequence[Rule]) -> dict[str, int]:
    """How far back *rules* look at each metric that one of them records, in seconds; a lookback if only at its latest."""
    found = {rule.record: 600 for rule in rules if rule.record}
    for rule in rules:
        for metric, length, offset in _SELECTED.findall(rule.expr):
            if metric in found:
                reach = sum(parse_seconds(text) for text in (length, offset) if text) + 600
                found[metric] = max(found[metric], reach)
    return found


_SELECTED = re.compile(r"([a-z_][\w:]*)\{[^{}]*\}(?:\[(\w+)(?::\w*)?\])?(?: offset (\w+))?")
