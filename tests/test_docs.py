"""The documentation tells what there is: every command, flag, metric, check and dependency, and its links lead somewhere."""

import importlib
import os
import pkgutil
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.clidoc import CLI_DOC, commands
from tallystick.definition import checks
from tallystick.definition.problem import Rule
from tallystick.ledger import tables
from tallystick.metrics import FAMILIES
from tallystick.online import checks as online

CHECKOUT = Path(__file__).parents[1]
DOCS = CHECKOUT / "docs"
PAGES = sorted([*CHECKOUT.glob("*.md"), *DOCS.rglob("*.md")])
TEXT = {page: page.read_text(encoding="utf-8") for page in PAGES}
COMMANDS = dict(commands())

_FENCE = re.compile(r"^```.*?^```$", flags=re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_NAMED = re.compile(r"`(tallystick [a-z-][^`\n]*)`")
_OURS = re.compile(r"(?<![\w./-])(?:slo|tallystick)_[a-z_]+\b(?![(/*.-])")


def named(page: Path) -> str:
    """How a page is called in a test's name."""
    return page.relative_to(CHECKOUT).as_posix()


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub and GitLab make them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def broken_links(page: Path, text: str) -> list[str]:
    """The relative links of *text* that lead nowhere when it lies at *page*."""
    found = []
    for link in _LINK.findall(_FENCE.sub("", text)):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve()
        there = target.exists() if path else True
        if not there or (anchor and anchor not in anchors(target.read_text("utf-8") if path else text)):
            found.append(link)
    return found


def command_lines(text: str) -> Iterator[list[str]]:
    """The words of every line in a code block that runs ``tallystick``."""
    for block in _FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines()[1:]:
            command = re.match(r"\s*(?:\$ )?(tallystick [a-z-][^|&;<>]*)", line)
            if command:
                try:
                    yield shlex.split(command[1], comments=True)
                except ValueError:  # an apostrophe: words about the command, not a command
                    continue


def unknown_words(words: list[str]) -> list[str]:
    """The flags of a command line that its command does not have; the command itself if there is none."""
    name = "tallystick"
    for word in words[1:]:
        if f"{name} {word}" in COMMANDS:
            name = f"{name} {word}"
    if name == "tallystick" and len(words) > 1 and not words[1].startswith(("-", "<", "[", "C")):
        return [words[1]]
    flags = {flag for parameter in COMMANDS[name].params for flag in (*parameter.opts, *parameter.secondary_opts)}
    known = flags | {"-h", "--help", "--version"}
    return [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]


def test_page_of_commands_is_current() -> None:
    """docs/cli.md is what the commands' ``--help`` says, so every command and flag is in it; else run ``make docs``."""
    # Word by word: where click breaks lines differs between its versions.
    # In a process of its own: click keeps the help option of a command that another test ran without its parent.
    code = "from support.clidoc import cli_document; print(cli_document())"
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT / "tests"), "PYTHONIOENCODING": "utf-8"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8", check=True
    )
    assert CLI_DOC.read_text(encoding="utf-8").split() == told.stdout.split()


def test_every_flag_says_what_it_is_for() -> None:
    """Each option of each command has a help text and an environment variable."""
    for name, command in COMMANDS.items():
        for parameter in command.params:
            if parameter.param_type_name == "option" and not parameter.is_eager:
                assert getattr(parameter, "help", None), f"{name} {parameter.opts[0]} has no help"
                assert str(parameter.envvar).startswith("TALLYSTICK_"), f"{name} {parameter.opts[0]} has no variable"


@pytest.mark.parametrize("family", [family.name for family in FAMILIES])
def test_metric_is_described(family: str) -> None:
    """Every metric family has its line in docs/metrics.md."""
    assert re.search(rf"`{family}(?:\{{[^`]*)?`", TEXT[DOCS / "metrics.md"])


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_metrics_that_are_named_exist(page: Path) -> None:
    """A page names no metric that the exporter does not have."""
    known = {family.name for family in FAMILIES} | {"slo_id", "slo_service", "slo_team", "slo_tier", "slo_kind"}
    known |= {"slo_file", "slo_revision", "slo_window"}
    known |= {"slo_generation", "slo_observed_seconds_total"}  # in what `ledger export` writes
    known |= set(tables.metadata.tables)
    assert set(_OURS.findall(TEXT[page])) <= known


def codes() -> set[str]:
    """The code of every kind of problem."""
    modules = [
        importlib.import_module(f"{checks.__name__}.{module.name}") for module in pkgutil.iter_modules(checks.__path__)
    ]
    found = {value.code for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    return found | {rule.code for rule in online.RULES}


def test_every_check_has_a_page() -> None:
    """docs/checks has a page for each code, and no page without a code."""
    assert codes()
    assert {page.stem for page in (DOCS / "checks").glob("*.md")} - {"README"} == codes()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links name files that exist, and headings that are in them."""
    assert broken_links(page, TEXT[page]) == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_that_are_shown_exist(page: Path) -> None:
    """Commands and flags in code blocks are those that tallystick has."""
    for words in command_lines(TEXT[page]):
        assert not unknown_words(words), f"{' '.join(words)}: there is no {unknown_words(words)}"


def test_commands_that_are_named_exist() -> None:
    """So are those in running text: of pages, of messages, of what Prometheus and Grafana show."""
    sources = [
        path
        for folder, ending in (
            ("exporter", "py"),
            ("exporter", "html"),
            ("rules", "libsonnet"),
            ("dashboards", "libsonnet"),
        )
        for path in (CHECKOUT / folder).rglob(f"*.{ending}")
    ]
    named_in = {path: _NAMED.findall(path.read_text(encoding="utf-8")) for path in (*PAGES, *sources)}
    assert sum(map(len, named_in.values())) > 100
    unknown = {
        f"{named(path)}: {command}"
        for path, commands_ in named_in.items()
        for command in commands_
        if unknown_words(command.split())
    }
    assert unknown == set()


def test_every_page_is_linked() -> None:
    """Whoever starts at the README gets to every page."""
    seen: set[Path] = set()
    todo = [CHECKOUT / "README.md"]
    while todo:
        page = todo.pop()
        if page not in seen:
            seen.add(page)
            links = (link.partition("#")[0] for link in _LINK.findall(TEXT[page]) if "://" not in link)
            todo += [target for link in links if (target := (page.parent / link).resolve()) in TEXT]
    assert {named(page) for page in set(PAGES) - seen} == set()


def test_every_make_target_is_told() -> None:
    """Each target of the Makefile is in its own help, and each ``make`` that a page shows exists."""
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: (\S+)$", makefile, flags=re.MULTILINE))
    assert phony == set(re.findall(r"^([a-z-]+):.* ## \S", makefile, flags=re.MULTILINE))
    for page, text in TEXT.items():
        shown = set(re.findall(r"(?:^|`|\$ )make ([a-z][a-z-]*)", text, flags=re.MULTILINE))
        assert shown <= phony, f"{named(page)}: {shown - phony}"


def test_every_dependency_has_a_reason() -> None:
    """docs/dependencies.md has one row for each dependency of pyproject.toml, and none besides."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    wanted += project["build-system"]["requires"]
    names = {re.split(r"[\[<>=~! ]", requirement)[0] for requirement in wanted}
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", TEXT[DOCS / "dependencies.md"], flags=re.MULTILINE)
    assert {name for name, _ in rows} == names
    assert len(rows) == len(names), "a dependency has two rows"


def test_broken_links_are_found(tmp_path: Path) -> None:
    """Links to a missing file or a missing heading are found; code blocks and addresses are let be."""
    (tmp_path / "there.md").write_text("# A heading: with `code`\n")
    good = "# Own\n[a](there.md) [b](there.md#a-heading-with-code) [c](#own) [d](https://example.com)\n"
    assert broken_links(tmp_path / "page.md", f"{good}```\n[x](nowhere.md)\n```\n") == []
    bad = "[a](nowhere.md) [b](there.md#nothing) [c](#nothing)"
    assert broken_links(tmp_path / "page.md", bad) == ["nowhere.md", "there.md#nothing", "#nothing"]


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ("tallystick check slo-definitions", []),
        ("$ tallystick generate --out=build  # --no-such", []),
        ("tallystick generate --oot build | cat --none", ["--oot"]),
        ("tallystick chekc slo-definitions", ["chekc"]),
    ],
)
def test_wrong_commands_are_found(line: str, unknown: list[str]) -> None:
    """A command or a flag that does not exist is found; comments and other programs are let be."""
    (words,) = command_lines(f"```sh\n{line}\n```")
    assert unknown_words(words) == unknown
