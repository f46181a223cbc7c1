"""
What is looked at in definitions, one file for each kind of problem.

`CHECKS` are run on every document; the other kinds are found while a file is read, and by `duplicate_id` over all files. To
add a check: a file here, its place in `CHECKS`, a page in ``docs/checks``, a wrong definition in ``tests/bad``.
"""

from tallystick.definition.checks import (
    api_version,
    counter_selector,
    dependency,
    duplicate_id,
    duplicate_key,
    empty_document,
    gauge_selector,
    label,
    latency_histogram,
    le,
    link,
    missing_key,
    name,
    never_matches,
    no_slos,
    not_supported,
    objective_range,
    one_of,
    other_format,
    path,
    promql_syntax,
    regex,
    same_selector,
    selector,
    severity,
    template,
    threshold,
    too_large,
    unknown_key,
    window,
    wrong_type,
    yaml_syntax,
)

CHECKS = (
    one_of.CHECK,
    name.CHECK,
    objective_range.CHECK,
    window.CHECK,
    promql_syntax.CHECK,
    selector.CHECK,
    regex.CHECK,
    never_matches.CHECK,
    counter_selector.CHECK,
    gauge_selector.CHECK,
    same_selector.CHECK,
    latency_histogram.CHECK,
    le.CHECK,
    threshold.CHECK,
    label.CHECK,
    template.CHECK,
    link.CHECK,
    severity.CHECK,
    dependency.CHECK,
)
"""Run on each document."""

RULES = (
    *(check.rule for check in CHECKS),
    api_version.RULE,
    duplicate_id.RULE,
    duplicate_key.RULE,
    empty_document.RULE,
    missing_key.RULE,
    no_slos.RULE,
    not_supported.RULE,
    other_format.RULE,
    path.RULE,
    too_large.RULE,
    unknown_key.RULE,
    wrong_type.RULE,
    yaml_syntax.RULE,
)
"""Every kind of problem there is."""
