"""
What of each SLO is looked at where something is made of all of them: jsonnet would need 700 MB for all there is of 10,000.

Nearly all SLOs are alike in it, so that most of them can be left out: 1,000 take 20 ms in place of 150.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

Json = dict[str, Any]


def gist_of(slo: Json) -> Json:
    """*slo*, one of what `tallystick.generate.resolved.resolve` makes, without what nothing of all SLOs looks at."""
    return {
        "id": slo["id"],
        "by": slo["by"],
        "matcher": slo["matcher"],
        "notices": {"ticket": {"enabled": slo["notices"]["ticket"]["enabled"]}},
    }


def for_rules(gists: Iterable[Json]) -> list[Json]:
    """Those that the exporter's alerts differ by: they name who gets no tickets, and the labels of all groups."""
    return _first_of(gists, lambda gist: bool(gist["notices"]["ticket"]["enabled"]))


def for_dashboards(gists: Iterable[Json]) -> list[Json]:
    """Those that dashboards differ by: they name the labels of all groups, and read everything else from Prometheus."""
    return _first_of(gists, lambda _: True)


def telling(gists: Iterable[Json]) -> list[Json]:
    """Those of *gists* that either of the two goes by; it makes no difference to them if the others are left out."""
    gists = list(gists)
    kept = {id(gist) for gist in (*for_rules(gists), *for_dashboards(gists))}
    return [gist for gist in gists if id(gist) in kept]


def _first_of(gists: Iterable[Json], is_usual: Callable[[Json], bool]) -> list[Json]:
    """Of usual ones the first with its groups; of others all."""
    found: dict[Hashable, Json] = {}
    for gist in gists:
        found.setdefault(tuple(gist["by"]) if is_usual(gist) else gist["id"], gist)
    return list(found.values())
