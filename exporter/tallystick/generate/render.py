"""SLOs to the files that are generated of them, all in memory: nothing is written unless everything could be made."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import orjson

from tallystick.core.slo import Slo
from tallystick.generate.mixin import TREES, Tree, evaluate
from tallystick.generate.resolved import Json, resolve
from tallystick.generate.ruletext import rule_text

CHUNK = 25
"""SLOs to one run of jsonnet, which keeps what it made until it ends: 1,000 at once take 450 MB, 25 take 40."""

Report = Callable[[int, int], None]
"""Told how many SLOs are done, of how many."""


def render(
    slos: Iterable[Slo],
    trees: Collection[Tree] = TREES,
    config: Mapping[str, Any] | None = None,
    report: Report = lambda _done, _all: None,
) -> dict[str, bytes]:
    """
    The files of *trees* for *slos*.

    Args:
        slos: what they are made for, in any order.
        trees: which of ``rules`` and ``dashboards``.
        config: what is changed in the trees' ``config.libsonnet``.
        report: is told about progress.

    Returns:
        Path under the output folder -> its bytes, the same for the same *slos*.

    Raises:
        GenerateError: jsonnet failed.
    """
    resolved = resolve(slos)
    files: dict[str, bytes] = {}
    if "rules" in trees:
        files |= _rules(resolved, config or {}, report)
    if "dashboards" in trees:
        files |= _dashboards(resolved, config or {})
    return files


def _rules(resolved: Sequence[Json], config: Mapping[str, Any], report: Report) -> dict[str, bytes]:
    files = {}
    done = 0
    for chunk in chunks(resolved):
        for name, document in evaluate("rules", chunk, config).items():
            files[f"rules/{name}"] = rule_text(document).encode()
        done += len(chunk)
        report(done, len(resolved))
    return files


def _dashboards(resolved: Sequence[Json], config: Mapping[str, Any]) -> dict[str, bytes]:
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    found = evaluate("dashboards", resolved, config)
    return {f"dashboards/{name}": orjson.dumps(document, option=options) for name, document in found.items()}


def chunks(resolved: Sequence[Json]) -> Iterator[list[Json]]:
    """*resolved* in parts of about `CHUNK`, cut between services because a service is one file."""
    part: list[Json] = []
    for _, of_service in groupby(resolved, key=lambda slo: slo["file_name"]):
        part += of_service
        if len(part) >= CHUNK:
            yield part
            part = []
    if part:
        yield part
