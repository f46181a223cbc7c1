"""No input makes a traceback, and no place is outside its file."""

import copy
import json
import random
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from definition.trees import at, paths_in
from tallystick.definition.document import SLI_KINDS
from tallystick.definition.keys import KEYS
from tallystick.definition.load import Loaded, load_paths
from tallystick.definition.render import json_of, text_of
from tallystick.definition.render_ci import codequality_of, github_of, sarif_of

GOOD = sorted((Path(__file__).parents[2] / "slo-definitions").glob("*.yaml"))
BAD = sorted((Path(__file__).parent.parent / "bad").glob("*.yaml"))
DOCS = Path(__file__).parents[2] / "docs"
PAGES = [(DOCS / page).read_text(encoding="utf-8") for page in ("definitions.md", "reuse.md")]
SHOWN = [
    text
    for page in PAGES
    for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    if text.startswith("apiVersion")
]
TEXTS = SHOWN * 5 + [path.read_bytes().decode(errors="replace") for path in GOOD + BAD]
"""Of all kinds; those on the pages hold nearly everything that there is."""

PIECES = ["{", "}", "[", "]", '"', "'", ":", "- ", "\n", "\t", "&a ", "*a", "<<: ", "!!x ", "|", ">", "%", "#", "0", "-1", "1e99", ".nan", "~",
          "null", "true", "30d", "99.9%", "{}", "[]", "\x00", "\u2028", "\ufeff", "名", "🚀", "---\n", "? ", "{{", "{{ job }}", "{{ a | regex }}", "for_each: ", "ignore: ", "defaults: ", 'le="', "=~", "\\",
          "$window", "[$window]", "sum(rate(", ")", " + ", " or vector(0)", "month", "02-29", "2026-03-29 02:30", "Europe/Berlin", "FREQ=", "BYDAY=", "5m", "cart-availability"]  # fmt: skip

WHATEVER = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def look_at(path: Path) -> Loaded:
    """Load *path* and show what was found in every way."""
    loaded = load_paths([path])
    lines = path.read_bytes().decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in loaded.problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= problem.end_column
        assert problem.message
        assert text_of(problem)
        assert github_of(problem)
    assert json_of(loaded.problems, loaded.silenced)
    assert sarif_of(loaded.problems, loaded.silenced, rules={}, version="0")
    assert codequality_of(loaded.problems)
    assert loaded.errors or not any(problem.severity == "error" for problem in loaded.problems)
    return loaded


@given(st.binary(max_size=400))
@WHATEVER
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    """Bytes of any kind give problems or a definition, never a traceback."""
    path = tmp_path / "a.yaml"
    path.write_bytes(data)

    look_at(path)


@given(st.text(st.characters(codec="utf-8"), max_size=300))
@WHATEVER
def test_any_text(tmp_path: Path, text: str) -> None:
    """Text of any kind does too."""
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8", newline="")

    look_at(path)


YAML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from(PIECES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["events", "total", "bad", "up", "metric", "page", "labels", "x"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
LEVELS = {level: [*names, "x"] for level, names in KEYS.items()}
"""The keys of each mapping of the format, and one more."""

RIGHT = ["99%", "30d", "month", "a", "up", "a_total", "a_total - b_total", "sum(rate(a_total[$window]))", "max(q)", "2 * sum(rate(a_total[$window]))",
         "lt", "timeslices", "ratio_timeslices", "5m", "95%", "bad", "Europe/Berlin", "04-01", "2026-12-05 22:00", "2026-12-06 01:00", "2h", "FREQ=DAILY",
         "weighted", "300ms", 1, True]  # fmt: skip
"""Values that are right at some key, so that what is behind the first look is reached."""

VALUES = st.sampled_from(RIGHT) | st.lists(st.sampled_from(RIGHT), max_size=2) | YAML


def mappings(*level: str) -> st.SearchStrategy[object]:
    """Values for the mapping at *level*, mostly right in shape."""
    return st.dictionaries(st.sampled_from(LEVELS[level]), VALUES, max_size=7) | YAML


SLIS = st.fixed_dictionaries(
    {},
    optional={
        **{kind: mappings("slos", "sli", kind) for kind in SLI_KINDS if kind != "composite"},
        "composite": st.fixed_dictionaries({"of": st.lists(mappings("slos", "sli", "composite", "of"), max_size=3) | YAML}, optional={"method": VALUES, "no_data": VALUES}),
    },
)  # fmt: skip
ALERTING = st.dictionaries(
    st.sampled_from(["page", "ticket", "min_events"]),
    st.dictionaries(
        st.sampled_from(["enabled", "labels", "annotations"]),
        YAML | st.dictionaries(st.text(max_size=5), YAML, max_size=2),
        max_size=3,
    )
    | YAML,
    max_size=3,
)
SLOS = st.lists(
    st.builds(lambda whole, sli, alerting: {**whole, "sli": sli, "alerting": alerting}, st.dictionaries(st.sampled_from(LEVELS["slos",]), VALUES, max_size=9), SLIS, ALERTING)
    | YAML,
    max_size=3,
)  # fmt: skip


HEADS = st.dictionaries(st.sampled_from(LEVELS[()]), VALUES, max_size=6)
EXCLUSIONS = st.lists(mappings("exclusions"), max_size=3)


@given(HEADS, SLOS, EXCLUSIONS, st.booleans())
@WHATEVER
def test_any_values_at_our_keys(
    tmp_path: Path,
    head: dict[str, object],
    slos: list[object],
    exclusions: list[object],
    named: bool,  # noqa: FBT001  # drawn by hypothesis
) -> None:
    """Values of every wrong kind at every key of the format give problems, never a traceback."""
    path = tmp_path / "a.yaml"
    whole = {**head, "slos": slos, "exclusions": exclusions}
    whole |= {"apiVersion": "tallystick/v1", "service": "a"} if named else {}
    path.write_text(json.dumps(whole), encoding="utf-8")  # JSON is YAML: the shortest way to write any value

    look_at(path)


@pytest.mark.parametrize("seed", range(400))
def test_broken_definitions(tmp_path: Path, seed: int) -> None:
    """A definition with pieces cut out, doubled, swapped or put in gives problems or SLOs, never a traceback."""
    chance = random.Random(seed)
    text = chance.choice(TEXTS)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice([0, 0, 1, 1, 2, 5, 30]))
        text = text[:start] + chance.choice([*PIECES, "", "", text[start:end] * 2]) + text[end:]
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")

    look_at(path)


WHOLE = [document for text in SHOWN for document in yaml.load_all(text, yaml.BaseLoader)]
INSIDE = [at(document, path) for document in WHOLE for path in paths_in(document)]


@pytest.mark.parametrize("seed", range(300))
def test_values_in_each_others_places(tmp_path: Path, seed: int) -> None:
    """A definition in which a part of another one stands somewhere gives problems or SLOs, never a traceback."""
    chance = random.Random(seed)
    document = copy.deepcopy(chance.choice(WHOLE))
    for _ in range(chance.randint(1, 2)):
        *path, last = chance.choice(list(paths_in(document)))
        at(document, tuple(path))[last] = copy.deepcopy(chance.choice([*INSIDE, *RIGHT]))
    path_of_file = tmp_path / "a.yaml"
    path_of_file.write_text(json.dumps(document), encoding="utf-8")

    look_at(path_of_file)
