"""A vault opens for its passphrase or its recovery code, and for nothing else."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from audit import asking
from tests.conftest import NOW
from vault import content, opening, texts
from vault.blobs import Unopenable
from vault.models import TextKey, Tries
from vault.opening import WrongPassphrase

Cast = Any
PASSPHRASE = "kettu lampi siilo varis honka"


def test_a_text_is_read_by_its_author_alone_and_only_with_the_passphrase(cast: Cast) -> None:
    asking.become(cast.lead)
    opening.create(cast.lead.pk, PASSPHRASE, now=NOW)
    place = ["note", str(uuid4())]
    sealed = texts.seal("Salainen", place, engagement=cast.engagement.pk, author=cast.lead.pk, now=NOW)
    vault = opening.unlock(cast.lead.pk, PASSPHRASE, now=NOW)
    assert texts.unseal(sealed, place, vault) == "Salainen"
    with pytest.raises(Unopenable):
        texts.unseal(sealed, ["note", str(uuid4())], vault)
    with pytest.raises(WrongPassphrase):
        opening.unlock(cast.lead.pk, PASSPHRASE + "x", now=NOW)


def test_an_open_vault_lives_in_the_cookie_and_locks_itself(cast: Cast) -> None:
    asking.become(cast.lead)
    opened, _code = opening.create(cast.lead.pk, PASSPHRASE, now=NOW)
    cookie = opening.keep_open(opened, now=NOW)
    assert opening.find_open(cast.lead.pk, cookie, now=NOW + timedelta(minutes=14))
    assert opening.find_open(cast.lead.pk, cookie, now=NOW + timedelta(minutes=28))
    assert opening.find_open(cast.lead.pk, cookie, now=NOW + timedelta(minutes=44)) is None
    assert opening.find_open(cast.lead.pk, "", now=NOW) is None
    opening.lock(cast.lead.pk, why="button")
    assert opening.find_open(cast.lead.pk, cookie, now=NOW) is None


def test_recovery_opens_everything_once_and_gives_a_new_code(cast: Cast) -> None:
    asking.become(cast.lead)
    _opened, code = opening.create(cast.lead.pk, PASSPHRASE, now=NOW)
    place = ["note", str(uuid4())]
    sealed = texts.seal("Salainen", place, engagement=cast.engagement.pk, author=cast.lead.pk, now=NOW)
    vault, new = opening.recover(cast.lead.pk, code.lower(), "uusi tunnuslause on pitkä", now=NOW)
    assert texts.unseal(sealed, place, vault) == "Salainen"
    assert new != code
    with pytest.raises(WrongPassphrase):
        opening.recover(cast.lead.pk, code, "jokin muu tunnuslause", now=NOW)
    with pytest.raises(WrongPassphrase):
        opening.unlock(cast.lead.pk, PASSPHRASE, now=NOW)


def test_a_shared_text_opens_for_the_co_supervisor_until_they_leave(cast: Cast) -> None:
    asking.become(cast.co_supervisor)
    theirs, _code = opening.create(cast.co_supervisor.pk, PASSPHRASE, now=NOW)
    asking.become(cast.lead)
    own, _code = opening.create(cast.lead.pk, PASSPHRASE, now=NOW)
    place = ["note", str(uuid4())]
    sealed = texts.seal("Yhteinen", place, engagement=cast.engagement.pk, author=cast.lead.pk, now=NOW)
    asking.become(cast.co_supervisor)
    with pytest.raises(Unopenable):
        texts.unseal(sealed, place, theirs)
    asking.become(cast.lead)
    texts.share(sealed, cast.co_supervisor.pk, own)
    asking.become(cast.co_supervisor)
    assert texts.unseal(sealed, place, theirs) == "Yhteinen"
    asking.become(cast.lead)
    cast.engagement.co_supervisors.update(until=NOW)
    assert TextKey.objects.get().retired_at
    asking.become(cast.co_supervisor)
    with pytest.raises(Unopenable):
        texts.unseal(sealed, place, theirs)


def test_a_new_key_pair_opens_what_the_old_one_did(cast: Cast) -> None:
    asking.become(cast.lead)
    opened, code = opening.create(cast.lead.pk, PASSPHRASE, now=NOW)
    place = ["note", str(uuid4())]
    sealed = texts.seal("Salainen", place, engagement=cast.engagement.pk, author=cast.lead.pk, now=NOW)
    new, new_code = opening.replace_key(opened, "aivan toinen tunnuslause", now=NOW)
    assert texts.unseal(sealed, place, new) == "Salainen"
    with pytest.raises(Unopenable):
        texts.unseal(sealed, place, opened)
    assert new_code != code


def test_five_wrong_tries_close_the_door_for_a_quarter_of_an_hour(cast: Cast) -> None:
    asking.become(cast.lead)
    opening.create(cast.lead.pk, PASSPHRASE, now=NOW)
    for _ in range(5):
        with pytest.raises(WrongPassphrase):
            opening.unlock(cast.lead.pk, "väärä tunnuslause", now=NOW)
    with pytest.raises(opening.TooManyTries):
        opening.unlock(cast.lead.pk, PASSPHRASE, now=NOW + timedelta(minutes=14))
    assert opening.unlock(cast.lead.pk, PASSPHRASE, now=NOW + timedelta(minutes=16))
    assert not Tries.objects.exists()


def test_content_opens_at_its_place_for_those_in_the_engagement(cast: Cast) -> None:
    asking.become(cast.lead)
    row = uuid4()
    sealed = content.Content([cast.engagement.pk]).seal_text(cast.engagement.pk, "Muistio", "memo", row, now=NOW)
    asking.become(cast.supervisee)
    keys = content.Content([cast.engagement.pk])
    assert keys.unseal_text(cast.engagement.pk, sealed, "memo", row) == "Muistio"
    with pytest.raises(Unopenable):
        keys.unseal_text(cast.engagement.pk, sealed, "memo", uuid4())
    asking.become(cast.contact)
    with pytest.raises(Unopenable):
        content.Content([cast.engagement.pk]).unseal_text(cast.engagement.pk, sealed, "memo", row)
