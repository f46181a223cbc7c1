"""The definitions."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tallystick.cli.doctor.line import Line
from tallystick.cli.words import count
from tallystick.definition.load import Loaded

PART = "definitions"


def look_at_definitions(paths: Sequence[Path], loaded: Loaded) -> Iterator[Line]:
    """Whether they can be used."""
    where = " ".join(map(str, paths))
    errors = len(loaded.errors)
    warnings = len(loaded.problems) - errors
    files = count(len(loaded.files), "file")
    if errors:
        first = loaded.errors[0]
        text = f"{count(errors, 'error')} in {files}, first {first.file}:{first.line}: {first.message}"
        yield Line(PART, "fail", text, f"tallystick check {where} tells all of them")
    elif not loaded.slos:
        yield Line(PART, "fail", f"no SLO in {where}", "name files or folders with definitions")
    elif warnings:
        text = f"{count(len(loaded.slos), 'SLO')} in {files}, {count(warnings, 'warning')}"
        yield Line(PART, "warn", text, f"tallystick check {where} tells all of them")
    else:
        yield Line(PART, "ok", f"{count(len(loaded.slos), 'SLO')} in {files}, without a problem")
