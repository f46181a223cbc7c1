"""``tallystick schema``: the schema, printed or written."""

import json
import re
from fnmatch import fnmatch
from pathlib import Path

from click.testing import CliRunner

from tallystick.cli.schema import schema
from tallystick.definition.schema import schema_text

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "editor.md").read_text(encoding="utf-8")


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


def test_the_page_on_editors_leads_to_it() -> None:
    """The modeline of a definition, and the settings of VS Code, name the file that the page has written, for the definitions."""
    (name,) = re.findall(r"tallystick schema --out (\S+)", PAGE)
    (modeline,) = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", PAGE, re.MULTILINE)
    assert (ROOT / "slo-definitions" / modeline).resolve() == ROOT / name

    (settings,) = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    (patterns,) = settings["yaml.schemas"].values()
    assert list(settings["yaml.schemas"]) == [f"./{name}"]
    assert any(fnmatch("slo-definitions/payments/checkout.yaml", pattern) for pattern in patterns)
    assert any(fnmatch("slo-definitions/payments/checkout.yml", pattern) for pattern in patterns)
