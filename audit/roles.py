"""The database roles: who connects as whom, and how they are made.

Five roles log in and one does not (`sec` owns the functions that policies ask). Roles belong to the whole
PostgreSQL cluster, so each installation gives its own a prefix. `DATABASE_URL` is the owner's;
`DATABASE_URL_APP` and its sisters override the addresses derived from it.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote, urlsplit, urlunsplit

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


def derived_password(owner_password: str, role: Role) -> str:
    """Return a password for `role` that follows from the owner's, so that one address configures all."""
    return hmac.new(owner_password.encode(), f"tyonohjaus {role}".encode(), hashlib.sha256).hexdigest()


def role_url(owner_url: str, role: Role, prefix: str) -> str:
    """Return the address at which `role` connects: its own from the environment, or one derived from the owner's."""
    own = os.environ.get(f"DATABASE_URL_{role.upper()}")
    if own or role is Role.OWNER:
        return own or owner_url
    parts = urlsplit(owner_url)
    _user, _, host = parts.netloc.rpartition("@")
    login = RoleNames(prefix)[role]
    if parts.password:
        login += ":" + quote(derived_password(unquote(parts.password), role), safe="")
    return urlunsplit(parts._replace(netloc=f"{login}@{host}"))


def statements(prefix: str, owner_url: str) -> list[sql.Composed]:
    """Return the SQL that makes roles and database; each statement may be run again without harm.

    To be run as a superuser; a role that may create roles also does, if it has `BYPASSRLS` to give away.
    """
    parts = urlsplit(owner_url)
    database = parts.path.lstrip("/")
    names = RoleNames(prefix)
    made = []
    for role, attributes in ATTRIBUTES.items():
        name = names[role]
        password = urlsplit(role_url(owner_url, role, prefix)).password if role is not Role.SEC else None
        secret = sql.SQL(" PASSWORD {}").format(sql.Literal(unquote(password))) if password else sql.SQL("")
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
