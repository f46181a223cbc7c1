"""A replay of alerts as text for a terminal."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from tallystick.core import civil
from tallystick.core.alertdiff import Difference
from tallystick.core.alerting import SEVERITIES
from tallystick.core.alertscore import Backtest, Firing, Replayed, Score, middle
from tallystick.core.backtest import for_seconds
from tallystick.core.backtested import Compared, Outcome, Replay
from tallystick.core.duration import format_seconds
from tallystick.core.timerange import TimeRange
from tallystick.report import figures
from tallystick.report.fitted import FittedTable
from tallystick.report.record import titled
from tallystick.report.timeline import timeline

MOST_FIRINGS = 20
"""Times that one SLO's alerts fired which are listed; the latest ones, as JSON has all."""


def backtest_text(replay: Replay) -> RenderableType:
    """All of it, to be printed with rich: an overview, and then each SLO of which there is something to tell."""
    parts: list[RenderableType] = [
        Text(
            f"Burn-rate alerts from {_moment(replay.span.start)} to {_moment(replay.span.end)} UTC, by the minute",
            "bold",
        ),
        Text(f"An incident is a loss of {_share(replay.significant)} of a period's error budget or more."),
        Text(),
        _overview(replay),
    ]
    for one in replay.slos:
        if _is_worth_telling(one):
            parts += [Text(), *_section(one, replay)]
    return Group(*parts)


def _is_worth_telling(one: Compared) -> bool:
    found = [side.backtest for side in (one.here, one.there) if side and side.backtest]
    return any(each.incidents or any(alert.firings for alert in each.replayed) for each in found)


def _overview(replay: Replay) -> FittedTable:
    setting = ["Setting"] if replay.compares else []
    table = FittedTable(
        ["SLO", *setting, "Lost>", "Incidents>", "Pages>", "Tickets>", "Noise>", "Missed>", "Not known"]
    )
    for one in replay.slos:
        for name, outcome in _sides(one, replay).items():
            title = titled(one.either.slo.slo_id, one.either.group)
            table.add(title, *([name] if name else []), *_overview_cells(outcome))
    return table


def _sides(one: Compared, replay: Replay) -> dict[str, Outcome | None]:
    """What there is of an SLO, by the names of the settings; without one if there is only one."""
    return {"here": one.here, "there": one.there} if replay.compares else {"": one.here}


def _overview_cells(outcome: Outcome | None) -> list[Text | str]:
    if outcome is None:
        return [*[""] * 6, Text("not defined", "dim")]
    found = outcome.backtest
    if found is None:
        return [*[figures.UNKNOWN] * 6, Text("nothing is known of it", "magenta")]
    fired = [str(found.scores[severity].alerts) if severity in found.scores else "off" for severity in SEVERITIES]
    return [
        _share(found.lost),
        str(len(found.incidents)),
        *fired,
        _counted(found.noise),
        _counted(len(found.missed)),
        Text(_gaps(outcome), "magenta"),
    ]


def _counted(findings: int) -> Text:
    return Text(str(findings), "bold red" if findings else "")


def _gaps(outcome: Outcome) -> str:
    """What is not known of an SLO."""
    words = []
    if outcome.unobserved_seconds:
        words.append(f"{figures.length(outcome.unobserved_seconds)} unobserved")
    if outcome.whole_from is None:
        words.append("nowhere whole")
    elif outcome.backtest and outcome.whole_from > outcome.backtest.span.start:
        words.append(f"whole from {_moment(outcome.whole_from)}")
    return ", ".join(words)


def _section(one: Compared, replay: Replay) -> Iterator[RenderableType]:
    yield Text(titled(one.either.slo.slo_id, one.either.group), "bold")
    sides = {name: side for name, side in _sides(one, replay).items() if side and side.backtest}
    tables = [_alerts_table(name, side) for name, side in sides.items()]
    tables.append(_scores_table({name: side.backtest for name, side in sides.items() if side.backtest}))
    tables += [table for name, side in sides.items() if side.backtest for table in _details(name, side.backtest)]
    if one.differences:
        tables.append(_differences_table(one.differences))
    for table in tables:
        yield from (Text(), Padding.indent(table, 2))


def _alerts_table(name: str, outcome: Outcome) -> FittedTable:
    found = outcome.backtest
    assert found is not None
    promise = f"{figures.objective(outcome.slo.objective)} {outcome.slo.windows[0].name}"
    title, days = f"{name}: {promise}" if name else promise, _days(found.span)
    table = FittedTable([title, "Above>", "For>", "Fired>", "Noise>", "Firing>", days], ["For>", "Above>", "Firing>"])
    table.add("budget lost", "", "", "", "", "", timeline(found.span, found.course))
    for one in found.replayed:
        spans = [_span(each, found.span.end) for each in one.firings]
        table.add(
            _named(one),
            f"{figures.rate(one.alert.factor)}x",
            format_seconds(for_seconds(one.alert)),
            str(len(one.firings)),
            _counted(sum(each.noise for each in one.firings)),
            figures.length(sum(span.seconds for span in spans)) if spans else "",
            timeline(found.span, [(span, span.seconds) for span in spans]),
        )
    return table


def _days(span: TimeRange) -> str:
    return f"{civil.wall_at(span.start, 'UTC'):%d %b} to {civil.wall_at(span.end, 'UTC'):%d %b}"


def _named(one: Replayed) -> str:
    policy = one.alert.policy
    return f"{policy.severity} {format_seconds(policy.long_seconds)} and {format_seconds(policy.short_seconds)}"


_MEASURES: dict[str, Callable[[Score], str]] = {
    "Alerts": lambda score: str(score.alerts),
    "Times a week": lambda score: f"{score.per_week:.1f}",
    "Precision": lambda score: _share(score.precision),
    "Incidents with an alert": lambda score: f"{score.told} of {score.incidents}",
    "Recall": lambda score: _share(score.recall),
    "Recall of budget": lambda score: _share(score.recall_of_budget),
    "Detection, median": lambda score: _length(middle(score.detection)),
    "Detection, longest": lambda score: _length(max(score.detection, default=None)),
    "Reset, median": lambda score: _length(middle(score.reset)),
    "Reset, longest": lambda score: _length(max(score.reset, default=None)),
}


def _scores_table(sides: dict[str, Backtest]) -> FittedTable:
    columns = [
        (f"{severity} {name}".strip(), found.scores[severity])
        for severity in SEVERITIES
        for name, found in sides.items()
        if severity in found.scores
    ]
    table = FittedTable(["", *(f"{title}>" for title, _ in columns)])
    for measure, told in _MEASURES.items():
        table.add(measure, *(told(score) for _, score in columns))
    return table


def _details(name: str, found: Backtest) -> Iterator[FittedTable]:
    prefix = f" {name}" if name else ""
    if found.incidents:
        yield _incidents_table(prefix, found)
    firings = [(each, one) for one in found.replayed for each in one.firings]
    if firings:
        latest = sorted(firings, key=lambda pair: pair[0].fired.firing)[-MOST_FIRINGS:]
        yield _firings_table(prefix, latest, len(firings) - len(latest), found.span.end)


def _incidents_table(prefix: str, found: Backtest) -> FittedTable:
    table = FittedTable(
        [f"Incidents{prefix}", "Lasted>", "Lost>", *(f"{severity} after>" for severity in found.scores)]
    )
    missed = found.missed
    for one in found.incidents:
        after = [_length(one.detection_seconds.get(severity)) for severity in found.scores]
        began = Text(_moment(one.loss.span.start), "bold red" if one in missed else "")
        table.add(began, figures.length(one.loss.span.seconds), _share(one.share), *after)
    return table


def _firings_table(prefix: str, firings: Sequence[tuple[Firing, Replayed]], more: int, end: int) -> FittedTable:
    """*more*: how many earlier ones there were."""
    headings = [f"Fired{prefix}", "Alert", "Lasted>", "Gone>", "In its window>", "Detection>", "Reset>", ""]
    table = FittedTable(headings, ["In its window>", "Reset>", "Detection>"])
    if more:
        table.add(f"{more} earlier", "--format json has them", *[""] * 6)
    for each, one in firings:
        lasted = figures.length(_span(each, end).seconds) + ("" if each.fired.end is not None else " so far")
        table.add(
            _moment(each.fired.firing),
            _named(one),
            lasted,
            _share(each.spent),
            _share(each.spent_in_long),
            _length(each.detection_seconds),
            _length(each.reset_seconds),
            Text("noise", "bold red") if each.noise else "",
        )
    return table


def _differences_table(found: Sequence[Difference]) -> FittedTable:
    table = FittedTable(["Differs", "Severity", "Here", "There", ""], ["There", "Here"])
    for one in found:
        spans = one.here or one.there
        assert spans is not None
        table.add(_moment(spans.start), one.severity, _from_to(one.here), _from_to(one.there), _words(one))
    return table


def _from_to(span: TimeRange | None) -> str:
    return "" if span is None else f"{_moment(span.start)}, {figures.length(span.seconds)}"


def _words(one: Difference) -> str:
    later = one.later_seconds
    if later is None:
        return "only here" if one.there is None else "only there"
    if later == 0:
        return "as soon, not as long"
    return f"there {figures.length(abs(later))} {'later' if later > 0 else 'earlier'}"


def _span(one: Firing, end: int) -> TimeRange:
    return TimeRange(one.fired.firing, end if one.fired.end is None else one.fired.end)


def _moment(at: int) -> str:
    return f"{civil.wall_at(at, 'UTC'):%Y-%m-%d %H:%M}"


def _share(value: Fraction | float | None) -> str:
    return figures.share(figures.near(value) if isinstance(value, float) else value)


def _length(seconds: float | None) -> str:
    return figures.UNKNOWN if seconds is None else figures.length(seconds)
