"""What the exporter would have told over some time of the past, as OpenMetrics with timestamps."""

import tempfile
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Self

from prometheus_client.utils import floatToGoString

from tallystick.metrics.families import FAMILIES
from tallystick.metrics.page import label_text


class History:
    """
    Samples of one instant after another, a `tallystick.metrics.page.Sink`.

    OpenMetrics wants families together, and in them the samples of a series after one another, while figures come instant by
    instant. So what was added since the last `flush` is in memory, and all before it in a file for each family, in a folder
    that is gone at the end.

    Attributes:
        at: the instant of the samples that are added, in seconds since 1970.
    """

    def __init__(self, labels: Mapping[str, str]) -> None:
        """Put *labels* on every series, behind its own."""
        self.at = 0
        self._more = "".join(f",{label_text({name: value})}" for name, value in labels.items())
        self._series: dict[str, dict[str, list[str]]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="tallystick-figures-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def add(self, name: str, labels: str, value: float | Fraction | None) -> None:
        """Add a sample of family *name*, unless its value is unknown; *labels* as `label_text` writes them."""
        if value is not None:
            text = floatToGoString(float(value))  # type: ignore[no-untyped-call]  # the library's own has no types
            self._series.setdefault(name, {}).setdefault(labels, []).append(f" {text} {self.at}\n")

    def flush(self) -> None:
        """Put away what was added; its series are whole, and none of them comes again."""
        for name, series in self._series.items():
            with self._file(name).open("a", encoding="utf-8", newline="") as file:
                for labels, samples in series.items():
                    start = f"{name}{{{labels}{self._more}}}"
                    file.writelines(start + sample for sample in samples)
        self._series.clear()

    def lines(self) -> Iterator[str]:
        """All of it; the last line is the end of file."""
        self.flush()
        for family in FAMILIES:
            if self._file(family.name).exists():
                yield family.head(openmetrics=True)
                with self._file(family.name).open(encoding="utf-8", newline="") as file:
                    yield from file
        yield "# EOF\n"

    def _file(self, name: str) -> Path:
        return Path(self._folder.name, name)
