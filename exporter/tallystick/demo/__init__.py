"""A shop to watch, with 35 days of history, on real servers."""
