"""``tallystick schema``: the schema, printed or written."""

import json
from pathlib import Path

from click.testing import CliRunner

from tallystick.cli.schema import schema
from tallystick.definition.schema import schema_text


def test_it_is_printed() -> None:
    """Standard output is the schema and nothing else."""
    result = CliRunner().invoke(schema, [])

    assert result.exit_code == 0
    assert json.loads(result.output) == json.loads(schema_text())


def test_it_is_written(tmp_path: Path) -> None:
    """With --out it is in the file, and nothing is printed."""
    path = tmp_path / "schema.json"

    result = CliRunner().invoke(schema, ["--out", str(path)])

    assert (result.exit_code, result.output) == (0, "")
    assert path.read_text(encoding="utf-8") == schema_text()
