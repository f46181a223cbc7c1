"""Scenes whose ledgers are closed when the test ends."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

import pytest

from daemon.fake import Scene, Value
from tallystick.core.slo import Slo


class MakeScene(Protocol):
    """Makes a `Scene`."""

    def __call__(self, slos: Sequence[Slo], values: Mapping[str, Value], **more: Any) -> Scene:
        """Its arguments are those of `Scene`."""


@pytest.fixture
def make_scene() -> Iterator[MakeScene]:
    """Scenes for one test."""
    with ExitStack() as stack:

        def make(slos: Sequence[Slo], values: Mapping[str, Value], **more: Any) -> Scene:
            made = Scene(slos, values, **more)
            stack.callback(made.ledger.close)
            return made

        yield make
