"""Loading by two processes gives what loading by one does: SLOs, problems, and what they are made of."""

from pathlib import Path

import pytest

from tallystick import halves
from tallystick.definition.load import Loaded, load_paths

FILES = 120
DEFINITION = """\
apiVersion: tallystick/v1
service: s{number:03d}
team: payments
tier: gold
labels: {{env: prod}}
slos:
  - name: availability
    objective: 99.9%
    window: 30d
    sli: {{events: {{total: 'a_total{{job="s{number}"}}', bad: 'a_total{{job="s{number}",code=~"5.."}}'}}}}
"""
TIERS = """\
apiVersion: tallystick/v1
tiers: {gold: {alerting: {labels: {tier: gold}}}}
"""
EXCLUSION = """\
exclusions:
  - {{reason: move, from: 2026-01-0{day} 10:00, to: 2026-01-0{day} 12:00}}
"""
COMPOSITE = """\
apiVersion: tallystick/v1
service: {service}
slos:
  - name: whole
    objective: 99%
    window: 30d
    sli: {{composite: {{of: [{{slo: {part}-availability}}]}}}}
"""
MORE = {
    "nothing else": {},
    "exclusions": {
        "004.yaml": DEFINITION.format(number=4) + EXCLUSION.format(day=1),
        "110.yaml": DEFINITION.format(number=110) + EXCLUSION.format(day=2),
        "z.yaml": DEFINITION.format(number=4).replace("availability", "other") + EXCLUSION.format(day=3),
    },
    "composites": {
        "a.yaml": COMPOSITE.format(service="a", part="s110"),
        "z.yaml": COMPOSITE.format(service="z", part="s001"),
    },
    "warnings": {"001.yaml": DEFINITION.format(number=1).replace("99.9%", "40%"), "z.yaml": DEFINITION.format(number=999).replace("99.9%", "40%")},
    "errors": {
        "000.yaml": DEFINITION.format(number=0).replace("99.9%", "200%") + EXCLUSION.format(day=1),
        "003.yaml": DEFINITION.format(number=3).replace("total:", "totl:"),
        "110.yaml": DEFINITION.format(number=110).replace('code=~"5.."', 'code=~"5(."'),
        "111.yaml": DEFINITION.format(number=2),
        "a.yaml": COMPOSITE.format(service="a", part="s110"),
        "x.yaml": COMPOSITE.format(service="x", part="nowhere"),
        "y.yaml": DEFINITION.format(number=110).replace("availability", "other") + EXCLUSION.format(day=3),
        "z.yaml": "a: [",
    },
}  # fmt: skip
"""Files in place of some, and beside the others."""


def write(folder: Path, more: dict[str, str]) -> None:
    """Many definitions, and *more*."""
    files = {f"{number:03d}.yaml": DEFINITION.format(number=number) for number in range(FILES)}
    for name, text in (files | {"tiers.yaml": TIERS} | more).items():
        (folder / name).write_text(text)


def load(folder: Path, monkeypatch: pytest.MonkeyPatch, *, forks: bool) -> Loaded:
    """All of *folder*, by two processes or by one."""
    with monkeypatch.context() as context:
        context.setattr(halves, "_can_fork", lambda: forks)
        return load_paths([folder])


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_two_processes_load_what_one_does(
    more: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong, agreed or put together, and in whichever half it is."""
    write(tmp_path, more)

    alone, together = (load(tmp_path, monkeypatch, forks=forks) for forks in (False, True))

    assert together.slos == alone.slos
    assert len(together.slos) >= FILES - 5
    assert together.problems == alone.problems
    assert together.files == alone.files
    assert together.entries.keys() == alone.entries.keys() == {slo.slo_id for slo in alone.slos}


def test_each_half_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without errors, the other process' files are not looked at here again."""
    write(tmp_path, {})
    loaded = load(tmp_path, monkeypatch, forks=True)

    read = [slo_id for slo_id, entry in loaded.entries.items() if "sites" in vars(entry)]

    assert len(read) == FILES // 2
