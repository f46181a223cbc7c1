"""Rules as a running Prometheus tells them."""

import time
from typing import Any

import requests

PATIENCE_SECONDS = 60


def evaluated_groups(url: str) -> list[dict[str, Any]]:
    """All rule groups of the Prometheus at *url*, once each of their rules has been evaluated."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        groups: list[dict[str, Any]] = requests.get(f"{url}/api/v1/rules", timeout=10).json()["data"]["groups"]
        if groups and not any(rule["health"] == "unknown" for group in groups for rule in group["rules"]):
            return groups
        assert time.monotonic() < deadline, f"Prometheus did not evaluate all rules in {PATIENCE_SECONDS} s"
        time.sleep(0.2)
