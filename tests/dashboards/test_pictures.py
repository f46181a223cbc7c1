"""The pictures that README and docs show are those that ``make pictures`` makes, of all dashboards that there are."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from dashboards.pictures import DRAWING, IMAGES, LARGEST_BYTES, QUERIES, WIDTH, picture_name, picture_names
from dashboards.queries import Json

CHECKOUT = Path(__file__).parents[2]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
_PICTURE = re.compile(r"!\[(?P<words>[^\]]*)\]\((?P<path>[^)\s]+)\)")


def shown() -> dict[Path, list[tuple[str, str]]]:
    """The files that pages show, each with the pages that do and the words in its stead."""
    found: dict[Path, list[tuple[str, str]]] = {}
    for page in PAGES:
        for match in _PICTURE.finditer(page.read_text(encoding="utf-8")):
            found.setdefault((page.parent / match["path"]).resolve(), []).append((page.name, match["words"]))
    return found


def test_every_dashboard_has_its_picture(rendered: dict[str, Json]) -> None:
    """Those in docs/images are of the dashboards that are generated, and no others: run ``make pictures``."""
    names = picture_names(one["uid"] for one in rendered.values())
    assert {path.name for path in IMAGES.iterdir()} == names
    assert set(QUERIES) <= {one["uid"] for one in rendered.values()}


def test_pages_show_what_is_made(rendered: dict[str, Json]) -> None:
    """Each picture is shown somewhere, those of dashboards on their page; each that is shown is there, and has words in its stead."""
    found = shown()
    assert set(found) == {IMAGES / name for name in picture_names(one["uid"] for one in rendered.values())}
    assert all(len(words) > 10 for uses in found.values() for _, words in uses)
    for one in rendered.values():
        assert "dashboards.md" in [page for page, _ in found[IMAGES / picture_name(one["uid"])]]


@pytest.mark.parametrize("path", sorted(IMAGES.iterdir()), ids=lambda path: path.name)
def test_pictures_are_small_and_sharp(path: Path) -> None:
    """A palette PNG of a few hundred kilobytes at most, as wide as it was drawn."""
    assert path.stat().st_size <= LARGEST_BYTES
    with Image.open(path) as image:
        assert (image.format, image.mode, image.width) == ("PNG", "P", WIDTH)


def test_what_draws_comes_from_where_users_say() -> None:
    """The list of npm packages is exact, and names no registry: npm asks the one that it is set up for."""
    lock = json.loads((DRAWING / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((DRAWING / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert lock["packages"][""]["dependencies"] == wanted
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    installed = {path: one for path, one in lock["packages"].items() if path}
    assert all(one["integrity"].startswith("sha512-") for one in installed.values() if not one.get("link"))
    assert not [path for path, one in installed.items() if "resolved" in one]
