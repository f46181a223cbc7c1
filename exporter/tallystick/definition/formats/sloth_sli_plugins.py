"""Sloth's SLI plugins: programs that write an SLI's query. Of those in its public catalogue it is known what they ask."""

from collections.abc import Iterator

from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.definition.checks import plugin as check
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.sloth_catalogue import CATALOGUE, ERRORS, MADE_UP, PREFIX, Asked
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.promql import read_query
from tallystick.definition.values import plain, read_decimal

_FLAGS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
"""What Go takes for true and false."""


class _Options:
    """The options of a plugin, as far as they say something."""

    def __init__(self, plugin: Mapping) -> None:
        found = plugin.get("options")
        self.entries = found.entries if isinstance(found, Mapping) else {}

    def get(self, name: str) -> Scalar | None:
        _, value = self.entries.get(name, (None, None))
        return value if isinstance(value, Scalar) and value.text.strip() else None


def sli(reading: Reading, plugin: Mapping, objective: str | None) -> Node | None:
    """The ``sli`` that *plugin* writes for an SLO of that *objective*; None if there is a problem, which *reading* gets."""
    name = plugin.get("id")
    if not isinstance(name, Scalar):
        return None
    options = _Options(plugin)
    key = name.text.removeprefix(PREFIX)
    is_public = name.text.startswith(PREFIX)
    asked = CATALOGUE.get(key) if is_public else None
    if asked is None and not (is_public and key in MADE_UP):
        reading.problems.append(check.problem(name, [PREFIX + known for known in (*CATALOGUE, *MADE_UP)]))
        return None
    known = (*asked.needs, *asked.may) if asked else MADE_UP[key]
    before = len(reading.problems)
    for option, (said, _) in options.entries.items():
        if option not in known:
            reading.problems.append(check.unknown_option(said, name.text, known))
    made = _asked(reading, name, options, asked) if asked else _made_up(reading, name, options, objective)
    return None if len(reading.problems) > before else made


def _asked(reading: Reading, name: Scalar, options: _Options, asked: Asked) -> Mapping | None:
    for option in asked.needs:
        if options.get(option) is None:
            reading.problems.append(check.missing_option(name, option))
    matchers = [*_filter(reading, options), *_pins(options, asked), *asked.fixed]
    if excluded := _excluded(reading, options, asked):
        matchers.append(excluded)
    every = Selector(asked.metric, tuple(matchers))
    message = f"the plugin is not run: what it asks for is counted in {asked.metric}"
    reading.notes.append(notes.PLUGIN.at(name.span, message, ""))
    if asked.is_up:
        return nodes.mapping(name, {"up": nodes.mapping(name, {"metric": nodes.text(every.promql, name)})})
    if asked.is_latency:
        latency = {"histogram": nodes.text(every.promql, name), "threshold": options.get("bucket")}
        return nodes.mapping(name, {"latency": nodes.mapping(name, latency)})
    bad = Selector(asked.bad_metric or asked.metric, (*matchers, *_bad(options, asked)))
    total = every.promql
    if asked.less:
        metric, matcher = asked.less
        total += f" - {Selector(metric, (*matchers, matcher)).promql}"
    events = {"total": nodes.text(total, name), "bad": nodes.text(bad.promql, name)}
    return nodes.mapping(name, {"events": nodes.mapping(name, events)})


def _filter(reading: Reading, options: _Options) -> tuple[Matcher, ...]:
    """Matchers of the option ``filter``, in braces or not."""
    said = options.get("filter")
    inner = said.text.strip("{},") if said else ""
    if said is None or not inner.strip():
        return ()
    selector = read_query(f"x{{{inner}}}").selector
    if selector is None:
        hint = 'write for example job="shop",env="prod"'
        reading.problems.append(check.wrong_option(said, "filter", "no list of matchers of PromQL", hint))
        return ()
    return selector.matchers


def _pins(options: _Options, asked: Asked) -> Iterator[Matcher]:
    for option, label in asked.needs.items():
        said = options.get(option)
        if label and said:
            yield Matcher(label[0], label[1], said.text.strip())


def _bad(options: _Options, asked: Asked) -> tuple[Matcher, ...]:
    own = options.get("custom_rcode_regex") if "custom_rcode_regex" in asked.may else None
    return (Matcher("rcode", MatchOp.REGEX, own.text.strip()),) if own else asked.bad


def _excluded(reading: Reading, options: _Options, asked: Asked) -> Matcher | None:
    said = options.get("exclude_errors") if asked.excludes else None
    if said is None:
        return None
    if said.text not in _FLAGS:
        reading.problems.append(
            check.wrong_option(said, "exclude_errors", "neither true nor false", "write true or false")
        )
        return None
    return Matcher(asked.excludes, MatchOp.NOT_REGEX, ERRORS) if _FLAGS[said.text] else None


def _made_up(reading: Reading, name: Scalar, options: _Options, objective: str | None) -> Mapping | None:
    """A ratio of errors that burns the budget as fast as the plugin is told to."""
    ratio = "0"
    if "burn_rate" in MADE_UP[name.text.removeprefix(PREFIX)]:
        said = options.get("burn_rate")
        if said is None:
            reading.problems.append(check.missing_option(name, "burn_rate"))
            return None
        burn, promised = read_decimal(said.text), read_decimal(objective or "")
        if burn is None:
            reading.problems.append(check.wrong_option(said, "burn_rate", "no number", "write for example 2"))
            return None
        ratio = plain((100 - promised) / 100 * burn) if promised is not None else "0"
    if jitter := options.get("jitter_percent"):
        message = "without jitter, which only makes a chart look alive"
        reading.notes.append(notes.PLUGIN.at(jitter.span, message, ""))
    query = nodes.text(f"max_over_time(vector({ratio})[$window:1m])", name)
    message = "the plugin makes its errors up, and every second weighs the same"
    reading.notes.append(notes.TIMED.at(name.span, message, ""))
    return nodes.mapping(name, {"ratio": nodes.mapping(name, {"error": query})})
