"""Loaded rules that are not as they should be, as text, JSON and a comment."""

import io
import json

from rich.console import Console

from tallystick.core.loaded import COMMON, Comparison, Detail, Finding
from tallystick.report.deployed import NO_COMMON, deployed_json, deployed_markdown, deployed_text
from tallystick.report.markdown import MOST_BYTES

FOUND = Comparison(
    findings=[
        Finding(COMMON, "differs", [Detail("SLOBudgetLow (ticket)", "has `for` 1m, not 15m")]),
        Finding("shop-a", "not_loaded"),
        Finding("shop-b", "gone", [Detail("x", ""), Detail("y", "")]),
        Finding("shop-c", "other_revision", revisions=(["aaa", "bbb"], "ccc")),
        Finding("shop-c", "failing", [Detail("x", "many-to-many\n\x1b[31m matching | `not` <b>allowed</b>")]),
    ],
    current=["shop-d"],
    rules=40,
    common=True,
)
WELL = Comparison(findings=[], current=["shop-a", "shop-b"], rules=50, common=False)


def printed(found: Comparison) -> str:
    """As a file gets it."""
    out = io.StringIO()
    Console(file=out, width=200).print(deployed_text(found))
    return out.getvalue()


def test_text() -> None:
    """Each finding says of which SLO, what is wrong, and where it helps with which rules; nothing in it moves a cursor."""
    assert printed(FOUND).splitlines() == [
        "40 rules are loaded: 1 SLO is current, 1 not loaded, 1 gone, 1 other revision, 1 differs, 1 failing",
        "for all SLOs: 1 rule not as they would be written now",
        "    SLOBudgetLow (ticket) has `for` 1m, not 15m",
        "shop-a: none of its rules is loaded",
        "shop-b: is not defined (any more), and 2 rules are loaded",
        "shop-c: its rules are of another revision: aaa, bbb; ccc is defined",
        "shop-c: 1 rule can't be evaluated",
        "    x many-to-many  [31m matching | `not` <b>allowed</b>",
    ]
    assert printed(WELL) == f"50 rules are loaded: 2 SLOs are current\n{NO_COMMON}\n"


def test_json() -> None:
    """Everything is in it, and nothing is cut."""
    told = json.loads(deployed_json(FOUND))

    assert (told["rules"], told["current"], told["common_loaded"]) == (40, ["shop-d"], True)
    assert [(one["slo"], one["trouble"]) for one in told["findings"]] == [
        (None, "differs"),
        ("shop-a", "not_loaded"),
        ("shop-b", "gone"),
        ("shop-c", "other_revision"),
        ("shop-c", "failing"),
    ]
    assert (told["findings"][3]["loaded_revisions"], told["findings"][3]["revision"]) == (["aaa", "bbb"], "ccc")


def test_a_comment_has_room_for_so_much() -> None:
    """A comment is never too long, says what is cut, and shows what Prometheus says as code."""
    many = [Finding(f"shop-{number}", "differs", [Detail("x" * 200, "y" * 200)] * 30) for number in range(100)]

    text = deployed_markdown(Comparison(findings=many, current=[], rules=9_999, common=True))

    assert len(text.encode()) <= MOST_BYTES
    assert "more are cut; `tallystick diff --deployed` prints all." in text
    assert "  - and 20 more\n" in text
    assert "<code>many&#45;to&#45;many &#91;31m matching &#124; &#96;not&#96;" in deployed_markdown(FOUND)
