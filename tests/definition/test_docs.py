"""The pages on definitions and checks: what they show is what there is."""

import re
from pathlib import Path

import pytest

from tallystick.definition.checks import RULES
from tallystick.definition.document import SLI_KINDS
from tallystick.definition.keys import KEYS
from tallystick.definition.load import load_paths
from tallystick.online import checks as online

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "checks"
BAD = ROOT / "tests" / "bad"

DEFINITIONS = "".join((ROOT / "docs" / page).read_text(encoding="utf-8") for page in ("definitions.md", "reuse.md"))
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
SHOWN = re.compile(r"```text\n(.*?)\n```", re.DOTALL)
YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_examples_of_a_check_are_its_output(rule: object) -> None:
    """A page's examples are of its own code, and are what `check` says of a file in tests/bad, to the letter."""
    code = getattr(rule, "code", "")
    shown = SHOWN.findall((PAGES / f"{code}.md").read_text(encoding="utf-8"))

    assert shown
    for text in shown:
        assert f"({code})" in text
        if code != "path":
            expected = BAD / f"{text.partition(':')[0]}".replace(".yaml", ".expected")
            assert text == expected.read_text(encoding="utf-8").rsplit("\n\n", 1)[0]


def test_index_of_checks_is_complete() -> None:
    """The table has every code once, sorted, with a link to its page and its severity."""
    rows = re.findall(
        r"\| \[([a-z-]+)\]\(([a-z.-]+)\) \| [^|]+ \| (\w+) \|", (PAGES / "README.md").read_text(encoding="utf-8")
    )

    rules = {rule.code: rule for rule in (*RULES, *online.RULES)}
    assert rows == [(code, f"{code}.md", rules[code].severity) for code in sorted(rules)]


@pytest.mark.parametrize("level", KEYS, ids="/".join)
def test_every_key_is_in_the_tables(level: tuple[str, ...]) -> None:
    """Each key of the format has a row."""
    rows = set(re.findall(r"^\| `(\w+)` \|", DEFINITIONS, re.MULTILINE))

    assert set(KEYS[level]) - set(SLI_KINDS) <= rows


@pytest.mark.parametrize("text", [text for text in YAML.findall(DEFINITIONS) if text.startswith("apiVersion")])
def test_definitions_on_the_pages_are_right(tmp_path: Path, text: str) -> None:
    """Who copies a definition from a page has one without a problem."""
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")

    loaded = load_paths([tmp_path])

    assert loaded.problems == ()
    assert loaded.slos or "\nservice:" not in text


def test_parts_on_the_page_are_right(tmp_path: Path) -> None:
    """Each kind of SLI that is shown alone is right in a definition."""
    parts = [text for text in YAML.findall(DEFINITIONS) if text.startswith("sli:")]
    head = "apiVersion: tallystick/v1\nservice: a\nslos:\n"
    slos = [f"  - name: n{number}\n    objective: 99%\n    window: 30d\n" + re.sub("^", "    ", text, flags=re.MULTILINE).rstrip() + "\n" for number, text in enumerate(parts)]  # fmt: skip
    (tmp_path / "a.yaml").write_text(head + "".join(slos), encoding="utf-8")

    loaded = load_paths([tmp_path])

    assert loaded.problems == ()
    assert {slo.sli.kind for slo in loaded.slos} == set(SLI_KINDS) - {"composite"}  # which needs others beside it


def test_glossary_is_sorted() -> None:
    """A word is where it is looked for, once."""
    words = re.findall(r"^\*\*([^*]+)\.\*\*", GLOSSARY, re.MULTILINE)

    assert words == sorted(set(words), key=str.lower)
    assert {"SLI", "SLO", "Ledger", "Coverage", "Burn rate", "Generation"} <= set(words)
