"""The facts of a practice that its papers need, and which of them are missing."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from privacy.own.asked import rows_of


@dataclass(frozen=True)
class Facts:
    pk: UUID
    name: str
    business_id: str
    address: str
    email: str
    phone: str
    contact: str


@dataclass(frozen=True)
class Missing:
    """A fact that is not known yet: in words, and where an administrator fills it in."""

    what: str
    url: str


def facts_of(pk: UUID) -> Facts | None:
    """Return the facts of a practice, whoever asks: they stand in its public notice. One query."""
    found: list[dict[str, Any]] = rows_of("privacy_notice", pk)
    if not found:
        return None
    row = found[0]
    town = " ".join(each for each in (row["postcode"], row["city"]) if each)
    contact = ", ".join(each for each in (row["contact"], row["contact_email"], row["contact_phone"]) if each)
    address = ", ".join(each for each in (row["street"], town) if each)
    return Facts(pk, row["name"], row["business_id"], address, row["email"], row["phone"], contact)


def missing_of(facts: Facts) -> list[Missing]:
    practice, contact = reverse("accounts:practice_edit", args=[facts.pk]), reverse("papers:contact", args=[facts.pk])
    wanted = [
        (facts.business_id, _("the business ID"), practice),
        (facts.address, _("the address"), practice),
        (facts.email or facts.phone, _("the e-mail address or telephone number of the practice"), practice),
        (facts.contact, _("who answers in matters of data protection"), contact),
    ]
    return [Missing(what, url) for value, what, url in wanted if not value]
