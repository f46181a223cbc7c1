"""The status page, its JSON, and the endpoints every exporter has."""
