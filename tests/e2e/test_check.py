"""``check`` against the sample shop's past: right definitions have no problem, and a slip of the pen has its own."""

import shutil
from pathlib import Path

import pytest

from e2e.conftest import DEFINITIONS, Past
from tallystick.definition.load import load_paths
from tallystick.online import run
from tallystick.online.run import Given, look
from tallystick.upstream.client import connect

THERE = "rules-loaded"
"""What is told in any case: this Prometheus has no rules."""


def found_in(folder: Path, past: Past, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What kinds of problems are found at the end of *past*, however long ago that is, and in which lines."""
    monkeypatch.setattr(run, "_now", lambda _: past.history.span.end)
    loaded = load_paths([folder])
    assert loaded.errors == ()
    found = look(loaded, connect(past.prometheus.url), Given(), lambda *_: None)
    assert (found.notes, found.fault) == ([], None)
    return [(one.code, one.excerpt.strip()) for one in found.problems if one.code != THERE]


def test_the_sample_definitions_fit(long_past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over 35 days of pods that come and go, restarts, errors and outages, nothing is told of definitions that are right."""
    assert found_in(DEFINITIONS, long_past, monkeypatch) == []


@pytest.mark.parametrize(
    ("file", "right", "wrong", "code"),
    [
        ("checkout", 'total: http_requests_total{job="checkout"}', "total: http_request_total", "series-missing"),
        ("cart", 'total: http_requests_total{job="cart"}', 'total: http_requests_total{job="card"}', "series-missing"),
        (
            "cart",
            'bad: http_requests_total{job="cart",code=~"5.."}',
            'bad: http_requests_total{job="cart",status=~"5.."}',
            "series-missing",
        ),
        ("search", 'good: http_requests_total{job="search",code!~"5.."}', "good: http_requests_total", "not-nested"),
        ("cart", "threshold: 300ms", "threshold: 310ms", "bucket-missing"),
        ("search", 'metric: up{job="search"}', 'metric: process_start_time_seconds{job="search"}', "up-values"),
    ],
)
def test_one_slip_is_found(  # noqa: PLR0917  # a file, what is changed in it, and what is told
    tmp_path: Path, long_past: Past, monkeypatch: pytest.MonkeyPatch, file: str, right: str, wrong: str, code: str
) -> None:
    """One thing that is misspelt, or meant otherwise, gives one problem, at its place."""
    folder = Path(shutil.copytree(DEFINITIONS, tmp_path / "slo-definitions"))
    text = (folder / f"{file}.yaml").read_text(encoding="utf-8")
    assert text.count(right) == 1
    (folder / f"{file}.yaml").write_text(text.replace(right, wrong), encoding="utf-8")

    assert found_in(folder, long_past, monkeypatch) == [(code, wrong)]
