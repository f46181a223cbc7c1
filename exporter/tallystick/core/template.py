"""What of an annotation stays a template of Prometheus; the check of definitions and the rules go by the same words."""

import re

REFERENCE = re.compile(
    r"""\{\{\s*
    (?:\$value | \$externalURL | (?:\$labels|\$externalLabels)\.[A-Za-z_][A-Za-z0-9_]*)
    (?:\s*\|\s*(?:humanize|humanize1024|humanizeDuration|humanizePercentage|title|toLower|toUpper))*
    \s*\}\}""",
    re.VERBOSE,
)
"""A plain reference, as people write them: ``{{ $labels.slo }}``, ``{{ $value | humanizePercentage }}``."""
