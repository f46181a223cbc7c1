"""
What happened to the shop in the weeks before the demo: outages, deploys, pods that come and go, a blind Prometheus.

Times are seconds since 1970 and whole; days are counted back from the day in which the history ends, so that "the outage
at noon four days ago" is the same story whenever the demo is started.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

DAY = 86_400
HOUR = 3_600
MINUTE = 60

SLOTS = {"checkout": 2, "search": 2, "cart": 1}
"""How many instances of each service run at a time."""

_APART = 2 * HOUR
"""Random replacements of pods keep away from scripted ones, so that each of the latter happens as it is told here."""


@dataclass(frozen=True, slots=True)
class Span:
    """``[start, end)``, in seconds since 1970."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Incident:
    """
    A time in which a service did worse, or better, than usual.

    Attributes:
        kind: ``errors``: *share* of requests fail instead of the usual ones, and as many probes;
            ``slow``: *share* of requests take over 300 ms; ``unseen``: *share* of the probes fail, the service is fine.
        service: which one.
        span: when.
        share: see *kind*.
    """

    kind: Literal["errors", "slow", "unseen"]
    service: str
    span: Span
    share: float


@dataclass(frozen=True, slots=True)
class Process:
    """
    One life of an instance: its counters start at 0 at *born* and are gone at *died*.

    Attributes:
        job: its service.
        instance: address that is scraped; a process that is started anew may keep it.
        born: when it started; before the history begins for those that were there already.
        died: when it ended; the end of the history for those that still run.
    """

    job: str
    instance: str
    born: int
    died: int


@dataclass(frozen=True, slots=True)
class Cut:
    """
    The end of one process in a slot and the start of the next.

    Attributes:
        at: when the old one ends.
        away: seconds until the new one starts.
        new_instance: whether the new one has another address (another pod), or the same (a restart in place).
    """

    at: int
    away: int
    new_instance: bool


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    The whole story.

    Attributes:
        span: the time it covers.
        processes: who ran when; by job, slot and time.
        incidents: when services did worse than usual; where two meet, the later one counts.
        blind: when Prometheus itself was down, and nothing was scraped.
        unreachable: when Prometheus could not reach the instances of a job, which went on working.
    """

    span: Span
    processes: Sequence[Process]
    incidents: Sequence[Incident]
    blind: Sequence[Span]
    unreachable: Sequence[tuple[str, Span]]


def make_scenario(seed: int, span: Span) -> Scenario:
    """The story of *span*; *seed* decides on the pods that come and go, the rest is scripted."""
    midnight = span.end // DAY * DAY
    blind = [_on(midnight, days, start, 40) for days, start in ((17, "22:40"), (1, "10:15"))]
    return Scenario(
        span=span,
        processes=_processes(random.Random(seed), span, midnight, blind),
        incidents=_incidents(midnight),
        blind=blind,
        unreachable=[
            ("cart", _on(midnight, 3, "16:20", 7)),
            ("cart", _on(midnight, 1, "16:20", 7)),
            ("search", _on(midnight, 5, "21:05", 11)),
        ],
    )


def _at(midnight: int, days: int, clock: str) -> int:
    hours, minutes = clock.split(":")
    return midnight - days * DAY + int(hours) * HOUR + int(minutes) * MINUTE


def _on(midnight: int, days: int, clock: str, minutes: int) -> Span:
    start = _at(midnight, days, clock)
    return Span(start, start + minutes * MINUTE)


def _incidents(midnight: int) -> list[Incident]:
    def on(days: int, clock: str, minutes: int) -> Span:
        return _on(midnight, days, clock, minutes)

    return [
        # Four days without a single server error: its error series says nothing new all that time.
        Incident("errors", "checkout", on(16, "00:00", 4 * 24 * 60), 0.0),
        *(Incident("unseen", service, on(11, "03:20", 12), 1.0) for service in SLOTS),
        # At night, when few requests make an outage look small.
        Incident("errors", "checkout", on(9, "03:10", 40), 0.35),
        # A slow release that was rolled back the next morning.
        Incident("slow", "cart", on(6, "10:00", 20 * 60), 0.4),
        # At noon, when many requests make a shorter one large.
        Incident("errors", "search", on(4, "12:00", 25), 0.4),
        Incident("errors", "cart", on(2, "02:30", 40), 1.0),
        Incident("unseen", "checkout", on(2, "12:02", 4), 1.0),
        Incident("errors", "cart", on(1, "06:00", 18 * 60), 0.0),
        # 2 % of an hour's requests, where 1.44 % page: chance does not matter, also at a weekend, and six hours don't page.
        Incident("errors", "checkout", on(1, "12:05", 6), 0.2),
    ]


def _processes(random_: random.Random, span: Span, midnight: int, blind: Iterable[Span]) -> list[Process]:
    deploys = [_at(midnight, days, "14:00") for days in (20, 2)]
    checkout = [_deploy(deploys, slot) for slot in range(SLOTS["checkout"])]
    # Restarted shortly before Prometheus goes blind and again while it is: the new counter comes back higher than the
    # old one was, and only the process' start time tells that it is not the same.
    checkout[0] += [Cut(gap.start + seconds, 12, new_instance=False) for gap in blind for seconds in (-90, 300)]
    # Of the pods that start while Prometheus is blind, one is gone before it is back.
    search = [[Cut(gap.start + minutes * MINUTE, 5, new_instance=True) for gap in blind for minutes in (6, 21)], []]
    cart = [[Cut(_at(midnight, days, "05:00"), 25, new_instance=False) for days in (8, 1)]]
    plan = {
        "checkout": checkout,
        "search": [cuts + _churn(random_, span, cuts) for cuts in search],
        "cart": cart,
    }
    return [
        process
        for subnet, (job, slots) in enumerate(plan.items(), 1)
        for slot, cuts in enumerate(slots)
        for process in _lives(random_, job, f"10.0.{subnet}.{100 * slot + 11}", sorted(cuts, key=_cut_at), span)
    ]


def _cut_at(cut: Cut) -> int:
    return cut.at


def _deploy(deploys: Iterable[int], slot: int) -> list[Cut]:
    """A rolling deploy of instances that keep their addresses; the new release crashes once, soon after it started."""
    return [
        Cut(at + slot * 130 + seconds, away, new_instance=False)
        for at in deploys
        for seconds, away in ((0, 20), (95, 4))
    ]


def _churn(random_: random.Random, span: Span, scripted: Sequence[Cut]) -> list[Cut]:
    """Pods replaced every 4 to 30 hours; every sixth time a process only starts anew."""
    cuts = []
    at = span.start + random_.randrange(HOUR, 12 * HOUR)
    while at < span.end:
        if all(abs(at - cut.at) > _APART for cut in scripted):
            cuts.append(Cut(at, random_.randrange(1, 30), new_instance=random_.random() > 1 / 6))
        at += random_.randrange(4 * HOUR, 30 * HOUR)
    return cuts


def _lives(random_: random.Random, job: str, address: str, cuts: Sequence[Cut], span: Span) -> list[Process]:
    """The processes of one slot, one after the other; *address* is its first instance's, later ones count on."""
    network, _, host = address.rpartition(".")
    host_number = int(host)
    born = span.start - random_.randrange(DAY, 3 * DAY)
    found = []
    for cut in [cut for cut in cuts if span.start < cut.at and cut.at + cut.away < span.end]:
        found.append(Process(job, f"{network}.{host_number}:8080", born, cut.at))
        born = cut.at + cut.away
        host_number += cut.new_instance
    return [*found, Process(job, f"{network}.{host_number}:8080", born, span.end)]
