"""
What ``tallystick diff`` prints, as people have read it, and what hostile text can't do to it.

After a change that is meant, record it anew: ``RECORD=1 pytest tests/cli/test_diff_forms.py``, and read the difference.
"""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console

from cli.test_backtest import DAYS, MIDNIGHT, OUTAGE, SLOW
from cli.test_diff import Run, run
from cli.test_diff_past import recorded, sides
from tallystick.core.change import compare
from tallystick.definition.load import load_paths
from tallystick.report.diff import diff_text
from tallystick.report.markdown import MOST_SHOWN, code

__all__ = ["run"]

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "diff"
AT = ("--at", str(MIDNIGHT + DAYS * 86_400), "--days", "2")

BASE = """\
apiVersion: tallystick/v1
service: shop
team: web
slos:
  - name: login
    objective: 99%
    window: 2d
    sli:
      events:
        total: logins_total{job="shop"}
        bad: logins_total{job="shop",code="500"}
  - name: search
    objective: 99%
    window: 2d
    sli:
      events:
        total: searches_total{job="shop"}
        bad: searches_total{job="shop",code="500"}
  - name: reachable
    objective: 99.9%
    window: 30d
    sli: {up: {metric: 'probe_success{job="probe"}'}}
  - name: old
    objective: 99%
    window: 7d
    sli: {threshold: {query: queue_length, op: lt, value: 100}}
  - name: journey
    objective: 98%
    window: 2d
    sli:
      composite: {of: [{slo: login}, {slo: search}], method: serial}
  - name: same
    objective: 99%
    window: 2d
    sli: {up: {metric: 'up{job="same"}'}}
"""
HEAD = (
    BASE.replace("team: web", "team: store")
    .replace("login\n    objective: 99%\n    window: 2d", "login\n    objective: 99.5%\n    window: [2d, month]")
    .replace("name: reachable", "name: probe")
    .replace("queue_length, op: lt", "sum(queue_length), op: lt")
    .replace("searches_total{job", "find_total{job")
    + """\
  - name: fresh
    objective: 99.9%
    window: 30d
    sli: {up: {metric: 'up{job="fresh"}'}}
exclusions:
  - {reason: Database upgrade, from: 2025-12-05 05:00, to: 2025-12-05 06:00, slos: [login], approved_by: Ada}
"""
)


@pytest.mark.parametrize(("form", "name"), [("text", "diff.txt"), ("json", "diff.json"), ("markdown", "diff.md")])
def test_it_is_as_reviewed(run: Run, tmp_path: Path, form: str, name: str) -> None:
    """Every byte of each form is what a person has read and agreed to."""
    sides(tmp_path, BASE, HEAD)
    ledger = recorded(tmp_path, {OUTAGE: 1.0, SLOW: 0.05}, ("login", "search"))

    answer = run("base", "head", "--ledger", ledger, *AT, "--format", form)

    assert answer.returncode == 1
    if os.environ.get("RECORD"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_text(answer.stdout)
    assert answer.stdout == (GOLDEN / name).read_text()


def test_colour_is_for_terminals(run: Run, tmp_path: Path) -> None:
    """A file gets no escapes and no breaks within lines; a terminal gets colour, and no line that is too long for it."""
    sides(tmp_path, BASE, HEAD)
    out = io.StringIO()
    base, head = (load_paths([tmp_path / side]).slos for side in ("base", "head"))
    Console(file=out, width=60, force_terminal=True, color_system="standard").print(
        diff_text(compare(base, head), None)
    )

    assert "\x1b" not in run("base", "head").stdout
    assert "\x1b[1;33m~ shop-login" in out.getvalue()
    assert max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in out.getvalue().splitlines()) <= 60


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</code></details><script>alert(1)</script>",
    "`<b>x</b>` ``y`` ```",
    "a | b \\| c | d",
    "[click](javascript:alert(1)) ![x](http://example.com/x.png)",
    "@everyone #1 !2 **bold** _it_ ~~gone~~ :smile: $x$",
    "ends with a backslash \\",
    "| --- | --- |",
    "\u202eright to left \u200b\u0007 and\n\n# more lines\n- [ ] x",
    "--> <!-- & &lt; &#60;",
]


def tokens(text: str) -> Iterator[Token]:
    """What a reader of Markdown with tables and HTML makes of *text*."""
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text):
        yield token
        yield from token.children or ()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_code(text: str) -> None:
    """Whatever a text holds, in a table's cell it is one piece of code with that text, and nothing else."""
    shown = list(tokens(f"| a | b |\n| --- | --- |\n| x {code(text)} y | z |\n"))

    assert [token.type for token in shown if token.type in {"th_open", "td_open"}] == ["th_open"] * 2 + ["td_open"] * 2
    inline = [token for token in shown if token.type != "inline" and not token.block]
    assert {token.type for token in inline} <= {"text", "code_inline", "html_inline"}
    assert {token.content for token in inline if token.type == "html_inline"} <= {"<code>", "</code>"}
    words = "".join(token.content for token in inline if token.type in {"text", "code_inline"})
    plain = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    assert words == f"abx {plain} yz"


def test_long_text_is_cut() -> None:
    """Of a long text as much is shown as fits, and that it is not all."""
    assert code("x" * 1_000) == f"`{'x' * (MOST_SHOWN - 1)}…`"
    assert code(" \n ") == "*nothing*"


def test_a_hostile_definition_stays_in_its_place(run: Run, tmp_path: Path) -> None:
    """Descriptions, links, queries and reasons that look like markup are code in the comment, in the details or out of it."""
    texts = iter(HOSTILE)

    def quoted(text: str) -> str:
        return '"' + "".join(f"\\u{ord(one):04x}" if not one.isalnum() else one for one in text) + '"'

    head = BASE
    for name in ("login", "search", "reachable", "journey"):
        head = head.replace(f"name: {name}\n", f"name: {name}\n    description: {quoted(next(texts))}\n")
    head += "exclusions:\n" + "".join(
        f"  - {{reason: {quoted(text)}, from: 2025-12-05 0{hour}:00, to: 2025-12-05 0{hour}:30}}\n"
        for hour, text in enumerate(texts)
        if text.isprintable()
    )
    sides(tmp_path, BASE, head)

    comment = run("base", "head", "--format", "markdown")

    assert comment.returncode == 0
    shown = list(tokens(comment.stdout))
    assert not {"link_open", "image", "s_open", "heading_open"} & {
        token.type for token in shown[1:] if token.tag != "h3"
    }
    blocks = [token.content.strip() for token in shown if token.type == "html_block"]
    assert blocks == ["<details><summary>What changed, and what follows</summary>", "</details>"]
    assert {token.content for token in shown if token.type == "html_inline"} <= {"<code>", "</code>"}
    assert "onerror=alert(1)" in "".join(token.content for token in shown if token.type in {"text", "code_inline"})
    assert "\x1b" not in run("base", "head").stdout
