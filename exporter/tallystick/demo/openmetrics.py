"""Writing series as OpenMetrics text, which ``promtool tsdb create-blocks-from openmetrics`` reads."""

from collections.abc import Iterable
from pathlib import Path

from tallystick.core.selector import quote
from tallystick.demo.samples import Series

_BUFFER_BYTES = 1 << 20


class _Endings(dict[float, str]):
    """How a line with a sample of an instant ends; all series of a target share their instants."""

    def __missing__(self, at: float) -> str:
        self[at] = f" {at:.2f}\n"
        return self[at]


def write_openmetrics(series: Iterable[Series], path: Path) -> int:
    """
    Write *series* to *path*; samples of one series follow one another, oldest first.

    Returns:
        How many samples were written.
    """
    samples = 0
    endings = _Endings()
    with path.open("w", buffering=_BUFFER_BYTES, encoding="utf-8") as file:
        for one in series:
            labels = ",".join(f"{name}={quote(value)}" for name, value in one.labels.items())
            start = f"{one.metric}{{{labels}}} "
            # One expression for each of some million lines: this is where the time goes.
            pairs = zip(one.values.tolist(), one.times.tolist(), strict=True)
            file.write("".join([f"{start}{value}{endings[at]}" for value, at in pairs]))
            samples += len(one.times)
        file.write("# EOF\n")
    return samples
