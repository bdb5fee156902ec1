"""What everybody has signed becomes one sealed file: made once, whole, and handed over as it is."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from audit import asking
from audit.connecting import as_role
from audit.models import Entry
from audit.roles import Role
from documents.models import SealedFile
from documents.seal import verify
from engagements import actions, terms
from engagements.models import Contract, ContractParty, Engagement, Participation, Signature, SignatureRequest, State
from engagements.signing import answers, requests
from engagements.signing.answers import Evidence
from engagements.signing.sealing import seal_due
from tests.conftest import NOW, make_engagement, make_person

Cast = Any
Enter = Callable[[Any], Client]
LINK = Evidence(Signature.Method.LINK, "I agree.", "en", "192.0.2.0/24", "Test")


def sign_all(cast: Cast, contract: Contract, *, without: int = 0) -> None:
    """Sign as everybody who is asked, in turn, as the supervisor records what comes on paper."""
    asking.become(cast.lead)
    waiting = list(contract.requests.filter(state="waiting").order_by("turn", "name"))
    for request in waiting[: len(waiting) - without]:
        request.refresh_from_db()
        answers.sign(request, name=request.name, evidence=LINK, by=None, now=timezone.now())


@pytest.fixture
def offered(settled: Cast) -> Contract:
    """A contract that its lead, the client's contact and three supervisees (by joining sheets) are asked to sign."""
    with transaction.atomic():
        asking.become(settled.lead)
        draft = make_engagement(
            settled.practice, settled.lead, settled.organisation, settled.people, settled.client_contact,
            title="Aamu", state=State.DRAFT,
        )  # fmt: skip
        ContractParty.objects.create(contract=draft.contracts.get(), kind="supervisee", signs=True)
        return actions.offer(draft, by=settled.lead, now=NOW)


@pytest.fixture
def agreed(settled: Cast, offered: Contract) -> Contract:
    with transaction.atomic():
        sign_all(settled, offered)
        offered.refresh_from_db()
    return offered


@pytest.fixture
def sealed(agreed: Contract) -> list[SealedFile]:
    with as_role(Role.WORKER):
        seal_due(now=timezone.now())
        return list(SealedFile.objects.without_content().order_by("kind", "sha256"))


def content_of(kind: str, obj: UUID) -> bytes:
    with as_role(Role.BACKUP):
        return bytes(SealedFile.objects.get(kind=kind, obj=obj).content)


def text_in(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_the_last_signature_makes_it_agreed_and_its_files_are_made(agreed: Contract, sealed: list[SealedFile]) -> None:
    assert (agreed.state, agreed.agreed_how) == (Contract.State.AGREED, Contract.How.SIGNED)
    assert [each.kind for each in sealed] == ["contract", "joining", "joining", "joining"]


def test_the_file_is_whole_and_its_seal_good(agreed: Contract, sealed: list[SealedFile]) -> None:
    pdf = content_of("contract", agreed.pk)
    assert verify(pdf).bottom_line
    changed = bytearray(pdf)
    changed[len(pdf) // 3] ^= 1
    assert not verify(bytes(changed)).bottom_line
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert opened.Root.MarkInfo.Marked
        assert b"pdfaid:part" in opened.Root.Metadata.read_bytes()
        attached = opened.attachments["terms.json"].get_file().read_bytes()
    assert terms.digest(terms.thaw(json.loads(attached))) == agreed.terms_hash


def test_the_file_says_what_was_shown_and_who_signed_how(settled: Cast, agreed: Contract, sealed: Any) -> None:
    said = text_in(content_of("contract", agreed.pk))
    for clause in agreed.wording or []:
        assert clause["heading"] in said
    assert "Liisa Lahti" in said
    assert "By a personal link and a code sent by e-mail" in said
    assert agreed.terms_hash[:8] in said
    assert "/check/" in said
    for person in settled.people:  # the orderer is not to know them
        assert person.family_name not in said


def test_a_joining_sheet_is_one_supervisees_alone(settled: Cast, agreed: Contract, sealed: Any) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        request = agreed.requests.get(person=settled.people[0])
    said = text_in(content_of("joining", request.pk))
    assert "Sanna Salo" in said
    assert "Öberg" not in said
    assert agreed.terms_hash[:8] in said
    assert verify(content_of("joining", request.pk)).bottom_line


def test_it_is_made_once(sealed: list[SealedFile]) -> None:
    with as_role(Role.WORKER):
        assert seal_due(now=timezone.now()) == 0
        assert Entry.objects.filter(event="file.sealed").count() == 4


def test_two_workers_at_once_make_it_once(agreed: Contract) -> None:
    with as_role(Role.WORKER):

        def work() -> None:
            try:
                seal_due(now=timezone.now())
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert SealedFile.objects.without_content().count() == 4
        assert Entry.objects.filter(event="file.sealed").count() == 4


def test_terms_that_are_not_the_signed_ones_are_never_sealed(
    agreed: Contract, superuser_address: str, caplog: pytest.LogCaptureFixture
) -> None:
    import psycopg

    with psycopg.connect(superuser_address, autocommit=True) as root:
        root.execute("ALTER TABLE engagements_contract DISABLE TRIGGER USER")
        root.execute(
            "UPDATE engagements_contract SET terms = jsonb_set(terms, '{minutes}', '45') WHERE id = %s", [agreed.pk]
        )
        root.execute("ALTER TABLE engagements_contract ENABLE TRIGGER USER")
    with as_role(Role.WORKER):
        seal_due(now=timezone.now())
        assert not SealedFile.objects.without_content().filter(kind="contract").exists()
    assert "is not sealed" in caplog.text


def test_nothing_is_sealed_before_everybody_has_signed(settled: Cast, offered: Contract) -> None:
    with transaction.atomic():
        sign_all(settled, offered, without=1)
    with as_role(Role.WORKER):
        assert seal_due(now=timezone.now()) == 0


READERS = {"lead": 200, "contact": 200, "supervisee": 200, "practice_admin": 200, "administrator": 404,
           "stranger": 404, "stranger_supervisee": 404}  # fmt: skip


def test_who_reads_the_contract_gets_the_very_file(
    settled: Cast, agreed: Contract, sealed: Any, client: Client
) -> None:
    kept = content_of("contract", agreed.pk)
    for who, status in READERS.items():
        client.force_login(settled.members[who])
        answer = client.get(reverse("engagements:contract_pdf", args=[agreed.engagement_id, agreed.version]))
        assert answer.status_code == status, who
        assert (answer.content == kept) == (status == 200), who


def test_a_sheet_is_its_signers_and_the_supervisors_own(
    settled: Cast, agreed: Contract, sealed: Any, client: Client
) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        request = agreed.requests.get(person=settled.people[0])
    kept = content_of("joining", request.pk)
    addresses = {
        reverse("sign:file", args=[request.pk]): {"supervisee"},
        reverse("engagements:joining_file", args=[agreed.engagement_id, request.pk]): {"lead"},
    }
    for who, user in settled.members.items():
        client.force_login(user)
        for address, allowed in addresses.items():
            answer = client.get(address)
            assert (answer.status_code == 200) == (who in allowed), (who, address)
            assert answer.status_code in (200, 404)
            assert (answer.content == kept) == (who in allowed)


def test_until_it_is_sealed_the_page_says_so(settled: Cast, agreed: Contract, client: Client) -> None:
    client.force_login(settled.lead)
    address = reverse("engagements:contract_pdf", args=[agreed.engagement_id, agreed.version])
    assert "The file is being sealed" in client.get(address, follow=True).text


def test_whoever_joins_later_signs_a_sheet_that_is_sealed_too(settled: Cast, agreed: Contract, client: Client) -> None:
    client.force_login(settled.lead)
    client.post(
        reverse("engagements:people", args=[agreed.engagement_id]),
        {"people": "Uuno Uusi <uuno@otso.example>", "on": "23.11.2026", "sheet": "on"},
    )
    with transaction.atomic():
        asking.become(settled.lead)
        late = SignatureRequest.objects.get(name="Uuno Uusi")
        assert (late.what, late.contract) == ("joining", agreed)
        answers.sign(late, name="Uuno Uusi", evidence=LINK, by=None, now=timezone.now())
        agreed.refresh_from_db()
        assert agreed.state == Contract.State.AGREED
    with as_role(Role.WORKER):
        seal_due(now=timezone.now())
        assert SealedFile.objects.without_content().filter(kind="joining", obj=late.pk).exists()


def test_a_late_joiner_who_declined_can_be_asked_again(settled: Cast, agreed: Contract) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        engagement = Engagement.objects.get(pk=agreed.engagement_id)
        person = make_person(settled.practice, "Uuno", "Uusi", email="uuno@otso.example")
        late = actions.join(engagement, person, on=NOW.date(), by=settled.lead, now=NOW)
        assert requests.without_signature(engagement) == [late]
        first = requests.ask_to_join(late, by=settled.lead, now=NOW)
        assert requests.without_signature(engagement) == []
        answers.decline(first, reason="Ei nyt", by=None, now=NOW)
        first.refresh_from_db()
        requests.ask_again(first, by=settled.lead, now=NOW + timedelta(days=1))
        states = list(SignatureRequest.objects.filter(person=person).order_by("created_at").values_list("state"))
        assert states == [("void",), ("waiting",)]


def test_without_a_sheet_nobody_is_asked(settled: Cast, agreed: Contract, client: Client) -> None:
    client.force_login(settled.lead)
    client.post(reverse("engagements:people", args=[agreed.engagement_id]), {"people": "Uuno Uusi", "on": "23.11.2026"})
    page = client.get(reverse("engagements:signing", args=[agreed.engagement_id]))
    assert [one.person.name for one in page.context["joiners"]] == ["Uuno Uusi"]
    joiner = page.context["joiners"][0]
    client.post(reverse("engagements:joining_ask", args=[agreed.engagement_id, joiner.pk]))
    page = client.get(reverse("engagements:signing", args=[agreed.engagement_id]))
    assert page.context["joiners"] == []


def test_when_it_was_sealed_is_all_that_a_visitor_learns(agreed: Contract, sealed: Any, client: Client) -> None:
    with as_role(Role.WORKER):
        kept = SealedFile.objects.without_content().get(kind="contract")
    page = client.post(reverse("documents:check"), {"sha256": kept.sha256})
    assert page.status_code == 200
    assert "Otso" not in page.text
    assert "Kaari" not in page.text
    assert datetime.now(tz=UTC) - kept.sealed_at < timedelta(hours=1)


def test_a_sheet_can_be_printed_and_signed_on_paper(settled: Cast, offered: Contract, client: Client) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        request = offered.requests.get(person=settled.people[0])
    for who, address in (
        (settled.supervisee, reverse("sign:sheet", args=[request.pk])),
        (settled.lead, reverse("engagements:joining_file", args=[offered.engagement_id, request.pk])),
    ):
        client.force_login(who)
        answer = client.get(address)
        assert answer.headers["Content-Type"] == "application/pdf"
        assert "Sanna Salo" in text_in(answer.content)


def test_once_it_is_agreed_nothing_is_set_in_print_anew(settled: Cast, agreed: Contract, client: Client) -> None:
    client.force_login(settled.contact)
    with transaction.atomic():
        asking.become(settled.lead)
        request = agreed.requests.get(person=settled.client_contact.person)
    answer = client.get(reverse("sign:pdf", args=[request.pk]))
    assert answer.headers["Location"] == reverse("sign:read", args=[request.pk])


def test_who_has_signed_in_another_part_joins_without_a_sheet(settled: Cast, agreed: Contract, client: Client) -> None:
    client.force_login(settled.lead)
    joined = client.post(
        reverse("engagements:people", args=[agreed.engagement_id]),
        {"people": f"Tiina Tamm <{settled.contact.email}>", "on": "23.11.2026", "sheet": "on"},
    )
    assert joined.status_code == 302
    with transaction.atomic():
        asking.become(settled.lead)
        person = settled.client_contact.person
        assert Participation.objects.filter(engagement=agreed.engagement_id, person=person).exists()
        assert SignatureRequest.objects.filter(person=person).count() == 1
        with pytest.raises(ValidationError, match="asked already"):
            requests.ask_to_join(Participation.objects.get(person=person), by=settled.lead, now=NOW)
