"""No input makes a traceback, and no place is outside its file."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.definition.load import Loaded, load_paths
from tallystick.definition.render import github_of, json_of, text_of

GOOD = sorted((Path(__file__).parents[2] / "slo-definitions").glob("*.yaml"))
BAD = sorted((Path(__file__).parent.parent / "bad").glob("*.yaml"))
TEXTS = [path.read_bytes().decode(errors="replace") for path in GOOD + BAD]

PIECES = ["{", "}", "[", "]", '"', "'", ":", "- ", "\n", "\t", "&a ", "*a", "<<: ", "!!x ", "|", ">", "%", "#", "0", "-1", "1e99", ".nan", "~",
          "null", "true", "30d", "99.9%", "{}", "[]", "\x00", "\u2028", "\ufeff", "名", "🚀", "---\n", "? ", "{{", 'le="', "=~", "\\"]  # fmt: skip

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
    assert json_of(loaded.problems)
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
KEYS = ["apiVersion", "service", "team", "tier", "labels", "links", "depends_on", "slos", "description", "version"]
SLO_KEYS = ["name", "objective", "window", "sli", "labels", "links", "alerting", "description", "target"]
SLIS = st.dictionaries(
    st.sampled_from(["events", "latency", "up"]),
    st.dictionaries(
        st.sampled_from(["total", "good", "bad", "histogram", "threshold", "metric", "by"]), YAML, max_size=3
    )
    | YAML,
    max_size=2,
)
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
    st.builds(lambda whole, sli, alerting: {**whole, "sli": sli, "alerting": alerting}, st.dictionaries(st.sampled_from(SLO_KEYS), YAML, max_size=5), SLIS, ALERTING)
    | YAML,
    max_size=3,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), YAML, max_size=6), SLOS, st.booleans())
@WHATEVER
def test_any_values_at_our_keys(tmp_path: Path, head: dict[str, object], slos: list[object], named: bool) -> None:  # noqa: FBT001  # drawn by hypothesis
    """Values of every wrong kind at every key of the format give problems, never a traceback."""
    import json  # noqa: PLC0415  # JSON is YAML: the shortest way to write any value

    path = tmp_path / "a.yaml"
    whole = {**head, "slos": slos, **({"apiVersion": "tallystick/v1"} if named else {})}
    path.write_text(json.dumps(whole), encoding="utf-8")

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
