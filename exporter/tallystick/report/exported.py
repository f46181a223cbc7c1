"""The record in formats that others read, line by line."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import orjson

from tallystick.core.timerange import TimeRange
from tallystick.report.document import instant

Format = Literal["openmetrics", "csv", "jsonl"]

COLUMNS = ("slo", "group", "generation", "start", "end", "observed_seconds", "good", "total", "source")
"""Of a row in CSV and JSON lines."""

_WHOLE = 2.0**53


@dataclass(frozen=True, slots=True)
class Step:
    """
    Counts over one step.

    Attributes:
        span: which time.
        observed_seconds: how much of it was observed.
        good: good events, in the ledger's units.
        total: all events, likewise.
        source: how they were read.
    """

    span: TimeRange
    observed_seconds: int
    good: float
    total: float
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """
    One account to write out.

    Attributes:
        slo: the SLO's id.
        service: its service; None if it is not known.
        group: its group labels.
        generation: what it counts, as a hash.
        per_unit: counts of the ledger to one event.
        steps: reads it from the start; called once for each family of metrics.
    """

    slo: str
    service: str | None
    group: Mapping[str, str]
    generation: str
    per_unit: int
    steps: Callable[[], Iterable[Step]]


_FAMILIES: tuple[tuple[str, str, Callable[[Step, int], float]], ...] = (
    ("slo_events", "Events that the SLO covers.", lambda step, _: step.total),
    ("slo_good_events", "Events that were good.", lambda step, _: step.good),
    ("slo_observed_seconds", "Time that was observed.", lambda step, per_unit: step.observed_seconds * per_unit),
)


def openmetrics(sources: Iterable[Source]) -> Iterator[str]:
    """
    Counters that rise over each step by what happened in it; an account's begin at 0.

    Lines end with a line feed; the last one is the end of file.
    """
    known = list(sources)
    for name, words, value in _FAMILIES:
        yield f"# HELP {name} {words}\n# TYPE {name} counter\n"
        for source in known:
            yield from _series(f"{name}_total{_labels(source)}", source, value)
    yield "# EOF\n"


def _series(series: str, source: Source, value: Callable[[Step, int], float]) -> Iterator[str]:
    so_far, end = 0.0, None
    for step in source.steps():
        if end is None:
            yield f"{series} 0 {step.span.start}\n"
        so_far += value(step, source.per_unit)
        end = step.span.end
        yield f"{series} {text_of(so_far / source.per_unit)} {end}\n"


def _labels(source: Source) -> str:
    labels = {"slo": source.slo, **({"slo_service": source.service} if source.service is not None else {})}
    labels |= {} if source.service is not None else {"slo_generation": source.generation}
    labels |= source.group
    return "{" + ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def text_of(value: float) -> str:
    """A number as both formats take it: whole ones without a point."""
    return str(int(value)) if value == int(value) and abs(value) < _WHOLE else repr(float(value))


def csv_lines(sources: Iterable[Source]) -> Iterator[str]:
    """One row for each step, with a heading; groups are JSON objects."""
    yield _csv(COLUMNS)
    for source, step in _rows(sources):
        group = orjson.dumps(dict(source.group)).decode()
        good, total = (text_of(count / source.per_unit) for count in (step.good, step.total))
        edges = (instant(step.span.start), instant(step.span.end))
        yield _csv((source.slo, group, source.generation, *edges, step.observed_seconds, good, total, step.source))


def _csv(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def jsonl_lines(sources: Iterable[Source]) -> Iterator[str]:
    """One JSON object for each step."""
    for source, step in _rows(sources):
        good, total = (count / source.per_unit for count in (step.good, step.total))
        row = (
            source.slo,
            dict(source.group),
            source.generation,
            instant(step.span.start),
            instant(step.span.end),
            step.observed_seconds,
            int(good) if good == int(good) else good,
            int(total) if total == int(total) else total,
            step.source,
        )
        yield orjson.dumps(dict(zip(COLUMNS, row, strict=True))).decode() + "\n"


def _rows(sources: Iterable[Source]) -> Iterator[tuple[Source, Step]]:
    for source in sources:
        for step in source.steps():
            yield source, step


FORMATS: Mapping[str, Callable[[Iterable[Source]], Iterator[str]]] = {
    "openmetrics": openmetrics,
    "csv": csv_lines,
    "jsonl": jsonl_lines,
}
"""What writes each format."""
