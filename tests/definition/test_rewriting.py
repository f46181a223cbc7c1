"""Definitions of other tools, written anew: the same SLOs, the same rules, and comments where they belong."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from definition.samples import ALERT_WINDOWS, FOREIGN, SLOTH
from definition.test_docs import DEFINITIONS, YAML
from definition.test_yamltext import TEXTS
from tallystick.core.slo import Slo
from tallystick.definition.formats.base import Reading
from tallystick.definition.load import Loaded, load_paths
from tallystick.definition.node import Mapping
from tallystick.definition.rewriting import rewrite
from tallystick.generate.render import Part, render

SAMPLES = Path(__file__).parents[2] / "slo-definitions"
RULES: tuple[Part, ...] = ("rules",)
NOW = 1_790_000_000.0


def load(folder: Path, *texts: str) -> Loaded:
    """What *texts* give, each in a file."""
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8", newline="")
    return load_paths([folder])


def again(folder: Path, loaded: Loaded) -> Loaded:
    """What is written of *loaded*, loaded; each service has its file."""
    folder.mkdir()
    for service, text in rewrite(loaded).items():
        (folder / f"{service}.yaml").write_text(text, encoding="utf-8", newline="")
    return load_paths([folder])


def placeless(slos: Iterable[Slo]) -> list[Slo]:
    """*slos*, wherever they and what is agreed about them are written."""
    return [
        replace(
            slo,
            file="",
            line=0,
            exclusions=tuple(replace(one, file="", line=0) for one in slo.exclusions),
            agreements=tuple(replace(one, file="", line=0) for one in slo.agreements),
        )
        for slo in slos
    ]


@pytest.mark.parametrize("name", FOREIGN)
def test_the_same_slos_and_rules(tmp_path: Path, name: str) -> None:
    """Nothing is a problem, the SLOs are equal with their revisions, and so is each byte of their rules."""
    before = load(tmp_path / "a", *FOREIGN[name])
    after = again(tmp_path / "b", before)

    assert before.slos
    assert not before.errors
    assert [problem for problem in after.problems if problem.severity == "error"] == []
    assert placeless(after.slos) == placeless(before.slos)
    assert render(after.slos, RULES, at=NOW) == render(before.slos, RULES, at=NOW)


def as_foreign(loaded: Loaded) -> Loaded:
    """*loaded* as if its documents had been read from files of another tool: whatever a reader may ever give."""
    roots: dict[int, Mapping] = {id(entry.document.node): entry.document.node for entry in loaded.entries.values()}
    return replace(loaded, readings=tuple(Reading(root, {}, documents=[root]) for root in roots.values()))


OURS = [path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("*.yaml"))]
SHOWN = [text for text in YAML.findall(DEFINITIONS) if text.startswith("apiVersion")]


@pytest.mark.parametrize("texts", [OURS, *([text] for text in SHOWN if "\nslos:" in text)])
def test_all_that_our_format_can_say(tmp_path: Path, texts: list[str]) -> None:
    """Every key of the format comes back: each kind of SLI, exclusions, tiers (which are written out), calendars."""
    before = load(tmp_path / "a", *texts)
    assert not before.problems

    after = again(tmp_path / "b", as_foreign(before))

    assert after.problems == ()
    assert placeless(after.slos) == placeless(before.slos)


LABELS = st.dictionaries(st.sampled_from(["a", "b", "team", "owner"]), TEXTS, max_size=3)


@given(LABELS, TEXTS, st.dictionaries(st.sampled_from(["summary", "x"]), TEXTS, max_size=2))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_texts(tmp_path: Path, labels: dict[str, str], description: str, annotations: dict[str, str]) -> None:
    """Labels, annotations and descriptions of any kind come back as they were, or are refused before."""
    document: dict[str, Any] = yaml.safe_load(SLOTH)
    document["labels"] = labels
    document["slos"][0] |= {"description": description}
    document["slos"][0]["alerting"]["annotations"] = annotations
    before = load(tmp_path / "a", yaml.safe_dump(document, allow_unicode=True))
    text = "---\n".join(rewrite(before).values())
    (tmp_path / "b.yaml").write_text(text, encoding="utf-8", newline="")

    if not before.errors:
        after = load_paths([tmp_path / "b.yaml"])
        assert not after.errors
        assert placeless(after.slos) == placeless(before.slos)


WRITTEN = """\
# Imported by tallystick from /a/0.yaml.
apiVersion: tallystick/v1
# note: over 30d, Sloth's default, unless defaults say otherwise: the file has no period (period)
service: shop
# note: team web owns this, by the label `owner` (team)
team: web
slos:
  # What customers notice.
  # Agreed in spring.
  - name: availability
    description: Requests are answered.
    objective: 99.9%
    window: 30d
    sli:
      events:
        total: sum(rate(requests_total{job="shop"}[$window]))
        bad: sum(rate(requests_total{job="shop",code=~"5.."}[$window]))
    labels:
      owner: web
      env: prod
    # note: alerts are called SLOBurnRate, not ShopErrors; labels tell them apart (alert-name)
    alerting:
      page:
        labels:
          severity: critical
        annotations:
          summary: 'Errors: {{ $labels.slo }}'
      ticket:
        enabled: false
        annotations:
          summary: 'Errors: {{ $labels.slo }}'
  - name: regions
    objective: 99%
    window: 30d
    # note: one SLO for each region, as the queries keep it (grouped)
    sli:
      events:
        total: sum by (region) (rate(requests_total[$window]))
        bad: sum by (region) (rate(errors_total[$window]))
        by: [region]
    labels:
      owner: web
      env: test
"""


def test_what_is_written(tmp_path: Path) -> None:
    """Keys are in the order of the documentation; notes are above what they are about; the file's own comments stay."""
    text = next(iter(rewrite(load(tmp_path / "a", SLOTH)).values()))

    assert text.replace(str(tmp_path), "") == WRITTEN


def test_comments_can_not_end_their_line(tmp_path: Path) -> None:
    """A separator of lines in a comment, in a name or in a file's name is written as what it is."""
    before = load(tmp_path / "a\u2028x: y", SLOTH.replace("# Agreed in spring.", "# Agreed\u202e in \u00a0spring."))
    (text,) = rewrite(before).values()

    assert "\u2028" not in text
    assert "a<U+2028>x: y/0.yaml" in text
    assert "# Agreed<U+202E> in <U+00A0>spring." in text


def test_one_file_a_service(tmp_path: Path) -> None:
    """Documents that say the same of their service are one; others of the service are in the same file."""
    other = SLOTH.replace("availability", "quick").replace("regions", "places")
    third = other.replace("owner: web", "owner: ops").replace("quick", "slow").replace("places", "towns")
    fourth = SLOTH.replace("service: shop", "service: stock")
    texts = rewrite(load(tmp_path / "a", SLOTH, other, third, fourth))

    assert list(texts) == ["shop", "stock"]
    documents = list(yaml.safe_load_all(texts["shop"]))
    assert [(one["team"], [slo["name"] for slo in one["slos"]]) for one in documents] == [
        ("web", ["availability", "regions", "quick", "places"]),
        ("ops", ["slow", "towns"]),
    ]
    assert "0.yaml, " in texts["shop"].splitlines()[0]
    assert sum("(period)" in line for line in texts["shop"].splitlines()) == 2


def of_two_owners(wrong: str = "99") -> str:
    """Sloth's file with an SLO of the team web, and one of ops whose objective is *wrong*."""
    text = SLOTH.replace("objective: 99\n", f"objective: {wrong}\n")
    first, second = text.split("  - name: regions", 1)
    return f"{first}  - name: regions{second.replace('owner: web', 'owner: ops')}".replace("env: test", "owner: ops")


def test_notes_are_told_once(tmp_path: Path) -> None:
    """Each owner's SLOs are a document, with the notes on these SLOs; what is said of the file is in both."""
    (text,) = rewrite(load(tmp_path / "a", of_two_owners())).values()

    web, ops = text.split("---\n")
    assert [("team: web" in one, "team: ops" in one) for one in (web, ops)] == [(True, False), (False, True)]
    assert [one.count("(alert-name)") for one in (web, ops)] == [1, 0]
    assert [one.count("(grouped)") for one in (web, ops)] == [0, 1]
    assert [one.count("(period)") for one in (web, ops)] == [1, 1]
    assert [one.count("team web owns this") for one in (web, ops)] == [1, 0]


def test_an_error_concerns_its_owner_alone(tmp_path: Path) -> None:
    """What is right in a file is written, whoever else has something wrong in it, and tells what is missing."""
    (text,) = rewrite(load(tmp_path / "a", of_two_owners("100"))).values()

    assert [slo["name"] for slo in yaml.safe_load(text)["slos"]] == ["availability"]
    assert text.count("regions") == text.count("  # Not imported: regions: objective 100% leaves no error budget") == 1


def test_what_is_wrong_is_left_out(tmp_path: Path) -> None:
    """An SLO with an error is a comment among those that are right; a document with one outside of them is not written."""
    wrong = SLOTH.replace("objective: 99\n", "objective: 100\n")
    texts = rewrite(load(tmp_path / "a", wrong, SLOTH.replace("service: shop", "service: sho/p")))

    assert list(texts) == ["shop"]
    assert [slo["name"] for slo in yaml.safe_load(texts["shop"])["slos"]] == ["availability"]
    assert "  # Not imported: regions: objective 100% leaves no error budget (objective-range)\n" in texts["shop"]
    assert "grouped" not in texts["shop"]


def test_services_may_be_left_out(tmp_path: Path) -> None:
    """By their names."""
    loaded = load(tmp_path / "a", SLOTH, ALERT_WINDOWS)

    assert rewrite(loaded, {"shop"}) == {}
    assert list(rewrite(loaded)) == ["shop"]
