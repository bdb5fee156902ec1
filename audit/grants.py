"""What each database role may do with each table.

Said once, applied after every `migrate`, and complete: a table that is not named here fails a test. `app` may read and
write what is not append-only; the worker and the admin see only what their work needs, and never the content of
supervision.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import connection
from psycopg import sql

from audit.roles import Role

ALL = "SELECT, INSERT, UPDATE, DELETE"
READ = "SELECT"
APPEND = "SELECT, INSERT"
WRITE = "SELECT, INSERT, UPDATE"

#: Tables on which `app` has less than everything.
APP = {
    "audit_entry": APPEND,
    "audit_head": READ,
    "django_migrations": READ,
    "django_content_type": READ,
    "auth_permission": READ,
    "auth_group": READ,
    "auth_group_permissions": READ,
    "supervision_booking": READ,
}

#: The worker plans and sends messages: it reads frames and addresses, and writes messages.
WORKER = {
    "accounts_user": READ,
    "accounts_person": READ,
    "accounts_practice": READ,
    "accounts_contact": READ,
    "accounts_invitation": "SELECT, UPDATE",
    "engagements_engagement": READ,
    "engagements_cosupervisor": READ,
    "engagements_participation": READ,
    "supervision_session": READ,
    "notifications_message": WRITE,
    "notifications_optout": READ,
    "audit_entry": APPEND,
    "audit_head": READ,
    "django_migrations": READ,
    "django_content_type": READ,
    "django_session": "SELECT, DELETE",
}

#: The admin site's own role.
ADMIN = {
    "accounts_user": WRITE,
    "accounts_practice": WRITE,
    "accounts_membership": WRITE,
    "accounts_clientorganisation": WRITE,
    "notifications_message": READ,
    "django_admin_log": APPEND,
    "django_content_type": READ,
    "auth_permission": READ,
    "auth_group": READ,
    "auth_group_permissions": READ,
    "accounts_user_groups": ALL,
    "accounts_user_user_permissions": ALL,
    "audit_entry": APPEND,
    "audit_head": READ,
    "django_migrations": READ,
}


def apply(tables: Iterable[str] | None = None) -> None:
    """Grant to every role what this file says, and take back everything else. To be run as the owner."""
    tables = set(tables or connection.introspection.table_names())
    with connection.cursor() as cursor:
        roles = [Role.APP, Role.WORKER, Role.ADMIN, Role.SEC, Role.BACKUP]
        names = sql.SQL(", ").join(sql.Identifier(settings.DATABASE_ROLE_NAMES[role]) for role in roles)
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public, sec TO {}").format(names))
        cursor.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(names))
        grant(cursor, Role.APP, {table: APP.get(table, ALL) for table in tables})
        grant(cursor, Role.WORKER, {table: verbs for table, verbs in WORKER.items() if table in tables})
        grant(cursor, Role.ADMIN, {table: verbs for table, verbs in ADMIN.items() if table in tables})
        grant(cursor, Role.SEC, dict.fromkeys(tables, ALL))
        grant(cursor, Role.BACKUP, dict.fromkeys(tables, READ))
        cursor.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(names))


def grant(cursor: object, role: Role, privileges: dict[str, str]) -> None:
    name = sql.Identifier(settings.DATABASE_ROLE_NAMES[role])
    for table, verbs in sorted(privileges.items()):
        cursor.execute(sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(verbs), sql.Identifier(table), name))  # type: ignore[attr-defined]
