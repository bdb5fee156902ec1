"""PostgreSQL's own tools, and what a database holds in numbers, by which what came back is proven."""

import os
import shutil
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from audit.roles import Role, role_url, told
from backups.age import Refused

#: By table: how many rows, and a sum over their contents in which their order does not matter.
Fingerprints = dict[str, list[int]]
TABLES: Final = """
    SELECT schemaname, tablename FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""
#: md5 tells two rows apart here, and guards nothing: the file itself is sealed and summed.
OF_TABLE: Final = """
    SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint::numeric), 0)::text FROM {} t
"""


def backup_address() -> str:
    """Return where the role connects that reads every row and writes none."""
    return role_url(settings.DATABASE_URL, Role.BACKUP, settings.DATABASE_ROLE_NAMES.prefix)


def superuser_address(database: str) -> str:
    """Return the superuser's address for a database. Raises Refused when none is told."""
    address = told("DATABASE_URL_SUPERUSER")
    if not address:
        raise Refused("Only a superuser can bring everything back as it was: set DATABASE_URL_SUPERUSER.")
    return at(address, database)


def at(address: str, database: str) -> str:
    return urlunsplit(urlsplit(address)._replace(path=f"/{database}"))


def name_of(address: str) -> str:
    return urlsplit(address).path.lstrip("/")


def tool(name: str, server: int) -> str:
    """Return where pg_dump or pg_restore is: in PG_BIN, else PATH. Raises Refused when it is older than the server."""
    found = shutil.which(name, path=os.environ.get("PG_BIN") or None)
    if not found:
        raise Refused(f"{name} is not there: install PostgreSQL's client programs, or name their folder in PG_BIN.")
    with os.popen(f"'{found}' --version") as said:  # noqa: S605 (a path of this machine, no input)
        version = int(said.read().split()[2].partition(".")[0])
    if version < server // 10_000:
        raise Refused(f"{name} is of version {version}, the server of {server // 10_000}: install the newer one.")
    return found


def environment(address: str) -> dict[str, str]:
    """Return what tells PostgreSQL's tools where to connect: a command line can be read by everybody on the machine."""
    parts: dict[str, Any] = conninfo_to_dict(address)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {variable: str(parts[name]) for name, variable in names.items() if parts.get(name)}


def fingerprints(connection: "psycopg.Connection[Any]") -> Fingerprints:
    """Return what every table holds, in numbers."""
    connection.execute("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL bytea_output = 'hex'")
    found: Fingerprints = {}
    for schema, table in connection.execute(TABLES).fetchall():
        rows, total = connection.execute(sql.SQL(OF_TABLE).format(sql.Identifier(schema, table))).fetchone() or (0, "0")
        found[f"{schema}.{table}"] = [int(rows), int(total)]
    return found


def migrations(connection: "psycopg.Connection[Any]") -> dict[str, str]:
    rows = connection.execute("SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app").fetchall()
    return dict(rows)


def state_files() -> list[Path]:
    """Return what belongs to the database and lies outside it: heads of audit chains, and the ledger of erasures."""
    folder = Path(settings.STATE)
    return [*sorted((folder / "audit").glob("heads-*.json")), *folder.glob("erasures.jsonl")]
