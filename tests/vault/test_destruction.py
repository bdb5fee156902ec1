"""On the contract's date the keys go, and not a day before; what a restore brings back goes again."""

import json
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from dateutil.relativedelta import relativedelta
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import asking
from audit.connecting import as_role
from audit.models import Entry
from audit.roles import Role
from formats.clock import HELSINKI
from tests.conftest import NOW
from tests.vault.conftest import PASSPHRASE, Written, make_vault, write
from vault import content, erasures, opening, tasks, texts
from vault.blobs import Unopenable
from vault.models import ContentKey, TextKey, TextKeyWrap

Cast = Any


@pytest.fixture
def ledger(settings: Any, tmp_path: Path) -> Path:
    settings.STATE = tmp_path / "state"
    return tmp_path / "state" / "erasures.jsonl"


@pytest.fixture
def note(settled: Cast, superuser_address: str) -> Written:
    """A note and a memo of a process that is closed and whose contract says 6 and 12 months; not closed long ago."""
    with transaction.atomic():
        make_vault(settled.lead)
        written = write(settled.lead, settled.engagement.pk)
        content.Content([]).seal_text(settled.engagement.pk, "Muistio", "memo", uuid4(), now=NOW)
    agree(superuser_address, notes_months=6, memo_months=12, agreed_on=date(2015, 1, 1))
    return written


def change(address: str, statement: str, *values: Any) -> None:
    """What no page lets anybody do: change what was agreed, and when a process ended."""
    with psycopg.connect(address, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(statement, values)


def agree(address: str, **terms: int | date | None) -> None:
    for column, value in terms.items():
        change(address, f"UPDATE engagements_contract SET {column} = %s", value)  # noqa: S608


def close(address: str, **ago: int) -> datetime:
    """Close every process at the end of the day that long ago, in Finnish time; `days` later makes it more recent."""
    today = timezone.now().astimezone(HELSINKI).date()
    day = today - relativedelta(months=ago["months"]) + timedelta(days=ago.get("days", 0))
    at = datetime.combine(day, time(23, 30), HELSINKI)
    change(address, "UPDATE engagements_engagement SET state = 'closed', ending = 'completed', closed_at = %s", at)
    return at


def destroy(settings: Any) -> int:
    settings.DATABASE_ROLE = Role.WORKER
    with as_role(Role.WORKER):
        return erasures.destroy_due()


def left(cast: Cast) -> tuple[int, int, int]:
    with asking.acting_as(cast.lead):
        return TextKey.objects.count(), TextKeyWrap.objects.count(), ContentKey.objects.count()


def test_keys_go_on_the_day_and_not_the_day_before(
    settled: Cast, note: Written, superuser_address: str, settings: Any, ledger: Path
) -> None:
    close(superuser_address, months=6, days=1)
    assert destroy(settings) == 0
    assert left(settled) == (1, 1, 1)
    close(superuser_address, months=6)
    assert destroy(settings) == 1
    assert left(settled) == (0, 0, 1)
    close(superuser_address, months=12)
    assert destroy(settings) == 1
    assert left(settled) == (0, 0, 0)
    assert destroy(settings) == 0
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [(line["what"], line["obj"], line["keys"]) for line in lines] == [
        ("texts", str(settled.engagement.pk), 1),
        ("content", str(settled.engagement.pk), 1),
    ]
    assert ledger.stat().st_mode & 0o077 == 0
    with asking.acting_as(settled.lead):
        entries = Entry.objects.filter(stream=settled.engagement.pk, event__endswith="_destroyed").order_by("number")
        assert [(entry.event, entry.actor, entry.data) for entry in entries] == [
            ("notes_destroyed", None, {"keys": 1}),
            ("content_destroyed", None, {"keys": 1}),
        ]


def test_what_is_not_closed_or_made_up_stays(
    settled: Cast, note: Written, superuser_address: str, settings: Any, ledger: Path
) -> None:
    assert destroy(settings) == 0  # not closed
    close(superuser_address, months=60)
    change(superuser_address, "UPDATE engagements_engagement SET example = true WHERE id = %s", settled.engagement.pk)
    assert destroy(settings) == 0
    assert left(settled) == (1, 1, 1)
    assert not ledger.exists()


@pytest.mark.parametrize("silent", ["UPDATE engagements_contract SET notes_months = NULL, memo_months = NULL",
                                    "UPDATE engagements_contract SET agreed_on = '2026-11-20'",  # after the end
                                    "UPDATE engagements_contract SET state = 'draft'"])  # fmt: skip
def test_where_no_contract_names_a_day_what_is_usual_holds(
    settled: Cast, note: Written, superuser_address: str, settings: Any, ledger: Path, silent: str
) -> None:
    agree(superuser_address, notes_months=1, memo_months=1)
    change(superuser_address, silent)
    close(superuser_address, months=6, days=1)
    assert destroy(settings) == 0
    close(superuser_address, months=6)
    assert destroy(settings) == 1
    assert left(settled) == (0, 0, 1)
    close(superuser_address, months=12, days=1)
    assert destroy(settings) == 0
    close(superuser_address, months=12)
    assert destroy(settings) == 1
    assert left(settled) == (0, 0, 0)


def test_what_is_held_is_not_destroyed(
    settled: Cast, note: Written, superuser_address: str, settings: Any, ledger: Path
) -> None:
    close(superuser_address, months=60)
    change(
        superuser_address,
        "INSERT INTO privacy_hold (id, practice_id, engagement_id, grounds, until, set_by_id, set_at)"
        " SELECT gen_random_uuid(), practice_id, id, 'x', now()::date + 1, lead_id, now() FROM engagements_engagement",
    )
    assert destroy(settings) == 0
    change(superuser_address, "UPDATE privacy_hold SET lifted_at = now(), lifted_by_id = set_by_id")
    assert destroy(settings) == 2


def test_only_the_worker_may_ask_and_it_cannot_name_a_day(cast: Cast, settings: Any) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.destroy_due_keys('{}')")
    with pytest.raises(Exception, match="role worker"):
        tasks.destroy()


def test_what_was_not_written_before_a_crash_is_written_the_next_time(
    settled: Cast, note: Written, superuser_address: str, settings: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close(superuser_address, months=6)

    def full(_rows: Any) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(erasures, "append", full)
        with pytest.raises(OSError, match="No space"):
            destroy(settings)
    assert left(settled) == (0, 0, 1)
    assert destroy(settings) == 1
    assert len(ledger.read_text().splitlines()) == 1
    assert destroy(settings) == 0


def test_an_author_who_erases_stands_in_the_ledger_by_id_alone(
    settled: Cast, note: Written, settings: Any, ledger: Path
) -> None:
    with asking.acting_as(settled.lead):
        about = TextKey.objects.get().about
        texts.erase([note.sealed], settled.lead.pk, now=NOW)
    assert destroy(settings) == 1
    assert [row.obj for row in erasures.read(ledger)] == [str(about)]


def test_a_restored_copy_loses_again_what_was_destroyed_and_nothing_newer(
    settled: Cast, note: Written, superuser_address: str, settings: Any, ledger: Path
) -> None:
    """The copy: the same rows, of which the ledger says that they are gone."""
    at = timezone.now().isoformat()
    engagement = str(settled.engagement.pk)
    erasures.append([erasures.Destroyed(str(uuid4()), what, engagement, at, 1) for what in ("texts", "content")])
    with asking.acting_as(settled.lead):
        later = texts.seal("Uusi", ["note", str(uuid4())], engagement=settled.engagement.pk, author=settled.lead.pk,
                           now=timezone.now() + timedelta(minutes=1))  # fmt: skip
    settings.DATABASE_ROLE = Role.APP
    with pytest.raises(CommandError, match="owner"):
        call_command("replay_erasures")
    settings.DATABASE_ROLE = Role.OWNER
    with as_role(Role.OWNER):
        call_command("replay_erasures", stdout=StringIO())
        call_command("replay_erasures", stdout=StringIO())
    assert left(settled) == (1, 1, 0)
    with asking.acting_as(settled.lead):
        vault = opening.unlock(settled.lead.pk, PASSPHRASE, now=NOW)
        assert len(texts.wraps_of([later], vault)) == 1
        with pytest.raises(Unopenable):
            texts.unseal(note.sealed, note.place, vault)


def test_a_ledger_cut_off_in_its_last_line_is_read_and_any_other_damage_is_named(tmp_path: Path) -> None:
    row = erasures.Destroyed(str(uuid4()), "text", str(uuid4()), timezone.now().isoformat(), 1)
    whole = json.dumps(row.__dict__) + "\n"
    file = tmp_path / "erasures.jsonl"
    file.write_text(whole + whole[:40])
    assert list(erasures.read(file)) == [row]
    file.write_text(whole[:40] + "\n" + whole)
    with pytest.raises(ValueError, match="Line 1"):
        list(erasures.read(file))
    assert list(erasures.read(tmp_path / "none.jsonl")) == []
