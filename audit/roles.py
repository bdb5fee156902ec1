"""The database roles: who connects as whom, and how they are made.

Five roles log in and one does not (`sec` owns the functions that policies ask). Roles belong to the whole
PostgreSQL cluster, so each installation gives its own a prefix. `DATABASE_URL` is the owner's;
`DATABASE_URL_APP` and its sisters override the addresses derived from it. A process that is given the address of its
own role needs no other: in production the owner's is known to migrations alone.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import sql


class Role(StrEnum):
    OWNER = "owner"
    APP = "app"
    WORKER = "worker"
    ADMIN = "admin"
    BACKUP = "backup"
    SEC = "sec"


#: Roles that open connections, and what sets them apart beside their grants.
ATTRIBUTES = {
    Role.OWNER: "LOGIN NOSUPERUSER NOBYPASSRLS",
    Role.APP: "LOGIN NOSUPERUSER NOBYPASSRLS",
    Role.WORKER: "LOGIN NOSUPERUSER NOBYPASSRLS",
    Role.ADMIN: "LOGIN NOSUPERUSER NOBYPASSRLS",
    Role.BACKUP: "LOGIN NOSUPERUSER BYPASSRLS",
    Role.SEC: "NOLOGIN NOSUPERUSER NOBYPASSRLS",
}


@dataclass(frozen=True)
class RoleNames:
    """The names of this installation's roles, `<prefix>_<role>`."""

    prefix: str

    def __getitem__(self, role: Role) -> str:
        return f"{self.prefix}_{role}"


def told(name: str) -> str:
    """Return what the environment says under `name`, or what stands in the file named by `name`_FILE; else nothing.

    Raises ImproperlyConfigured when that file cannot be read.
    """
    file = os.environ.get(f"{name}_FILE")
    if not file:
        return os.environ.get(name, "")
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE names {file}, which cannot be read: {error.strerror}.") from error


def derived_password(owner_password: str, role: Role) -> str:
    """Return a password for `role` that follows from the owner's, so that one address configures all."""
    return hmac.new(owner_password.encode(), f"tyonohjaus {role}".encode(), hashlib.sha256).hexdigest()


def role_url(owner_url: str, role: Role, prefix: str) -> str:
    """Return the address at which `role` connects: its own from the environment, or one derived from the owner's.

    Raises ImproperlyConfigured when neither is told.
    """
    own = told(f"DATABASE_URL_{role.upper()}") or (owner_url if role is Role.OWNER else "")
    if own:
        return own
    if not owner_url:
        raise ImproperlyConfigured(
            f"The address of the database role {role} is missing: set DATABASE_URL_{role.upper()} or "
            f"DATABASE_URL_{role.upper()}_FILE, or the owner's DATABASE_URL, from which it is derived."
        )
    parts = urlsplit(owner_url)
    _user, _, host = parts.netloc.rpartition("@")
    login = RoleNames(prefix)[role]
    if parts.password:
        login += ":" + quote(derived_password(unquote(parts.password), role), safe="")
    return urlunsplit(parts._replace(netloc=f"{login}@{host}"))


def scram(password: str, salt: bytes | None = None, rounds: int = 4096) -> str:
    """Return what PostgreSQL keeps in place of `password` (RFC 5802, RFC 7677), so that no statement carries it.

    Our passwords are ASCII, which SASLprep leaves as they are.
    """
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(each).decode() for each in (salt, stored, server))
    return f"SCRAM-SHA-256${rounds}:{salt64}${stored64}:{server64}"


def statements(prefix: str, owner_url: str) -> list[sql.Composed]:
    """Return the SQL that makes roles and database; each statement may be run again without harm.

    To be run as a superuser; a role that may create roles also does, if it has `BYPASSRLS` to give away.
    """
    database = urlsplit(role_url(owner_url, Role.OWNER, prefix)).path.lstrip("/")
    names = RoleNames(prefix)
    made = []
    for role, attributes in ATTRIBUTES.items():
        name = names[role]
        password = urlsplit(role_url(owner_url, role, prefix)).password if role is not Role.SEC else None
        secret = sql.SQL(" PASSWORD {}").format(sql.Literal(scram(unquote(password)))) if password else sql.SQL("")
        made.append(
            sql.SQL(
                "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) "
                "THEN CREATE ROLE {name}; END IF; END $do$"
            ).format(literal=sql.Literal(name), name=sql.Identifier(name))
        )
        made.append(sql.SQL("ALTER ROLE {} WITH ").format(sql.Identifier(name)) + sql.SQL(attributes) + secret)
    owner, sec = sql.Identifier(names[Role.OWNER]), sql.Identifier(names[Role.SEC])
    made.append(sql.SQL("GRANT {} TO {}").format(sec, owner))
    made.append(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
            sql.Identifier(database), owner
        )
    )
    return made
