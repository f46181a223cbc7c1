"""Rows of the status page: what is shown of each standing, which of them, and in what order."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, standings
from tallystick.core.tally import UNOBSERVED
from tallystick.core.timerange import floor_slice
from tallystick.report import figures
from tallystick.report.figures import Outlook
from tallystick.report.table import name

Order = Literal["worst", "name"]


@dataclass(frozen=True, slots=True)
class Row:
    """
    One standing, with what is worked out for showing it.

    Attributes:
        standing: whose row it is.
        outlook: its state, as it is shown.
    """

    standing: Standing
    outlook: Outlook

    @property
    def slo(self) -> Slo:
        """Whose standing it is."""
        return self.standing.slo

    @property
    def title(self) -> str:
        """The SLO's id, with its group."""
        return name(self.standing)

    @property
    def compliance(self) -> str:
        """The delivered share of good events."""
        return figures.compliance(self.standing)

    @property
    def gross(self) -> str:
        """The same with nothing excluded; empty where that is the same."""
        return figures.gross(self.standing)

    @property
    def excluded(self) -> str:
        """How much of the window is excluded; empty if nothing is."""
        return figures.excluded(self.standing)

    @property
    def until(self) -> str:
        """How far a calendar window has come; empty for a rolling one."""
        return figures.until(self.standing)

    @property
    def why(self) -> str:
        """Why there is no verdict; empty if there is one."""
        return figures.why(self.standing)

    @property
    def query(self) -> dict[str, str]:
        """What an address names it by, after its SLO: its window, and its group."""
        return {"window": self.standing.window.name} | group_query(self.standing.group)

    @property
    def runs_out(self) -> str:
        """When the budget is spent, in words."""
        return figures.exhaustion(self.standing)

    @property
    def key(self) -> tuple[int, Fraction]:
        """What worst-first sorts by: the state, then how little budget is left."""
        remaining = self.standing.budget_remaining
        return self.outlook.rank, Fraction(1) if remaining is None else remaining


@dataclass(frozen=True, slots=True)
class Wish:
    """
    Which rows somebody wants to see; empty text means all.

    Attributes:
        q: words, each of which must be somewhere in the row.
        team: whose.
        service: which service's.
        state: in which state, a value of `Outlook`.
        sort: in which order.
    """

    q: str = ""
    team: str = ""
    service: str = ""
    state: str = ""
    sort: Order = "worst"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wish":
        """Read the query of an address; what it does not know in it is left out."""
        return cls(
            q=query.get("q", "").strip(),
            team=query.get("team", ""),
            service=query.get("service", ""),
            state=query.get("state", ""),
            sort="name" if query.get("sort") == "name" else "worst",
        )

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves rows out."""
        return bool(self.q or self.team or self.service or self.state)

    def wants(self, row: Row) -> bool:
        """Whether *row* is to be shown."""
        slo = row.slo
        text = " ".join((row.title, slo.service, slo.team or "", slo.description, *slo.labels.values())).casefold()
        return (
            self.team in {"", slo.team}
            and self.service in {"", slo.service}
            and self.state in {"", row.outlook}
            and all(word in text for word in self.q.casefold().split())
        )


def group_query(group: Mapping[str, str]) -> dict[str, str]:
    """What an address names a group by: ``by.region=eu``."""
    return {f"by.{label}": value for label, value in group.items()}


def asked_group(query: Mapping[str, str]) -> dict[str, str]:
    """The group that an address names; empty if it names none."""
    return {name.removeprefix("by."): value for name, value in query.items() if name.startswith("by.")}


def rows(slos: Iterable[Slo], found: Sequence[Standing], now: float) -> list[Row]:
    """A row for each standing; an SLO that has none yet gets rows that say so."""
    seen = {standing.slo.slo_id for standing in found}
    at = floor_slice(now)
    unread = [
        standing
        for slo in slos
        if slo.slo_id not in seen
        for standing in standings(slo, at, lambda _span: UNOBSERVED, fresh=False, group={})
    ]
    return [Row(standing, figures.outlook(standing)) for standing in (*found, *unread)]


def arrange(made: Iterable[Row], wish: Wish) -> list[Row]:
    """The rows that are wanted, in the order that is wanted; rows of one SLO stay as its windows are listed."""
    wanted = [row for row in made if wish.wants(row)]
    by_name = sorted(wanted, key=lambda row: row.title)
    return by_name if wish.sort == "name" else sorted(by_name, key=lambda row: row.key)


def tally_by_outlook(made: Iterable[Row]) -> list[tuple[Outlook, int]]:
    """How many rows are in each state that there is one in, worst first."""
    counts = Counter(row.outlook for row in made)
    return [(outlook, counts[outlook]) for outlook in Outlook if counts[outlook]]
