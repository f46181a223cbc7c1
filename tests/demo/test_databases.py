"""The databases that tests run against are real ones, and end with the tests."""

import os
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import requests

from support.databases import PostgreSQL
from tallystick.demo import installers, tools
from tallystick.demo.servers import Server
from tallystick.errors import DemoError

MIDNIGHT = 1_764_547_200


def rows(url: str, query: bytes) -> list[tuple[object, ...]]:
    """What *query* answers in the database at *url*."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return connection.execute(query).fetchall()


def test_each_test_has_a_database_of_its_own(postgresql_server: PostgreSQL, postgresql: str) -> None:
    """What one test writes, another never meets, and both are in one server."""
    other = postgresql_server.fresh()

    with psycopg.connect(postgresql.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE a (b int)")

    tables = b"SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert [rows(url, tables) for url in (postgresql, other)] == [[("a",)], []]


def test_a_killed_server_starts_again(start_postgresql: Callable[[], PostgreSQL]) -> None:
    """What was committed before a crash is there after it, at the same address; and the process is gone at the end."""
    server = start_postgresql()
    url = server.fresh()
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE a AS SELECT 7 AS b")
    assert server.process is not None
    first = server.process.pid

    server.kill()
    with pytest.raises(psycopg.OperationalError):
        rows(url, b"SELECT b FROM a")
    server.start()

    assert rows(url, b"SELECT b FROM a") == [(7,)]
    assert not Path(f"/proc/{first}").exists()


def test_unpacked_postgresql_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_postgresql: Callable[[], PostgreSQL]
) -> None:
    """Where none is installed, Debian's packages are unpacked, and run from there, by nobody if we are root."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(tools, "_on_path", lambda _: [])

    server = start_postgresql()

    assert tools.ensure("postgres") == installers.debian_folder("postgresql") / "usr/bin/postgres"
    assert rows(server.fresh(), b"SELECT 1") == [(1,)]
    assert server.process is not None
    assert os.geteuid() or Path(f"/proc/{server.process.pid}").stat().st_uid


def test_postgresql_without_apt_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither is to be had, the error names it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(tools, "_BESIDE_PATH", {})

    with pytest.raises(DemoError, match="postgresql is not on PATH, and there is no apt-get"):
        tools.ensure("initdb")


def test_victoria_metrics_finds_what_was_imported(victoria_metrics: Server) -> None:
    """Samples of any age are found right after they were written."""
    text = f'a_total{{job="x"}} 5 {MIDNIGHT}000\n'
    requests.post(f"{victoria_metrics.url}/api/v1/import/prometheus", data=text, timeout=10).raise_for_status()
    requests.get(f"{victoria_metrics.url}/internal/force_flush", timeout=10).raise_for_status()

    query = {"query": "a_total[5m]", "time": str(MIDNIGHT + 60)}
    answer = requests.get(f"{victoria_metrics.url}/api/v1/query", params=query, timeout=10).json()

    assert answer["data"]["result"][0]["values"] == [[MIDNIGHT, "5"]]
