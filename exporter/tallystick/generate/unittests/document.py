"""
A test file as YAML that people can read, with a comment for each SLO and for each case.

Only fields that promtool has had since 2.42: it refuses a file with one that it does not know.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tallystick.core.alerting import PIECE_SECONDS
from tallystick.core.duration import format_seconds
from tallystick.generate.ruletext import MARK, scalar
from tallystick.generate.template import printable
from tallystick.generate.unittests.feed import Series
from tallystick.generate.unittests.history import STEP_SECONDS
from tallystick.generate.unittests.labels import Labels, series_text


@dataclass(frozen=True, slots=True)
class Question:
    """
    A query, and the series that it must give, each with the value 1.

    Attributes:
        query: the query.
        at: number of the evaluation after which it is asked.
        answers: labels of each series.
    """

    query: str
    at: int
    answers: tuple[Labels, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """
    One case.

    Attributes:
        name: what it shows.
        comments: what is special about each SLO.
        series: what is fed.
        questions: what must come of it.
    """

    __test__ = False  # not a test of ours

    name: str
    comments: Sequence[str]
    series: Sequence[Series]
    questions: Sequence[Question]


def document(comments: Iterable[str], rule_files: Iterable[str], groups: Iterable[str], tests: Sequence[Test]) -> str:
    """A whole test file; *comments*: what to say of it at its top."""
    return "".join(_lines(comments, rule_files, groups, tests))


def _lines(
    comments: Iterable[str], rule_files: Iterable[str], groups: Iterable[str], tests: Sequence[Test]
) -> Iterator[str]:
    yield MARK
    yield from (_comment(text, "") for text in comments)
    yield "\nrule_files:\n"
    yield from (f"  - {scalar(name, 0)}\n" for name in rule_files)
    yield "\n# Once in the time that the base pair is a rate of. Samples come every minute.\n"
    yield f"evaluation_interval: {format_seconds(PIECE_SECONDS)}\n"
    yield "\n# Each after what it reads; promtool's own order is random.\ngroup_eval_order:\n"
    yield from (f"  - {scalar(name, 0)}\n" for name in groups)
    yield "\ntests:" + ("\n" if tests else " []\n")
    for test in tests:
        yield from _test(test)


def _comment(text: str, indent: str) -> str:
    return f"{indent}# {' '.join(printable(text).split())}\n"


def _test(test: Test) -> Iterator[str]:
    yield f"  - name: {scalar(test.name, 6)}\n"
    yield from (_comment(text, "    ") for text in test.comments)
    yield f"    interval: {format_seconds(STEP_SECONDS)}\n"
    yield "    input_series:\n"
    for series, values in test.series:
        yield f"      - series: {scalar(series, 10)}\n        values: {scalar(values, 10)}\n"
    yield "    promql_expr_test:\n"
    for question in test.questions:
        yield f"      - expr: {scalar(question.query, 10)}\n"
        yield f"        eval_time: {format_seconds(question.at * PIECE_SECONDS)}\n"
        if question.answers:
            yield "        exp_samples:\n"
        for labels in question.answers:
            yield f"          - labels: {scalar(series_text('', labels), 14)}\n            value: 1\n"
