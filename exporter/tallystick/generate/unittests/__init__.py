"""Unit tests of the alerts for ``promtool test rules``, from the definitions alone."""
