"""What changed in definitions, in words: for a terminal and for a comment alike."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tallystick.core.alerting import Severity
from tallystick.core.change import KINDS, Change, Diff, Effect, FactChange
from tallystick.core.impact import Effected, Impact, Kept, Measured
from tallystick.core.sli import CompositeSli
from tallystick.core.standing import State
from tallystick.core.timerange import DAY_SECONDS
from tallystick.report import figures
from tallystick.report.record import titled

ARROW = " → "

Quote = Callable[[str], str]

_SENTENCES = {
    Effect.BEGINS: "its history is filled in as far back as Prometheus goes",
    Effect.ENDS: "its rules and metrics end; what a ledger holds of it stays there",
    Effect.RENAMED: "was {former}, and goes on with its history",
    Effect.LOOKS_RENAMED: "looks renamed, and starts without history: add {was} to go on with that of {former}",
    Effect.GENERATION: "counts something else: its history starts anew, filled in as far back as Prometheus goes",
    Effect.RECOMPUTED: "is made up otherwise: its past is worked out anew, from its parts",
    Effect.HISTORY: "has other earlier names, whose history it goes on with",
    Effect.PARTS: "is a composite of parts that count otherwise: {parts}",
    Effect.AGREED: "others were told to expect something else: its past is judged by what is agreed now",
    Effect.ALERTS: "alerts otherwise, once its rules are generated and loaded",
    Effect.ROUTING: "has other labels on its alerts, by which Alertmanager routes them",
}
"""What follows of a change; what is only told to people needs no sentence."""

_KEPT = {
    Effect.OBJECTIVE: "judged by the new objective",
    Effect.WINDOW: "looked at through other windows",
    Effect.COUNTED_AS: "counted otherwise",
}
"""What becomes of a history that is kept."""

_COMPOSITE = {
    Effect.BEGINS: "its past is worked out from its parts",
    Effect.ENDS: "its rules and metrics end",
    Effect.RENAMED: "was {former}; its past is worked out from its parts",
}
"""The same for composites, of which nothing is stored."""


def headline(diff: Diff) -> str:
    """How many SLOs are what: ``2 SLOs changed, 1 new; 4 are the same``."""
    counts = [(kind, sum(change.kind == kind for change in diff.changes)) for kind in KINDS]
    found = [f"{count:,} {kind}" for kind, count in reversed(counts) if count]
    same = f"{diff.same:,} {'is' if diff.same == 1 else 'are'} the same"
    return f"SLOs: {', '.join(found)}; {same}" if found else f"No SLO differs; {same}"


def ticked(text: str) -> str:
    """*text* as a name in a sentence."""
    return f"`{text}`"


def sentences(change: Change, quote: Quote = ticked) -> list[str]:
    """What follows of *change*, one sentence each, the gravest first; *quote*: how names are set off in it."""
    effects = change.effects
    texts = dict(_SENTENCES)
    if isinstance(change.slo.sli, CompositeSli):
        texts |= _COMPOSITE
    elif Effect.GENERATION in effects:
        texts |= dict.fromkeys((Effect.RENAMED, Effect.LOOKS_RENAMED), "was {former}")
    kept = [_KEPT[effect] for effect in effects if effect in _KEPT]
    if kept and not {Effect.GENERATION, Effect.LOOKS_RENAMED}.intersection(effects):
        start = "its past is" if isinstance(change.slo.sli, CompositeSli) else "keeps its history, which is"
        texts[next(effect for effect in effects if effect in _KEPT)] = f"{start} {_listed(kept)}"
    former = change.before.slo_id if change.before else ""
    names = {
        "former": quote(former),
        "was": quote(f"was: {former}"),
        "parts": ", ".join(map(quote, change.parts)),
    }
    return [texts[effect].format_map(names) for effect in effects if effect in texts]


def _listed(texts: Sequence[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


@dataclass(frozen=True, slots=True)
class Cluster:
    """
    Changes that are alike, as of a tier that all of them have.

    Attributes:
        changes: at least one.
    """

    changes: Sequence[Change]

    @property
    def facts(self) -> Sequence[FactChange]:
        """What all of them say otherwise."""
        return self.first.facts

    @property
    def first(self) -> Change:
        """One that stands for all of them."""
        return self.changes[0]


def clusters(changes: Iterable[Change]) -> list[Cluster]:
    """*changes*, those together that say the same otherwise and mean the same; in the order of the first of each."""
    found: dict[object, list[Change]] = {}
    for change in changes:
        alike = (tuple(change.facts), tuple(sentences(change))) if change.kind == "changed" else change.slo.slo_id
        found.setdefault(alike, []).append(change)
    return [Cluster(one) for one in found.values()]


def name(impact: Impact) -> str:
    """The SLO's id, with its group if it has one."""
    return titled(impact.change.slo.slo_id, impact.group)


def between(before: str | None, after: str | None) -> str:
    """Two figures, or the one that there is, or the one that both are."""
    if before is None or after is None or before == after:
        return (after if after is not None else before) or ""
    return f"{before}{ARROW}{after}"


def by_gravity(effected: Effected) -> list[Impact]:
    """The impacts: new breaches first, then those that page more often, then the others."""
    return sorted(effected.impacts, key=lambda one: (not one.newly_breached, not one.more_pages))


def days(effected: Effected) -> int:
    """How many days were looked back on."""
    return effected.span.seconds // DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Row:
    """
    An impact in one window, as texts, each of before and after.

    Attributes:
        window: the window's name.
        compliance: delivered share of good events.
        remaining: share of the budget that is left.
        breaches: days that ended in a breach.
        verdict: what the change would have meant for it.
        is_bad: whether it would be breached, and was not.
    """

    window: str
    compliance: str
    remaining: str
    breaches: str
    verdict: str
    is_bad: bool


def rows(impact: Impact) -> list[Row]:
    """One row for each window of either definition."""
    return [_row(impact, window) for window in impact.windows]


def _row(impact: Impact, window: str) -> Row:
    sides = [side if side and side.standing(window) else None for side in (impact.before, impact.after)]
    compliance, remaining, breaches = [], [], []
    for side in sides:
        standing = side.standing(window) if side else None
        compliance.append(None if standing is None else figures.compliance(standing))
        remaining.append(None if standing is None else figures.share(standing.budget_remaining))
        breaches.append(None if side is None else _breaches(side, window))
    return Row(
        window=window,
        compliance=between(*compliance),
        remaining=between(*remaining),
        breaches=between(*breaches),
        verdict=_verdict(impact, window),
        is_bad=window in impact.newly_breached,
    )


def _breaches(side: Measured, window: str) -> str:
    found = side.breaches[window]
    return f"{found.days} of {found.known}" if found.known else figures.UNKNOWN


def _verdict(impact: Impact, window: str) -> str:
    """What the change would have meant for one window; of one that only one of two definitions has, that it is new or gone."""
    then, now = (_state(side, window) for side in (impact.before, impact.after))
    if now is None:
        return "no longer looked at" if impact.after else ""
    if now is State.BREACHED:
        return "still breached" if then is State.BREACHED else "would be breached"
    if State.NO_DATA in (then, now):
        return "not known" if now is State.NO_DATA else "not known before"
    if then is State.BREACHED and now is State.MET:
        return "no longer breached"
    words = now.value.replace("_", " ")
    return f"{words}, a new window" if then is None and impact.before else words


def _state(side: Measured | None, window: str) -> State | None:
    standing = side.standing(window) if side else None
    return standing.state if standing else None


def agreements(impact: Impact) -> list[str]:
    """How each agreement would have been kept, a line each: ``checkout-gold: broken in 0 of 2 → 1 of 2 periods, ...``."""
    return [_agreement(titled(name, impact.group), *sides) for name, sides in impact.agreements.items()]


def _agreement(name: str, before: Kept | None, after: Kept | None) -> str:
    broken = between(*(None if side is None else _broken(side) for side in (before, after)))
    due = between(
        *(None if side is None or side.credit is None else figures.objective(side.credit) for side in (before, after))
    )
    ends = "" if before and after else " (a new agreement)" if after else " (no longer agreed)"
    return f"{name}: broken in {broken} periods{f', credits {due} of a price' if due else ''}{ends}"


def _broken(side: Kept) -> str:
    return f"{side.broken} of {side.periods}" if side.periods else figures.UNKNOWN


def alerts(impact: Impact, severity: Severity) -> str:
    """How often alerts of *severity* would have fired."""
    counts = [_count(side.alerts(severity)) if side else None for side in (impact.before, impact.after)]
    return between(*counts)


def _count(number: int | None) -> str:
    return figures.UNKNOWN if number is None else f"{number:,}"


def warnings(effected: Effected, quote: Quote = ticked) -> list[str]:
    """What somebody should look at before this is merged; of many of a kind only the first are named."""
    found = []
    if bad := effected.newly_breached:
        was = "was" if len(bad) == 1 else "were"
        found.append(f"would be breached, and {was} not: {_named(bad, quote)}")
    if dear := effected.more_credits:
        found.append(f"more credits would have been due: {_named(dear, quote)}")
    if more := effected.more_pages:
        found.append(f"would have paged more often: {_named(more, quote)}")
    return found


MOST_NAMED = 10
"""How many SLOs a sentence names."""


def _named(impacts: Sequence[Impact], quote: Quote) -> str:
    rest = len(impacts) - MOST_NAMED
    return ", ".join(quote(name(one)) for one in impacts[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
