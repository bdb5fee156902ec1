"""A practice that moves: out of one installation, into another, with nothing lost and nothing laid open."""

import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Person, Practice, User
from audit import asking, trail
from audit.connecting import as_role
from audit.models import Entry
from audit.roles import Role
from documents.models import AttachmentContent, SealedFile
from documents.seal import verify
from engagements.models import Contract, Engagement
from engagements.terms import digest, thaw
from privacy.models import DataRequest, IncidentVersion
from sessions.models import MemoAddition, Note
from sessions.notes.written import unseal
from tests.conftest import make_user
from tests.transfer.conftest import PASSPHRASE, Made, rows_here
from transfer.archive import scope
from transfer.archive.arriving import take_in
from transfer.archive.form import Broken
from vault import opening
from vault.content import Content

Cast = Any
Move = Callable[[], None]


def receive(path: Path) -> Any:
    with as_role(Role.OWNER):
        return take_in(path)


def without(line: str, *columns: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(line)
    return {name: value for name, value in row.items() if name not in columns}


#: What is another there: what each installation seals with keys of its own, and what is no practice's.
OWN = {
    "vault_contentkey": ("number", "sealed"),
    "vault_vaultkey": ("mark", "pepper"),
    "documents_attachmentcontent": ("sealed",),
    "account_emailaddress": ("id",),
    "accounts_user": ("password", "last_login", "is_staff", "is_superuser"),
    "privacy_datarequest": ("text", "extension", "grounds"),
    "privacy_incidentversion": ("sealed",),
}


def test_every_row_of_the_practice_is_there_with_its_id(archive: Made, there: Move, settled: Cast) -> None:
    there()
    received = receive(archive.path)
    found = rows_here(sorted(archive.rows))
    foreign = {str(one.pk) for one in (settled.stranger, settled.stranger_supervisee, settled.administrator)}
    for table, before in archive.rows.items():
        columns = OWN.get(table, ())
        expected = [without(line, *columns) for line in before]
        here = [without(line, *columns) for line in found[table]]
        missing = [row for row in expected if row not in here]
        strange = [row for row in here if row not in expected]
        if table == "audit_entry":  # that it was made into an archive, and that it was taken in
            strange = [row for row in strange if row["event"] != "practice.received"]
            here_streams = {row["stream"] for row in here}
            missing = [row for row in missing if row["stream"] in here_streams and row["event"] != "practice.exported"]
        elif table == "audit_head":
            continue
        elif table == "vault_wrap":
            missing = [row for row in missing if row["method"] != "passphrase" and belongs(row, settled, archive)]
        else:
            missing = [row for row in missing if not foreigner(row, foreign, settled, archive)]
        assert (table, missing, strange) == (table, [], [])
        assert received.rows[table] == len(here) - (table == "audit_entry")


def belongs(row: dict[str, Any], cast: Cast, archive: Made) -> bool:
    strangers = [json.loads(line)["id"] for line in archive.rows["vault_vaultkey"] if str(cast.stranger.pk) in line]
    return row["key_id"] not in strangers


def foreigner(row: dict[str, Any], users: set[str], cast: Cast, archive: Made) -> bool:
    """Whether a row is of the other practice: it says so by itself, or by what it hangs on."""
    said = json.dumps(row)
    strange = {str(cast.foreign_engagement.pk), str(cast.foreign_session.pk), str(cast.foreign_engagement.practice_id)}
    for table in ("engagements_contract", "accounts_person"):
        strange |= {
            json.loads(line)["id"] for line in archive.rows[table]
            if any(one in line for one in (str(cast.foreign_engagement.pk), str(cast.foreign_engagement.practice_id)))
        }  # fmt: skip
    return any(one in said for one in users | strange)


def test_signatures_hashes_and_chains_hold_there(archive: Made, there: Move) -> None:
    there()
    receive(archive.path)
    with as_role(Role.BACKUP), transaction.atomic():
        sealed = list(SealedFile.objects.all())
        assert {each.kind for each in sealed} == {"contract", "joining"}
        assert all(verify(bytes(each.content)).bottom_line for each in sealed)
        for contract in Contract.objects.exclude(terms=None):
            assert digest(thaw(contract.terms)) == contract.terms_hash
        assert trail.breaks() == []


def test_notes_open_with_their_authors_sheet_and_not_with_the_old_passphrase(
    archive: Made, there: Move, settled: Cast
) -> None:
    there()
    receive(archive.path)
    with transaction.atomic():
        asking.become(settled.lead)
        note = Note.objects.get(pk=archive.about["note"]["pk"])
        with pytest.raises(opening.WrongPassphrase):
            opening.unlock(settled.lead.pk, PASSPHRASE, now=timezone.now())
        vault, _sheet = opening.recover(settled.lead.pk, archive.sheet, "uusi tunnuslause on pitkä", now=timezone.now())
        assert unseal(bytes(note.sealed), note.pk, vault).text == "Salaisempaa"


def test_what_several_read_is_read_by_the_same_people(archive: Made, there: Move, settled: Cast) -> None:
    there()
    receive(archive.path)
    with transaction.atomic():
        asking.become(settled.supervisee)
        addition = MemoAddition.objects.get()
        owner = addition.session.engagement_id
        read = Content([owner]).read_text(owner, addition.sealed, "supervision_memoaddition", addition.pk)
        assert read == "Näin minäkin sen näin."
    with transaction.atomic():
        asking.become(settled.practice_admin)
        assert not MemoAddition.objects.exists()
        assert Engagement.objects.exists()
    with transaction.atomic():
        asking.become(settled.lead)
        assert AttachmentContent.objects.select_related("attachment")[0].opened() == b"%PDF-1.7"


def test_what_the_installation_seals_with_a_key_of_its_own_opens_there(
    archive: Made, there: Move, settled: Cast
) -> None:
    there()
    receive(archive.path)
    with asking.acting_as(settled.practice_admin):
        assert DataRequest.objects.get(pk=archive.about["data_request"]["pk"]).words("text") == "Nimi"
        assert IncidentVersion.objects.get(incident=archive.about["incident"]["pk"]).values["sorts"] == []


def test_rules_hold_there_again(archive: Made, there: Move, settled: Cast) -> None:
    there()
    receive(archive.path)
    with as_role(Role.OWNER), pytest.raises(Exception, match="an agreed contract never changes"), transaction.atomic():
        Contract.objects.filter(state="agreed").update(minutes=1)


def test_nobody_of_another_practice_is_in_the_archive(archive: Made, there: Move, settled: Cast) -> None:
    there()
    receive(archive.path)
    with as_role(Role.OWNER), transaction.atomic():
        assert list(Practice.objects.values_list("pk", flat=True)) == [settled.practice.pk]
        assert not User.objects.filter(pk__in=[settled.stranger.pk, settled.stranger_supervisee.pk]).exists()
        assert not Person.objects.filter(family_name="Susi").exists()
        assert not Membership.objects.exclude(practice=settled.practice).exists()
        assert not Engagement.objects.filter(pk=settled.foreign_engagement.pk).exists()
        entry = Entry.objects.get(event="practice.received")
        assert entry.stream == f"practice:{settled.practice.pk}"


def test_nothing_in_the_archive_can_be_read_by_hand(archive: Made, settled: Cast) -> None:
    content = archive.path.read_bytes()
    for said in ("Sanna", "Otsontie", "Salaisempaa", "Näin minäkin", "liisa@kaari.example", "%PDF", "engagement_id"):
        assert said.encode() not in content
    with zipfile.ZipFile(BytesIO(content)) as packed:
        assert packed.testzip() is None
        assert "Kaari" in packed.read("README.txt").decode()


def test_a_password_does_not_travel(archive: Made, there: Move, settled: Cast) -> None:
    there()
    receive(archive.path)
    with as_role(Role.OWNER), transaction.atomic():
        assert set(User.objects.values_list("password", "is_staff")) == {("!", False)}


# --- what is refused ------------------------------------------------------------------------------------------------


def changed(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return the archive with its members changed."""
    with zipfile.ZipFile(path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    change(members)
    other = path.with_name("changed.zip")
    with zipfile.ZipFile(other, "w", zipfile.ZIP_STORED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return other


def a_row(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("rows/accounts_person"))


def flip(members: dict[str, bytes]) -> None:
    content = bytearray(members[a_row(members)])
    content[40] ^= 1
    members[a_row(members)] = bytes(content)


def swap(members: dict[str, bytes]) -> None:
    first, second = sorted(name for name in members if name.startswith("rows/"))[:2]
    members[first], members[second] = members[second], members[first]


def lose(members: dict[str, bytes]) -> None:
    del members[a_row(members)]


def relabel(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["practice"]["name"] = "Toinen"
    members["manifest.json"] = json.dumps(manifest).encode()


def shorten(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["members"] = [one for one in manifest["members"] if one["table"] != "accounts_person"]
    members["manifest.json"] = json.dumps(manifest).encode()


def of_tomorrow(members: dict[str, bytes]) -> None:
    members["manifest.json"] = members["manifest.json"].replace(b'"version": 1', b'"version": 2')


def not_json(members: dict[str, bytes]) -> None:
    members["manifest.json"] = b"[" * 100_000


def test_a_changed_archive_is_refused_and_nothing_is_written(archive: Made, there: Move) -> None:
    there()
    for change in (flip, swap, lose, relabel, shorten, of_tomorrow, not_json):
        with pytest.raises(Broken):
            receive(changed(archive.path, change))
    with pytest.raises(Broken):
        receive(archive.path.with_name("nowhere.zip"))
    with as_role(Role.OWNER), transaction.atomic():
        assert not Practice.objects.exists()
        assert not User.objects.exists()
    receive(archive.path)


def test_an_archive_opens_where_it_was_made_for_and_nowhere_else(archive: Made) -> None:
    with pytest.raises(Broken, match="not made for this installation"):
        receive(archive.path)


def test_a_place_where_somebody_is_takes_nobody_in(archive: Made, there: Move) -> None:
    there()
    with transaction.atomic():
        make_user("ylla@palvelu.example", "Ylla Pito", is_staff=True)
        make_user("joku@muu.example", "Joku Muu")
    with pytest.raises(Broken, match="not empty"):
        receive(archive.path)


def test_who_administers_the_installation_may_be_there_already(archive: Made, there: Move) -> None:
    there()
    with transaction.atomic():
        make_user("toinen@palvelu.example", "Toinen Pito", is_staff=True)
    receive(archive.path)


# --- who may have one -----------------------------------------------------------------------------------------------


def test_the_rows_of_a_practice_are_given_to_its_administrator_and_only_for_an_accepted_receiver(
    settled: Cast, receiver: Any
) -> None:
    from tests.transfer.conftest import accept
    from transfer.archive.leaving import rows_of

    def given(user: User) -> int:
        with transaction.atomic():
            asking.become(user)
            return len(list(rows_of(settled.practice)))

    assert given(settled.practice_admin) == 0
    accept(settled, receiver)
    assert given(settled.practice_admin) > 20
    for nobody in (settled.co_supervisor, settled.supervisee, settled.contact, settled.administrator, settled.stranger):
        assert given(nobody) == 0
    with as_role(Role.OWNER), transaction.atomic():
        from transfer.models import Receiver

        Receiver.objects.update(until=timezone.now() - timedelta(minutes=1))
    assert given(settled.practice_admin) == 0


def test_every_model_and_every_column_of_bytes_says_whether_it_travels() -> None:
    """A new model hangs on the practice by a key that every row has, or is named in transfer/archive/scope.py (SAID or
    LEFT); a column of bytes is named in BYTES there, with how it travels."""
    assert scope.unanswered() == []


def test_what_is_left_out_says_why_and_is_there() -> None:
    for table, why in scope.LEFT.items():
        assert table in scope.by_table(), table
        assert why.endswith(".")
    for column in scope.BYTES:
        table, _dot, name = column.partition(".")
        assert name in {field.column for field in scope.by_table()[table]._meta.concrete_fields}, column
