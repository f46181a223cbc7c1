"""From definitions to files: rules, dashboards and their tests, by jsonnet."""
