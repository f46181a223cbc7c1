"""unknown-key: a key that the format does not know, mostly a misspelt one."""

from collections.abc import Mapping
from difflib import get_close_matches

from tallystick.definition.checks import not_supported
from tallystick.definition.keys import FOLDER, KEYS, SHARED, Level
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("unknown-key", may_warn=True)

_OTHER_WORDS = {
    "target": "objective",
    "goal": "objective",
    "slo": "objective",
    "period": "window",
    "time_window": "window",
    "timewindow": "window",
    "owner": "team",
    "error": "bad",
    "errors": "bad",
    "error_query": "bad",
    "total_query": "total",
    "failure": "bad",
    "success": "good",
    "valid": "total",
    "latency_threshold": "threshold",
    "le": "threshold",
    "dependencies": "depends_on",
    "needs": "depends_on",
    "indicator": "sli",
    "alerts": "alerting",
    "id": "name",
    "selector": "metric",
    "start": "starts",
    "begin": "from",
    "end": "to",
    "until": "to",
    "duration": "lasts",
    "recurrence": "rrule",
    "repeat": "rrule",
    "tz": "timezone",
    "time_zone": "timezone",
    "group_by": "by",
    "groups": "by",
    "parts": "of",
    "components": "of",
    "expr": "query",
    "promql": "query",
    "operator": "op",
    "renamed_from": "was",
    "previously": "was",
    "formerly": "was",
    "fiscal_year_start": "year_start",
    "silence": "ignore",
    "suppress": "ignore",
    "code": "check",
    "because": "reason",
    "foreach": "for_each",
    "matrix": "for_each",
    "rows": "for_each",
    "customer": "party",
    "with": "party",
    "counterparty": "party",
    "type": "kind",
    "tiers": "credits",
    "credit_tiers": "credits",
    "penalties": "credits",
    "under": "below",
    "disable": "enabled: false",
    "disabled": "enabled: false",
}
_PLACES = {
    (): "the top",
    ("slos",): "an entry of `slos`",
    ("exclusions",): "an entry of `exclusions`",
    ("agreements",): "an entry of `agreements`",
    ("agreements", "credits"): "an entry of `credits`",
    ("ignore",): "an entry of `ignore`",
    ("slos", "ignore"): "an entry of `ignore`",
    (SHARED,): "a document without `service`",
    (FOLDER,): "`defaults` in a document without `service`",
    ("slos", "sli", "composite", "of"): "an entry of `of`",
}


def problem(key: Scalar, level: Level, keys: Mapping[Level, tuple[str, ...]] = KEYS) -> Problem:
    """*key* in the mapping at *level* (keys from the top, without places in lists) of a format with *keys*."""
    if keys is KEYS and (later := not_supported.later(key, level)):
        return later
    known = keys.get(level, ())
    other = meant(key.text, level, keys)
    if other:
        full = _OTHER_WORDS.get(_word(key.text), "")
        hint = f"write `{full if full.startswith(other) else other}`"
    else:
        hint = _elsewhere(key.text, keys) or _choices(known)
    return RULE.at(key.span, f"unknown key `{show(key.text)}`", hint)


def is_known(text: str, level: Level, keys: Mapping[Level, tuple[str, ...]]) -> bool:
    """Whether *text* is a key of a format with *keys*, there or elsewhere, or stands for one at *level*."""
    return (
        text in keys.get(level, ()) or bool(meant(text, level, keys)) or any(text in known for known in keys.values())
    )


def passed_over(key: Scalar, tool: str) -> Problem:
    """*key* is none of *tool*, which passes over such."""
    message = f"unknown key `{show(key.text)}`, which {tool} passes over"
    return RULE.at(
        key.span, message, "leave it out, or begin it with x- if it is for another program", severity="warning"
    )


def meant(text: str, level: Level, keys: Mapping[Level, tuple[str, ...]] = KEYS) -> str:
    """The key at *level* that *text* stands for; empty if none is near."""
    known = {name.lower(): name for name in keys.get(level, ())}
    word = _word(text)
    other = _OTHER_WORDS.get(word, "").partition(":")[0]
    near = [other] if other in known else get_close_matches(word, known, n=1, cutoff=0.6)
    return known[near[0]] if near else ""


def _word(text: str) -> str:
    return text.lower().replace("-", "_")


def _elsewhere(text: str, keys: Mapping[Level, tuple[str, ...]]) -> str:
    """Where *text* would be right."""
    for level, known in keys.items():
        if text in known:
            return f"it belongs in {_PLACES.get(level) or f'`{level[-1]}`'}"
    return ""


def _choices(known: tuple[str, ...]) -> str:
    return "known here: " + ", ".join(known) if known else ""
