"""The register of exclusions: who agreed on what, when it happens, and how much time it took."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tallystick.core.exclusion import Exclusion, excluded
from tallystick.core.slo import Slo
from tallystick.core.tally import Count
from tallystick.core.timerange import TimeRange


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """
    What an exclusion was worth to one SLO (or group): what counts without it, less what counts with it.

    Where slices of time are what counts, one that is excluded in part may turn from bad to good; so *good* may be negative.

    Attributes:
        slo: the SLO's id.
        group: its group labels.
        good: good events that do not count.
        total: events that do not count.
    """

    slo: str
    group: Mapping[str, str]
    good: Count
    total: Count

    @property
    def bad(self) -> Count:
        """Bad events that do not count."""
        return self.total - self.good


Worth = Callable[[Slo, Sequence[TimeRange]], Sequence[LeftOut]]
"""What leaving out some time takes from an SLO, or from each of its groups; none, where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """
    One exclusion in the register.

    Attributes:
        exclusion: what was agreed.
        service: whose.
        slos: ids of the SLOs it is for.
        occurrences: those that reach into the register's range, whole.
        used_seconds: time within the range that it has taken up to now, overlaps counted once.
        planned_seconds: time within the range that it will take from now on.
        active: whether it is under way now.
        following: its next occurrence; None if there is none.
        left_out: what that took from each SLO; None if nobody looked.
    """

    exclusion: Exclusion
    service: str
    slos: tuple[str, ...]
    occurrences: tuple[TimeRange, ...]
    used_seconds: int
    planned_seconds: int
    active: bool
    following: TimeRange | None
    left_out: tuple[LeftOut, ...] | None

    @property
    def over(self) -> bool:
        """Whether it will never happen again."""
        return not self.active and self.following is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """
    What all exclusions of one SLO take together, overlaps counted once.

    Attributes:
        slo: the SLO's id.
        used_seconds: as for one exclusion.
        planned_seconds: as for one exclusion.
        left_out: as for one exclusion.
    """

    slo: str
    used_seconds: int
    planned_seconds: int
    left_out: tuple[LeftOut, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """
    All exclusions of some SLOs.

    Attributes:
        span: the time it is about.
        now: what is before that has happened.
        exclusions: as they are defined, one after the other.
        slos: those that have any.
    """

    span: TimeRange
    now: int
    exclusions: tuple[Registered, ...]
    slos: tuple[Used, ...]


def register(slos: Sequence[Slo], span: TimeRange, now: int, worth: Worth | None = None) -> Register:
    """
    The exclusions of *slos* in *span*, in the order in which they are defined.

    Args:
        slos: all of them.
        span: aligned to slices.
        now: what ends by then was used, what begins later is planned; aligned to slices.
        worth: tells what that took from an SLO; None: that is not asked.
    """
    concerned: dict[tuple[str, Exclusion], list[Slo]] = {}
    for slo in slos:
        for exclusion in slo.exclusions:
            concerned.setdefault((slo.service, exclusion), []).append(slo)
    past, future = _split(span, now)
    found = [
        _registered(exclusion, service, those, span=span, now=now, worth=worth)
        for (service, exclusion), those in concerned.items()
    ]
    return Register(
        span=span,
        now=now,
        exclusions=tuple(sorted(found, key=lambda one: (one.exclusion.file, one.exclusion.line))),
        slos=tuple(
            Used(
                slo=slo.slo_id,
                used_seconds=_seconds(excluded(slo.exclusions, past)),
                planned_seconds=_seconds(excluded(slo.exclusions, future)),
                left_out=None if worth is None else tuple(worth(slo, excluded(slo.exclusions, past))),
            )
            for slo in slos
            if slo.exclusions
        ),
    )


def _registered(
    exclusion: Exclusion, service: str, slos: Sequence[Slo], *, span: TimeRange, now: int, worth: Worth | None
) -> Registered:
    past, future = _split(span, now)
    used = excluded([exclusion], past)
    return Registered(
        exclusion=exclusion,
        service=service,
        slos=tuple(slo.slo_id for slo in slos),
        occurrences=tuple(exclusion.occurrences(span)),
        used_seconds=_seconds(used),
        planned_seconds=_seconds(excluded([exclusion], future)),
        active=bool(exclusion.occurrences(TimeRange(now, now + 1))),
        following=exclusion.following(now + 1),
        left_out=None if worth is None else tuple(one for slo in slos for one in worth(slo, used)),
    )


def _split(span: TimeRange, now: int) -> tuple[TimeRange, TimeRange]:
    """What of *span* is before *now*, and the rest."""
    middle = min(max(now, span.start), span.end)
    return TimeRange(span.start, middle), TimeRange(middle, span.end)


def _seconds(ranges: Sequence[TimeRange]) -> int:
    return sum(part.seconds for part in ranges)
