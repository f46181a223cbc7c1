"""
Right files, made wrong in every single place: each gives a clear problem, or means what it then says; never a traceback.

By the command as a user runs it, in this process; those that are large, in one of their own whose time and memory are measured.
"""

import copy
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from definition.samples import (
    ALERT_WINDOWS,
    OPENSLO,
    PYRRA,
    SLO_GENERATOR,
    SLO_GENERATOR_CONFIG,
    SLOTH,
    SLOTH_RESOURCE,
)
from definition.test_docs import DEFINITIONS, YAML
from definition.trees import at, paths_in
from tallystick.cli.check import check
from tallystick.cli.importing import import_
from tallystick.core.slo import Slo
from tallystick.definition.load import load_paths

PATIENCE_SECONDS = 5.0
MEMORY_BYTES = 1_500 * 1024**2

OURS = {f"ours-{number}": (text,) for number, text in enumerate(YAML.findall(DEFINITIONS)) if "apiVersion" in text}
SAMPLES: dict[str, tuple[str, ...]] = {
    **OURS,
    "sloth": (SLOTH,),
    "sloth-resource": (SLOTH_RESOURCE,),
    "sloth-windows": (ALERT_WINDOWS, SLOTH),
    "pyrra": (PYRRA,),
    "openslo": (OPENSLO,),
    "slo-generator": (SLO_GENERATOR,),
    "slo-generator-config": (SLO_GENERATOR_CONFIG, SLO_GENERATOR),
}
"""Right files of every format; the first is the one that is made wrong, the others lie beside it."""

UNREAD = {"metadata", "exporters", "backends", "connectionDetails"}
"""Keys of other tools whose values may be anything, as they are not read."""

FREE = UNREAD | {"labels", "annotations", "links", "tiers", "error_budget_policies"}
"""Whose keys are the user's own, or may be."""


def looked_at(folder: Path, content: str | bytes, *, beside: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """
    What `check` tells of a file that holds *content* that is wrong, having looked at all that it tells.

    Unknown keys are among it where they are mere warnings, as in files of a tool that passes over them.
    """
    path = folder / "a.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(errors="surrogatepass"))
    for number, text in enumerate(beside):
        (folder / f"beside-{number}.yaml").write_text(text, encoding="utf-8")
    began = time.process_time()  # not of the clock: other tests may be running
    result = CliRunner().invoke(check, [str(folder), "--format", "json", "--notes"])
    assert time.process_time() - began < PATIENCE_SECONDS
    assert_no_traceback(result)
    lines = [line.split("\n") for line in texts_of(folder).values()]
    told: list[dict[str, Any]] = json.loads(result.output)
    for one in told:
        assert one["message"].strip()
        assert 1 <= one["column"] <= one["end_column"]
        assert 1 <= one["line"] <= max(map(len, lines))
    errors = [one for one in told if one["severity"] == "error"]
    assert result.exit_code == (1 if errors else 0)
    return [one for one in told if one in errors or one["code"] == "unknown-key"]


def texts_of(folder: Path) -> dict[str, str]:
    """What lies in *folder*, with one kind of line break."""
    found = {path.name: path.read_bytes().decode(errors="replace") for path in folder.glob("*.yaml")}
    return {name: re.sub(r"\r\n?", "\n", text) for name, text in found.items()}


def assert_no_traceback(result: Result) -> None:
    """A command ends by itself, or in an exit code."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception


def rewritten(folder: Path) -> None:
    """What can be read of it can be rewritten, and is the same then."""
    result = CliRunner().invoke(import_, [str(folder), "--partial"])
    assert_no_traceback(result)
    assert result.exit_code in (0, 1)


def meaning(folder: Path) -> list[Slo]:
    """The SLOs in *folder*, wherever they are written."""
    return [
        replace(slo, file="", line=0, exclusions=tuple(replace(one, file="", line=0) for one in slo.exclusions))
        for slo in load_paths([folder]).slos
    ]


def is_free(path: tuple[Any, ...]) -> bool:
    """Whether what is at *path* is inside of something that the user fills as he likes."""
    return any(step in FREE for step in path[:-1])


class Plain(str):
    """A plain scalar, as it is written."""

    __slots__ = ()


class Dumper(yaml.SafeDumper):
    """Writes each value as it was written."""


Dumper.add_representer(Plain, lambda dumper, text: yaml.ScalarNode(dumper.represent_str(str(text)).tag, str(text)))


def parsed(text: str) -> list[Any]:
    """The documents of *text*; whatever is not quoted stays as it is written."""

    class Loader(yaml.SafeLoader):
        pass

    def scalar(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:  # noqa: ARG001  # PyYAML's
        return node.value if node.style else Plain(node.value)

    for tag in ("str", "int", "float", "bool", "null", "timestamp"):
        Loader.add_constructor(f"tag:yaml.org,2002:{tag}", scalar)
    return list(yaml.load_all(text, Loader))


def dumped(documents: list[Any]) -> str:
    """*documents* as text; keys and values that were plain are plain."""
    return "---\n".join(_flow(document) + "\n" for document in documents)


def _flow(value: Any) -> str:
    """*value* in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, Plain) and re.fullmatch(r"[-+.\w%]+", value):
        return str(value)
    return json.dumps(value) if not isinstance(value, Plain) else json.dumps(str(value))


def variants(name: str) -> Iterator[tuple[tuple[Any, ...], list[Any]]]:
    """The way to each value of the first file of a sample, with the file's documents to change."""
    documents = parsed(SAMPLES[name][0])
    for path in paths_in(documents):
        if len(path) > 1:
            yield path, copy.deepcopy(documents)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_right(tmp_path: Path, name: str) -> None:
    """As they are, and as they are written here before something is changed."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert looked_at(tmp_path / "a", SAMPLES[name][0], beside=SAMPLES[name][1:]) == []
    assert looked_at(tmp_path / "b", dumped(parsed(SAMPLES[name][0])), beside=SAMPLES[name][1:]) == []
    assert meaning(tmp_path / "a") == meaning(tmp_path / "b")


@pytest.mark.parametrize("name", SAMPLES)
def test_every_key_misspelt(tmp_path: Path, name: str) -> None:
    """A key with a letter more is told, wherever the keys are not the user's own."""
    for path, documents in variants(name):
        *above, key = path
        if isinstance(key, str):
            parent = at(documents, tuple(above))
            parent[f"{key}q"] = parent.pop(key)
            errors = looked_at(tmp_path, dumped(documents), beside=SAMPLES[name][1:])
            assert errors or is_free(path), path


@pytest.mark.parametrize("name", SAMPLES)
def test_every_key_removed(tmp_path: Path, name: str) -> None:
    """A key that is gone is told, or says nothing any more."""
    for path, documents in variants(name):
        *above, key = path
        del at(documents, tuple(above))[key]
        looked_at(tmp_path, dumped(documents), beside=SAMPLES[name][1:])
        if name not in OURS:
            rewritten(tmp_path)


OTHERS = ["", Plain("null"), Plain("-1"), Plain("1e999"), Plain("true"), "x" * 20_000, "{{ ${X} \ud800"]
"""Scalars that are hardly ever right; each place gets two of them in turn, and nothing, which is told everywhere."""


@pytest.mark.parametrize("name", SAMPLES)
def test_every_value_is_another(tmp_path: Path, name: str) -> None:
    """Any scalar in the place of any value is told, or is what the file then says."""
    for number, (path, documents) in enumerate(variants(name)):
        *above, key = path
        for other in (Plain("null"), *(OTHERS[(2 * number + turn) % len(OTHERS)] for turn in range(2))):
            at(documents, tuple(above))[key] = other
            errors = looked_at(tmp_path, dumped(documents), beside=SAMPLES[name][1:])
            if (
                not errors and other == "null" and name.startswith(("sloth", "pyrra", "openslo"))
            ):  # there nothing is as if it was not there
                del at(documents, tuple(above))[key]
                assert looked_at(tmp_path, dumped(documents), beside=SAMPLES[name][1:]) == []
                at(documents, tuple(above))[key] = other
            else:
                assert errors or other != "null" or is_free(path) or key in UNREAD, path


@pytest.mark.parametrize("name", SAMPLES)
def test_every_value_of_another_kind(tmp_path: Path, name: str) -> None:
    """A mapping where none belongs, a list of mappings, and a value that is wrapped into a list, are told."""
    for number, (path, documents) in enumerate(variants(name)):
        *above, key = path
        parent = at(documents, tuple(above))
        there = parent[key]
        others: tuple[Any, ...] = ({"q": Plain("1")}, [{"q": [Plain("1")]}], [], {}, [there], [[there]], {key: there})
        for turn in range(3):
            other = parent[key] = others[(3 * number + turn) % len(others)]
            errors = looked_at(tmp_path, dumped(documents), beside=SAMPLES[name][1:])
            fits = other in ([], {}) or other == [there] or is_free(path) or key in FREE
            assert errors or fits, (path, other)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_key_twice(tmp_path: Path, name: str) -> None:
    """A line that is there twice is told where it makes a key double, and changes nothing otherwise."""
    lines = SAMPLES[name][0].splitlines(keepends=True)
    for number, line in enumerate(lines):
        errors = looked_at(
            tmp_path, "".join([*lines[: number + 1], line, *lines[number + 1 :]]), beside=SAMPLES[name][1:]
        )
        assert errors or not re.match(r" *(?:- )?[\w]+: *[^ |>{\[#]", line) or "- " in line, line


MARKS = "{}[]()\"':,-|>#&*%"


@pytest.mark.parametrize("name", SAMPLES)
def test_every_mark_dropped(tmp_path: Path, name: str) -> None:
    """A bracket, a quote or a colon that is missing is told, or leaves something that can be read."""
    text = SAMPLES[name][0]
    for place, character in enumerate(text):
        if character in MARKS:
            looked_at(tmp_path, text[:place] + text[place + 1 :], beside=SAMPLES[name][1:])


@pytest.mark.parametrize("name", SAMPLES)
def test_indentation_broken(tmp_path: Path, name: str) -> None:
    """A line that stands one column off, or is indented by a tab, is told, or leaves something that can be read."""
    lines = SAMPLES[name][0].splitlines(keepends=True)
    for number, line in enumerate(lines):
        for other in (f" {line}", line.removeprefix(" "), f"\t{line}", f"  {line}"):
            looked_at(tmp_path, "".join([*lines[:number], other, *lines[number + 1 :]]), beside=SAMPLES[name][1:])


@pytest.mark.parametrize("name", SAMPLES)
def test_cut_anywhere(tmp_path: Path, name: str) -> None:
    """Half a file is told, or what is left of it is whole."""
    text = SAMPLES[name][0]
    for place in range(0, len(text), 11):
        looked_at(tmp_path, text[:place], beside=SAMPLES[name][1:])


SAME: dict[str, Callable[[str], bytes]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "no newline at its end": lambda text: text.rstrip("\n").encode(),
    "markers": lambda text: f"%YAML 1.2\n---\n{text}...\n".encode(),
    "comments": lambda text: "# é\n".encode() + text.encode() + b"# end",
    "standard tags": lambda text: re.sub(
        r"^(service|version|kind): ", r"\1: !!str ", text, flags=re.MULTILINE
    ).encode(),
}


@pytest.mark.parametrize("how", SAME)
@pytest.mark.parametrize("name", SAMPLES)
def test_means_the_same(tmp_path: Path, name: str, how: str) -> None:
    """How a file ends its lines, and the like, changes nothing."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert looked_at(tmp_path / "a", SAMPLES[name][0], beside=SAMPLES[name][1:]) == []
    assert looked_at(tmp_path / "b", SAME[how](SAMPLES[name][0]), beside=SAMPLES[name][1:]) == []
    assert meaning(tmp_path / "a") == meaning(tmp_path / "b")


WRONG: dict[str, Callable[[str], bytes]] = {
    "a NUL": lambda text: text.encode().replace(b"\n", b"\n\x00", 1),
    "latin-1": lambda text: text.encode() + "# Zürich\n".encode("latin-1"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "an escape": lambda text: text.encode() + b"x: \x1b[31m\n",
    "an own tag": lambda text: text.encode().replace(b": ", b": !python/object:os.system ", 1),
    "a number as key": lambda text: text.encode() + b"1: 2\n",
    "a list as key": lambda text: text.encode() + b"? [a, b]\n: c\n",
    "a merge of text": lambda text: text.encode() + b"<<: text\n",
    "a merge of nothing": lambda text: text.encode() + b"<<:\n",
    "an unknown anchor": lambda text: text.encode() + b"q: *q\n",
    "an anchor of another document": lambda text: b"x: &q 1\n---\n" + text.encode() + b"q: *q\n",
    "an alias of itself": lambda text: text.encode() + b"q: &q [*q]\n",
    "a bomb": lambda text: bomb().encode() + text.encode(),
    "deep lists": lambda text: text.encode() + b"q: " + b"[" * 5_000,
    "deep mappings": lambda text: text.encode() + b"q: " + b"{a: " * 5_000,
    "deep indents": lambda text: text.encode() + b"".join(b" " * depth + b"q:\n" for depth in range(600)),
    "a large scalar": lambda text: text.encode() + b"q: " + b"x" * 9_000_000,
    "a large key": lambda text: text.encode() + b"x" * 1_000_000 + b": q\n",
    "many keys": lambda text: text.encode() + b"".join(b"q%d: 1\n" % number for number in range(5_000)),
    "a foreign version": lambda text: re.sub(r"v[12]", "v9", text).encode(),
}  # fmt: skip


def bomb() -> str:
    """Anchors that stand for 10 to the power of 9 values."""
    levels = ["x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"]
    levels += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9)]
    return "".join(levels)


@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("name", ["ours-0", "sloth", "sloth-resource", "slo-generator"])
def test_wrong_as_a_whole(tmp_path: Path, name: str, how: str) -> None:
    """It is told, quickly, and there is no SLO of that file, unless what is wrong is a key that its tool passes over."""
    errors = looked_at(tmp_path, WRONG[how](SAMPLES[name][0].split("\n---\n")[0] + "\n"), beside=SAMPLES[name][1:])

    assert errors
    loaded = load_paths([tmp_path / "a.yaml"])
    assert bool(loaded.slos) == (not loaded.errors)
    assert loaded.errors or name.startswith("sloth")


LARGE: dict[str, Callable[[str], str]] = {
    "50 MB": lambda text: text + "# " + "x" * 50_000_000,
    "half a MB of SLOs": lambda text: text + "\n---\n".join([text] * (500_000 // len(text))),
    "a bomb of mappings": lambda text: "".join(
        ["a0: &a0 {x: 1}\n", *(f"a{n}: &a{n} {{{', '.join(f'k{m}: *a{n - 1}' for m in range(9))}}}\n" for n in range(1, 12))]
    )
    + text,
    "a million nothings": lambda text: text + "q: [" + "," * 1_000_000 + "]\n",
    "a huge scalar": lambda text: text.replace("requests_total", "x" * 9_000_000, 1),
    "quotes that never end": lambda text: text + 'q: "' + "a\n" * 1_000_000,
    "a query of quotes": lambda text: re.sub(r"(total|total_query): .*", lambda match: f"{match[1]}: '" + '\\"' * 2_000_000 + "'", text, count=1),
    "a query of braces": lambda text: re.sub(r"(total|total_query): .*", lambda match: f"{match[1]}: '" + "{{" * 2_000_000 + "'", text, count=1),
    "an objective of digits": lambda text: re.sub(r"objective: .*", "objective: 0." + "9" * 4_000_000, text, count=1),
}  # fmt: skip


@pytest.mark.parametrize("how", LARGE)
@pytest.mark.parametrize("name", ["ours-0", "sloth"])
def test_large_files(tmp_path: Path, name: str, how: str) -> None:
    """In a process of its own: no traceback, and time and memory have bounds."""
    path = tmp_path / "a.yaml"
    path.write_text(LARGE[how](SAMPLES[name][0]), encoding="utf-8")
    command = [sys.executable, "-m", "tallystick", "check", str(path), "--format", "json"]
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))  # noqa: E731

    done = subprocess.run(command, check=False, capture_output=True, preexec_fn=limit, env=os.environ, timeout=120)

    assert b"Traceback" not in done.stderr
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)
