"""The rules that a real server has loaded, page by page."""

import pytest

from support.servers import Binaries, StartPrometheus
from tallystick.upstream import loaded
from tallystick.upstream.client import connect
from tallystick.upstream.loaded import loaded_groups


def test_every_group_once(
    start_prometheus: StartPrometheus, binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All groups come, whether a server gives them in pages (3.x) or all at once (2.x)."""
    monkeypatch.setattr(loaded, "PAGE_GROUPS", 2)
    groups = ", ".join(
        f"{{name: g{number}, rules: [{{record: 'r{number}', expr: vector({number})}}]}}" for number in range(7)
    )
    server = start_prometheus(config={"rule_files": ["*.yaml"]}, files={"rules.yaml": f"groups: [{groups}]"})
    prometheus = connect(server.url)

    found = list(loaded_groups(prometheus))

    assert [(group["name"], [rule["query"] for rule in group["rules"]]) for group in found] == [
        (f"g{number}", [f"vector({number})"]) for number in range(7)
    ]
    assert prometheus.sent == (1 if binaries.version == "2.x" else 4)
