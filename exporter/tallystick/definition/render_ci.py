"""
Problems as machines want them: GitHub's annotations, SARIF for code scanning, GitLab's report of code quality.

Each is a format of somebody else's, so what is written here follows its documents and not our own names.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from tallystick.definition.ignoring import Silenced
from tallystick.definition.problem import Problem, printable

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}
"""GitHub's words."""


def github_of(problem: Problem, *, level: str = "") -> str:
    """
    *problem* as a GitHub workflow command of *level* (its severity by default), which shows it beside the changed line.

    Source: GitHub's "Workflow commands for GitHub Actions", "Setting an error message", and its toolkit for what is escaped.
    """
    properties = {
        "file": PurePath(problem.file).as_posix(),
        "line": problem.line,
        "endLine": problem.line,
        "col": problem.column,
        "endColumn": problem.end_column,
        "title": problem.code,
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level or _LEVELS[problem.severity]} {listed}::{_data(_message(problem))}"


def github_of_silenced(silenced: Silenced) -> str:
    """*silenced* as a notice, which fails nothing."""
    return github_of(silenced.problem, level="notice") + _data(f" (ignored: {silenced.ignore.reason})")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _message(problem: Problem) -> str:
    """What is wrong and what to write instead."""
    return problem.message + (f": {problem.hint}" if problem.hint else "")


def sarif_of(
    problems: Iterable[Problem],
    silenced: Iterable[Silenced],
    *,
    rules: Mapping[str, str],
    version: str,
    docs_url: str = "",
) -> str:
    """
    *problems* as a log of SARIF 2.1.0; what is *silenced* is in it with its suppression.

    Args:
        problems: what is told.
        silenced: what is not.
        rules: every kind of problem, with what it is in a sentence.
        version: of tallystick.
        docs_url: where the folder ``docs`` is published; without it rules have no address of help.

    Source: SARIF 2.1.0, OASIS standard, sections 3.13, 3.19, 3.27, 3.30 and 3.35.
    """
    results = [_result(problem) for problem in problems]
    for one in silenced:
        suppression = {"kind": "inSource", "status": "accepted", "justification": one.ignore.reason}
        results.append({**_result(one.problem), "suppressions": [suppression]})
    driver = {
        "name": "tallystick",
        "semanticVersion": version,
        "rules": [_rule(code, text, docs_url.rstrip("/")) for code, text in sorted(rules.items())],
    }
    # Columns are characters here; without a word on it they would be taken for UTF-16's.
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str, text: str, docs_url: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": code, "shortDescription": {"text": text}}
    return {**rule, "helpUri": f"{docs_url}/checks/{code}.md"} if docs_url else rule


def _result(problem: Problem) -> dict[str, Any]:
    region = {"startLine": problem.line, "startColumn": problem.column, "endColumn": problem.end_column}
    place = {"artifactLocation": {"uri": _uri(problem.file)}, "region": region}
    return {
        "ruleId": problem.code,
        "level": problem.severity,
        "message": {"text": printable(_message(problem))},
        "locations": [{"physicalLocation": place}],
    }


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


_WEIGHTS = {"error": "major", "warning": "minor", "note": "info"}
"""GitLab's words."""


def codequality_of(problems: Iterable[Problem]) -> str:
    """
    *problems* as a report that GitLab shows in merge requests.

    Source: GitLab's "Code Quality", "Code Quality report format".
    """
    seen: Counter[str] = Counter()
    return json.dumps([_issue(problem, seen) for problem in problems], indent=2)


def _issue(problem: Problem, seen: Counter[str]) -> dict[str, Any]:
    """*problem*, known again by what it is and not by its line, which moves; of what is twice the second is another."""
    path = PurePath(problem.file).as_posix()
    words = f"{path}\n{problem.code}\n{problem.message}\n{problem.excerpt.strip()}"
    seen[words] += 1
    return {
        "description": printable(_message(problem)),
        "check_name": problem.code,
        "fingerprint": sha256(f"{words}\n{seen[words]}".encode()).hexdigest(),
        "severity": _WEIGHTS[problem.severity],
        "location": {"path": path, "lines": {"begin": problem.line}},
    }
