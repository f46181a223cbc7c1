"""no-slos: a definition without any SLO."""

from tallystick.definition.problem import Rule

RULE = Rule("no-slos")
HINT = "add one: - name: availability"
