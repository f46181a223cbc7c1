"""The database under the ledger: finding it by path or URL, its tables, and transactions whose failures are told."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, StaticPool

from tallystick.errors import LedgerError
from tallystick.ledger import tables
from tallystick.ledger.migrate import begin, migrate

BUSY_SECONDS = 10
"""How long to wait for another process that is writing to the same SQLite file."""

PAGE_BYTES = 8_192
"""
Size of a page of a new SQLite file. A busy day takes 2 to 3 KB, and of SQLite's own 4 KB pages each would hold only one; of
larger ones a small ledger would be mostly empty.
"""

_LOCK = 0x74616C6C79
"""PostgreSQL's number of the lock under which tables are made; "tally"."""

_WAL_MARK = (18, b"\x02\x02")
"""Where an SQLite file says that it has a write-ahead log, and how: https://sqlite.org/fileformat2.html, 1.3.3."""


class Database:
    """Connections to one database that holds a ledger; it may go away under them and come back empty."""

    def __init__(self, where: str, *, read_only: bool = False) -> None:
        """
        Open the database at *where*; see `tallystick.ledger.store.open_ledger`.

        Raises:
            LedgerError: it can't be opened, or is not a ledger.
        """
        self._url = _url(where)
        self.name = _name(self._url)
        self._read_only = read_only
        self._lost = False
        try:
            self._engine = _reading_engine(self._url) if read_only else _engine(self._url)
        except (SQLAlchemyError, ImportError) as fault:
            hint = "; pip install 'tallystick[postgresql]'" if isinstance(fault, ImportError) else ""
            raise LedgerError(f"can't open the ledger {self.name}: {fault}{hint}") from fault
        try:
            self._check() if read_only else self._prepare()
        except SQLAlchemyError as fault:
            self.close()
            raise LedgerError(f"can't open the ledger {self.name}: {_reason(fault)}") from fault
        except LedgerError:
            self.close()
            raise

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """
        All or nothing. Where the tables have gone it fails, and the next one finds them made anew, and empty.

        Raises:
            LedgerError: the database failed.
        """
        try:
            if self._lost:
                self._prepare()
                self._lost = False
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as fault:
            self._lost = not self._read_only and self._is_empty()
            what = "its tables are gone; it is begun anew" if self._lost else _reason(fault)
            raise LedgerError(f"ledger {self.name}: {what}") from fault

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """
        Reading, over any number of statements, of the ledger as it is at one instant.

        Raises:
            LedgerError: the database failed.
        """
        with self.transaction() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")  # its driver begins a transaction for writing only
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    @property
    def schema(self) -> int:
        """
        Version of its tables.

        Raises:
            LedgerError: the database failed, or is no ledger any more.
        """
        with self.transaction() as connection:
            found = self._schema(connection)
        if found is None:
            raise LedgerError(f"{self.name} is not a ledger")
        return found

    def _is_empty(self) -> bool:
        try:
            return not inspect(self._engine).has_table(tables.meta.name)
        except SQLAlchemyError:
            return False

    def _prepare(self) -> None:
        """Make the tables that are missing, and bring those of an earlier version up to date."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # two that begin at once would both make the tables
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            tables.metadata.create_all(connection)
            schema = self._schema(connection)
            begin(connection) if schema is None else migrate(connection, schema)

    def _check(self) -> None:
        """Refuse what is not a ledger."""
        with self._engine.begin() as connection:
            if not inspect(connection).has_table(tables.meta.name) or not self._schema(connection):
                raise LedgerError(f"{self.name} is not a ledger")

    def _schema(self, connection: Connection) -> int | None:
        """Version of the tables; None if there is none yet. A newer one is refused."""
        found = connection.execute(select(tables.meta.c.value).filter_by(key="schema")).scalar()
        if found is None:
            return None
        if not str(found).isdecimal():
            raise LedgerError(f"{self.name} is not a ledger")
        if int(found) > tables.SCHEMA:
            raise LedgerError(
                f"the ledger has schema {found}, and this tallystick knows up to {tables.SCHEMA}: "
                "it was written by a newer one; run that, or start another ledger"
            )
        return int(found)


def in_memory(where: str) -> bool:
    """
    Whether a ledger at *where* would be gone with the process.

    Raises:
        LedgerError: *where* is a URL that can't be read.
    """
    return _in_memory(_url(where))


def _in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}


def _url(where: str) -> URL:
    if "://" not in where:
        return URL.create("sqlite", database=where or None)
    try:
        url = make_url(where)
    except (SQLAlchemyError, ValueError):
        # Neither the URL nor the fault, which may repeat it: there may be a password in it.
        kind = where.partition("://")[0]
        raise LedgerError(f"can't open the ledger {kind}://...: that is no URL as SQLAlchemy reads them") from None
    # The one driver that our extra brings; without a name SQLAlchemy takes another, which depends on its version.
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgres", "postgresql"} else url


def _name(url: URL) -> str:
    """What messages call it: the path of a file, the URL of a server without its secrets."""
    if _is_file(url):
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and not _in_memory(url)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, **({"poolclass": StaticPool} if _in_memory(url) else {}))

    @event.listens_for(engine, "connect")
    def _tune(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        # Readers never wait for the writer; a killed process loses nothing, a power cut at most the last round.
        cursor = connection.cursor()
        try:
            _refuse_foreign(cursor, _name(url))
        except Exception:
            connection.close()
            raise
        cursor.execute(f"PRAGMA page_size={PAGE_BYTES}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()
        record.info["file"] = _identity(url)

    @event.listens_for(engine, "checkout")
    def _follow(_: object, record: ConnectionPoolEntry, __: PoolProxiedConnection) -> None:
        # SQLite goes on writing to a file that was deleted or replaced, and nobody would ever see what it wrote.
        if record.info["file"] != _identity(url):
            raise DisconnectionError

    return engine


def _refuse_foreign(cursor: sqlite3.Cursor, name: str) -> None:
    """
    Refuse a database that holds something else, before anything in it is changed.

    Raises:
        LedgerError: it has tables, and no ledger's among them.
    """
    there = {row[0] for row in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if there and tables.meta.name not in there and not there <= set(tables.metadata.tables):
        raise LedgerError(f"{name} is another database, not a ledger: its tables are {', '.join(sorted(there)[:5])}")


def _reading_engine(url: URL) -> Engine:
    """Connections that can't write; not even the files that SQLite puts beside a database."""
    if not _is_file(url):
        return create_engine(url)
    path = str(url.database)

    def connect() -> sqlite3.Connection:
        mode = "immutable=1" if _is_at_rest(path) else "mode=ro"
        address = f"file:{quote(os.path.abspath(path))}?{mode}"  # noqa: PTH100  # resolves no links
        return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=StaticPool)


def _is_at_rest(path: str) -> bool:
    """Whether nobody has the SQLite file at *path* open: its write-ahead log is not there, and would be."""
    offset, mark = _WAL_MARK
    try:
        with Path(path).open("rb") as file:
            file.seek(offset)
            return file.read(len(mark)) == mark and not Path(f"{path}-wal").exists()
    except OSError:
        return False


def _identity(url: URL) -> tuple[int, int] | None:
    """Which file the path leads to at present."""
    if not _is_file(url):
        return None
    try:
        found = os.stat(str(url.database))  # noqa: PTH116  # the path is text for SQLite too
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _reason(fault: Exception) -> str:
    """The database's own words in one line, without SQLAlchemy's frame."""
    return " ".join(str(getattr(fault, "orig", None) or fault).split())
