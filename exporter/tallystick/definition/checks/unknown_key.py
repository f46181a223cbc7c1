"""unknown-key: a key that the format does not know, mostly a misspelt one."""

from difflib import get_close_matches

from tallystick.definition.checks import not_supported
from tallystick.definition.keys import KEYS
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("unknown-key")

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
    "disable": "enabled: false",
    "disabled": "enabled: false",
}
_PLACES = {(): "the top", ("slos",): "an entry of `slos`"}


def problem(key: Scalar, level: tuple[str, ...]) -> Problem:
    """*key* in the mapping at *level* (keys from the top, without places in lists)."""
    if later := not_supported.later(key, level):
        return later
    known = KEYS.get(level, ())
    message = f"unknown key `{show(key.text)}`"
    return RULE.at(key.span, message, _meant(key.text, known) or _elsewhere(key.text) or _choices(known))


def _meant(text: str, known: tuple[str, ...]) -> str:
    word = text.lower().replace("-", "_")
    other = _OTHER_WORDS.get(word, "")
    if other.partition(":")[0] in known:
        return f"write `{other}`"
    by_fold = {name.lower(): name for name in known}
    if word in by_fold:
        return f"write `{by_fold[word]}`"
    near = get_close_matches(word, by_fold, n=1, cutoff=0.6)
    return f"write `{by_fold[near[0]]}`" if near else ""


def _elsewhere(text: str) -> str:
    """Where *text* would be right."""
    for level, known in KEYS.items():
        if text in known:
            return f"it belongs in {_PLACES.get(level) or f'`{level[-1]}`'}"
    return ""


def _choices(known: tuple[str, ...]) -> str:
    return "known here: " + ", ".join(known) if known else ""
