"""What is said by e-mail about signing: once, at the right time, to whom it is of use, and without content."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction

from accounts.models import Person, User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements import actions
from engagements.models import Contract, Proposal, SignatureRequest
from engagements.signing import answers, requests
from engagements.signing.answers import Evidence
from engagements.signing.requests import Plan
from formats.clock import HELSINKI
from notifications import outbox
from notifications.models import Message
from tests.signing_story import ASA, DAY, LEAD, MINUTE, SANNA, TIINA, Mail, Story, telling

Cast = Any
ASKED, REMINDED = "Something waits for your signature", "It still waits for your signature"
OVERDUE, DECLINED = "The last day for signing has passed", "Somebody declined to sign"
PROPOSED, ANSWERED = "Somebody proposes a change", "Your proposal has been answered"
VOIDED, CODE = "The text that you signed is not valid any more", "Your code for signing"
LINK = Evidence("link", "I agree.", "en")


@pytest.fixture
def story(settled: Cast, settings: LazySettings) -> Iterator[Story]:
    with telling(settled, settings) as story:
        yield story


def offer(story: Story, *, days: int | None = 14, turns: bool = False) -> None:
    """Offer the draft; without `days` nobody has a last day, with `turns` the lead signs first."""
    with story.lead():
        signers = requests.signers_of(story.contract)
        last = story.now.astimezone(HELSINKI).date() + days * DAY if days is not None else None
        plans = [Plan(one, 2 if turns and one.part != "supervisor" else 1, last) for one in signers]
        actions.offer(story.engagement, plans=plans, by=story.cast.lead, now=story.now)


def sign(story: Story, *names: str) -> None:
    for name in names:
        row = story.request(name)
        with story.lead():
            answers.sign(row, name=row.name, evidence=LINK, by=story.cast.lead, now=story.now)


def decline(story: Story, name: str) -> None:
    with story.lead():
        answers.decline(story.request(name), reason="Salainen syy", by=None, now=story.now)


def propose(story: Story, name: str) -> Proposal:
    row = story.request(name)
    with transaction.atomic():
        asking.come_by_link(row.pk)
        return answers.propose(row, clause="", text="Salainen ehdotus", by=None, now=story.now)


def said(mails: list[Mail]) -> list[tuple[str, str]]:
    return sorted((mail.to, mail.headline) for mail in mails)


def days(story: Story, number: int) -> dict[int, list[tuple[str, str]]]:
    """Let so many days pass, with a worker at work each noon; return what was said on which of them."""
    heard = {}
    for day in range(1, number + 1):
        story.wait(DAY)
        if mails := said(story.work()):
            heard[day] = mails
    return heard


def to_all(headline: str, *but: str) -> list[tuple[str, str]]:
    return sorted((address, headline) for address in {LEAD, TIINA, SANNA, ASA} - set(but))


# --- asking -----------------------------------------------------------------------------------------------------------


def test_each_is_asked_once_and_who_has_no_address_by_paper(story: Story) -> None:
    offer(story)
    assert said(story.work()) == to_all(ASKED)
    assert story.work(5) == []
    assert not Message.objects.filter(person=story.people["Ville"]).exists()


def test_the_next_in_turn_are_asked_when_it_is_their_turn(story: Story) -> None:
    offer(story, turns=True)
    assert said(story.work(3)) == [(LEAD, ASKED)]
    story.wait(7 * DAY)
    sign(story, "Liisa")
    assert said(story.work(3)) == to_all(ASKED, LEAD)
    assert days(story, 4) == {}  # the five days are reckoned from their own link


def test_two_workers_that_plan_at_once_ask_once(story: Story) -> None:
    offer(story)
    with as_role(Role.WORKER):
        assert outbox.plan(story.now) == 4
        assert outbox.plan(story.now) == 0


def test_who_has_answered_before_the_mail_left_is_not_asked(story: Story) -> None:
    offer(story)
    with as_role(Role.WORKER):
        outbox.plan(story.now)
    sign(story, "Liisa", "Åsa")
    decline(story, "Sanna")
    assert said(story.work()) == sorted([(TIINA, ASKED), (LEAD, DECLINED)])


def test_nothing_is_said_of_what_was_withdrawn_before_the_mail_left(story: Story) -> None:
    offer(story)
    with as_role(Role.WORKER):
        outbox.plan(story.now)
    with story.lead():
        actions.withdraw_offer(story.engagement, by=story.cast.lead, now=story.now)
    assert story.work(3) == []
    assert set(Message.objects.values_list("state", flat=True)) == {"dropped"}


def test_a_link_is_made_as_its_mail_leaves_and_a_second_try_makes_another(story: Story) -> None:
    offer(story)
    with story.lead():
        assert not SignatureRequest.objects.filter(link__token_hash__isnull=False).exists()
    mails: list[Mail] = []
    tried: list[str] = []

    def lose(address: str, port: int) -> str | None:
        """Take the mail and say that it was not taken, once for each address."""
        tried.append(address)
        return "451 try again" if tried.count(address) == 1 else None

    story.sink.after_text = lose
    mails += story.work()
    first = story.mail_to(ASA, mails)
    story.wait(5 * MINUTE)
    second = story.mail_to(ASA, story.work())
    assert first.token != second.token
    assert "This link opens nothing" in story.browser().get(first.link).content.decode()
    story.sign_by_mail(second, "Åsa Öberg")
    assert story.request("Åsa").state == "signed"


def test_quiet_hours_hold_everything_but_codes(settled: Cast, settings: LazySettings) -> None:
    evening = datetime(2026, 11, 23, 20, 30, tzinfo=HELSINKI)
    with telling(settled, settings, at=evening) as story:
        offer(story)
        assert story.work(2) == []
        row = story.request("Sanna")
        client = story.browser(story.cast.supervisee)
        client.post(f"/sign/{row.pk}/", {"read": "on", "name": "Sanna Salo"})
        assert said(story.work()) == [(SANNA, CODE)]
        story.clock.shift(datetime(2026, 11, 24, 8, 0, tzinfo=HELSINKI) - story.now)
        assert said(story.work()) == to_all(ASKED)


# --- reminding --------------------------------------------------------------------------------------------------------


def test_two_reminders_and_no_third_and_the_supervisor_is_told_when_the_day_has_passed(story: Story) -> None:
    offer(story, days=14)
    story.work()
    assert days(story, 20) == {5: to_all(REMINDED), 13: to_all(REMINDED), 15: [(LEAD, OVERDUE)]}


def test_without_a_last_day_one_reminder_and_nothing_else(story: Story) -> None:
    offer(story, days=None)
    story.work()
    assert days(story, 20) == {5: to_all(REMINDED)}


def test_a_short_time_has_one_reminder_the_day_before(story: Story) -> None:
    offer(story, days=4)
    story.work()
    assert days(story, 6) == {3: to_all(REMINDED), 5: [(LEAD, OVERDUE)]}


def test_no_reminder_the_day_after_asking(story: Story) -> None:
    offer(story, days=2)
    story.work()
    assert days(story, 4) == {3: [(LEAD, OVERDUE)]}


def test_another_last_day_is_heard_of_when_it_has_passed_too(story: Story) -> None:
    offer(story, days=3)
    story.work()
    assert days(story, 4) == {4: [(LEAD, OVERDUE)]}  # reminded on no day: two after asking is the day before
    with story.lead():
        for row in SignatureRequest.objects.filter(contract=story.contract):
            requests.put_off(row, deadline=(story.now + 10 * DAY).date(), by=story.cast.lead)
    heard = days(story, 15)
    assert [day for day, mails in heard.items() if (LEAD, OVERDUE) in mails] == [11]


def test_who_has_just_been_sent_another_link_is_not_reminded_at_once(story: Story) -> None:
    offer(story, days=30)
    story.work()
    days(story, 4)
    story.wait(DAY - 10 * MINUTE)
    with story.lead():
        requests.ask_again(story.request("Åsa"), by=story.cast.lead, now=story.now)
    assert said(story.work()) == [(ASA, ASKED)]
    story.wait(10 * MINUTE)
    assert said(story.work()) == to_all(REMINDED, ASA)
    heard = days(story, 6)
    assert heard == {5: [(ASA, REMINDED)]}


def test_nobody_is_reminded_of_what_is_signed_declined_void_or_not_theirs_yet(story: Story) -> None:
    offer(story, days=14)
    story.work()
    sign(story, "Tiina", "Liisa")
    decline(story, "Sanna")
    assert said(story.work()) == [(LEAD, DECLINED)]
    assert days(story, 6) == {5: [(ASA, REMINDED)]}
    with story.lead():
        actions.withdraw_offer(story.engagement, by=story.cast.lead, now=story.now)
    assert said(story.work()) == [(TIINA, VOIDED)]
    assert days(story, 20) == {}


def test_who_waits_for_their_turn_is_reminded_of_nothing(story: Story) -> None:
    offer(story, days=14, turns=True)
    story.work()
    assert days(story, 13) == {5: [(LEAD, REMINDED)], 13: [(LEAD, REMINDED)]}


def test_after_the_last_signature_nothing_more_is_asked(story: Story) -> None:
    offer(story)
    story.work()
    sign(story, "Liisa", "Tiina", "Sanna", "Åsa", "Ville")
    assert story.contract.state == Contract.State.AGREED
    assert not [mail for mail in story.work(3) if mail.headline in (ASKED, REMINDED, OVERDUE)]
    heard = days(story, 20)
    assert not {headline for mails in heard.values() for _to, headline in mails} & {ASKED, REMINDED, OVERDUE}


# --- news of an answer ------------------------------------------------------------------------------------------------


def test_a_decline_a_proposal_and_its_answer_are_each_told_once(story: Story) -> None:
    offer(story)
    story.work()
    decline(story, "Tiina")
    proposal = propose(story, "Åsa")
    assert said(story.work(3)) == sorted([(LEAD, DECLINED), (LEAD, PROPOSED)])
    with story.lead():
        answers.answer(proposal, text="Salainen vastaus", by=story.cast.lead, now=story.now)
    assert said(story.work(3)) == [(ASA, ANSWERED)]
    assert story.work(3) == []


def test_what_is_settled_before_the_mail_left_is_not_told(story: Story) -> None:
    offer(story)
    story.work()
    decline(story, "Tiina")
    answered, dropped = propose(story, "Åsa"), propose(story, "Sanna")
    with as_role(Role.WORKER):
        outbox.plan(story.now)
    with story.lead():
        answers.answer(answered, text="Niin", by=story.cast.lead, now=story.now)
        answers.answer(dropped, text="Niin", by=story.cast.lead, now=story.now)
        requests.ask_again(story.request("Tiina"), by=story.cast.lead, now=story.now)
    sign(story, "Sanna")
    assert said(story.work(3)) == sorted([(ASA, ANSWERED), (TIINA, ASKED)])


def test_a_void_signature_is_told_once_to_whom_it_was(story: Story) -> None:
    offer(story)
    story.work()
    sign(story, "Åsa", "Ville")
    with story.lead():
        actions.withdraw_offer(story.engagement, by=story.cast.lead, now=story.now)
    assert said(story.work(3)) == [(ASA, VOIDED)]
    assert days(story, 20) == {}


# --- without content --------------------------------------------------------------------------------------------------


def test_no_mail_of_signing_carries_names_titles_or_text(story: Story) -> None:
    User.objects.filter(pk=story.cast.contact.pk).update(language="sv")
    with story.lead():
        Person.objects.filter(pk=story.people["Åsa"].pk).update(language="fi")
    offer(story, days=8)
    mails = story.work()
    story.write_name(story.open(story.mail_to(ASA, mails)), "Åsa Öberg")
    mails += story.work()
    sign(story, "Sanna")
    decline(story, "Tiina")
    proposal = propose(story, "Åsa")
    mails += story.work()
    with story.lead():
        answers.answer(proposal, text="Salainen vastaus", by=story.cast.lead, now=story.now)
    mails += story.work()
    for _ in range(9):
        story.wait(DAY)
        mails += story.work()
    with story.lead():
        actions.withdraw_offer(story.engagement, by=story.cast.lead, now=story.now)
    mails += story.work()
    kinds = set(Message.objects.filter(state="sent").values_list("kind", flat=True))
    assert kinds == {
        "signature_asked", "signature_code", "signature_reminder", "signature_overdue", "signature_declined",
        "signature_proposed", "signature_answered", "signature_voided",
    }  # fmt: skip
    secrets = ("Luonnos", "Otso", "Päiväkoti", "Salainen", "Kaari", "Åsa", "Öberg", "Tiina", "Sanna", "Salo", "Liisa")
    for mail in mails:
        assert mail.subject == "Työnohjaus"
        for part in (mail.text, mail.html):
            bare = re.sub(r"https?://\S+", "", part)
            assert not [secret for secret in secrets if secret in bare], bare


def test_the_worker_reads_neither_names_reasons_proposals_nor_terms(story: Story) -> None:
    offer(story)
    with as_role(Role.WORKER):
        assert SignatureRequest.objects.values("pk", "state", "deadline").count() == 5
        for table, columns in {
            "engagements_signaturerequest": ("name", "reason", "sheet", "terms_hash"),
            "engagements_proposal": ("text", "answer", "clause"),
            "engagements_signature": ("name", "consent", "address", "user_agent", "proof", "terms_hash"),
            "engagements_contract": ("terms", "wording", "price", "agreed_note"),
        }.items():
            for column in (*columns, "*"):
                with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
                    cursor.execute(f"SELECT {column} FROM {table}")  # noqa: S608
        for change in (
            "UPDATE engagements_signinglink SET codes_asked = 0",
            "UPDATE engagements_signaturerequest SET state = 'void'",
            "DELETE FROM engagements_signinglink",
            "INSERT INTO engagements_signature (id) VALUES (gen_random_uuid())",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
                cursor.execute(change)


def test_what_was_mailed_once_stays_said_when_the_deadline_is_long_past(story: Story) -> None:
    offer(story, days=14)
    story.work()
    story.wait(timedelta(days=60))
    heard = said(story.work(2))
    assert heard == [(LEAD, OVERDUE)]
