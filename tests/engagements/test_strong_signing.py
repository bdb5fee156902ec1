"""Signing by strong identification, against a real OpenID provider on this machine."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import asking
from engagements import actions
from engagements.models import ContractParty, Signature, SignatureRequest, State
from engagements.signing import visit
from tests.conftest import make_engagement
from tests.openid_provider import Organisation, follow

Cast = Any
CODE = "131052-908T"


@pytest.fixture
def bank(organisation_log_in: Organisation) -> Organisation:
    organisation_log_in.configure(id="pankki", name={"fi": "Pankkitunnukset", "en": "Bank codes"}, use=["signing"],
                                  domains=[])  # fmt: skip
    organisation_log_in.knows("sanna-1", name="Salo Sanna", acr="loa2", hetu=CODE)
    organisation_log_in.knows("toinen", name="Tiina Tamm", acr="loa2")
    return organisation_log_in


@pytest.fixture
def asked(cast: Cast) -> SignatureRequest:
    """What the supervisee Sanna Salo is asked to sign."""
    asking.become(cast.lead)
    draft = make_engagement(
        cast.practice, cast.lead, cast.organisation, cast.people, cast.client_contact, state=State.DRAFT
    )
    ContractParty.objects.create(contract=draft.contracts.get(), kind="supervisee", signs=True)
    actions.offer(draft, by=cast.lead, now=timezone.now() - timedelta(hours=1))
    found = SignatureRequest.objects.get(person=cast.people[0])
    asking.become(None)
    return found


@pytest.fixture
def visitor(client: Client, asked: SignatureRequest) -> Client:
    """A browser in which the link was opened; nobody is logged in."""
    session = client.session
    until = (timezone.now() + visit.STAYS).timestamp()
    session[visit.SESSION] = {"request": asked.pk.hex, "until": until}
    session.save()
    client.cookies["language"] = "en"
    return client


def identify(client: Client, bank: Organisation, asked: SignatureRequest, sub: str) -> Any:
    address = reverse("sign:strong", args=[asked.pk, "pankki"])
    begun = client.post(address, {"read": "on", "name": "Sanna Salo"})
    assert begun.status_code == 302
    back = follow(client, bank.answer(begun.headers["Location"], sub))
    assert back.headers["Location"] == reverse("sign:proven", args=[asked.pk])
    return client.get(back.headers["Location"])


def signature(cast: Cast, asked: SignatureRequest) -> Signature | None:
    asking.become(cast.lead)
    return Signature.objects.filter(request=asked).first()


def test_who_is_proven_signs_without_a_code(
    cast: Cast, visitor: Client, bank: Organisation, asked: SignatureRequest
) -> None:
    assert "Sign by identifying yourself: Bank codes" in visitor.get(reverse("sign:read", args=[asked.pk])).text
    page = identify(visitor, bank, asked, "sanna-1")
    assert "Salo Sanna" in page.text
    assert signature(cast, asked) is None
    asking.become(None)

    visitor.post(reverse("sign:proven", args=[asked.pk]))

    signed = signature(cast, asked)
    assert signed is not None
    assert (signed.method, signed.name) == (Signature.Method.STRONG, "Sanna Salo")
    assert signed.proof is not None
    assert signed.proof["issuer"] == bank.url
    assert CODE not in str(signed.proof)


def test_another_name_signs_nothing_and_says_so(
    cast: Cast, visitor: Client, bank: Organisation, asked: SignatureRequest
) -> None:
    page = identify(visitor, bank, asked, "toinen")
    assert "The service says that you are Tiina Tamm" in page.text
    visitor.post(reverse("sign:proven", args=[asked.pk]))
    assert signature(cast, asked) is None


def test_the_name_and_the_tick_are_asked_for_first(
    visitor: Client, bank: Organisation, asked: SignatureRequest
) -> None:
    page = visitor.post(reverse("sign:strong", args=[asked.pk, "pankki"]), {"name": "Joku Muu"})
    assert page.status_code == 200
    assert set(page.context["form"].errors) == {"read", "name"}


def test_a_proof_is_needed_to_sign_by_it(cast: Cast, visitor: Client, asked: SignatureRequest) -> None:
    answer = visitor.post(reverse("sign:proven", args=[asked.pk]))
    assert answer.headers["Location"] == reverse("sign:read", args=[asked.pk])
    assert signature(cast, asked) is None


def test_where_no_service_is_configured_none_is_offered(visitor: Client, asked: SignatureRequest) -> None:
    assert "identifying yourself" not in visitor.get(reverse("sign:read", args=[asked.pk])).text
    answer = visitor.post(reverse("sign:strong", args=[asked.pk, "pankki"]), {"read": "on", "name": "Sanna Salo"})
    assert answer.status_code == 404
