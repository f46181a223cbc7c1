"""Problems for programs of others: annotations, SARIF and reports of code quality."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.definition.ignoring import Ignore, Silenced
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule
from tallystick.definition.render_ci import (
    codequality_of,
    github_of,
    github_of_silenced,
    sarif_of,
)
from tallystick.definition.source import Source, Span

RULE = Rule("some-code")

NUMBER = {"type": "integer", "minimum": 1}
REGION = {
    "type": "object",
    "properties": {"startLine": NUMBER, "startColumn": NUMBER, "endColumn": NUMBER},
    "required": ["startLine", "startColumn", "endColumn"],
    "additionalProperties": False,
}
RESULT = {
    "type": "object",
    "properties": {
        "ruleId": {"type": "string"},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
        "locations": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "physicalLocation": {
                        "type": "object",
                        "properties": {
                            "artifactLocation": {
                                "type": "object",
                                "properties": {"uri": {"type": "string", "pattern": "^[!#$&-;=?-Z_a-z~%]+$"}},
                                "required": ["uri"],
                            },
                            "region": REGION,
                        },
                        "required": ["artifactLocation", "region"],
                        "additionalProperties": False,
                    }
                },
            },
        },
        "suppressions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"kind": {"enum": ["inSource", "external"]}, "status": {"enum": ["accepted"]}},
                "required": ["kind"],
            },
        },
    },
    "required": ["ruleId", "level", "message", "locations"],
    "additionalProperties": False,
}
LOG = {
    "type": "object",
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "tool": {
                        "type": "object",
                        "properties": {
                            "driver": {
                                "type": "object",
                                "properties": {
                                    "name": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": {"type": "object", "required": ["text"]},
                                                "helpUri": {"type": "string", "pattern": "^https?://"},
                                            },
                                            "required": ["id", "shortDescription"],
                                            "additionalProperties": False,
                                        },
                                    },
                                },
                                "required": ["name", "semanticVersion", "rules"],
                                "additionalProperties": False,
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": RESULT},
                },
                "required": ["tool", "columnKind", "results"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["$schema", "version", "runs"],
    "additionalProperties": False,
}
"""What of SARIF 2.1.0 is written here, by the standard's sections 3.13 (log), 3.18 (tool), 3.27 (result) and 3.30 (region)."""


def problem_in(line: str, part: str, **details: Any) -> Problem:
    """A problem of *part* in *line*, the second of a file."""
    start = line.index(part) + 2
    return RULE.at(
        Span(Source("a.yaml", f"#\n{line}\n"), start, start + len(part)), "it is wrong", "write that", **details
    )


def silenced(problem: Problem) -> Silenced:
    """*problem*, ignored for a reason."""
    code = Scalar(Source("a.yaml", "#\n#\nx"), 4, 5, "some-code", "text")
    return Silenced(problem, Ignore(code, "agreed, 100%", (1, 1), (9, 1)))


def sarif(*problems: Problem, hidden: tuple[Silenced, ...] = (), docs_url: str = "") -> dict[str, Any]:
    """The one run of the log of *problems*, which is one by the standard."""
    log = json.loads(sarif_of(problems, hidden, rules={"some-code": "Something."}, version="1.2.3", docs_url=docs_url))
    jsonschema.Draft202012Validator(LOG).validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def test_github_annotation() -> None:
    """It is one workflow command, with the hint in its message."""
    assert github_of(problem_in("objective: 99.95", "99.95")) == (
        "::error file=a.yaml,line=2,endLine=2,col=12,endColumn=17,title=some-code::it is wrong: write that"
    )


def test_github_escapes() -> None:
    """What ends a command, a property or a line is escaped, and % first."""
    source = Source("a,b:c%.yaml", "x")

    text = github_of(RULE.at(Span(source, 0, 1), "50%\r\n::error::x, y"))

    assert "file=a%2Cb%3Ac%25.yaml," in text
    assert text.endswith("::50%25%0D%0A::error::x, y")
    assert "\n" not in text


@given(st.text(max_size=60), st.text(max_size=60))
def test_github_is_one_line(file: str, message: str) -> None:
    """Nobody's file name or message starts another command."""
    text = github_of(RULE.of_file(file, message, message))

    assert "\n" not in text
    assert "\r" not in text
    assert text.startswith("::error file=")


def test_github_notice() -> None:
    """What is ignored is a notice, with the reason."""
    text = github_of_silenced(silenced(problem_in("objective: 20%", "20%", severity="warning")))

    assert text.startswith("::notice file=a.yaml,line=2,")
    assert text.endswith("::it is wrong: write that (ignored: agreed, 100%25)")


def test_sarif_result() -> None:
    """A problem has its rule, level, message and place, whose columns are counted in characters."""
    run = sarif(problem_in("objective: 99.95", "99.95"))

    assert run["columnKind"] == "unicodeCodePoints"
    assert run["results"] == [
        {
            "ruleId": "some-code",
            "level": "error",
            "message": {"text": "it is wrong: write that"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "a.yaml"},
                        "region": {"startLine": 2, "startColumn": 12, "endColumn": 17},
                    }
                }
            ],
        }
    ]


def test_sarif_rules() -> None:
    """All kinds of problems are there; where the pages are published, each has the address of its own."""
    assert sarif()["tool"]["driver"] == {
        "name": "tallystick",
        "semanticVersion": "1.2.3",
        "rules": [{"id": "some-code", "shortDescription": {"text": "Something."}}],
    }
    (rule,) = sarif(docs_url="https://docs.example.com/tallystick/")["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://docs.example.com/tallystick/checks/some-code.md"


def test_sarif_suppression() -> None:
    """What is ignored is a result with the reason; what is told has none."""
    warning = problem_in("objective: 20%", "20%", severity="warning")
    told, hidden = sarif(warning, hidden=(silenced(warning),))["results"]

    assert "suppressions" not in told
    assert hidden["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "agreed, 100%"}]


@pytest.mark.parametrize(
    ("file", "uri"),
    [("a b/ä#?.yaml", "a%20b/%C3%A4%23%3F.yaml"), ("/x/a b.yaml", "file:///x/a%20b.yaml"), ("../a.yaml", "../a.yaml")],
)
def test_sarif_addresses(file: str, uri: str) -> None:
    """A file's name is an address in the repository, or of this machine if it is absolute."""
    (result,) = sarif(RULE.of_file(file, "it is wrong"))["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_codequality_issue() -> None:
    """An issue has what GitLab asks for, and a line in the repository's file."""
    (issue,) = json.loads(codequality_of([problem_in("objective: 99.95", "99.95")]))

    assert len(issue.pop("fingerprint")) == 64
    assert issue == {
        "description": "it is wrong: write that",
        "check_name": "some-code",
        "severity": "major",
        "location": {"path": "a.yaml", "lines": {"begin": 2}},
    }


def test_codequality_fingerprints() -> None:
    """An issue that moves is the same one, two of a kind are two, and another line's is another."""

    def prints(*problems: Problem) -> list[str]:
        return [issue["fingerprint"] for issue in json.loads(codequality_of(problems))]

    one = problem_in("objective: 99.95", "99.95")
    moved = RULE.at(Span(Source("a.yaml", "\n\n\nobjective: 99.95"), 14, 19), "it is wrong", "write that")
    other = problem_in("objective: 99.96", "99.96")

    assert prints(one) == prints(moved)
    assert len({*prints(one, moved, other)}) == 3
    assert prints(one, moved)[0] == prints(moved, one)[0]
