"""Whom a process connects as, and what the SQL that makes the roles tells."""

import base64
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import override_settings

from audit.roles import Role, role_url, scram, told

OWNER = "postgresql://p_owner:one%20two@db:5432/work"


def test_what_postgresql_keeps_of_a_password_is_what_the_standard_says() -> None:
    # RFC 7677, section 3
    assert scram("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
        ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_the_same_password_is_never_kept_the_same_way_twice() -> None:
    assert scram("pencil") != scram("pencil")


def test_the_sql_for_an_administrator_holds_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_APP", "postgresql://p_app:three@db/work")
    printed = StringIO()
    with override_settings(DATABASE_URL=OWNER):
        call_command("roles", "--print", stdout=printed)
    assert printed.getvalue().count("PASSWORD 'SCRAM-SHA-256$4096:") == 5
    for password in ("one two", "one%20two", "three"):
        assert password not in printed.getvalue()


def test_a_role_has_the_address_it_is_told_and_else_one_that_follows_from_the_owners(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "worker").write_text("postgresql://p_worker:secret@db/work\n")
    monkeypatch.setenv("DATABASE_URL_WORKER_FILE", str(tmp_path / "worker"))
    assert role_url(OWNER, Role.WORKER, "p") == "postgresql://p_worker:secret@db/work"
    assert role_url(OWNER, Role.APP, "p").startswith("postgresql://p_app:")
    assert role_url(OWNER, Role.APP, "p").endswith("@db:5432/work")
    assert "one" not in role_url(OWNER, Role.APP, "p")


def test_without_either_the_missing_address_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL_APP_FILE, or the owner's DATABASE_URL"):
        role_url("", Role.APP, "p")


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "gone"))
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY_FILE names .*gone, which cannot be read: No such file"):
        told("SECRET_KEY")
