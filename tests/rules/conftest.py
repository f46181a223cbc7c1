"""Rules of one SLO, ready to be tried on series."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from support.promtool import Trial, Try
from tallystick.core.slo import Slo


@pytest.fixture
def try_rules(promtool: Path, tmp_path: Path) -> Try:
    """Make a `Trial` of some SLO and series, with one promtool after the other."""

    def make(slo: Slo, given: Mapping[str, str], **more: Any) -> Trial:
        return Trial(promtool, tmp_path, [slo], given, **more)

    return make
