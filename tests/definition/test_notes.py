"""What is told of definitions of other tools has its section on their page."""

import re
from pathlib import Path

from tallystick.definition.formats import NOTES
from tallystick.definition.formats.openslo.model import SHAPES
from tallystick.definition.formats.openslo.severities import PAGES, TICKETS

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_each_kind_of_note_has_its_section() -> None:
    """The sections under "Notes" are the codes, sorted."""
    sections = re.findall(r"^### ([a-z-]+)$", PAGE.partition("## Notes")[2], re.MULTILINE)

    assert sections == sorted(rule.code for rule in NOTES)


def test_each_field_of_openslo_is_in_the_table() -> None:
    """Every key of every object that is read has its place in the table of fields, or is one of the words beside it."""
    table = PAGE.partition("### Every field")[2].partition("### ")[0]
    keys = {key for shape in SHAPES.values() for level in shape.keys.values() for key in level}

    assert keys - set(re.findall(r"[a-zA-Z]+", table)) <= {"apiVersion"}


def test_words_of_severities_are_on_the_page() -> None:
    """The page has every word, on its side."""
    said = PAGE.partition("### Severities")[2].partition("### ")[0]
    pages, tickets = said.split("These are **tickets**")

    assert set(re.findall(r"`([a-z0-9]+)`", pages)) == PAGES
    assert set(re.findall(r"`([a-z0-9]+)`", tickets)) == TICKETS
