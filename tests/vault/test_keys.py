"""Keys change, are lost, are looked at and replaced: what should open still does, and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from tests.conftest import NOW
from tests.vault.conftest import PASSPHRASE, make_vault, write
from vault import content, derive, keys, opening, texts, words
from vault.blobs import Unopenable
from vault.keys import Opened
from vault.models import Erasure, TextKey, TextKeyWrap, VaultKey, Wrap
from vault.opening import WrongPassphrase
from vault.texts import NoVault

Cast = Any


# --- the sheet ------------------------------------------------------------------------------------------------------


def test_nothing_is_sealed_before_the_sheet_is_proven(cast: Cast) -> None:
    asking.become(cast.lead)
    _opened, code = opening.begin(cast.lead.pk, PASSPHRASE, now=NOW)
    with pytest.raises(NoVault):
        write(cast.lead, cast.engagement.pk)
    with pytest.raises(WrongPassphrase):
        opening.prove_sheet(cast.lead.pk, derive.new_recovery_code(), now=NOW)
    opening.prove_sheet(cast.lead.pk, code, now=NOW)
    assert write(cast.lead, cast.engagement.pk).sealed


def test_a_code_that_is_not_proven_recovers_nothing_and_the_one_before_does(cast: Cast) -> None:
    asking.become(cast.lead)
    _opened, first = opening.create(cast.lead.pk, PASSPHRASE, now=NOW)
    _opened, second = opening.new_sheet(cast.lead.pk, PASSPHRASE, now=NOW)
    key = VaultKey.objects.get(owner=cast.lead.pk)
    with pytest.raises(Unopenable):
        keys.unwrap_by_recovery(key, second)
    assert keys.unwrap_by_recovery(key, first)
    opening.prove_sheet(cast.lead.pk, second, now=NOW)
    assert keys.unwrap_by_recovery(key, second)
    with pytest.raises(Unopenable):
        keys.unwrap_by_recovery(key, first)


def test_a_proof_sent_twice_does_no_harm(cast: Cast) -> None:
    asking.become(cast.lead)
    _opened, code = opening.begin(cast.lead.pk, PASSPHRASE, now=NOW)
    assert opening.prove_sheet(cast.lead.pk, code, now=NOW)
    assert not opening.prove_sheet(cast.lead.pk, code, now=NOW)


def test_there_is_one_vault_a_person(cast: Cast, own: Opened) -> None:
    with pytest.raises(keys.ThereIsOne):
        opening.begin(cast.lead.pk, PASSPHRASE, now=NOW)


# --- what is typed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["  mökki  järven rannalla\t", "mo\u0308kki ja\u0308rven rannalla", "mökki järven\u00a0rannalla"]
)
def test_a_passphrase_is_the_same_from_every_keyboard(cast: Cast, typed: str) -> None:
    asking.become(cast.lead)
    opening.create(cast.lead.pk, "mökki järven rannalla", now=NOW)
    assert opening.unlock(cast.lead.pk, typed, now=NOW)
    with pytest.raises(WrongPassphrase):
        opening.unlock(cast.lead.pk, "mokki jarven rannalla", now=NOW)


@pytest.mark.parametrize(
    "change", [str.lower, lambda code: code.replace(" ", "-"), lambda code: code.replace("O", "0")]
)
def test_a_recovery_code_is_read_as_people_type_it(change: Callable[[str], str]) -> None:
    code = derive.new_recovery_code()
    assert derive.from_recovery(change(code)) == derive.from_recovery(code)


@pytest.mark.parametrize("code", ["", "A" * 31, "A" * 33, "8" * 32, "ä" * 32, "Ⅷ" * 32])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        derive.recovery_bytes(code)


def test_the_words_are_as_they_are_told_to_be() -> None:
    assert len(words.WORDS) == len(set(words.WORDS)) == 1024
    assert all(3 <= len(word) <= 7 and word.isascii() and word.islower() for word in words.WORDS)
    assert len(words.passphrase().split()) == 6
    assert words.passphrase() != words.passphrase()
    assert words.fingerprint(b"x") == ["uuttera", "kehu", "riekko", "jatko"]  # what is on paper somewhere stays true


# --- peppers and content keys ---------------------------------------------------------------------------------------


def test_the_pepper_changes_at_the_next_opening_and_the_old_one_may_go(cast: Cast, own: Opened, settings: Any) -> None:
    note = write(cast.lead, cast.engagement.pk)
    old = settings.VAULT_PEPPER
    settings.VAULT_PEPPER = f"2:newer,1:{old}"
    vault = opening.unlock(cast.lead.pk, PASSPHRASE, now=NOW)
    assert texts.unseal(note.sealed, note.place, vault) == note.text
    key = VaultKey.objects.get(owner=cast.lead.pk)
    assert (key.pepper, keys.wrap_of(key, Wrap.Method.PASSPHRASE).pepper) == (2, 2)
    settings.VAULT_PEPPER = "2:newer"
    assert opening.unlock(cast.lead.pk, PASSPHRASE, now=NOW)
    assert write(cast.lead, cast.engagement.pk).sealed
    settings.VAULT_PEPPER = "2:another"
    with pytest.raises(WrongPassphrase):
        opening.unlock(cast.lead.pk, PASSPHRASE, now=NOW)


def test_a_pepper_taken_away_too_early_is_named(cast: Cast, own: Opened, settings: Any) -> None:
    settings.VAULT_PEPPER = "2:newer"
    with pytest.raises(ImproperlyConfigured, match="no number 1"):
        opening.unlock(cast.lead.pk, PASSPHRASE, now=NOW)


@pytest.mark.parametrize("listed", ["", "x:secret", "1:", "1:a,1:b", ","])
def test_secrets_that_are_listed_wrongly_stop_whoever_needs_them(settings: Any, listed: str) -> None:
    settings.VAULT_PEPPER = listed
    with pytest.raises(ImproperlyConfigured):
        derive.peppers()


def test_content_keys_are_wrapped_anew_and_the_old_secret_may_go(settled: Cast, settings: Any) -> None:
    row, engagement, old = uuid4(), settled.engagement.pk, settings.CONTENT_KEY

    def read() -> str:
        with asking.acting_as(settled.lead):
            return content.Content([engagement]).unseal_text(engagement, sealed, "memo", row)

    with asking.acting_as(settled.lead):
        sealed = content.Content([engagement]).seal_text(engagement, "Muistio", "memo", row, now=NOW)
    settings.CONTENT_KEY = "2:newer"
    with pytest.raises(Unopenable):
        read()
    with pytest.raises(CommandError, match="owner"):
        call_command("content_keys")
    settings.DATABASE_ROLE = Role.OWNER
    with as_role(Role.OWNER):
        with pytest.raises(CommandError, match="Nothing was changed"):
            call_command("content_keys")
        settings.CONTENT_KEY = f"2:newer,1:{old}"
        for count in (1, 0):
            call_command("content_keys", stdout=(said := StringIO()))
            assert said.getvalue().startswith(f"{count} ")
    settings.CONTENT_KEY = "2:newer"
    assert read() == "Muistio"


# --- sharing, leaving, sealing anew ---------------------------------------------------------------------------------


def test_a_retired_text_is_sealed_anew_for_who_still_reads_it(cast: Cast, own: Opened) -> None:
    theirs = make_vault(cast.co_supervisor)
    note = write(cast.lead, cast.engagement.pk)
    texts.share(note.sealed, cast.co_supervisor.pk, own)
    TextKey.objects.update(retired_at=NOW)
    assert texts.retired([note.sealed]) == {TextKey.objects.get().pk}
    new = texts.reseal(note.sealed, note.place, own, now=NOW)
    assert not texts.retired([new])
    assert texts.unseal(new, note.place, own) == note.text
    with pytest.raises(Unopenable):
        texts.unseal(note.sealed, note.place, own)
    asking.become(cast.co_supervisor)
    assert texts.unseal(new, note.place, theirs) == note.text
    with pytest.raises(Unopenable):  # they read it; it is not theirs to change
        texts.reseal(new, note.place, theirs, now=NOW)


def test_who_reads_again_after_leaving_reads_only_what_is_shared_again(cast: Cast, own: Opened) -> None:
    theirs = make_vault(cast.co_supervisor)
    note = write(cast.lead, cast.engagement.pk)
    texts.share(note.sealed, cast.co_supervisor.pk, own)
    cast.engagement.co_supervisors.update(until=NOW)
    new = texts.reseal(note.sealed, note.place, own, now=NOW)
    cast.engagement.co_supervisors.update(until=None)
    asking.become(cast.co_supervisor)
    with pytest.raises(Unopenable):
        texts.unseal(new, note.place, theirs)


def test_nothing_is_shared_with_who_does_not_lead_the_process(cast: Cast, own: Opened) -> None:
    make_vault(cast.stranger)
    note = write(cast.lead, cast.engagement.pk)
    with pytest.raises((NoVault, DatabaseError)), transaction.atomic():
        texts.share(note.sealed, cast.stranger.pk, own)


def test_another_key_of_a_colleague_is_noticed(cast: Cast, own: Opened) -> None:
    theirs = make_vault(cast.co_supervisor)
    before = keys.fingerprint(theirs.key)
    asking.become(cast.lead)
    assert not texts.key_changed(cast.co_supervisor.pk, NOW)
    asking.become(cast.co_supervisor)
    later = NOW + timedelta(days=1)
    new, _code = opening.replace_key(theirs, "aivan toinen tunnuslause", now=later)
    asking.become(cast.lead)
    assert texts.key_changed(cast.co_supervisor.pk, NOW)
    assert not texts.key_changed(cast.co_supervisor.pk, later)
    assert keys.fingerprint(new.key) != before
    assert len(before) == 4


def test_a_public_key_slipped_into_the_database_is_sealed_to_by_nobody(cast: Cast, own: Opened) -> None:
    mine = X25519PrivateKey.generate().public_key().public_bytes_raw()
    VaultKey.objects.filter(owner=cast.lead.pk).update(public=mine)
    with pytest.raises(Unopenable):
        write(cast.lead, cast.engagement.pk)
    with pytest.raises(Unopenable):
        keys.fingerprint(VaultKey.objects.get(owner=cast.lead.pk))
    with pytest.raises(WrongPassphrase):
        opening.unlock(cast.lead.pk, PASSPHRASE, now=NOW)


def test_a_key_is_replaced_once(cast: Cast, own: Opened) -> None:
    _new, code = opening.replace_key(own, "aivan toinen tunnuslause", now=NOW)
    with pytest.raises(Unopenable):
        opening.replace_key(own, "aivan kolmas tunnuslause", now=NOW)
    with pytest.raises(NoVault):  # not before the new sheet is in hand
        write(cast.lead, cast.engagement.pk)
    opening.prove_sheet(cast.lead.pk, code, now=NOW)
    assert write(cast.lead, cast.engagement.pk).sealed


# --- bytes that are not what they were ------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [0, 1, 2, 17, 18, 29, 30, 100, -17, -1])
def test_a_flipped_bit_anywhere_opens_nothing(cast: Cast, own: Opened, position: int) -> None:
    note = write(cast.lead, cast.engagement.pk)
    broken = bytearray(note.sealed)
    broken[position] ^= 1
    with pytest.raises(Unopenable):
        texts.unseal(bytes(broken), note.place, own)


@pytest.mark.parametrize("length", [0, 1, 17, 18, 30, 46])
def test_cut_bytes_open_nothing(cast: Cast, own: Opened, length: int) -> None:
    note = write(cast.lead, cast.engagement.pk)
    with pytest.raises(Unopenable):
        texts.unseal(note.sealed[:length], note.place, own)


def test_rows_put_in_each_others_place_open_nothing(cast: Cast, own: Opened) -> None:
    first, second = write(cast.lead, cast.engagement.pk), write(cast.lead, cast.engagement.pk)
    with pytest.raises(Unopenable):
        texts.unseal(first.sealed, second.place, own)
    one, other = TextKeyWrap.objects.order_by("pk")
    TextKeyWrap.objects.filter(pk=one.pk).update(sealed=bytes(other.sealed))
    with pytest.raises(Unopenable):
        texts.unseal(first.sealed, first.place, own)


# --- erasing --------------------------------------------------------------------------------------------------------


def test_erasing_takes_every_version_and_says_so_by_id(cast: Cast, own: Opened) -> None:
    first = write(cast.lead, cast.engagement.pk, "Luonnos")
    second = write(cast.lead, cast.engagement.pk, "Valmis", place=[*first.place, "2"])
    other = write(cast.lead, cast.engagement.pk)
    texts.erase([second.sealed], cast.lead.pk, now=NOW)
    for each in (first, second):
        with pytest.raises(Unopenable):
            texts.unseal(each.sealed, each.place, own)
    assert texts.unseal(other.sealed, other.place, own) == other.text


def test_nobody_erases_what_another_wrote(cast: Cast, own: Opened) -> None:
    make_vault(cast.co_supervisor)
    note = write(cast.lead, cast.engagement.pk)
    texts.share(note.sealed, cast.co_supervisor.pk, own)
    asking.become(cast.co_supervisor)
    texts.erase([note.sealed], cast.co_supervisor.pk, now=NOW)
    about = TextKey.objects.get().about
    with pytest.raises(DatabaseError), transaction.atomic():
        Erasure.objects.bulk_create([Erasure(what="text", obj=about, at=NOW)])
    asking.become(cast.lead)
    assert texts.unseal(note.sealed, note.place, own) == note.text


def test_what_was_erased_is_read_back_by_nobody_in_the_application(cast: Cast) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Erasure.objects.count()


@pytest.mark.parametrize("role", [Role.WORKER, Role.ADMIN])
def test_worker_and_administrator_have_nothing_of_any_vault(db: None, role: Role, settings: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'vault%%'"
            " AND has_any_column_privilege(%s, 'public.' || tablename, 'SELECT, INSERT, UPDATE')",
            [settings.DATABASE_ROLE_NAMES[role]],
        )
        assert cursor.fetchall() == []
