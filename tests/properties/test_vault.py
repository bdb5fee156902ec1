"""Whatever is done with vaults, in any order: what should open opens, and what should not never does.

The machine writes, shares, leaves, changes passphrases, recovers, replaces keys, changes the pepper, seals anew, locks,
forgets and erases; it keeps a model of who may read what, by which passphrase, code and cookie.
"""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from audit import asking
from tests.conftest import NOW
from vault import blobs, opening, texts
from vault.blobs import Unopenable
from vault.keys import Opened
from vault.models import Opening, TextKey, TextKeyWrap, VaultKey
from vault.opening import WrongPassphrase

DEEP: Final = os.environ.get("TYONOHJAUS_DEEP") == "1"
WHO: Final = ("lead", "co_supervisor")


@dataclass
class Person:
    """What one supervisor holds: passphrase, code of the sheet, and cookies that are good."""

    passphrase: str
    code: str
    cookies: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    old_passphrases: list[str] = field(default_factory=list)
    old_codes: list[str] = field(default_factory=list)
    old_keys: list[Opened] = field(default_factory=list)


@dataclass
class Text:
    text: str
    place: list[str]
    sealed: bytes
    author: str
    readers: set[str]
    engagement: Any
    earlier: list[bytes] = field(default_factory=list)


class Vaults(RuleBasedStateMachine):
    cast: Any
    conf: Any
    read_again = 0
    refused = 0

    @initialize()
    def begin(self) -> None:
        self.people: dict[str, Person] = {}
        self.texts: list[Text] = []
        self.leads = True
        self.now = NOW
        self.peppers = 1
        self.conf.VAULT_PEPPER = "1:pepper 1"
        self.count = 0
        for number, name in enumerate(WHO):
            user = self.become(name)
            TextKeyWrap.objects.all().delete()
            TextKey.objects.all().delete()
            Opening.objects.all().delete()
            VaultKey.objects.filter(owner=user.pk, retired_at=None).update(retired_at=NOW)
            passphrase = f"ensimmäinen lause {number}"
            _opened, code = opening.create(user.pk, passphrase, now=NOW)
            self.people[name] = Person(passphrase, code)
        self.become("lead")
        self.cast.engagement.co_supervisors.update(until=None)

    def become(self, name: str) -> Any:
        asking.become(self.cast.members[name])
        return self.cast.members[name]

    def open(self, name: str) -> Opened:
        user = self.become(name)
        return opening.unlock(user.pk, self.people[name].passphrase, now=self.now)

    def fresh(self, word: str) -> str:
        self.count += 1
        return f"{word} numero {self.count} tänään"

    def of(self, name: str) -> list[Text]:
        return [each for each in self.texts if each.author == name]

    # --- what is done -----------------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(WHO), body=st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
    def write(self, name: str, body: str) -> None:
        """Locked or not; a co-supervisor who has left writes nothing new."""
        if name == "co_supervisor" and not self.leads:
            return
        user = self.become(name)
        place = ["note", str(uuid4())]
        sealed = texts.seal(body, place, engagement=self.cast.engagement.pk, author=user.pk, now=self.now)
        self.texts.append(Text(body, place, sealed, name, {name}, self.cast.engagement.pk))

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def save_again(self, data: Any) -> None:
        each = data.draw(st.sampled_from(self.texts))
        if each.author == "co_supervisor" and not self.leads:
            return
        user = self.become(each.author)
        body = self.fresh("uudempi")
        others = [self.cast.members[name].pk for name in each.readers - {each.author}]
        sealed = texts.seal(body, each.place, engagement=each.engagement, author=user.pk, readers=others, now=self.now)
        texts.forget([each.sealed])
        each.earlier.append(each.sealed)
        each.text, each.sealed = body, sealed
        each.readers.add(each.author)

    @precondition(lambda self: self.texts and self.leads)
    @rule(data=st.data())
    def share(self, data: Any) -> None:
        each = data.draw(st.sampled_from(self.texts))
        if not each.readers:  # destroyed
            return
        other = next(name for name in WHO if name != each.author)
        vault = self.open(each.author)
        texts.share(each.sealed, self.cast.members[other].pk, vault)
        each.readers.add(other)

    @rule()
    def leave_or_come_back(self) -> None:
        """The co-supervisor; what the lead shared with them is theirs no more, also when they come back."""
        self.become("lead")
        self.leads = not self.leads
        self.cast.engagement.co_supervisors.update(until=None if self.leads else self.now)
        if not self.leads:
            for each in self.of("lead"):
                each.readers.discard("co_supervisor")

    @rule(name=st.sampled_from(WHO))
    def reseal_what_is_retired(self, name: str) -> None:
        if name == "co_supervisor" and not self.leads:
            return
        vault = self.open(name)
        own = self.of(name)
        gone = texts.retired([each.sealed for each in own])
        for each in own:
            if blobs.key_id(each.sealed) in gone:
                each.earlier.append(each.sealed)
                each.sealed = texts.reseal(each.sealed, each.place, vault, now=self.now)

    @rule(name=st.sampled_from(WHO))
    def change_passphrase(self, name: str) -> None:
        person, user = self.people[name], self.become(name)
        new = self.fresh("lause")
        opening.change_passphrase(user.pk, person.passphrase, new, now=self.now)
        person.old_passphrases.append(person.passphrase)
        person.passphrase = new
        self.locked(person)

    @rule(name=st.sampled_from(WHO))
    def recover(self, name: str) -> None:
        person, user = self.people[name], self.become(name)
        new = self.fresh("palautettu")
        _opened, code = opening.recover(user.pk, person.code, new, now=self.now)
        opening.prove_sheet(user.pk, code, now=self.now)
        person.old_passphrases.append(person.passphrase)
        person.old_codes.append(person.code)
        person.passphrase, person.code = new, code
        self.locked(person)

    @rule(name=st.sampled_from(WHO), proven=st.booleans())
    def make_another_sheet(self, name: str, proven: bool) -> None:
        person, user = self.people[name], self.become(name)
        _opened, code = opening.new_sheet(user.pk, person.passphrase, now=self.now)
        if proven:
            opening.prove_sheet(user.pk, code, now=self.now)
            person.old_codes.append(person.code)
            person.code = code
        else:
            person.old_codes.append(code)

    @rule(name=st.sampled_from(WHO))
    def replace_the_key(self, name: str) -> None:
        person, old = self.people[name], self.open(name)
        self.now += timedelta(seconds=1)
        new = self.fresh("avain")
        _opened, code = opening.replace_key(old, new, now=self.now)
        opening.prove_sheet(old.user, code, now=self.now)
        person.old_passphrases.append(person.passphrase)
        person.old_codes.append(person.code)
        person.old_keys.append(old)
        person.passphrase, person.code = new, code
        self.locked(person)

    @rule()
    def change_the_pepper(self) -> None:
        if self.peppers < 4:
            self.peppers += 1
            self.conf.VAULT_PEPPER = f"{self.peppers}:pepper {self.peppers}," + self.conf.VAULT_PEPPER

    @rule(name=st.sampled_from(WHO))
    def keep_open(self, name: str) -> None:
        opened = self.open(name)
        self.people[name].cookies.append(opening.keep_open(opened, now=self.now))

    @rule(name=st.sampled_from(WHO))
    def lock(self, name: str) -> None:
        opening.lock(self.become(name).pk, why="button")
        self.locked(self.people[name])

    @rule()
    def wait(self) -> None:
        self.now += timedelta(minutes=16)
        for person in self.people.values():
            self.locked(person)

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), forever=st.booleans())
    def destroy(self, data: Any, forever: bool) -> None:
        each = data.draw(st.sampled_from(self.texts))
        user = self.become(each.author)
        if forever:
            texts.erase([each.sealed], user.pk, now=self.now)
        else:
            texts.forget([each.sealed])
        each.earlier.append(each.sealed)
        each.readers.clear()

    def locked(self, person: Person) -> None:
        person.dead += person.cookies
        person.cookies.clear()

    # --- what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def each_reads_what_they_may_and_nothing_else(self) -> None:
        for name in getattr(self, "people", ()):
            vault = self.open(name)
            for each in self.texts:
                if name in each.readers:
                    assert texts.unseal(each.sealed, each.place, vault) == each.text
                    Vaults.read_again += 1
                else:
                    self.refuse(each.sealed, each.place, vault)
                for before in each.earlier:
                    self.refuse(before, each.place, vault)
                for old in self.people[name].old_keys[-1:]:
                    self.refuse(each.sealed, each.place, old)

    def refuse(self, sealed: bytes, place: list[str], vault: Opened) -> None:
        with pytest.raises(Unopenable):
            texts.unseal(sealed, place, vault)
        Vaults.refused += 1

    @invariant()
    def only_what_is_good_now_opens_a_vault(self) -> None:
        for name, person in getattr(self, "people", {}).items():
            user = self.become(name)
            for passphrase in person.old_passphrases[-1:]:
                with pytest.raises(WrongPassphrase):
                    opening.unlock(user.pk, passphrase, now=self.now)
            for code in person.old_codes[-1:]:
                with pytest.raises(WrongPassphrase):
                    opening.recover(user.pk, code, "ei tästä mitään tule", now=self.now)
            opening.unlock(user.pk, person.passphrase, now=self.now)  # a good one lets the tries begin anew
            for cookie in person.cookies:
                assert opening.find_open(user.pk, cookie, now=self.now)
            for cookie in person.dead[-2:]:
                assert opening.find_open(user.pk, cookie, now=self.now) is None
            other = self.become(next(each for each in WHO if each != name))
            for cookie in person.cookies:
                assert opening.find_open(other.pk, cookie, now=self.now) is None


@pytest.mark.django_db
def test_what_should_open_opens_and_what_should_not_never_does(cast: Any, settings: Any) -> None:
    settings.VAULT_STRETCHING = (8, 1)
    Vaults.cast, Vaults.conf = cast, settings
    Vaults.read_again = Vaults.refused = 0
    run_state_machine_as_test(Vaults, settings=budget())
    assert Vaults.read_again > 50
    assert Vaults.refused > 50


def budget() -> Any:
    return settings(
        max_examples=200 if DEEP else 12,
        stateful_step_count=40 if DEEP else 18,
        derandomize=not DEEP,
        phases=[phase for phase in Phase if DEEP or phase is not Phase.shrink],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
