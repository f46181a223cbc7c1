"""How an SLO stands, by what the ledger holds."""

from collections.abc import Callable, Mapping, Sequence

from tallystick.core.agreed import Agreed, agreed, furthest
from tallystick.core.composite import Component, composite_observe
from tallystick.core.exclusion import Exclusion, excluded
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.standing import BURN_WINDOWS, Observe, Standing, counting, ending, standings
from tallystick.core.tally import UNOBSERVED
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.core.window import Window
from tallystick.daemon.sums import Sums

STALE_SECONDS = 300
"""A ledger that ends earlier than this before the instant asked for is too old for a verdict of then."""

PartSums = Callable[[Slo, Sequence[Exclusion]], Sums | None]
"""The sums of an SLO that is a part of another one, without the other one's exclusions either; None if there are none."""


_PERIODS_TO_READ = 1
"""Ended periods of agreements that are worth reading the past for; of others, what there is is shown."""


def earliest(slo: Slo, at: int, periods: int = _PERIODS_TO_READ) -> int:
    """The first instant that any figure of *slo* at instant *at* looks at, with so many ended *periods* of its agreements."""
    return min(furthest(slo, at, periods), *(window.span(at).start for window in (*slo.windows, *BURN_WINDOWS)))


def stand(slo: Slo, at: int, sums: Sums | None, group: Mapping[str, str]) -> list[Standing]:
    """How *slo* (or its *group*) stands at instant *at* in each of its windows, by its *sums*; None: it was never read."""
    if sums is None or sums.net.end is None:
        return _unread(slo, at, group)
    fresh = sums.net.end >= at - _stale_seconds(slo)
    return standings(
        slo,
        at,
        sums.net.observe,
        sums.gross.observe,
        fresh=fresh,
        group=group,
        since=sums.first,
        through=sums.net.end,
    )


def stood(slo: Slo, window: Window, at: int, sums: Sums, group: Mapping[str, str]) -> Standing:
    """How *slo* (or its *group*) stood when *window* ended at instant *at*, by its *sums*."""
    return ending(slo, window, at, sums.net.observe, group=group, since=sums.first, through=sums.net.end)


def agreed_of(slo: Slo, at: int, sums: Sums | None, group: Mapping[str, str]) -> list[Agreed]:
    """How the agreements on *slo* (or its *group*) stand at instant *at*, by its *sums*; None: it was never read."""
    if sums is None or sums.net.end is None:
        return agreed(slo, lambda terms: _unread(terms, at, group)[0], at)
    known = sums

    def past(terms: Slo, end: int) -> Standing:
        return stood(terms, terms.windows[0], end, known, group)

    return agreed(slo, lambda terms: stand(terms, at, known, group)[0], at, past)


def agreed_of_composite(slo: Slo, at: int, parts: Mapping[str, Slo], sums_of: PartSums) -> list[Agreed]:
    """How the agreements on a composite stand at instant *at*; see `stand_composite`."""

    def past(terms: Slo, end: int) -> Standing:
        window = terms.windows[0]
        return ending(terms, window, end, composite(terms, window.span(end), parts, sums_of, net=True), group={})

    return agreed(slo, lambda terms: stand_composite(terms, at, parts, sums_of)[0], at, past)


def _unread(slo: Slo, at: int, group: Mapping[str, str]) -> list[Standing]:
    return standings(slo, at, lambda _: UNOBSERVED, fresh=False, group=group)


def _stale_seconds(slo: Slo) -> int:
    """How old figures may be: a long slice is only known when it is over."""
    return STALE_SECONDS + slo.sli.slice_seconds - SLICE_SECONDS


def stand_composite(slo: Slo, at: int, parts: Mapping[str, Slo], sums_of: PartSums) -> list[Standing]:
    """
    How a composite stands at instant *at* in each of its windows.

    Args:
        slo: the composite.
        at: end of all windows.
        parts: every SLO by its id.
        sums_of: what the ledger holds of them.
    """
    fresh = all(_is_fresh(parts[part], at, sums_of) for part in leaves(slo, parts))
    since = earliest(slo, at)
    net, gross = (composite(slo, TimeRange(since, at), parts, sums_of, net=net) for net in (True, False))
    return standings(slo, at, net, gross, fresh=fresh, group={})


def composite(slo: Slo, span: TimeRange, parts: Mapping[str, Slo], sums_of: PartSums, *, net: bool) -> Observe:
    """What is known of a composite within *span*, whose parts may be composites too; see `stand_composite`."""
    return _composite(slo, span, parts, sums_of, slo.exclusions if net else None)


def _composite(
    slo: Slo,
    span: TimeRange,
    parts: Mapping[str, Slo],
    sums_of: PartSums,
    more: tuple[Exclusion, ...] | None,
) -> Observe:
    """*more*: what is excluded on top; None: nothing at all is."""
    assert isinstance(slo.sli, CompositeSli)
    components = [
        Component(part, *_part(parts[part.slo], span, parts, sums_of, more)) for part in slo.sli.of if part.slo in parts
    ]
    return composite_observe(components, slo.sli.method, slo.sli.no_data, _out(more or (), span))


def _part(
    slo: Slo, span: TimeRange, parts: Mapping[str, Slo], sums_of: PartSums, more: tuple[Exclusion, ...] | None
) -> tuple[Observe, Sequence[TimeRange]]:
    """What counts of one part, and what is excluded of it."""
    exclusions = () if more is None else tuple(dict.fromkeys((*slo.exclusions, *more)))
    out = _out(exclusions, span)
    if isinstance(slo.sli, CompositeSli):
        return _composite(slo, span, parts, sums_of, None if more is None else exclusions), out
    sums = sums_of(slo, more or ())
    if sums is None:
        return (lambda _: UNOBSERVED), out
    observe = (sums.gross if more is None else sums.net).observe
    return counting(slo, observe, sums.first, out, sums.net.end), out


def _out(exclusions: tuple[Exclusion, ...], span: TimeRange) -> Sequence[TimeRange]:
    return excluded(exclusions, TimeRange(span.start, span.end + SLICE_SECONDS)) if exclusions else ()


def first_instants(slos: Sequence[Slo], until: int, periods: int = _PERIODS_TO_READ) -> dict[str, int]:
    """The first instant that anything looks at in each SLO, be it a composite that it is a part of; *periods* as in `earliest`."""
    first = {slo.slo_id: earliest(slo, until, periods) for slo in slos}
    by_id = {slo.slo_id: slo for slo in slos}
    for slo in slos:
        if isinstance(slo.sli, CompositeSli):
            for part in leaves(slo, by_id):
                first[part] = min(first[part], first[slo.slo_id])
    return first


def leaves(slo: Slo, parts: Mapping[str, Slo]) -> list[str]:
    """The ids of the SLOs that a composite comes down to."""
    assert isinstance(slo.sli, CompositeSli)
    found: list[str] = []
    for part in slo.sli.of:
        if part.slo in parts:
            inner = parts[part.slo]
            found += leaves(inner, parts) if isinstance(inner.sli, CompositeSli) else [part.slo]
    return found


def _is_fresh(slo: Slo, at: int, sums_of: PartSums) -> bool:
    sums = sums_of(slo, ())
    return sums is not None and sums.net.end is not None and sums.net.end >= at - _stale_seconds(slo)
