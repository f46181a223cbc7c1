"""Cases of several SLOs tried at the same time: a test of promtool's takes as long as all rules, whatever they find."""

from collections.abc import Iterable, Iterator

from tallystick.generate.unittests.document import Test
from tallystick.generate.unittests.section import Part, Section


def tests_of(service: str, sections: Iterable[Section]) -> Iterator[Test]:
    """The tests of all *sections*, with those of the same title that do not disturb one another put together."""
    by_title: dict[str, list[list[Part]]] = {}
    for section in sections:
        for part in section.parts:
            _put(part, by_title.setdefault(part.title, []))
    for title, tests in by_title.items():
        for parts in tests:
            series = dict(one for part in parts for one in part.series)
            questions = [question for part in parts for question in part.questions]
            yield Test(f"{service}: {title}", [part.says for part in parts], list(series.items()), questions)


def _put(part: Part, tests: list[list[Part]]) -> None:
    for parts in tests:
        if not any(part.disturbs(other) for other in parts):
            parts.append(part)
            return
    tests.append([part])
