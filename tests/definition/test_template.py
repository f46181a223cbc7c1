"""Annotations: the check tells exactly the templates that the rules would print as text."""

from pathlib import Path

import pytest

from tallystick.definition.load import load_paths
from tallystick.generate.template import references

HEAD = """\
apiVersion: tallystick/v1
service: a
slos:
  - name: b
    objective: 99%
    window: 30d
    sli: {up: {metric: up}}
    alerting:
      page:
        annotations:
          text: >-
            """


@pytest.mark.parametrize(
    "text",
    [
        "no template",
        "{{ $labels.slo }}",
        "{{$value|humanize}} and {{ $labels.slo | toUpper | title }}",
        "{{ $externalURL }}/{{ $externalLabels.region }}",
        "{{ $labels.slo",
        "{{ $labels.slo }",
        "{{ $labels.slo }}}} {{",
        '{{ query "up" }}',
        "{{ range query `up` }}{{ . }}{{ end }}",
        "{{ $value | printf `%f` }}",
        "{{ $labels.a-b }}",
        "{{ define `x` }}",
        "{{- $value }}",
        "{ $value }",
        "}} {{ $value }}",
    ],
)
def test_what_rules_would_print_as_text_is_told(tmp_path: Path, text: str) -> None:
    """A template is a problem if, and only if, the rules would put it in as something else than it is."""
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}{text}\n", encoding="utf-8")

    problems = load_paths([path]).problems

    assert bool(problems) == (references(text) != text)
    assert {problem.code for problem in problems} <= {"template"}
