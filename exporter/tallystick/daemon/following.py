"""Which accounts are followed: of each SLO its own, or one for each of its groups, as far back as anything looks."""

from collections.abc import Iterable, Mapping, Sequence

from tallystick.core.memory import Memory
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange, floor_day
from tallystick.daemon.stand import first_instants
from tallystick.daemon.track import Track, begin
from tallystick.daemon.trouble import Trouble
from tallystick.errors import PrometheusError
from tallystick.ledger.posting import Account, Cursor
from tallystick.ledger.store import Ledger
from tallystick.upstream.reader import Reader
from tallystick.upstream.wide import SOURCE as WIDE

MOST_GROUPS = 1_000
"""Groups of one SLO; a label with more values than that was hardly meant to be one SLO each."""

_HOUR_SECONDS = 3_600

_AGAIN_SECONDS = 600
"""How much of the time before is looked through again for new groups, while there are none."""

Group = tuple[tuple[str, str], ...]
_Key = tuple[str, str, Group]


class Following:
    """Keeps a `Track` for each account that is to be read."""

    def __init__(self, ledger: Ledger, reader: Reader) -> None:
        """Find accounts in *ledger* and groups with *reader*."""
        self._ledger = ledger
        self._reader = reader
        self._tracks: dict[_Key, Track] = {}
        self._groups: dict[tuple[str, str], dict[Group, int]] = {}
        self._looked: dict[tuple[str, str], int] = {}
        self._troubles: dict[str, Trouble] = {}
        self._first: dict[str, int] = {}
        self._amended = 0

    def trouble(self, slo_id: str) -> Trouble:
        """What went wrong with *slo_id*."""
        return self._troubles.setdefault(slo_id, Trouble(slo_id))

    @property
    def tracks(self) -> list[Track]:
        """All that is followed."""
        return list(self._tracks.values())

    def forget(self) -> None:
        """Believe nothing of how far accounts reach; the ledger is asked again."""
        self._tracks.clear()
        self._groups.clear()
        self._looked.clear()

    def amended(self, times: int) -> None:
        """So many amendments are no reason to ask the ledger again; any others are."""
        self._amended += times

    def again(self, track: Track) -> None:
        """Ask the ledger again for *track*: it may not be where it was thought to be."""
        self._tracks.pop(_key(track.slo, track.group), None)
        with track.trouble.contained("reading"):
            self.track(track.slo, track.group, track.start)

    def follow(self, slos: Sequence[Slo], until: int) -> list[Track]:
        """
        Follow *slos* and none else; one whose cursor is damaged is left out, and its trouble says so.

        Raises:
            LedgerError: the ledger as a whole can't be read.
        """
        amended, self._amended = self._amended, self._ledger.amendments()
        if self._ledger.count_accounts() < len(self._tracks) or amended != self._amended:
            self.forget()  # it was emptied, or replaced by another one; or a backfill changed what was summed
        names = {slo.slo_id for slo in slos}
        self._troubles = {name: trouble for name, trouble in self._troubles.items() if name in names}
        self._first = first_instants(slos, until)
        found = []
        for slo in slos:
            if not isinstance(slo.sli, CompositeSli):
                for group, start in self._groups_of(slo, until):
                    with self.trouble(slo.slo_id).contained("reading"):
                        found.append(self.track(slo, group, start))
        self._tracks = {_key(track.slo, track.group): track for track in found}
        kept = {(slo.slo_id, slo.generation) for slo in slos}
        self._groups = {key: groups for key, groups in self._groups.items() if key in kept}
        self._looked = {key: until for key, until in self._looked.items() if key in kept}
        return found

    def track(self, slo: Slo, group: Mapping[str, str], start: int | None = None) -> Track:
        """
        Follow *slo* (or its *group*) from where its account ends, or else from *start*, or else from as far back as
        anything looks.

        Raises:
            LedgerError: the ledger can't be read.
        """
        key = _key(slo, group)
        known = self._tracks.get(key)
        if known is not None and known.slo.was == slo.was:
            if known.slo is not slo:
                known.slo, known.sums = slo, None
            return known
        account, cursor = self._account(slo, group)
        begins = floor_day(self._first[slo.slo_id]) if start is None else start // _HOUR_SECONDS * _HOUR_SECONDS
        track = begin(slo, group, account, cursor, self.trouble(slo.slo_id), start=begins)
        if cursor is not None and cursor.memory == Memory() and WIDE in self._ledger.last_source(account):
            track.widen()  # nothing is remembered of what Prometheus counted: it goes on counting
        self._tracks[key] = track
        return track

    def add_groups(self, slo: Slo, span: TimeRange) -> list[Track]:
        """
        Follow the groups of *slo* that are new in *span*, from its start on.

        Raises:
            LedgerError: the ledger as a whole can't be read.
        """
        assert not isinstance(slo.sli, CompositeSli)
        known = self._groups.setdefault((slo.slo_id, slo.generation), {})
        added = []
        with self.trouble(slo.slo_id).contained("reading"):
            try:
                found = self._reader.groups(slo.sli, span)
            except PrometheusError as fault:
                self.trouble(slo.slo_id).count(fault.reason, str(fault))
                found = []
            for group in self._admitted(slo, known, found):
                known[_group(group)] = span.start
                added.append(self.track(slo, group, span.start))
        return added

    def _account(self, slo: Slo, group: Mapping[str, str]) -> tuple[Account, Cursor | None]:
        return find_account(self._ledger, slo, group) or (self._ledger.account(slo.slo_id, slo.sli, group), None)

    def _groups_of(self, slo: Slo, until: int) -> Iterable[tuple[Mapping[str, str], int | None]]:
        """The groups of *slo* that are followed, and since when; one without labels, if it has none."""
        if not slo.sli.by:
            return [({}, None)]
        known = self._groups.get((slo.slo_id, slo.generation))
        if known:
            self._leave_gone(slo, known)
        if not known:
            known = self._groups.setdefault((slo.slo_id, slo.generation), {})
            with self.trouble(slo.slo_id).contained("reading"):
                self._find_groups(slo, known, until)
        return [(dict(group), start) for group, start in known.items()]

    def _leave_gone(self, slo: Slo, known: dict[Group, int]) -> None:
        """Follow no more what has vanished, so that there is room for what comes; should it come back, it is found again."""
        for group in list(known):
            track = self._tracks.get((slo.slo_id, slo.generation, group))
            if track is not None and track.gone:
                del known[group]
                self._looked[slo.slo_id, slo.generation] = track.through

    def _find_groups(self, slo: Slo, known: dict[Group, int], until: int) -> None:
        """
        Fill *known* with the groups in the ledger that anything still looks at, and with those in Prometheus.

        While there are none that is asked again, but of what is new: groups of the past were found, and have vanished.
        """
        assert not isinstance(slo.sli, CompositeSli)
        first, looked = self._first[slo.slo_id], self._looked.get((slo.slo_id, slo.generation))
        since = floor_day(first) if looked is None else min(looked, until) - _AGAIN_SECONDS
        if looked is None:
            known.update(dict.fromkeys(map(_group, recorded_groups(self._ledger, slo, first)), since))
        try:
            found = self._reader.past_groups(slo.sli, TimeRange(since, until))
        except PrometheusError as fault:
            self.trouble(slo.slo_id).count(fault.reason, str(fault))
            return
        self._looked[slo.slo_id, slo.generation] = until
        for labels in self._admitted(slo, known, found):
            known[_group(labels)] = since

    def _admitted(
        self, slo: Slo, known: Mapping[Group, int], found: Sequence[Mapping[str, str]]
    ) -> list[Mapping[str, str]]:
        """Those of *found* that are new, as far as there is room."""
        new = [group for group in found if _group(group) not in known]
        room = MOST_GROUPS - len(known)
        if len(new) > room:
            words = f"{len(known) + len(new)} values of {', '.join(slo.sli.by)}; the first {MOST_GROUPS} are measured"
            self.trouble(slo.slo_id).count("too_many_groups", words)
        return list(new[: max(room, 0)])


def find_account(ledger: Ledger, slo: Slo, group: Mapping[str, str]) -> tuple[Account, Cursor] | None:
    """
    The account that *slo* goes on with: under its own name, or under an earlier one, whichever begins first.

    Raises:
        LedgerError: the ledger can't be read.
    """
    names = dict.fromkeys((slo.slo_id, *slo.was))
    found = [account for name in names if (account := ledger.find(name, slo.sli, group))]
    read = [(account, cursor) for account in found if (cursor := ledger.cursor(account))]
    return min(read, key=lambda pair: pair[1].start) if read else None


def recorded_groups(ledger: Ledger, slo: Slo, first: int) -> list[Mapping[str, str]]:
    """
    The groups of *slo* whose accounts reach beyond instant *first*; one without labels, for an SLO without groups.

    Raises:
        LedgerError: the ledger can't be read.
    """
    if not slo.sli.by:
        return [{}]
    found = {_group(group): group for name in (slo.slo_id, *slo.was) for group in ledger.groups(name, slo.sli)}
    accounts = ((group, find_account(ledger, slo, group)) for group in found.values())
    return [group for group, account in accounts if account is not None and account[1].through > first]


def recorded(ledger: Ledger, slos: Sequence[Slo], until: int | None) -> list[Track]:
    """
    What *ledger* holds of *slos*, followed no further; what it does not have is left out.

    Args:
        ledger: what is known.
        slos: of which.
        until: groups that nothing looks at any more at this instant are left out; None: none are.

    Raises:
        LedgerError: it can't be read.
    """
    first = dict.fromkeys((slo.slo_id for slo in slos), 0) if until is None else first_instants(slos, until)
    return [
        begin(slo, group, *account, Trouble(slo.slo_id), start=0)
        for slo in slos
        if not isinstance(slo.sli, CompositeSli)
        for group in recorded_groups(ledger, slo, first[slo.slo_id])
        if (account := find_account(ledger, slo, group))
    ]


def _group(labels: Mapping[str, str]) -> Group:
    return tuple(sorted(labels.items()))


def _key(slo: Slo, group: Mapping[str, str]) -> _Key:
    return slo.slo_id, slo.generation, _group(group)
