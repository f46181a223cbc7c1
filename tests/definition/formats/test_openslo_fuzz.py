"""No OpenSLO file makes a traceback, and whatever is read from one is written as one again."""

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.openslo import TEXT
from tallystick.definition.formats.openslo.writing import write
from tallystick.definition.load import load_paths

VALUES: list[Any] = [
    None, "", 0, -1, 0.5, 1e99, True, "x", [], {}, [None], [{}], {"a": "b"}, ["x"], "1m", "0m", "99999999d", "5", "100", "sum(", "a_total", "a/b", "1 - a",
    "{{.window}}", "$x", "null", [["x"]], "sum(rate(a[$window])) / sum(rate(b[$window]))", "lte", "2026-02-30 00:00:00", "1Y", "Timeslices",
]  # fmt: skip
"""Of all kinds, some of which are right somewhere."""


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything inside *part*."""
    pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from places(value, (*path, key))


def broken(chance: random.Random) -> list[Any]:
    """The objects of the file, with something left out, put in or exchanged."""
    found = copy.deepcopy(list(yaml.safe_load_all(TEXT)))
    for _ in range(chance.randint(1, 3)):
        *path, last = chance.choice(list(places(found)))
        part: Any = found
        for key in path:
            part = part[key]
        if chance.random() < 0.7:
            part[last] = chance.choice(VALUES)
        else:
            del part[last]
    return found


@pytest.mark.parametrize("seed", range(150))
def test_broken_objects(tmp_path: Path, seed: int) -> None:
    """Problems are inside their file, an SLO is never lost without one, and what is read survives being written."""
    objects = broken(random.Random(seed))
    text = yaml.safe_dump_all(objects)
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")

    loaded = load_paths([tmp_path / "a.yaml"])

    lines = text.count("\n") + 1
    assert all(1 <= problem.line <= lines for problem in (*loaded.problems, *loaded.notes))
    whole = [one for one in objects if isinstance(one, dict) and one.get("kind") == "SLO"]
    assert loaded.errors or len(loaded.slos) >= len(whole)
    (tmp_path / "again.yaml").write_text(write(loaded.slos).text, encoding="utf-8")
    again = load_paths([tmp_path / "again.yaml"])
    assert again.errors == ()
    assert [(slo.slo_id, slo.generation, slo.objective) for slo in again.slos] == [
        (slo.slo_id, slo.generation, slo.objective) for slo in loaded.slos
    ]
