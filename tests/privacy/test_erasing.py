"""Who is erased is found nowhere but in what the law keeps and the page lists; also not after an older copy is restored.

Sealing is off in these tests, so that the search would find what is only sealed and not gone.
"""
# ruff: noqa: E501 - statements of SQL are read best as they stand

import subprocess
import tempfile
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from django.conf import settings as configured
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, User
from audit import asking
from audit.connecting import as_role
from audit.models import Entry
from audit.roles import Role
from privacy import erasing
from privacy.models import Hold
from tests.conftest import address, copy_of, drop, make_engagement, point_at
from tests.privacy.conftest import Ask, Change
from tests.test_a_day import DUMP, Day, dumped, of_valkey
from tests.traces import Plants
from vault import blobs, erasures

Cast = Any
RESTORE: Final = DUMP.with_name("pg_restore")
#: What the cast's supervisee wrote, was told, and is called.
THEIRS: Final = {
    "agenda", "addition", "answer", "file", "comment", "board", "diary", "name", "address", "own goal", "device",
    "reason", "evaluation", "objection", "remark of theirs", "proposal", "reply", "void",
}  # fmt: skip
#: What the law keeps: that they signed what was agreed.
KEPT: Final = {"signature"}


class Clear:
    """A cipher that hides nothing."""

    def __init__(self, _key: bytes) -> None:
        pass

    def encrypt(self, _nonce: bytes, content: bytes, _place: bytes) -> bytes:
        return content

    decrypt = encrypt


@pytest.fixture(autouse=True)
def clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "AESGCM", Clear)


@pytest.fixture
def ledger(settings: Any, tmp_path: Path) -> Path:
    settings.STATE = tmp_path / "state"
    return tmp_path / "state" / "erasures.jsonl"


@pytest.fixture
def plants() -> Plants:
    return Plants()


@pytest.fixture
def lived(settled: Cast, plants: Plants, change: Change) -> Cast:
    """A day was lived, and what no day writes stands in every other place that is the supervisee's."""
    Day(settled, plants).live()
    fill(settled, plants, change)
    return settled


def fill(cast: Cast, plants: Plants, change: Change) -> None:
    of, user, person, process = plants.of, cast.supervisee.pk, cast.people[0].pk, cast.engagement.pk
    called = of("name")
    change("UPDATE accounts_person SET given_name = '', family_name = %s, email = %s WHERE id = %s",
           called, f"a{of('address')}@x.fi", person)  # fmt: skip
    change("UPDATE accounts_user SET full_name = %s, email = %s WHERE id = %s", called, f"b{of('address')}@x.fi", user)
    change("UPDATE account_emailaddress SET email = %s WHERE user_id = %s", f"c{of('address')}@x.fi", user)
    change("UPDATE engagements_engagement SET title = %s WHERE id = %s", f"Yksilö {called}", process)
    change("UPDATE engagements_event SET data = jsonb_build_object('name', %s::text) WHERE id IN"
           " (SELECT id FROM engagements_event LIMIT 1)", called)  # fmt: skip
    change("UPDATE supervision_session SET reason = %s, cancelled_by_id = %s WHERE id = %s", of("reason"), user,
           cast.session.pk)  # fmt: skip
    change("INSERT INTO usersessions_usersession (user_id, created_at, ip, last_seen_at, session_key, user_agent, data)"
           " VALUES (%s, now(), '10.0.0.1', now(), 'k', %s, '{}')", user, of("device"))  # fmt: skip
    change("INSERT INTO notifications_message (id, key, kind, person_id, obj, occasion, state, next_at, attempts, maybe_sent,"
           " message_id, created_at, smtp_reply, last_error) VALUES (gen_random_uuid(), 'planted', 'x', %s,"
           " gen_random_uuid(), '', 'sent', now(), 0, 0, '', now(), %s, '')", person, of("reply"))  # fmt: skip
    part = "(SELECT id FROM engagements_participation WHERE person_id = %s LIMIT 1)"
    change(
        "INSERT INTO engagements_goal (id, engagement_id, owner_id, theme, text, aim, weight, position)"  # noqa: S608
        f" VALUES (gen_random_uuid(), %s, {part}, 'meaning', %s, '', 1, 9)",
        process,
        person,
        of("own goal"),
    )
    change("INSERT INTO engagements_goallevels (id, goal_id, version, much_more, more, expected, less, much_less, agreed_how,"
           " agreed_on, agreed_by, reason, described_at, described_by_id) SELECT gen_random_uuid(), id, 1, %s, '', '', '',"
           " '', 'session', now(), %s, '', now(), %s FROM engagements_goal WHERE engagement_id = %s",
           "", called, cast.lead.pk, process)  # fmt: skip
    evaluate(cast, plants, change, part)
    report(cast, plants, change, part)
    sign(cast, plants, change)


def evaluate(cast: Cast, plants: Plants, change: Change, part: str) -> None:
    practice, process, lead, person = cast.practice.pk, cast.engagement.pk, cast.lead.pk, cast.people[0].pk
    change("INSERT INTO evaluations_questionnaire (id, practice_id, kind, name, shipped, created_at)"
           " VALUES (gen_random_uuid(), %s, 'final', 'Oma', '', now())", practice)  # fmt: skip
    change("INSERT INTO evaluations_version (id, questionnaire_id, number, questions, created_at)"
           " SELECT gen_random_uuid(), id, 1, '[]', now() FROM evaluations_questionnaire")  # fmt: skip
    change("INSERT INTO evaluations_round (id, engagement_id, version_id, kind, mode, state, point, closes_on, threshold,"
           " created_by_id, created_at, opened_at, closed_at, closed_how, outcome) SELECT gen_random_uuid(), %s, id, 'final',"
           " 'shared', 'closed', '', now(), 5, %s, now(), now(), now(), 'date', 'shown' FROM evaluations_version",
           process, lead)  # fmt: skip
    change(
        "INSERT INTO evaluations_response (id, round_id, figures, texts, participation_id, person_id)"  # noqa: S608
        f" SELECT gen_random_uuid(), id, %s, %s, {part}, %s FROM evaluations_round",
        plants.of("evaluation").encode() * 3,
        plants.of("evaluation").encode() * 3,
        person,
        person,
    )


def report(cast: Cast, plants: Plants, change: Change, part: str) -> None:
    of, process, lead, user, person = plants.of, cast.engagement.pk, cast.lead.pk, cast.supervisee.pk, cast.people[0].pk
    change("INSERT INTO reports_report (id, engagement_id, kind, since, until, language, state, revision, asked_at, answer_by, shared_at, shared_from,"
           " created_by_id, created_at, withdrawn_why) VALUES (gen_random_uuid(), %s, 'final', '2026-01-01', '2026-02-01', 'fi', 'asked', 1, now(), now(), now(), 1,"
           " %s, now(), '')", process, lead)  # fmt: skip
    change("INSERT INTO reports_revision (id, report_id, number, sections, figures, hash, sealed, pdf_sha256, by_id, at)"
           " SELECT gen_random_uuid(), id, 1, '{}', false, repeat('0', 64), '', '', %s, now() FROM reports_report", lead)  # fmt: skip
    change(
        "INSERT INTO reports_answer (id, report_id, revision_id, participation_id, verdict, hash, reason, at)"  # noqa: S608
        f" SELECT gen_random_uuid(), report_id, id, {part}, 'objects', hash, %s, now() FROM reports_revision",
        person,
        of("objection").encode() * 3,
    )
    change("INSERT INTO reports_remark (id, report_id, what, kind, quote, text, by_id, at, outcome, reply) SELECT"
           " gen_random_uuid(), id, 'themes', 'comment', '', %s, %s, now(), '', '' FROM reports_report",
           of("remark of theirs").encode() * 3, user)  # fmt: skip


def sign(cast: Cast, plants: Plants, change: Change) -> None:
    """They signed what was agreed, proposed a change to it, and were asked in vain once."""
    of, person, process = plants.of, cast.people[0].pk, cast.engagement.pk
    for state, name in (("signed", "signature"), ("void", "void")):
        change("INSERT INTO engagements_signaturerequest (id, contract_id, what, state, part, person_id, on_behalf, name, turn,"
               " terms_hash, sheet, created_at, settled_at, reason) SELECT gen_random_uuid(), id, 'contract', %s, 'supervisee',"
               " %s, false, %s, 1, terms_hash, 'null', now(), now(), '' FROM engagements_contract WHERE engagement_id = %s",
               state, person, of(name), process)  # fmt: skip
        change("INSERT INTO engagements_signature (id, request_id, contract_id, version, terms_hash, wording_hash, name, consent,"
               " language, method, at, signed_on, address, user_agent, proof) SELECT gen_random_uuid(), id, contract_id, 1,"
               " terms_hash, '', name, '', 'fi', 'link', now(), now(), '', '', 'null' FROM engagements_signaturerequest"
               " WHERE state = %s", state)  # fmt: skip
    change("INSERT INTO engagements_proposal (id, request_id, clause, text, at, answer) SELECT gen_random_uuid(), id, '', %s,"
           " now(), '' FROM engagements_signaturerequest WHERE state = 'signed'", of("proposal"))  # fmt: skip


def found(plants: Plants, database: str, since: float) -> set[str]:
    """Return which marked texts lie anywhere, but for those of others."""
    files = plants.found_in_files(configured.STATE, Path(tempfile.gettempdir()), since=since)
    everywhere = (
        plants.found_in(dumped(database)) | plants.found_in(of_valkey()) | {one.split(" in /")[0] for one in files}
    )
    return everywhere & (THEIRS | KEPT)


def erase(cast: Cast, by: Any = None) -> erasing.Erasure:
    who = by or cast.practice_admin
    with asking.acting_as(who):
        person = Person.objects.get(pk=cast.people[0].pk)
        with transaction.atomic():
            return erasing.erase(person, by=who, now=timezone.now())


def write_ledger(settings: Any) -> None:
    settings.DATABASE_ROLE = Role.WORKER
    with as_role(Role.WORKER):
        erasures.destroy_due()


def test_nothing_of_a_person_is_found_but_what_the_law_keeps_also_after_a_restore(
    lived: Cast, plants: Plants, superuser_address: str, settings: Any, ledger: Path, ask: Ask, tmp_path: Path
) -> None:
    since = timezone.now().timestamp()
    before = plants.found_in(dumped(superuser_address)) & (THEIRS | KEPT)
    assert before == THEIRS | KEPT
    copy = tmp_path / "copy.dump"
    subprocess.run([DUMP, "--dbname", superuser_address, "-Fc", "-f", copy], check=True, timeout=120)
    copied = copy.read_bytes()
    copy.unlink()

    told = erase(lived)
    assert {part.key for part in told.goes} == {
        "name", "account", "answers", "texts", "evaluations", "goals", "messages",
    }  # fmt: skip
    assert [(part.key, part.until) for part in told.stays] == [
        ("contract", None), ("attendance", None), ("audit", None),
    ]  # fmt: skip
    write_ledger(settings)
    assert found(plants, superuser_address, since) == KEPT
    assert not User.objects.filter(pk=lived.supervisee.pk).exists()
    assert ask("SELECT given_name, email, user_id FROM accounts_person WHERE id = %s", lived.people[0].pk) == [
        ("", "", None)
    ]
    assert plants.stem not in ledger.read_text()
    assert [(row.what, row.obj) for row in erasures.read(ledger)] == [("person", str(lived.people[0].pk))]

    restored = f"ret_restored_{superuser_address.rpartition('_')[2].partition('?')[0]}"
    with as_restored(restored, copied, superuser_address):
        assert plants.found_in(dumped(address(restored))) & THEIRS
        settings.DATABASE_ROLE = Role.OWNER
        with as_role(Role.OWNER):
            call_command("replay_erasures", stdout=StringIO())
            call_command("replay_erasures", stdout=StringIO())
        assert plants.found_in(dumped(address(restored))) & (THEIRS | KEPT) == KEPT


class as_restored:
    """A database made from a copy, to which everything points for a while."""

    def __init__(self, name: str, copied: bytes, back: str) -> None:
        self.name, self.copied = name, copied
        self.back = str(psycopg.conninfo.conninfo_to_dict(back)["dbname"])

    def __enter__(self) -> None:
        copy_of("template0", self.name)
        done = subprocess.run(
            [RESTORE, "--exit-on-error", "--dbname", address(self.name)], input=self.copied, capture_output=True,
            timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        point_at(self.name)

    def __exit__(self, *_: object) -> None:
        point_at(self.back)
        drop(self.name)


def test_the_worker_is_killed_before_the_ledger_is_written_and_writes_it_the_next_time(
    lived: Cast, settings: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase(lived)

    def full(_rows: Any) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(erasures, "append", full)
        with pytest.raises(OSError, match="No space"):
            write_ledger(settings)
    write_ledger(settings)
    write_ledger(settings)
    assert [row.what for row in erasures.read(ledger)] == ["person"]


def test_erasing_twice_does_no_harm_and_a_broken_erasing_leaves_everything(
    lived: Cast, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_named: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("privacy.erasing.trail.record", broken)
        with pytest.raises(RuntimeError):
            erase(lived)
    assert ask("SELECT count(*) FROM supervision_taskanswer") == [(1,)]
    erase(lived)
    erase(lived)
    assert ask("SELECT count(*) FROM supervision_taskanswer") == [(0,)]


def test_somebody_in_nothing_that_the_law_keeps_goes_whole(settled: Cast, ask: Ask) -> None:
    with asking.acting_as(settled.lead):
        person = Person.objects.create(practice=settled.practice, given_name="Irma", family_name="Irto")
    with asking.acting_as(settled.practice_admin), transaction.atomic():
        told = erasing.erase(person, by=settled.practice_admin, now=timezone.now())
    assert [part.key for part in told.stays] == ["audit"]
    assert ask("SELECT count(*) FROM accounts_person WHERE id = %s", person.pk) == [(0,)]


def test_an_account_that_another_practice_needs_stays(settled: Cast, ask: Ask, change: Change) -> None:
    change("UPDATE accounts_person SET user_id = %s WHERE id = (SELECT id FROM accounts_person WHERE practice_id <> %s LIMIT 1)",
           settled.supervisee.pk, settled.practice.pk)  # fmt: skip
    told = erase(settled)
    assert "account" not in {part.key for part in told.goes}
    assert ask("SELECT email FROM accounts_user WHERE id = %s", settled.supervisee.pk) == [("sanna@otso.example",)]


def test_the_account_of_a_supervisor_stays_although_somebody_supervises_them(
    settled: Cast, ask: Ask, change: Change
) -> None:
    change("INSERT INTO accounts_membership (id, practice_id, user_id, kind, since) SELECT gen_random_uuid(), id, %s,"
           " 'supervisor', now() FROM accounts_practice WHERE id <> %s", settled.supervisee.pk, settled.practice.pk)  # fmt: skip
    told = erase(settled, by=settled.lead)
    assert "account" not in {part.key for part in told.goes}
    assert ask("SELECT count(*) FROM accounts_user WHERE id = %s", settled.supervisee.pk) == [(1,)]


@pytest.mark.parametrize("who", ["stranger", "supervisee", "contact", "administrator", "stranger_supervisee"])
def test_nobody_else_may(settled: Cast, who: str, ask: Ask) -> None:
    by = getattr(settled, who)
    with asking.acting_as(by), transaction.atomic(), pytest.raises(ValidationError, match="not yours"):
        erasing.erase(settled.people[0], by=by, now=timezone.now())
    assert ask("SELECT family_name FROM accounts_person WHERE id = %s", settled.people[0].pk) == [("Salo",)]


def test_the_application_cannot_erase_past_the_question_whether_it_may(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        erasing._ask("SELECT sec.erase_now(%s)", cast.people[0].pk)


def test_what_is_held_is_not_erased(settled: Cast, ask: Ask) -> None:
    with asking.acting_as(settled.lead):
        Hold.objects.create(
            practice=settled.practice, engagement=settled.engagement, grounds="Vaatimus",
            until=timezone.localdate() + timedelta(days=1), set_by=settled.lead,
        )  # fmt: skip
    with pytest.raises(ValidationError, match="legal hold"):
        erase(settled)
    with pytest.raises(DatabaseError, match="person_held"), asking.acting_as(settled.lead), transaction.atomic():
        erasing._ask("SELECT sec.erase_person(%s)", settled.people[0].pk)
    assert ask("SELECT family_name FROM accounts_person WHERE id = %s", settled.people[0].pk) == [("Salo",)]


def test_the_record_of_what_was_done_keeps_numbers_alone(lived: Cast, plants: Plants) -> None:
    erase(lived)
    with asking.acting_as(lived.practice_admin):
        entry = Entry.objects.get(stream=lived.practice.pk, event="person.erased")
    assert (entry.actor, entry.obj) == (lived.practice_admin.pk, lived.people[0].pk)


def test_who_leads_some_of_somebodys_processes_erases_nothing_of_the_others(settled: Cast, enter: Any) -> None:
    """An administrator of the practice may; and whoever leads them all."""
    with transaction.atomic():
        asking.become(settled.lead)
        assert erasing.may_erase(settled.people[0])
        asking.become(settled.co_supervisor)
        assert erasing.may_erase(settled.people[0])
        asking.become(settled.lead)
        make_engagement(settled.practice, settled.lead, settled.organisation, settled.people[:1])
        asking.become(settled.co_supervisor)
        assert not erasing.may_erase(settled.people[0])
        assert erasing.may_hold(settled.people[0])
        with pytest.raises(ValidationError):
            erasing.erase(settled.people[0], by=settled.co_supervisor, now=timezone.now())
        asking.become(settled.practice_admin)
        assert erasing.may_erase(settled.people[0])
    page = enter(settled.co_supervisor).get(reverse("retention:erase", args=[settled.people[0].pk])).content.decode()
    assert "An administrator of the practice can erase this person." in page
    assert '<form method="post" class="form"' not in page
