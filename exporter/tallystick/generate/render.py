"""SLOs to the files that are generated of them, all in memory: nothing is written unless everything could be made."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, get_args

from tallystick.core.slo import Slo
from tallystick.generate.alertmanager import alertmanager_text
from tallystick.generate.dashboards import Placing, of_all, of_services
from tallystick.generate.filename import stem
from tallystick.generate.gist import for_dashboards, for_rules, gist_of
from tallystick.generate.mixin import evaluate
from tallystick.generate.operator import Metadata, rule_objects
from tallystick.generate.resolved import Json, Resolver
from tallystick.generate.shapes import Plain, RuleFile, Shapes
from tallystick.halves import in_halves

if TYPE_CHECKING:
    from tallystick.generate.unittests.files import TestFiles

Part = Literal["rules", "tests", "dashboards", "alertmanager"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What can be made by itself: three folders and a file."""

CHUNK = 10
"""
SLOs to one run of jsonnet, which keeps what it made until it ends: 1,000 at once take 450 MB, 10 less than 20. More than a dozen
no longer fit into a processor's cache, and clearing up after them takes twice as long.
"""

DASHBOARDS_CHUNK = 50
"""SLOs to one run of jsonnet for dashboards of services, which are smaller than rules and share more."""

WORTH_TWO = 100
"""Services from which on two processes are faster than one."""

Service = list[Slo]
"""SLOs of one service, by name; they go into one file."""

Report = Callable[[int, int], None]
"""Told how many SLOs are done, of how many."""


def render(
    slos: Iterable[Slo],
    parts: Collection[Part] = PARTS,
    config: Mapping[str, Any] | None = None,
    report: Report = lambda _done, _all: None,
    *,
    at: float,
    operator: Metadata | None = None,
    grafana: Placing | None = None,
) -> dict[str, bytes]:
    """
    The files of *parts* for *slos*.

    Args:
        slos: what they are made for, in any order.
        parts: which of `PARTS`.
        config: what is changed in the jsonnet's ``config.libsonnet``.
        report: is told about progress.
        at: when they are made, in seconds since 1970; see `tallystick.generate.masks`.
        operator: what PrometheusRules for the operator have; None: plain rule files.
        grafana: how dashboards are to get into Grafana; None: by its provisioning.

    Returns:
        Path under the output folder -> its bytes, the same for the same *slos* and month.

    Raises:
        GenerateError: jsonnet failed.
    """
    return Making(slos, parts, config or {}, at=at, operator=operator, grafana=grafana).files(report)


def rule_documents(
    slos: Iterable[Slo],
    wanted: Collection[str] | None = None,
    report: Report = lambda _done, _all: None,
    *,
    at: float,
) -> Iterator[dict[str, Any]]:
    """
    The contents of the rule files of *slos* as values, for those who look at rules rather than write them.

    Args:
        slos: all that there are.
        wanted: ids of those whose rules are made; None: all, and the rules that are for all of them.
        report: is told about progress.
        at: see `render`.

    Raises:
        GenerateError: jsonnet failed.
    """
    found = list({slo.slo_id: slo for slo in slos}.values())
    resolver, shapes = Resolver(found, at), Shapes({})
    kept = [slo for slo in found if wanted is None or slo.slo_id in wanted]
    gists: list[Json] = []
    for chunk in chunks(services_of(kept)):
        resolved = [resolver.of(slo) for slo in chunk]
        gists += map(gist_of, resolved)
        yield from (made.document for _, made in shapes.files(resolved))
        report(len(gists), len(kept))
    if wanted is None:
        yield from evaluate("rules", for_rules(gists), {}, "exporter").values()


def services_of(slos: Iterable[Slo]) -> list[Service]:
    """*slos* by the file that they go into, both in order; a file is never made of parts."""
    ordered = sorted(slos, key=lambda slo: (slo.service, slo.name))
    return [list(of_service) for _, of_service in groupby(ordered, key=lambda slo: slo.service)]


def chunks(services: Iterable[Service]) -> Iterator[list[Slo]]:
    """The SLOs of *services* in parts of about `CHUNK`, cut between services."""
    part: list[Slo] = []
    for service in services:
        part += service
        if len(part) >= CHUNK:
            yield part
            part = []
    if part:
        yield part


class Making:
    """What the files of services are made with; `of` makes those of some of them."""

    def __init__(
        self,
        slos: Iterable[Slo],
        parts: Collection[Part],
        config: Mapping[str, Any],
        *,
        at: float,
        operator: Metadata | None = None,
        grafana: Placing | None = None,
    ) -> None:
        """Take over what `render` was given."""
        self.slos = list({slo.slo_id: slo for slo in slos}.values())
        self.config = config
        self.grafana = grafana or Placing()
        self._parts = parts
        self._operator = operator
        self._resolver = Resolver(self.slos, at, has_sloth=config.get("names") == "sloth")

    @property
    def asks_for_slos(self) -> bool:
        """Whether `of_all` looks at SLOs, and not only at their gists."""
        return "alertmanager" in self._parts

    def files(self, report: Report = lambda _done, _all: None) -> dict[str, bytes]:
        """All files; *report* is told about progress."""
        done = in_halves(lambda some: self.of(some, report), services_of(self.slos), WORTH_TWO)
        files = {path: content for made, _ in done for path, content in made.items()}
        return files | self.of_all([gist for _, gists in done for gist in gists], self.slos)

    def of(
        self, services: Sequence[Service], report: Report = lambda _done, _all: None
    ) -> tuple[dict[str, bytes], list[Json]]:
        """
        The files of *services*.

        Returns:
            Path -> bytes; and of each SLO what `tallystick.generate.gist` tells.
        """
        shapes = Shapes(self.config)
        files: dict[str, bytes] = {}
        gists: list[Json] = []
        tests = self._tests() if "tests" in self._parts else None
        waiting: list[Json] = []  # for dashboards of services, of which more are made at once
        count = sum(map(len, services))
        for chunk in chunks(services):
            resolved = [self._resolver.of(slo) for slo in chunk]
            gists += map(gist_of, resolved)
            made = dict(shapes.files(resolved)) if tests or "rules" in self._parts else {}
            for name, rules in made.items():
                if "rules" in self._parts:
                    files |= self.rules(name, rules)
                if tests:
                    tests.add(name, resolved, rules.document)
            if "dashboards" in self._parts:
                waiting += resolved
                if len(waiting) >= DASHBOARDS_CHUNK:
                    files |= of_services(waiting, self.config, self.grafana)
                    waiting = []
            report(len(gists), count)
        files |= of_services(waiting, self.config, self.grafana) if waiting else {}
        if tests:
            self._add_parts(tests, shapes)
            files |= tests.files(stem(service[0].service) for service in services)
        return files, gists

    def of_all(self, gists: Iterable[Json], slos: Iterable[Slo]) -> dict[str, bytes]:
        """
        The files that are for all SLOs at once.

        Args:
            gists: of each what `of` told.
            slos: all of them, for Alertmanager's routes.
        """
        gists = list(gists)
        files: dict[str, bytes] = {}
        if "rules" in self._parts:
            for name, document in evaluate("rules", for_rules(gists), self.config, "exporter").items():
                files |= self.rules(name.removesuffix(".yaml"), Plain(document))
        if "dashboards" in self._parts:
            files |= of_all(for_dashboards(gists), self.config, self.grafana)
        if "alertmanager" in self._parts:
            files["alertmanager.yaml"] = alertmanager_text(slos).encode()
        return files

    def rules(self, name: str, made: RuleFile) -> dict[str, bytes]:
        """The rule file *name*, or what the operator takes in its place."""
        if self._operator is None:
            return {f"rules/{name}.yaml": made.text.encode()}
        objects = rule_objects(name, made.document, self._operator)
        return {f"rules/{stem}.yaml": text.encode() for stem, text in objects}

    def _tests(self) -> "TestFiles":
        from tallystick.generate.unittests.files import TestFiles  # noqa: PLC0415  # rules alone do not pay for it

        return TestFiles(self.slos, copies=self._operator is not None)

    def _add_parts(self, tests: "TestFiles", shapes: Shapes) -> None:
        """Give *tests* the rules of parts of composites that are of services which are not made here."""
        while services := tests.missing():
            others = [slo for slo in self.slos if slo.service in services]
            for chunk in chunks(services_of(others)):
                resolved = [self._resolver.of(slo) for slo in chunk]
                for name, made in shapes.files(resolved):
                    tests.add(name, resolved, made.document)
