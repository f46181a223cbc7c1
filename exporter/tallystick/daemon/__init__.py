"""The running exporter: rounds, reloading, and what wires all parts together."""
