"""retention: windows longer than what Prometheus still has, so that the ledger begins with a part of them."""

from collections import defaultdict
from collections.abc import Iterator

from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS
from tallystick.definition.places import name_of
from tallystick.definition.problem import Problem, Rule
from tallystick.definition.source import Span
from tallystick.errors import PrometheusError
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.edges import day_of
from tallystick.online.presence import STEPS, presences
from tallystick.online.reads import longest_seconds
from tallystick.upstream.inventory import retention_seconds

RULE = Rule("retention", "warning")

_HINT = "the ledger keeps what it has read: the window is whole once the exporter has run for as long; {}"


def _find(scene: Scene) -> Iterator[Problem]:
    kept = _kept_seconds(scene)
    oldest = presences(scene).oldest
    by_window: dict[int, list[Slo]] = defaultdict(list)
    for slo in scene.slos:
        by_window[longest_seconds(slo)].append(slo)
    for seconds, slos in sorted(by_window.items()):
        room = 2 * seconds // STEPS
        there = scene.now_seconds - oldest if oldest is not None else None
        if kept is not None and kept < seconds:
            yield _problem(
                scene,
                slos,
                seconds,
                f"Prometheus keeps {format_seconds(kept)}",
                min(kept, kept if there is None else there),
            )
        elif there is not None and there < seconds - room:
            yield _problem(scene, slos, seconds, f"Prometheus has samples since {day_of(oldest or 0)} only", there)


CHECK = OnlineCheck(RULE, "retention", _find)


def _kept_seconds(scene: Scene) -> int | None:
    try:
        return scene.once(retention_seconds, lambda: retention_seconds(scene.oracle.prometheus))
    except PrometheusError as fault:
        scene.note("how long samples are kept", fault)
        return None


def _problem(scene: Scene, slos: list[Slo], seconds: int, why: str, there: int) -> Problem:
    """One for all SLOs with this window, at the first of them."""
    others = f" (likewise {len(slos) - 1:,} more SLO{'s' if len(slos) > 2 else ''})" if len(slos) > 1 else ""  # noqa: PLR2004  # two and more others
    window, part = (
        format_seconds(seconds),
        format_seconds(max(there // DAY_SECONDS * DAY_SECONDS, min(there, DAY_SECONDS))),
    )
    hint = _HINT.format("to have more at once, let --storage.tsdb.retention.time be longer")
    return RULE.at(_place(scene, slos[0]), f"{why}: {part} of {window} can be filled in{others}", hint)


def _place(scene: Scene, slo: Slo) -> Span:
    """The longest window where it is written."""
    entry = scene.entries[slo.slo_id]
    name = max(slo.windows, key=lambda window: window.nominal_seconds).name
    return next((node.span for node in entry.windows if node.text == name), name_of(entry))
