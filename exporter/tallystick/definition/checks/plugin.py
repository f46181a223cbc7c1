"""plugin: a plugin of another tool of which nothing is known here, or that is not told what it needs."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from tallystick.definition.node import Node, Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("plugin", may_warn=True)


def problem(name: Scalar, known: Iterable[str] = ()) -> Problem:
    """What the plugin *name* asks is not known; it is none of those that are *known*."""
    if near := get_close_matches(name.text, list(known), n=1, cutoff=0.8):
        return RULE.at(name.span, f"there is no plugin {show(name.text)}", f"write {near[0]}")
    message = f"what the plugin {show(name.text)} asks is in its program, which is not run here"
    return RULE.at(name.span, message, "write the queries it makes, as error_query and total_query of `events`")


def missing_option(name: Scalar, option: str) -> Problem:
    """The plugin *name* is not told its *option*."""
    return RULE.at(
        name.span, f"the plugin {show(name.text)} needs the option `{option}`", f"add {option}: to `options`"
    )


def unknown_option(key: Scalar, name: str, known: Sequence[str]) -> Problem:
    """The plugin *name* has no option *key*; it has those that are *known*."""
    near = get_close_matches(key.text, known, n=1, cutoff=0.6)
    hint = f"write `{near[0]}`" if near else f"it has: {', '.join(known)}" if known else "it has none"
    return RULE.at(key.span, f"the plugin {show(name)} has no option `{show(key.text)}`", hint)


def wrong_option(value: Node, option: str, expected: str, hint: str) -> Problem:
    """The value of *option* is not what is *expected*."""
    said = show(value.text) if isinstance(value, Scalar) else "this"
    return RULE.at(value.span, f"`{option}` is {expected}, found {said}", hint)


def not_run(name: Scalar, known: Iterable[str]) -> Problem:
    """The plugin *name* changes Sloth's rules in a way that is not known: it is none of those that are *known*."""
    near = get_close_matches(name.text, list(known), n=1, cutoff=0.8)
    hint = f"write {near[0]}" if near else "see what it does, and whether the SLO means the same without it"
    message = f"what the plugin {show(name.text)} changes in Sloth's rules is not done here"
    return RULE.at(name.span, message, hint, severity="warning")


def none_left(chain: Scalar) -> Problem:
    """A chain that overrides what was before it, and is empty."""
    return RULE.at(
        chain.span, "`overridePrevious` leaves no plugin at all", "add the plugins to `chain`, or leave it out"
    )
