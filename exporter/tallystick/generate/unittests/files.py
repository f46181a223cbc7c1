"""The test files of all services, and copies of their rules where some of these must not run."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.generate.ruletext import rule_text
from tallystick.generate.unittests.document import document
from tallystick.generate.unittests.feed import Feed
from tallystick.generate.unittests.given import Document, Given, given, without
from tallystick.generate.unittests.section import (
    PATIENCE,
    PATIENCE_OF_GAUGES,
    Section,
    alerts_of,
    copies_of,
    section,
    unfed,
)
from tallystick.generate.unittests.sources import feed_of
from tallystick.generate.unittests.together import tests_of
from tallystick.generate.unittests.values import CannotMakeError

_HOW = "Unit tests of the alerts of {service}: promtool test rules {file}.yaml"
_COPIES = (
    "The files in rules/ are copies of those in ../rules/ for promtool, without the rules in whose place series are fed: base "
    "pairs of queries, and slo:excluded."
)


class TestFiles:
    """Makes test files, once it was given their rule files, and those of what their SLOs are made of."""

    __test__ = False  # not a test of ours

    def __init__(self, slos: Iterable[Slo], *, copies: bool = False) -> None:
        """Copy all rule files for promtool if it can't read what is written of them (*copies*), else only where it must be."""
        self._always = copies
        self._slos = {slo.slo_id: slo for slo in slos}
        self._resolved: dict[str, Mapping[str, Any]] = {}
        self._of_file: dict[str, list[str]] = {}
        self._given: dict[str, Given] = {}
        self._feeds: dict[str, Feed] = {}
        self._copies: dict[str, bytes] = {}

    def add(self, file_name: str, resolved: Iterable[Mapping[str, Any]], rules: Document) -> None:
        """Take over what is needed of the rule file of a service; *resolved*: what jsonnet got of its SLOs, and of others."""
        own = {one["id"]: one for one in resolved if one["file_name"] == file_name}
        self._resolved |= own
        self._of_file[file_name] = list(own)
        paired = set()
        for slo_id in self._of_file[file_name]:
            slo = self._slos[slo_id]
            self._given[slo_id] = given(rules, slo_id)
            if not isinstance(slo.sli, CompositeSli):
                alerts = alerts_of(slo, self._resolved[slo_id], self._given[slo_id].waits)
                self._feeds[slo_id] = feed_of(slo, self._slos, copies_of(slo, alerts))
                if self._feeds[slo_id].pair:
                    paired.add(slo_id)
        if self._always or paired or any(self._given[slo_id].excluded for slo_id in self._of_file[file_name]):
            self._copies[file_name] = rule_text(without(rules, paired)).encode()

    def missing(self) -> set[str]:
        """Services whose rules are needed too, because SLOs are parts of those that were added."""
        parts = {part for slo_id in self._resolved for part in self._parts(slo_id)} - self._resolved.keys()
        return {self._slos[part].service for part in parts}

    def files(self, names: Iterable[str]) -> dict[str, bytes]:
        """Path under the output folder -> its bytes, for the services of these file *names*."""
        made: dict[str, bytes] = {}
        for name in names:
            if name in self._copies:
                made[f"tests/rules/{name}.yaml"] = self._copies[name]
            made[f"tests/{name}.yaml"] = self._test_file(name).encode()
        return made

    def _test_file(self, name: str) -> str:
        slo_ids = self._of_file[name]
        rule_files = sorted({file for slo_id in slo_ids for file in self._needed(slo_id)} | {name})
        paths = [f"rules/{file}.yaml" if file in self._copies else f"../rules/{file}.yaml" for file in rule_files]
        # One that takes long makes all that are tried with it take long.
        gauges = any(slo_id in self._feeds and not self._feeds[slo_id].idle for slo_id in slo_ids)
        patience = PATIENCE_OF_GAUGES if gauges else PATIENCE
        sections = [self._section(slo_id, patience) for slo_id in slo_ids]
        service = self._slos[slo_ids[0]].service
        comments = [
            _HOW.format(service=service, file=name),
            *([_COPIES] if not self._copies.keys().isdisjoint(rule_files) else []),
            *(comment for section in sections for comment in section.comments),
        ]
        return document(comments, paths, self._order(rule_files), list(tests_of(service, sections)))

    def _section(self, slo_id: str, patience: int) -> Section:
        slo, resolved = self._slos[slo_id], self._resolved[slo_id]
        try:
            feed = self._feeds.get(slo_id) or feed_of(slo, self._slos, 1)
        except CannotMakeError as fault:
            return unfed(slo, str(fault))
        return section(
            slo,
            self._slos,
            resolved=resolved,
            given=replace(self._given[slo_id], excluded=tuple(self._excluded(slo_id))),
            feed=feed,
            patience=patience,
        )

    def _excluded(self, slo_id: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """What says that *slo_id* is excluded; of a composite with its parts, whose windows it is made of."""
        if self._given[slo_id].excluded:
            yield from self._given[slo_id].excluded
            for part in self._parts(slo_id):
                yield from self._excluded(part)

    def _needed(self, slo_id: str) -> Iterator[str]:
        """Rule files that have what *slo_id* is made of."""
        yield self._resolved[slo_id]["file_name"]
        for part in self._parts(slo_id):
            yield from self._needed(part)

    def _parts(self, slo_id: str) -> list[str]:
        sli = self._slos[slo_id].sli
        return [part.slo for part in sli.of if part.slo in self._slos] if isinstance(sli, CompositeSli) else []

    def _order(self, rule_files: Iterable[str]) -> list[str]:
        """Groups: recording before alerting, and parts before what is made of them."""
        slo_ids = [slo_id for file in rule_files for slo_id in self._of_file[file]]
        slo_ids.sort(key=self._depth)
        recording = [group for slo_id in slo_ids for group in self._given[slo_id].recording]
        return recording + [group for slo_id in slo_ids for group in self._given[slo_id].alerting]

    def _depth(self, slo_id: str) -> int:
        return max((self._depth(part) + 1 for part in self._parts(slo_id)), default=0)
