"""The rules that Prometheus has, against the definitions: as text, JSON and Markdown."""

from collections import Counter
from collections.abc import Iterator

import orjson
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from tallystick.core.loaded import COMMON, TROUBLES, Comparison, Finding
from tallystick.report.changed import Quote
from tallystick.report.markdown import MOST_BYTES, code

_MOST_DETAILS = 10
"""How many rules of one finding are listed; JSON has all."""

_NOTICE = 400
"""Bytes for saying what was cut."""

_WORDS = {
    "not_loaded": "none of its rules is loaded",
    "gone": "is not defined (any more), and {number} are loaded",
    "other_revision": "its rules are of another revision: {loaded}; {defined} is defined",
    "differs": "{number} not as they would be written now",
    "twice": "{number} more than once",
    "failing": "{number} can't be evaluated",
    "not_evaluated": "{number} not evaluated yet",
}

_STYLES = {"failing": "bold red", "not_loaded": "bold red", "not_evaluated": "dim"}


def deployed_text(found: Comparison) -> RenderableType:
    """All of it, to be printed with rich."""
    parts: list[RenderableType] = [Text(summary(found), "bold")]
    for finding in found.findings:
        title = Text.assemble(
            (_title(finding), "bold"), ": ", (_words(finding), _STYLES.get(finding.trouble, "yellow"))
        )
        parts += [title, *(Padding.indent(Text(line), 4) for line in _details(finding, str))]
    if not found.common:
        parts.append(Text(NO_COMMON, "dim"))
    return Group(*parts)


NO_COMMON = (
    "Alerts from the exporter's metrics (rules/_exporter.yaml) are not loaded, which is well without an exporter."
)


def summary(found: Comparison) -> str:
    """What was found, in one line."""
    counts = Counter(finding.trouble for finding in found.findings)
    told = [f"{counts[trouble]:,} {trouble.replace('_', ' ')}" for trouble in TROUBLES if counts[trouble]]
    current = f"{len(found.current):,} {'SLO is' if len(found.current) == 1 else 'SLOs are'} current"
    return f"{found.rules:,} rules are loaded: {', '.join([current, *told])}"


def _title(finding: Finding) -> str:
    return "for all SLOs" if finding.slo == COMMON else _plain(finding.slo)


def _words(finding: Finding) -> str:
    number = len(finding.details)
    loaded, defined = finding.revisions
    rules = "1 rule" if number == 1 else f"{number:,} rules"
    return _WORDS[finding.trouble].format(number=rules, loaded=", ".join(map(_plain, loaded)), defined=defined)


def _details(finding: Finding, quote: Quote) -> Iterator[str]:
    if finding.trouble in {"gone", "not_evaluated"}:
        return  # which rules these are tells nothing more
    for detail in finding.details[:_MOST_DETAILS]:
        yield f"{quote(_plain(detail.rule))} {quote(_plain(detail.words))}"
    if len(finding.details) > _MOST_DETAILS:
        yield f"and {len(finding.details) - _MOST_DETAILS:,} more"


def _plain(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


def deployed_json(found: Comparison) -> str:
    """All of it as a JSON object; docs/diff.md describes the keys."""
    document = {
        "rules": found.rules,
        "current": list(found.current),
        "common_loaded": found.common,
        "findings": [
            {
                "slo": finding.slo or None,
                "trouble": finding.trouble,
                "rules": [{"rule": detail.rule, "words": detail.words} for detail in finding.details],
                "loaded_revisions": list(finding.revisions[0]),
                "revision": finding.revisions[1] or None,
            }
            for finding in found.findings
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def deployed_markdown(found: Comparison) -> str:
    """All of it, or as much as fits into a comment; what is cut is said."""
    lines = [f"### {summary(found)}", ""]
    room = MOST_BYTES - _NOTICE
    for number, finding in enumerate(found.findings):
        title = "for all SLOs" if finding.slo == COMMON else code(finding.slo)
        more = [f"- {title}: {_words(finding)}", *(f"  - {line}" for line in _details(finding, code))]
        room -= sum(len(line.encode()) + 1 for line in more)
        if room < 0:
            lines += ["", f"{len(found.findings) - number:,} more are cut; `tallystick diff --deployed` prints all."]
            break
        lines += more
    return "\n".join(lines).rstrip("\n") + "\n"
