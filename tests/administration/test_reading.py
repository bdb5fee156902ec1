"""What the database lets the role of the admin site read and write: asked over a real connection of that role."""

from typing import Any, Final

import pytest
from django.conf import settings
from django.db import ProgrammingError, connections, transaction
from psycopg import sql

from audit.roles import Role

Cast = Any
CONTENT: Final = (
    "engagements_",
    "supervision_",
    "vault_",
    "documents_",
    "mfa_",
    "account_",
    "usersessions_",
    "evaluations_",
    "reports_",
    "billing_",
)
#: What the role may read of the tables whose names begin so, and of those of people: nothing but this.
READ: Final = {
    "engagements_frame": {
        "id", "practice_id", "lead_id", "form", "focus", "process", "language", "state", "starts_on", "ends_on",
        "ending", "created_at", "closed_at",
    },
    "engagements_contracttemplate": {"id", "practice_id", "name", "form", "archived_at"},
    "supervision_frame": {"id", "engagement_id", "month", "minutes", "mode", "trial", "state", "changes", "created_at"},
    "reports_frame": {"id", "engagement_id", "kind", "state", "month"},
    "mfa_authenticator": {"user_id", "type"},
    "accounts_clientorganisation": {
        "id", "practice_id", "name", "business_id", "sector", "public_body", "sort_key",
    },
    "accounts_invitation": {
        "id", "practice_id", "email", "kind", "language", "created_at", "expires_at", "accepted_at", "revoked_at",
    },
}  # fmt: skip
#: What it may write of the tables that it may change.
WRITTEN: Final = {
    "accounts_user": {"full_name", "language", "is_active", "is_staff", "is_superuser"},
    "accounts_practice": {
        "name", "business_id", "vat_standing", "street", "postcode", "city", "email", "phone", "reminder_hours",
    },
    "accounts_membership": {"until"},
    "engagements_contracttemplate": {"archived_at"},
}  # fmt: skip


def granted(verb: str) -> dict[str, set[str]]:
    """Return the columns that the role of the connection has `verb` on, by table or view."""
    with transaction.atomic(using="admin"), connections["admin"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p') AND a.attnum > 0"
            " AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, %s)",
            [verb],
        )
        found: dict[str, set[str]] = {}
        for table, column in cursor.fetchall():
            found.setdefault(table, set()).add(column)
    return found


def test_of_supervision_and_of_secrets_it_reads_nothing_but_frames(settled: Cast) -> None:
    people = {"accounts_person", "accounts_contact", "accounts_clientorganisation", "accounts_invitation"}
    read = {name: columns for name, columns in granted("SELECT").items() if name in people or name.startswith(CONTENT)}
    assert read == READ


def test_it_writes_nothing_but_what_the_site_changes(settled: Cast) -> None:
    assert granted("UPDATE") == WRITTEN
    assert set(granted("INSERT")) == {"accounts_membership", "django_admin_log", "audit_entry"}


def test_it_deletes_nothing(settled: Cast) -> None:
    with transaction.atomic(using="admin"), connections["admin"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
            " AND (has_table_privilege(oid, 'DELETE') OR has_table_privilege(oid, 'TRUNCATE'))"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("column", "table"),
    [
        ("title", "engagements_engagement"), ("reference", "engagements_engagement"), ("1", "engagements_engagement"),
        ("place", "supervision_session"), ("link", "supervision_session"), ("reason", "supervision_session"),
        ("starts_at", "supervision_session"), ("text", "engagements_goal"), ("terms", "engagements_contract"),
        ("more_terms", "engagements_contracttemplate"), ("*", "engagements_contracttemplate"),
        ("data", "engagements_event"), ("presence", "supervision_attendance"), ("during", "supervision_booking"),
        ("family_name", "accounts_person"), ("phone", "accounts_contact"),
        ("stated_aims", "accounts_clientorganisation"), ("token_hash", "accounts_invitation"),
        ("data", "mfa_authenticator"), ("session_data", "django_session"), ("email", "account_emailaddress"),
    ],
)  # fmt: skip
def test_a_query_for_more_is_refused(settled: Cast, column: str, table: str) -> None:
    what = sql.SQL(column) if column in "*1" else sql.Identifier(column)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(using="admin"),
        connections["admin"].cursor() as cursor,
    ):
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(what, sql.Identifier(table)))
    assert connections["admin"].connection.info.user == settings.DATABASE_ROLE_NAMES[Role.ADMIN]


def test_it_reads_the_frames_themselves(furnished: Cast) -> None:
    with transaction.atomic(using="admin"), connections["admin"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM engagements_frame")
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT month::text, minutes FROM supervision_frame WHERE id = %s", [furnished.session.pk])
        assert cursor.fetchone() == ("2026-11-01", 90)


@pytest.mark.parametrize("role", [Role.APP, Role.WORKER, Role.BACKUP])
def test_nobody_else_looks_through_the_windows(db: None, role: Role) -> None:
    """A view sees all rows, as its owner does."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
            " AND has_table_privilege(%s, oid, 'SELECT')",
            [settings.DATABASE_ROLE_NAMES[role]],
        )
        assert cursor.fetchall() == []
