"""Where a definition of another tool means something other here: what is told, each kind with an entry in ``docs/formats.md``."""

from tallystick.definition.problem import Rule

ABSENT = Rule("absent", "note")
"""An alert on missing data has another condition."""

ALERT_NAME = Rule("alert-name", "note")
"""An alert's name is ours."""

ALERT_WINDOWS = Rule("alert-windows", "note")
"""When alerts fire is worked out anew."""

ALERTS = Rule("alerts", "note")
"""Which alerts there are is not in the file."""

COUNTED = Rule("counted", "note")
"""A ratio of counters is counted, where the other tool takes the mean of ratios."""

DATA_SOURCE = Rule("data-source", "note")
"""Another Prometheus is named than the one that is asked."""

GROUPED = Rule("grouped", "note")
"""A query that keeps labels makes an SLO for each of their values."""

OBJECT_LABELS = Rule("object-labels", "note")
"""Labels of the object in Kubernetes, by which an operator finds rules, are given otherwise."""

PARTIAL_RESPONSE = Rule("partial-response", "note")
"""What becomes of answers that lack something is not for the definition to say."""

PERFORMANCE = Rule("performance", "note")
"""A trade of exactness for cost is not made."""

LABEL_NAME = Rule("label-name", "note")
"""A label's name, or its several values, are written as Prometheus has them."""

NOTIFIED = Rule("notified", "note")
"""Who is told is Alertmanager's business."""

PASSED_OVER = Rule("passed-over", "note")
"""A key is passed over."""

PERIOD = Rule("period", "note")
"""The file does not say over which time an objective holds."""

PLUGIN = Rule("plugin", "note")
"""A plugin of the other tool is left out, and what takes its place."""

RENAMED = Rule("renamed", "note")
"""A label or annotation has another name here."""

SAMPLES = Rule("samples", "note")
"""Time is counted, where the other tool counts samples."""

SERVICE = Rule("service", "note")
"""The file does not say which service its SLO is of."""

SEVERITIES = Rule("severities", "note")
"""Two severities take the place of more."""

PUT_TOGETHER = Rule("put-together", "note")
"""What several SLOs deliver as one is worked out otherwise."""

SAMPLED = Rule("sampled", "note")
"""The value of a query is looked at once a minute."""

SEVERITY_WORD = Rule("severity-word", "note")
"""A word is taken for a page or a ticket."""

POLICY = Rule("policy", "note")
"""What a policy says that is done once the budget goes."""

TEAM = Rule("team", "note")
"""A label is taken for the owner."""

TIMED = Rule("timed", "note")
"""A ratio that says nothing of how many events it is of weighs every second the same."""

NOTES = tuple(rule for rule in vars().copy().values() if isinstance(rule, Rule))
"""Every kind there is."""
