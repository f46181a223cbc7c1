"""
The rules that a Prometheus has loaded, compared with those that would be written now. Pure: both are handed over.

What moves with the month (how long exclusions are known) and what depends on flags of ``generate`` (links in annotations)
is not compared.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import promql_parser

from tallystick.core.duration import format_seconds, parse_milliseconds
from tallystick.core.loaded import COMMON, Comparison, Detail, Finding, Trouble

PREFIX = "tallystick-"
"""What the names of our groups begin with."""

_REVISION = "slo_revision"
_MONTHLY = ("slo:excluded", "slo:excluded:apart", "slo:exclusions_end:timestamp_seconds")
"""Their expressions move with the month."""

_AHEAD = ("slo:exclusions_end:timestamp_seconds", "SLOExclusionsRunOut")
"""Only there while something recurs beyond the horizon."""

_TELLING = ("severity", "long_window", "short_window")
"""Labels that tell alerts of one name apart."""

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """One rule, as far as it is compared."""

    kind: Literal["record", "alert"]
    name: str
    expr: str
    wait_ms: int
    keep_ms: int
    labels: Mapping[str, str]
    interval_ms: int | None = None
    health: str = "ok"
    error: str = field(default="", compare=False)

    @property
    def slo(self) -> str:
        return self.labels.get("slo", COMMON)

    @property
    def key(self) -> tuple[object, ...]:
        """What equal rules have in common."""
        labels = {name: value for name, value in self.labels.items() if name != _REVISION}
        expr = "" if self.name in _MONTHLY else normal(self.expr)
        return self.kind, self.name, expr, self.wait_ms, self.keep_ms, tuple(sorted(labels.items()))

    @property
    def role(self) -> tuple[str, ...]:
        """What two rules have in common of which one is meant to be the other."""
        return (self.kind, self.name, *(self.labels.get(label, "") for label in _TELLING))

    @property
    def title(self) -> str:
        told = " ".join(filter(None, (self.labels.get(label, "") for label in _TELLING)))
        return f"{self.name} ({told})" if self.kind == "alert" and told else self.name


def compare_rules(groups: Iterable[Mapping[str, Any]], documents: Iterable[Mapping[str, Any]]) -> Comparison:
    """
    Compare what is loaded with what would be written.

    Args:
        groups: of ``/api/v1/rules``, all there are; those of others are let be.
        documents: contents of rule files, as `tallystick.generate.render.rule_documents` makes them.

    Returns:
        What differs.

    Raises:
        ValueError: *groups* is not what Prometheus answers.
    """
    loaded = _by_slo(_loaded(groups))
    wanted = _by_slo(rule for document in documents for rule in _wanted(document))
    findings = [
        finding
        for slo in sorted({*loaded, *wanted})
        if slo != COMMON or (slo in loaded and slo in wanted)
        for finding in _of_one(slo, wanted.get(slo, ()), loaded.get(slo, ()))
    ]
    wrong = {finding.slo for finding in findings}
    current = sorted(slo for slo in wanted if slo not in wrong and slo != COMMON)
    return Comparison(findings, current, sum(map(len, loaded.values())), COMMON in loaded)


def _by_slo(rules: Iterable[_Rule]) -> dict[str, list[_Rule]]:
    found: dict[str, list[_Rule]] = {}
    for rule in rules:
        found.setdefault(rule.slo, []).append(rule)
    return found


def _wanted(document: Mapping[str, Any]) -> Iterator[_Rule]:
    for group in document["groups"]:
        every = group.get("interval")
        for rule in group["rules"]:
            kind: Literal["record", "alert"] = "record" if "record" in rule else "alert"
            yield _Rule(
                kind=kind,
                name=rule[kind],
                expr=rule["expr"],
                wait_ms=parse_milliseconds(rule.get("for", "0s")),
                keep_ms=parse_milliseconds(rule.get("keep_firing_for", "0s")),
                labels=dict(rule.get("labels") or {}),
                interval_ms=parse_milliseconds(every) if every else None,
            )


def _loaded(groups: Iterable[Mapping[str, Any]]) -> Iterator[_Rule]:
    try:
        for group in groups:
            if str(group["name"]).startswith(PREFIX):
                every = round(float(group.get("interval") or 0) * 1_000)
                yield from (_loaded_rule(rule, every) for rule in group["rules"])
    except (TypeError, KeyError, AttributeError) as fault:
        raise ValueError(f"these are no groups of rules: {fault!r}") from fault


def _loaded_rule(rule: Mapping[str, Any], every_ms: int) -> _Rule:
    return _Rule(
        kind="record" if rule["type"] == "recording" else "alert",
        name=str(rule["name"]),
        expr=str(rule["query"]),
        wait_ms=round(float(rule.get("duration") or 0) * 1_000),
        keep_ms=round(float(rule.get("keepFiringFor") or 0) * 1_000),
        labels={str(name): str(value) for name, value in (rule.get("labels") or {}).items()},
        interval_ms=every_ms,
        health=str(rule.get("health") or "unknown"),
        error=str(rule.get("lastError") or ""),
    )


def _of_one(slo: str, wanted: Sequence[_Rule], loaded: Sequence[_Rule]) -> Iterator[Finding]:
    if not loaded:
        yield Finding(slo, "not_loaded")
        return
    if not wanted:
        yield Finding(slo, "gone", [Detail(rule.title, "") for rule in loaded])
        return
    revision, others = _revision(wanted), sorted({one for rule in loaded if (one := rule.labels.get(_REVISION))})
    if revision and any(other != revision for other in others):
        yield Finding(slo, "other_revision", revisions=(others, revision))
    twice, differs = _compared(wanted, loaded)
    found: dict[Trouble, list[Detail]] = {
        "differs": differs,
        "twice": twice,
        "failing": [Detail(rule.title, rule.error) for rule in loaded if rule.health == "err"],
        "not_evaluated": [Detail(rule.title, "") for rule in loaded if rule.health not in {"ok", "err"}],
    }
    yield from (Finding(slo, trouble, details) for trouble, details in found.items() if details)


def _revision(rules: Iterable[_Rule]) -> str:
    return next((rule.labels[_REVISION] for rule in rules if _REVISION in rule.labels), "")


def _compared(wanted: Sequence[_Rule], loaded: Sequence[_Rule]) -> tuple[list[Detail], list[Detail]]:
    """What is loaded more often than it should be, and what is not what it should be."""
    due = Counter(rule.key for rule in wanted)
    more: list[_Rule] = []
    twice: list[Detail] = []
    known = set(due)
    intervals = {rule.key: rule.interval_ms for rule in wanted}
    differs: list[Detail] = []
    for rule in loaded:
        key = rule.key
        if due[key]:
            due[key] -= 1
            differs += _paced(rule, intervals[key])
        elif key in known:
            twice.append(Detail(rule.title, "is loaded more than once"))
        else:
            more.append(rule)
    lacking = []
    for rule in wanted:
        if due[rule.key]:
            due[rule.key] -= 1
            lacking.append(rule)
    return twice, [*differs, *_matched(lacking, more)]


def _paced(rule: _Rule, every_ms: int | None) -> Iterator[Detail]:
    if every_ms is not None and rule.interval_ms and rule.interval_ms != every_ms:
        yield Detail(
            rule.title,
            f"is evaluated every {format_seconds(rule.interval_ms // 1_000)}, not every {format_seconds(every_ms // 1_000)}",
        )


def _matched(lacking: Sequence[_Rule], more: Sequence[_Rule]) -> Iterator[Detail]:
    """What is lacking, beside what is there in its place."""
    there: dict[tuple[str, ...], list[_Rule]] = {}
    for rule in more:
        there.setdefault(rule.role, []).append(rule)
    for rule in lacking:
        instead = there.get(rule.role)
        if instead:
            yield Detail(rule.title, "; ".join(_differences(rule, instead.pop(0))))
        elif rule.name not in _AHEAD:
            yield Detail(rule.title, "is not loaded")
    for left in there.values():
        yield from (Detail(rule.title, "would not be written any more") for rule in left if rule.name not in _AHEAD)


def _differences(wanted: _Rule, loaded: _Rule) -> Iterator[str]:
    if wanted.name not in _MONTHLY and normal(wanted.expr) != normal(loaded.expr):
        yield "has another expression"
    for what, due, there in (
        ("for", wanted.wait_ms, loaded.wait_ms),
        ("keep_firing_for", wanted.keep_ms, loaded.keep_ms),
    ):
        if due != there:
            yield f"has `{what}` {format_seconds(there // 1_000)}, not {format_seconds(due // 1_000)}"
    for label in sorted({*wanted.labels, *loaded.labels} - {_REVISION}):
        due_label, there_label = (rule.labels.get(label) for rule in (wanted, loaded))
        if due_label == there_label:
            continue
        if due_label is None:
            yield f"has {label}={there_label!r}, which would not be written"
        else:
            yield f"has {f'{label}={there_label!r}' if there_label is not None else f'no {label}'}, not {label}={due_label!r}"


def normal(expr: str) -> str:
    """*expr* as all spellings of it are written; what our parser can't read, without its spaces."""
    try:
        return str(promql_parser.parse(expr).prettify())
    except ValueError:
        return _SPACE.sub("", expr)
