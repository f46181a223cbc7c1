"""
Definitions of Pyrra, read as they stand: our counts and Pyrra's own figures, beside what happened.

``python bench/formats_pyrra.py --seed 1`` draws the sample shop's past, loads it into real Prometheus servers, and asks
``tallystick status`` for files of Pyrra in each of its forms. What happened is counted from the drawn requests; no sample is read for
it. Pyrra's figures are those of its rules: ``increase`` over the window, sums of 5-minute increases with ``performanceOverAccuracy``,
and for gauges samples over the window. It ends with 1 if ours are not exactly what happened.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import orjson
from rich.table import Table

from formulas import Question, Told, plain
from served import Major, served, show, version
from tallystick.demo.history import History, make_history
from tallystick.demo.samples import all_series
from tallystick.demo.scenario import DAY, Span
from tallystick.demo.shape import public_url
from tallystick.demo.truth import MEANING as SHOP
from tallystick.demo.truth import Counted, Held, truth_of, within, without_server_error

DAYS = 28
EARLIER_DAYS = 5
"""Samples before the window: a Prometheus that was there already."""

END = 1_764_547_200
"""2025-12-01T00:00Z, when all histories end."""

HEAD = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: {name}
spec:
  target: "{target}"
  window: 4w
  indicator:
"""
WHOLE = "whole"
"""The group of an SLO without groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """
    One way to write an indicator.

    Attributes:
        name: of the SLO, there and here.
        target: what is promised, in per cent.
        total: selector of all events; of a gauge, the gauge.
        errors: selector of the bad ones, or
        success: of the good ones; neither of a gauge.
        meaning: what it means, in the history's own terms, by handler if it is grouped by that.
    """

    name: str
    target: str
    total: str
    errors: str = ""
    success: str = ""
    meaning: Mapping[str, Counted | Held]

    @property
    def is_gauge(self) -> bool:
        """Whether it is about a gauge, of which there are no increases."""
        return not self.errors and not self.success

    @property
    def text(self) -> str:
        """The file."""
        lines = HEAD.format(name=self.name, target=self.target)
        if self.is_gauge:
            return f"{lines}    bool_gauge: {{metric: '{self.total}'}}\n"
        kind, key, part = ("ratio", "errors", self.errors) if self.errors else ("latency", "success", self.success)
        lines += f"    {kind}:\n      {key}: {{metric: '{part}'}}\n      total: {{metric: '{self.total}'}}\n"
        return lines if WHOLE in self.meaning else f"{lines}      grouping: [handler]\n"


_SEARCH = 'job="search",handler="/search"'
_PAY = 'job="checkout",handler="/pay"'
FORMS = (
    Form(
        name="search-errors",
        target="99.5",
        errors='http_requests_total{job="search",code=~"5.."}',
        total='http_requests_total{job="search"}',
        meaning={WHOLE: SHOP["search-availability"]},
    ),
    Form(
        name="checkout-by-handler",
        target="99.9",
        errors='http_requests_total{job="checkout",code=~"5.."}',
        total='http_requests_total{job="checkout"}',
        meaning={path: Counted("checkout", without_server_error, path) for path in ("/pay", "/orders")},
    ),
    Form(
        name="search-latency",
        target="99.5",
        success=f'http_request_duration_seconds_bucket{{{_SEARCH},le="1"}}',
        total=f"http_request_duration_seconds_count{{{_SEARCH}}}",
        meaning={WHOLE: SHOP["search-not-slow"]},
    ),
    Form(
        name="checkout-pay-quick",
        target="99",
        success=f'http_request_duration_seconds_bucket{{{_PAY},le="0.3"}}',
        total=f"http_requests_total{{{_PAY}}}",
        meaning={WHOLE: Counted("checkout", within(0.3), "/pay")},
    ),
    Form(
        name="checkout-reachable",
        target="99.9",
        total=f'probe_success{{job="probe",instance="{public_url("checkout")}"}}',
        meaning={WHOLE: SHOP["checkout-reachable"]},
    ),
)
"""Counters; groups of them; a bucket and the count of one histogram; a bucket among requests; a gauge."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    One form, or one group of it, on one Prometheus.

    Attributes:
        form: which.
        group: its handler, or `WHOLE`.
        formula: whose figure.
        told: what it tells.
        truth: what happened.
    """

    form: Form
    group: str
    formula: str
    told: Told
    truth: Told

    @property
    def budget_points(self) -> float:
        """How far the budget that is left is off, in hundredths of the whole budget."""
        return 100 * (self.truth.ratio - self.told.ratio) / (1 - float(self.form.target) / 100)


def ours(url: str, at: int, form: Form, folder: Path) -> dict[str, Told]:
    """What ``tallystick status`` tells of the file, by group."""
    file = folder / f"{form.name}.yaml"
    file.write_text(form.text, encoding="utf-8")
    command = [sys.executable, "-m", "tallystick", "status", str(file), "--prometheus.url", url]
    done = subprocess.run([*command, "--at", str(at), "--format", "json"], capture_output=True, check=False)
    assert done.returncode in {0, 1}, done.stderr.decode()
    rows = orjson.loads(done.stdout)
    if WHOLE not in form.meaning:
        rows = [row for row in rows if row["group"]]
    return {(row["group"] or {}).get("handler", WHOLE): _told(row["bad"], row["total"]) for row in rows}


def _told(bad: float, total: float) -> Told:
    return Told(bad / total, bad, total)


def happened(history: History, window: Span, meaning: Counted | Held) -> Told:
    """The truth of one group."""
    good, total = truth_of(history, meaning).between(window.start, window.end)
    return _told(total - good, total)


def accurate(question: Question, form: Form) -> Told:
    """Increases over the whole window, or samples of a gauge."""
    if form.is_gauge:
        good, total = (
            sum(value for _, value in question.at_end(f"sum({function}({form.total}[{question.range}]))"))
            for function in ("sum_over_time", "count_over_time")
        )
        return _told(total - good, total)
    found = plain(question)
    assert found.bad is not None
    assert found.total is not None
    return _told(found.total - found.bad if form.success else found.bad, found.total)


def cheap(question: Question, form: Form) -> Told:
    """Increases of 5 minutes, every 5 minutes, added; of gauges it is no other figure."""
    if form.is_gauge:
        return accurate(question, form)
    part, total = (
        sum(value for _, value in question.recorded(f"sum(increase({selector}[5m]))", 300))
        for selector in (question.bad, question.total)
    )
    return _told(total - part if form.success else part, total)


FORMULAS: Mapping[str, Callable[[Question, Form], Told]] = {
    "Pyrra": accurate,
    "Pyrra, performanceOverAccuracy": cheap,
}


def compare(major: Major, url: str, history: History, folder: Path) -> Iterator[Row]:
    """All forms on one Prometheus."""
    end = history.span.end
    window = Span(end - DAYS * DAY, end)
    for form in FORMS:
        found = ours(url, end, form, folder)
        assert set(found) == set(form.meaning), found
        for group, meaning in form.meaning.items():
            true = happened(history, window, meaning)
            yield Row(form, group, "tallystick", found[group], true)
            # With `le` as Pyrra writes it for both versions.
            part = (form.errors or form.success or form.total).replace('le="1"', 'le=~"1(\\\\.0)?"')
            pin = "}" if group == WHOLE else f',handler="{group}"}}'
            total, part = (text.replace("}", pin) for text in (form.total, part))
            question = Question(url, major, total, part, window)
            for name, formula in FORMULAS.items():
                yield Row(form, group, name, formula(question, form), true)


def table(which: str, rows: list[Row]) -> Table:
    """What is printed."""
    made = Table(title=f"Definitions of Pyrra over {DAYS} days, Prometheus {which}")
    for column in ("SLO", "group", "figure", "bad", "total", "bad, off", "total, off", "budget, off"):
        made.add_column(column, justify="left" if column in {"SLO", "group", "figure"} else "right")
    for row in rows:
        told, true = row.told, row.truth
        assert told.bad is not None
        assert told.total is not None
        assert true.bad is not None
        assert true.total is not None
        made.add_row(
            row.form.name,
            row.group,
            row.formula,
            f"{told.bad:,.1f}",
            f"{told.total:,.1f}",
            *(_off(row, *pair) for pair in ((told.bad, true.bad), (told.total, true.total))),
            f"{row.budget_points:+.3f}",
        )
    return made


def _off(row: Row, told: float, true: float) -> str:
    """By how much; nothing where one counts samples and the other seconds."""
    is_other = row.form.is_gauge and row.formula in FORMULAS
    return "" if is_other else f"{100 * (told / true - 1):+.3f} %"


@click.command(help=__doc__)
@click.option("--seed", default=1, show_default=True, help="Of the shop's past.")
@click.option(
    "--prometheus", "majors", type=click.Choice(["2", "3"]), multiple=True, default=("2", "3"), show_default=True
)
def main(seed: int, majors: tuple[Major, ...]) -> None:
    """Compare, and print."""
    history = make_history(seed, END, DAYS + EARLIER_DAYS)
    is_exact = True
    for major in majors:
        with served(major, all_series(history), history.span) as server, tempfile.TemporaryDirectory() as name:
            rows = list(compare(major, server.url, history, Path(name)))
            show(table(version(server), rows))
        is_exact &= all(
            (row.told.bad, row.told.total) == (row.truth.bad, row.truth.total)
            for row in rows
            if row.formula == "tallystick"
        )
    sys.exit(0 if is_exact else 1)


if __name__ == "__main__":
    main()
