"""What is agreed about SLOs in a document of its own: of any format, in any file."""

from pathlib import Path

import pytest

from tallystick.definition.load import load_paths

AGREED = """\
apiVersion: tallystick/v1
service: myservice
timezone: Europe/Berlin
exclusions:
  - {reason: upgrade, from: 2026-12-05 22:00, to: 2026-12-06 01:00}
agreements:
  - {name: gold, kind: sla, party: ACME, slo: requests-availability, objective: 99%, window: month}
"""
SLOTH = """\
version: prometheus/v1
service: myservice
slos:
  - name: requests-availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_request_duration_seconds_count{job="myservice",code=~"(5..|429)"}[{{.window}}]))
        total_query: sum(rate(http_request_duration_seconds_count{job="myservice"}[{{.window}}]))
    alerting: {name: High, page_alert: {disable: true}, ticket_alert: {disable: true}}
"""


@pytest.mark.parametrize("names", [("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")])
def test_agreed_about_the_slos_of_another_tool(tmp_path: Path, names: tuple[str, str]) -> None:
    """A file of Sloth's stays as it is; exclusions and agreements about it are in a document without SLOs."""
    for name, text in zip(names, (AGREED, SLOTH), strict=True):
        (tmp_path / name).write_text(text)

    loaded = load_paths([tmp_path])

    assert loaded.errors == ()
    (slo,) = loaded.slos
    assert [one.reason for one in slo.exclusions] == ["upgrade"]
    assert [one.agreement_id for one in slo.agreements] == ["myservice-gold"]
    assert slo.agreements[0].window.zone == "Europe/Berlin"  # type: ignore[union-attr]  # a month


@pytest.mark.parametrize("text", ["service: a\n", "service: a\nteam: b\n", "service: a\nslo: []\n"])
def test_a_document_that_says_nothing(tmp_path: Path, text: str) -> None:
    """Without SLOs and without anything about those of others it is unfinished, or a key is misspelt; told once."""
    (tmp_path / "a.yaml").write_text(f"apiVersion: tallystick/v1\n{text}")

    (problem,) = load_paths([tmp_path]).problems

    assert problem.code == ("unknown-key" if "slo:" in text else "missing-key")
