"""Two real connections at once: the last two signatures agree once, and no text is signed that is being taken back."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import translation

from audit import asking
from audit.models import Entry
from engagements import actions
from engagements.models import Contract, CoSupervisor, Engagement, Event, Signature, SignatureRequest
from engagements.signing import answers, links, requests
from engagements.signing.answers import Evidence
from tests.conftest import NOW
from tests.sessions.test_two_at_once import together
from tests.signing_story import MINUTE, make_draft

Cast = Any
Verb = Callable[[], Any]
LINK = Evidence("link", "I agree.", "en")


def offered(cast: Cast, *, co: bool = False) -> Contract:
    with asking.acting_as(cast.lead):
        draft = make_draft(cast, names=True)
        if co:
            CoSupervisor.objects.create(engagement=draft, user=cast.co_supervisor)
        return actions.offer(draft, by=cast.lead, now=NOW)


def rows(cast: Cast, contract: Contract) -> list[SignatureRequest]:
    with asking.acting_as(cast.lead):
        found = SignatureRequest.objects.filter(contract=contract).select_related("contract")
        return list(found.order_by("name"))


def signing(row: SignatureRequest) -> Verb:
    """Sign as a visitor who came by the link of `row` and had read it before the others began."""

    def verb() -> str:
        with asking.acting_as(None):
            asking.come_by_link(row.pk)
            return answers.sign(row, name=row.name, evidence=LINK, by=None, now=NOW + MINUTE).state

    return verb


def as_lead(cast: Cast, contract: Contract, step: Callable[..., Any], *, by: Any = None) -> Verb:
    """Take a step as the page does, which locks the process first."""
    user = by or cast.lead

    def verb() -> str:
        with asking.acting_as(user):
            engagement = Engagement.objects.select_for_update(no_key=True).get(pk=contract.engagement_id)
            step(engagement, by=user, now=NOW + MINUTE)
            return step.__name__

    return verb


def kinds(results: list[Any]) -> list[str]:
    """What each gave: a word, or the kind of error. Anything but a refusal in words is a failure of the test."""
    wrong = [result for result in results if not isinstance(result, str | ValidationError)]
    assert wrong == [], wrong
    return sorted(result if isinstance(result, str) else "refused" for result in results)


def test_the_last_two_signatures_at_once_agree_once(settled: Cast) -> None:
    for _ in range(5):
        contract = offered(settled)
        *first, last, very_last = rows(settled, contract)
        for row in first:
            signing(row)()
        assert kinds(together(signing(last), signing(very_last))) == ["agreed", "offered"]
        with asking.acting_as(settled.lead):
            contract.refresh_from_db()
            engagement = contract.engagement
            engagement.refresh_from_db()
            assert (contract.state, engagement.state) == ("agreed", "active")
            events = Counter(Event.objects.filter(engagement=engagement).values_list("kind", flat=True))
            assert (events["agreed"], events["signed"]) == (1, 5)
            assert Entry.objects.filter(stream=str(engagement.pk), event="contract.agreed").count() == 1
            assert Signature.objects.filter(contract=contract).count() == 5


def test_everybody_at_once_is_everybody_once(settled: Cast) -> None:
    contract = offered(settled)
    assert kinds(together(*map(signing, rows(settled, contract)))) == ["agreed", *["offered"] * 4]


def test_of_two_who_sign_with_one_request_one_has_signed(settled: Cast) -> None:
    for _ in range(5):
        contract = offered(settled)
        row = rows(settled, contract)[0]
        assert kinds(together(signing(row), signing(row))) == ["offered", "refused"]
        with asking.acting_as(settled.lead):
            assert Signature.objects.filter(contract=contract).count() == 1


def test_who_signs_while_it_is_withdrawn_signs_before_or_not_at_all(settled: Cast) -> None:
    seen: Counter[str] = Counter()
    for turn in range(20):
        contract = offered(settled)
        everybody = rows(settled, contract)
        if turn % 2:  # the last signature: it would make it agreed
            for row in everybody[1:]:
                signing(row)()
        was = contract.terms_hash
        results = together(signing(everybody[0]), as_lead(settled, contract, actions.withdraw_offer))
        given = kinds(results)
        seen["+".join(given)] += 1
        with asking.acting_as(settled.lead):
            contract.refresh_from_db()
            signed = Signature.objects.filter(contract=contract, request=everybody[0].pk)
            state = SignatureRequest.objects.get(pk=everybody[0].pk).state
            if given == ["agreed", "refused"]:
                assert (contract.state, state, signed.get().terms_hash) == ("agreed", "signed", was)
            else:
                assert (contract.state, state) == ("draft", "void")
                assert signed.exists() == ("offered" in given)
                assert {one.terms_hash for one in signed} <= {was}
    assert set(seen) <= {"agreed+refused", "offered+withdraw_offer", "refused+withdraw_offer"}, seen


def test_who_signs_while_it_is_agreed_on_paper_signs_before_or_not_at_all(settled: Cast) -> None:
    def agree(engagement: Engagement, **how: Any) -> None:
        actions.agree(engagement, how="paper", agreed_on=NOW.date(), **how)

    for _ in range(5):
        contract = offered(settled)
        row = rows(settled, contract)[0]
        given = kinds(together(signing(row), as_lead(settled, contract, agree)))
        assert given in (["agree", "offered"], ["agree", "refused"])
        with asking.acting_as(settled.lead):
            contract.refresh_from_db()
            state = SignatureRequest.objects.get(pk=row.pk).state
            assert (contract.state, contract.agreed_how) == ("agreed", "paper")
            assert state == ("signed" if "offered" in given else "void")


def test_who_declines_while_it_is_withdrawn_is_told_or_heard(settled: Cast) -> None:
    def declining(row: SignatureRequest) -> Verb:
        def verb() -> str:
            with asking.acting_as(None):
                asking.come_by_link(row.pk)
                answers.decline(row, reason="Ei", by=None, now=NOW + MINUTE)
                return "declined"

        return verb

    for _ in range(5):
        contract = offered(settled)
        row = rows(settled, contract)[0]
        given = kinds(together(declining(row), as_lead(settled, contract, actions.withdraw_offer)))
        assert given in (["declined", "withdraw_offer"], ["refused", "withdraw_offer"])
        with asking.acting_as(settled.lead):
            assert SignatureRequest.objects.get(pk=row.pk).state == "void"


def test_a_link_sent_again_while_its_signer_writes_the_code_holds_up_neither(settled: Cast) -> None:
    """The signer holds the link and waits for the process, the supervisor the other way round: neither for good."""
    contract = offered(settled)
    row = rows(settled, contract)[0]
    code_is_right, process_is_locked = threading.Event(), threading.Event()

    def sign() -> str:
        with asking.acting_as(None):
            asking.come_by_link(row.pk)
            links.ask_code(row, NOW)
            links.check_code(row, links.mint_code(row.pk, NOW), NOW)
            code_is_right.set()
            assert process_is_locked.wait(10)
            return answers.sign(row, name=row.name, evidence=LINK, by=None, now=NOW + MINUTE).state

    def again(engagement: Engagement, **who: Any) -> None:
        assert code_is_right.wait(10)
        process_is_locked.set()
        requests.ask_again(SignatureRequest.objects.get(pk=row.pk), **who | {"now": NOW + 10 * MINUTE})

    assert kinds(together(sign, as_lead(settled, contract, again))) == ["offered", "refused"]


def test_of_two_supervisors_who_send_at_once_one_has_sent(settled: Cast) -> None:
    with asking.acting_as(settled.lead):
        draft = make_draft(settled, names=True)
        CoSupervisor.objects.create(engagement=draft, user=settled.co_supervisor)
        contract = draft.contracts.get()
    senders = [as_lead(settled, contract, actions.offer, by=user) for user in (settled.lead, settled.co_supervisor)]
    assert kinds(together(*senders)) == ["offer", "refused"]
    assert len(rows(settled, contract)) == 5


def test_of_two_supervisors_who_withdraw_at_once_one_has_withdrawn(settled: Cast) -> None:
    contract = offered(settled, co=True)
    steps = [
        as_lead(settled, contract, actions.withdraw_offer, by=user) for user in (settled.lead, settled.co_supervisor)
    ]
    assert kinds(together(*steps)) == ["refused", "withdraw_offer"]
    with asking.acting_as(settled.lead):
        assert Event.objects.filter(engagement=contract.engagement_id, kind="withdrawn").count() == 1


def test_a_link_opened_by_two_at_once_opens_once(settled: Cast) -> None:
    contract = offered(settled)
    row = rows(settled, contract)[0]

    with asking.acting_as(settled.lead):
        token = links.mint_token(row.pk, NOW)

    def open_() -> str:
        return "opened" if links.use(token, NOW) else "late"

    assert kinds(together(*[open_] * 4)) == ["late", "late", "late", "opened"]


def test_five_tries_are_five_also_when_they_come_at_once(settled: Cast) -> None:
    contract = offered(settled)
    row = rows(settled, contract)[0]
    with asking.acting_as(settled.lead):
        links.ask_code(row, NOW)
        code = links.mint_code(row.pk, NOW)
    wrong = f"{(int(code) + 1) % 10**6:06}"

    def guess() -> str:
        with asking.acting_as(None), translation.override("en"):
            asking.come_by_link(row.pk)
            try:
                links.check_code(row, wrong, NOW)
            except ValidationError as error:
                return "dead" if "too many times" in error.messages[0] else "wrong"
        return "right"

    assert kinds(together(*[guess] * 8)) == [*["dead"] * 3, *["wrong"] * 5]
    assert connections["default"].in_atomic_block is False
