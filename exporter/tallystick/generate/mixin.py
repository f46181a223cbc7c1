"""Finding and running the jsonnet that makes rules and dashboards."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import orjson
import rjsonnet

from tallystick.errors import GenerateError

Tree = Literal["rules", "dashboards"]
TREES: tuple[Tree, ...] = get_args(Tree)

_ENGINE: Any = rjsonnet
"""Its published types leave out what controls the garbage collector."""

_HERE = Path(__file__).resolve()
_PACKAGED = _HERE.parents[1] / "jsonnet"
ROOT = _PACKAGED if _PACKAGED.is_dir() else _HERE.parents[3]
"""Folder of ``rules/`` and ``dashboards/``: in the wheel beside the package, in a checkout at its top."""


def entry(tree: Tree, name: str = "") -> Path:
    """The file that prints *tree*: a function of ``slos`` and ``config`` that gives file names and their contents."""
    return ROOT / tree / f"{name or tree}.jsonnet"


def evaluate(
    tree: Tree, slos: Sequence[Mapping[str, Any]], config: Mapping[str, Any], name: str = ""
) -> dict[str, Any]:
    """
    Evaluate *tree*.

    Args:
        tree: which of the two.
        slos: as `tallystick.generate.resolved.resolve` makes them.
        config: what is changed in its ``config.libsonnet``.
        name: another file of *tree*, which prints a part of it.

    Returns:
        File name -> its contents, as JSON knows them.

    Raises:
        GenerateError: jsonnet failed; the message is jsonnet's own, with file and line.
    """
    try:
        text = _ENGINE.evaluate_file(
            str(entry(tree, name)),
            jpathdir=[str(ROOT)],
            tla_codes={"slos": orjson.dumps(slos).decode(), "config": orjson.dumps(config).decode()},
            gc=False,  # collecting once, below, takes a third of the time of collecting on the way
        )
    except RuntimeError as fault:
        raise GenerateError(f"{tree}: {fault}") from fault
    finally:
        _ENGINE.gc()
    found = orjson.loads(text)
    assert isinstance(found, dict)
    return found
