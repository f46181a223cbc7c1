"""low-traffic: pages that a single bad event sends at night, or that nothing can send at night."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial

from tallystick.core.burn import burn_alerts
from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.definition.document import Entry
from tallystick.definition.places import alerting_of
from tallystick.definition.problem import Problem, Rule, show
from tallystick.errors import PrometheusError
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.oracle import Instants
from tallystick.online.quiet import Quiet, longer, looser, pages_of, period_of, quiets
from tallystick.online.traffic import HAS_NATIVE, Totals, Windows, last_week, parts_of, piece_of, totals_of, without

RULE = Rule("low-traffic", "warning")

HALF = 0.5
"""A page that is off for a longer share of the time is told."""

BAD = 3
"""Bad events that are no accident, where there are too few events to ask for a number of them."""

Longer = Callable[[Quiet, Callable[[Windows, Fraction], bool]], int | None]


def _find(scene: Scene) -> Iterator[Problem]:
    asked: dict[int, list[Slo]] = defaultdict(list)
    for slo in scene.slos:
        if pages := pages_of(slo):
            asked[piece_of(pages)].append(slo)
    for piece_seconds, slos in asked.items():
        yield from _in_pieces(scene, slos, piece_seconds)


def _in_pieces(scene: Scene, slos: Sequence[Slo], piece_seconds: int) -> Iterator[Problem]:
    """The problems of *slos*, whose events are counted in pieces of one length."""
    instants = last_week(scene.now_seconds, piece_seconds)
    parts = {slo.slo_id: parts_of(slo.sli, piece_seconds) for slo in slos}
    if any(part.native for some in parts.values() for part in some) and not _has_native(scene):
        parts = {slo_id: [part for part in some if not part.native] for slo_id, some in parts.items()}
    answers = iter(scene.oracle.ask([part.promql for some in parts.values() for part in some], instants))
    for slo in slos:
        own = [next(answers) for _ in parts[slo.slo_id]]
        known = [answer for answer in own if not isinstance(answer, PrometheusError)]
        if len(known) == len(own):
            totals = without(slo.exclusions, totals_of(parts[slo.slo_id], known), instants)
            yield from judge(slo, scene.entries[slo.slo_id], totals, instants)
        else:
            fault = next(answer for answer in own if isinstance(answer, PrometheusError))
            yield scene.unanswered(slo, "its traffic", fault)


def _has_native(scene: Scene) -> bool:
    """Whether the server knows native histograms; VictoriaMetrics does not."""
    (answer,) = scene.oracle.ask([HAS_NATIVE], Instants(scene.now_seconds * 1_000))
    return not (isinstance(answer, PrometheusError) and answer.reason == "rejected")


CHECK = OnlineCheck(RULE, "traffic", _find)


def judge(slo: Slo, entry: Entry, totals: Totals, instants: Instants) -> Iterator[Problem]:
    """The problems of *slo*, which is written at *entry*, at the *totals* of events of the last week."""
    found = quiets(slo, totals, instants)

    def try_longer(quiet: Quiet, enough: Callable[[Windows, Fraction], bool]) -> int | None:
        return longer(slo, quiet, totals, instants, enough)

    if lone := [quiet for quiet in found if len(quiet.lone)]:
        worst = max(lone, key=lambda quiet: quiet.lone_share)
        weighed = worst.allowed is not None
        message, hint = _by_traffic(slo, worst) if weighed else _lone(worst, try_longer)
        yield RULE.at(alerting_of(entry, "min_events", "min_bad"), message + _others(worst, lone), hint)
    if off := [quiet for quiet in found if quiet.off_share > HALF]:
        worst = max(off, key=lambda quiet: quiet.off_share)
        place = alerting_of(entry, "min_events" if worst.by_events else "min_bad")
        yield RULE.at(place, _off(slo, worst, found) + _others(worst, off), _off_hint(worst, try_longer))


def _lone(quiet: Quiet, try_longer: Longer) -> tuple[str, str]:
    """One bad event is enough: what is said, and what may be written."""
    events, start = quiet.lone.quietest
    long = format_seconds(quiet.alert.policy.long_seconds)
    message = (
        f"at last week's quietest hours ({_count(events)} in {long} from {_when(start)}{_for(quiet)}) one bad event alone "
        f"would page; so it would in {_percent(quiet.lone_share)} of the {long} windows with events"
    )
    assert quiet.bound is not None
    others = ["weigh: traffic"]
    if seconds := try_longer(quiet, lambda windows, bound: windows.quietest[0] >= bound):
        others.append(f"a longer window (in: {format_seconds(seconds)})")
    if objective := _looser(quiet, events):
        others.append(f"an objective of {objective}")
    hint = f"write min_events: auto (here {math.ceil(quiet.bound)}), or min_bad: 2; else {_or(others)}"
    return message, hint


def _by_traffic(slo: Slo, quiet: Quiet) -> tuple[str, str]:
    """Likewise where traffic is weighed, and there is little of it in the whole period."""
    assert quiet.allowed is not None
    share = quiet.alert.factor * quiet.alert.policy.long_seconds / period_of(slo)
    message = (
        f"at last week's traffic{_for(quiet)} one bad event alone would page: {float(100 * share):.3g} % of the budget of "
        f"{slo.windows[0].name} is {float(quiet.allowed):.2g} events"
    )
    return message, "write min_bad: 2, or a looser objective"


def _off(slo: Slo, quiet: Quiet, found: Sequence[Quiet]) -> str:
    """The page can't be sent for most of the time."""
    alert, windows = quiet.alert, quiet.windows
    long = format_seconds(alert.policy.long_seconds)
    asked = f"{quiet.least} {'events' if quiet.by_events else 'bad events'}"
    return (
        f"in {_percent(quiet.off_share)} of last week's {long} windows with events{_for(quiet)} the {long} page was off: it asks "
        f"for {asked}, and the median was {windows.median}; an outage then is seen {_seen_by(slo, quiet, found)}"
    )


def _seen_by(slo: Slo, quiet: Quiet, found: Sequence[Quiet]) -> str:
    """What else would tell of an outage."""
    others = [other for other in found if other.group == quiet.group and other.off_share <= HALF]
    if others:
        return f"by the {format_seconds(others[0].alert.policy.long_seconds)} page"
    tickets = [one for one in burn_alerts(slo, period_of(slo)) if one.policy.severity == "ticket"]
    return "by tickets alone" if tickets else "by nobody"


def _off_hint(quiet: Quiet, try_longer: Longer) -> str:
    """What may be written so that the page can be sent most of the time."""
    median, offers = quiet.windows.median, []
    if quiet.by_events and quiet.bound and quiet.least > (needed := math.ceil(quiet.bound)):
        offers.append(f"min_events: auto (here {needed})")
    if quiet.by_events and quiet.allowed is None:
        offers.append("weigh: traffic")
    if (fewer := min(median, BAD)) > 1 and (quiet.by_events or fewer < quiet.least):
        offers.append(f"min_bad: {fewer}" + (" with min_events: 0" if quiet.by_events else ""))
    if seconds := try_longer(quiet, partial(_mostly_on, quiet)):
        offers.append(f"a longer window (in: {format_seconds(seconds)})")
    if objective := _looser(quiet, median):
        offers.append(f"an objective of {objective}")
    return f"write {_or(offers)}" if offers else "page on a longer window"


def _mostly_on(quiet: Quiet, windows: Windows, bound: Fraction) -> bool:
    """Whether the page could be sent in most of *windows*: by ``auto``, or with as many bad events as now."""
    least = math.ceil(bound) if quiet.by_events else quiet.least
    return windows.under(least) <= HALF * len(windows)


def _looser(quiet: Quiet, events: int) -> str | None:
    """The objective at which one bad event of *events* would not page; None if there is none, or it would not help."""
    helps = quiet.bound is not None and events < quiet.bound and not quiet.alert.lowered
    return looser(events, quiet.alert.factor) if helps else None


def _others(worst: Quiet, found: Sequence[Quiet]) -> str:
    """What else it is true of."""
    groups = len({quiet.group for quiet in found}) - 1
    pages = {quiet.alert.policy.long_seconds for quiet in found} - {worst.alert.policy.long_seconds}
    more = [f"the {format_seconds(seconds)} page" for seconds in sorted(pages)]
    if groups:
        more.append(f"{groups} more group{'s' if groups > 1 else ''}")
    return f" (likewise {' and '.join(more)})" if more else ""


def _for(quiet: Quiet) -> str:
    return f" for {show(quiet.group)}" if quiet.group else ""


def _count(events: int) -> str:
    return f"{events:,} event{'' if events == 1 else 's'}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "under 1 %"  # noqa: PLR2004  # 0 % would be wrong


def _when(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%a %H:%M} UTC"


def _or(offers: Sequence[str]) -> str:
    return " or ".join([", ".join(offers[:-1]), offers[-1]]) if len(offers) > 1 else offers[0]
