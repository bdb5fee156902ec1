"""A backup: nothing of it can be read without its key, it comes back as it was, and counts only once it has."""

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from audit import asking, trail
from audit.roles import Role
from backups import age, making, postgres, restoring
from backups.age import Refused, make_identity
from engagements.models import Goal
from sessions.board.actions import put_up
from tests.traces import Plants
from vault import opening
from vault.content import Content

Cast = Any
PASSPHRASE = "kettu lampi siilo varis honka"


@pytest.fixture
def place(settings: Any, tmp_path: Path) -> Path:
    """A folder for backups, with the settings of an installation whose database is the test's own."""
    name = connection.settings_dict["NAME"]
    settings.DATABASE_URL = urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))
    settings.STATE = tmp_path / "state"
    (settings.STATE / "audit").mkdir(parents=True)
    (tmp_path / "copies").mkdir()
    return tmp_path / "copies"


@pytest.fixture
def identity(settings: Any, tmp_path: Path) -> Path:
    private, recipient = make_identity()
    settings.BACKUP_RECIPIENTS = [recipient]
    file = tmp_path / "private.txt"
    file.write_text(f"# of the test\n{private}\n")
    return file


@pytest.fixture
def written(settled: Cast, place: Path) -> tuple[Cast, Plants]:
    """A process in which something stands in clear, something sealed, and something in a supervisor's vault."""
    plants, now = Plants(), timezone.now()
    with transaction.atomic(), asking.acting_as(settled.lead):
        Goal.objects.create(engagement=settled.engagement, theme="meaning", text=plants.of("goal"))
        put_up(settled.engagement, plants.of("memo"), by=settled.lead, now=now)
        opening.create(settled.lead.pk, PASSPHRASE, now=now)
        trail.record(settled.engagement.pk, "session.booked", actor=settled.lead, obj=settled.session)
    return settled, plants


def run(command: str, *arguments: Any) -> str:
    out = io.StringIO()
    call_command(command, *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def empty(superuser_address: str, settings: Any) -> Iterator[str]:
    """An empty database, gone afterwards; its name."""
    name = f"restored_{connection.settings_dict['NAME']}"[:60]
    owner = settings.DATABASE_ROLE_NAMES[Role.OWNER]
    with psycopg.connect(superuser_address, autocommit=True) as superuser:
        superuser.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        superuser.execute(f'CREATE DATABASE "{name}" OWNER "{owner}" TEMPLATE template0 ENCODING \'UTF8\'')
    yield name
    with psycopg.connect(superuser_address, autocommit=True) as superuser:
        superuser.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def test_it_comes_back_as_it_was_and_everything_in_it_opens(
    written: tuple[Cast, Plants], place: Path, identity: Path, empty: str, tmp_path: Path, superuser_address: str
) -> None:
    cast, plants = written
    folder = making.make(place, timezone.now())
    found = restoring.restore(folder, identity, empty, state=tmp_path / "brought")
    assert found.rows > 100
    assert found.keys is not None
    assert found.keys >= 1
    with psycopg.connect(postgres.at(superuser_address, empty)) as back:
        goals = back.execute("SELECT text FROM engagements_goal").fetchall()
        assert (plants.of("goal"),) in goals
        (key,) = back.execute("SELECT count(*) FROM vault_vaultkey WHERE owner = %s", [cast.lead.pk]).fetchone() or (0,)
        assert key == 1
        memo = back.execute("SELECT id, text FROM supervision_boardentry").fetchall()
    with transaction.atomic(), asking.acting_as(cast.lead):
        content = Content([cast.engagement.pk])
        words = [content.read_text(cast.engagement.pk, sealed, "supervision_boardentry", pk) for pk, sealed in memo]
    assert plants.of("memo") in words


def test_nothing_of_it_can_be_read_without_its_key(
    written: tuple[Cast, Plants], place: Path, identity: Path, tmp_path: Path
) -> None:
    """The control: opened with the key, the goal, which rests in clear, is found in the very same files."""
    _cast, plants = written
    folder = making.make(place, timezone.now())
    files = [path for path in folder.iterdir() if path.is_file()]
    assert {path.name for path in files} == {making.MANIFEST, making.DATABASE, making.STATE}
    assert not set().union(*(plants.found_in(path.read_bytes()) for path in files))
    with (tmp_path / "clear").open("wb") as clear:
        age.unseal(folder / making.DATABASE, clear, age.identities_of(identity))
    assert "goal" in plants.found_in((tmp_path / "clear").read_bytes())


def test_it_counts_only_once_a_rehearsal_has_brought_it_back(
    written: tuple[Cast, Plants], place: Path, identity: Path, superuser_address: str
) -> None:
    run("backup", place)
    (made,) = making.every(place)
    assert made.proven is None
    assert "it does not count" in run("backup", place, "--status")
    assert "came back as they were" in run("rehearse_backup", made.folder, "--identity", identity)
    assert making.every(place)[0].proven is not None
    assert "proven" in run("backup", place, "--status")
    with psycopg.connect(superuser_address) as superuser:
        left = superuser.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'rehearsal%'").fetchone()
    assert left == (0,)


def test_a_backup_that_is_not_what_was_there_is_not_proven(
    written: tuple[Cast, Plants], place: Path, identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = making.make(place, timezone.now())
    before = restoring.read_manifest

    def another(*given: Any) -> dict[str, Any]:
        manifest = before(*given)
        manifest["tables"]["public.engagements_goal"][1] += 1
        return manifest

    monkeypatch.setattr(restoring, "read_manifest", another)
    with pytest.raises(CommandError, match=re.escape("public.engagements_goal")):
        run("rehearse_backup", folder, "--identity", identity)
    assert making.every(place)[0].proven is None


def test_who_was_erased_after_the_backup_is_erased_in_what_comes_back(
    written: tuple[Cast, Plants], place: Path, identity: Path, empty: str, tmp_path: Path, superuser_address: str
) -> None:
    cast, _plants = written
    folder = making.make(place, timezone.now())
    person = cast.people[0].pk
    line = {"id": str(person), "what": "person", "obj": str(person), "at": timezone.now().isoformat(), "keys": 0}
    ledger = tmp_path / "newest.jsonl"
    ledger.write_text(json.dumps(line) + "\n")
    restoring.restore(folder, identity, empty, state=tmp_path / "brought", ledger=ledger)
    assert str(person) in (tmp_path / "brought" / "erasures.jsonl").read_text()
    with psycopg.connect(postgres.at(superuser_address, empty)) as back:
        names = back.execute("SELECT given_name, email FROM accounts_person WHERE id = %s", [person]).fetchall()
    assert all(email == "" and given != cast.people[0].given_name for given, email in names)


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["cut off", "changed"])
def test_a_file_that_is_not_whole_is_refused_before_anything_is_touched(
    written: tuple[Cast, Plants],
    place: Path,
    identity: Path,
    empty: str,
    tmp_path: Path,
    superuser_address: str,
    how: str,
) -> None:
    file = making.make(place, timezone.now()) / making.DATABASE
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content[:-1000] if how == "cut off" else content)
    with pytest.raises(Refused, match="changed or cut off"):
        restoring.restore(file.parent, identity, empty, state=tmp_path / "brought")
    with psycopg.connect(postgres.at(superuser_address, empty)) as back:
        assert back.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_another_s_key_and_no_key_open_nothing(
    written: tuple[Cast, Plants], place: Path, identity: Path, empty: str, tmp_path: Path
) -> None:
    folder = making.make(place, timezone.now())
    other = tmp_path / "other.txt"
    other.write_text(make_identity()[0])
    with pytest.raises(Refused, match="does not open with this key"):
        restoring.restore(folder, other, empty, state=tmp_path / "brought")
    other.write_text("nothing")
    with pytest.raises(Refused, match="holds no private key"):
        restoring.restore(folder, other, empty, state=tmp_path / "brought")


def test_a_database_that_is_not_empty_is_left_alone(
    written: tuple[Cast, Plants], place: Path, identity: Path, tmp_path: Path
) -> None:
    folder = making.make(place, timezone.now())
    with pytest.raises(Refused, match="is not empty"):
        restoring.restore(folder, identity, connection.settings_dict["NAME"], state=tmp_path / "brought")


def test_a_backup_of_a_newer_version_is_refused(
    written: tuple[Cast, Plants], place: Path, identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "migrations", lambda _connection: {"privacy": "9999_of_the_future"})
    folder = making.make(place, timezone.now())
    with pytest.raises(CommandError, match=re.escape("privacy.9999_of_the_future is not known here")):
        run("rehearse_backup", folder, "--identity", identity)


def test_a_content_key_that_does_not_fit_is_noticed(
    written: tuple[Cast, Plants], place: Path, identity: Path, settings: Any
) -> None:
    folder = making.make(place, timezone.now())
    settings.CONTENT_KEY = "another-installation-content-abcdefghijklmnopqrstuvwxyz"
    with pytest.raises(CommandError, match="CONTENT_KEY that is given does not open"):
        run("rehearse_backup", folder, "--identity", identity)


def test_what_was_begun_and_not_ended_does_not_count(
    written: tuple[Cast, Plants], place: Path, identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_given: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(postgres, "fingerprints", cut)
    with pytest.raises(KeyboardInterrupt):
        making.make(place, timezone.now())
    assert list(place.iterdir()) == []
    assert making.every(place) == []


def test_nobody_to_seal_to_is_said(settings: Any, place: Path) -> None:
    settings.BACKUP_RECIPIENTS = []
    with pytest.raises(CommandError, match="BACKUP_RECIPIENTS"):
        run("backup", place)
    settings.BACKUP_RECIPIENTS = ["age1nonsense"]
    with pytest.raises(CommandError, match="begins with age1"):
        run("backup", place)


def test_copies_older_than_thirty_five_days_are_removed(
    written: tuple[Cast, Plants], place: Path, identity: Path
) -> None:
    now = timezone.now()
    for days in (36, 34):
        folder = place / (now - timedelta(days=days)).strftime(making.NAME)
        folder.mkdir()
        (folder / making.MANIFEST).write_bytes(b"x")
    (place / "somebody's notes").mkdir()
    made = making.make(place, now)
    assert [each.folder.name for each in making.every(place)] == [
        made.name, (now - timedelta(days=34)).strftime(making.NAME)
    ]  # fmt: skip
    assert (place / "somebody's notes").is_dir()


# --- the keys -------------------------------------------------------------------------------------------------------


def test_the_keys_are_sealed_to_somebody_else_and_come_back(settings: Any, identity: Path, tmp_path: Path) -> None:
    private, recipient = make_identity()
    (tmp_path / "keeper.txt").write_text(private)
    settings.KEY_RECIPIENTS = settings.BACKUP_RECIPIENTS
    with pytest.raises(CommandError, match="must be different"):
        run("backup_keys", tmp_path / "keys.age")
    settings.KEY_RECIPIENTS = [recipient]
    run("backup_keys", tmp_path / "keys.age")
    assert b"only-for-tests-pepper" not in (tmp_path / "keys.age").read_bytes()
    with pytest.raises(CommandError, match="does not open with this key"):
        run("restore_keys", tmp_path / "keys.age", tmp_path / "secrets", "--identity", identity)
    run("restore_keys", tmp_path / "keys.age", tmp_path / "secrets", "--identity", tmp_path / "keeper.txt")
    assert (tmp_path / "secrets" / "vault_pepper").read_text().startswith("only-for-tests-pepper")
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "vault_pepper").write_text("x")
    with pytest.raises(CommandError, match="There is no FACTOR_KEY, CONTENT_KEY"):
        run("backup_keys", tmp_path / "other.age", "--secrets", tmp_path / "few")
    with pytest.raises(CommandError, match="nothing was written"):
        run("restore_keys", tmp_path / "keys.age", tmp_path / "secrets", "--identity", tmp_path / "keeper.txt")


def test_a_key_is_made_and_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    said = run("backup_key")
    assert "AGE-SECRET-KEY-1" in said
    assert re.search(r"^age1[a-z0-9]{58}$", said, re.MULTILINE)


def test_the_tools_have_to_be_as_new_as_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="install the newer one"):
        postgres.tool("pg_dump", 990_000)
    monkeypatch.setenv("PG_BIN", "/nowhere")
    with pytest.raises(Refused, match="PG_BIN"):
        postgres.tool("pg_dump", 180_000)
