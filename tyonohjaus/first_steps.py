"""What a supervisor does first, ticked off by what is there: nobody has to remember to tick it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import ClientOrganisation, Membership, Practice, User
from audit.built_once import BuiltOnce
from engagements.models import ContractParty, Engagement, State


@dataclass(frozen=True)
class Step:
    """One thing to do: a link, why, and whether it is done."""

    url: str
    label: str
    note: str
    done: bool


@dataclass(frozen=True)
class FirstSteps:
    """What is to be done first, and the example process to look around in, when it is there."""

    steps: Sequence[Step]
    example: UUID | None


def first_steps(user: User) -> FirstSteps | None:
    """Return the first steps of `user`, a supervisor; None once all are done. At most three queries."""
    practice = There(*PRACTICE.rows(user=user.pk)[0])
    found = list(_steps(user, practice))
    return None if all(step.done for step in found) else FirstSteps(found, practice.example)


class There(NamedTuple):
    """The practice in which somebody supervises, with what is there already."""

    pk: UUID
    iban: str
    email: str
    phone: str
    administered: bool
    has_client: bool
    has_begun: bool
    example: UUID | None


def practice_of(user: User) -> Any:
    led = Engagement.objects.led_by(user).without_examples()
    return (
        Practice.objects.supervised_by(user)
        .annotate(
            administered=Exists(
                Membership.objects.current().filter(practice=OuterRef("pk"), user=user, kind=Membership.Kind.ADMIN)
            ),
            has_client=Exists(ClientOrganisation.objects.without_examples().filter(practice=OuterRef("pk"))),
            has_begun=Exists(led.exclude(state=State.DRAFT)),
            example=Subquery(Engagement.objects.filter(lead=user, example=True).values("pk")[:1]),
        )
        .order_by("name", "pk")
        .values_list(*There._fields)[:1]
    )


PRACTICE: Final = BuiltOnce(practice_of, {"user": User(pk=UUID(int=1))}, {"user": User(pk=UUID(int=2))})


def _steps(user: User, practice: There) -> Iterator[Step]:
    led = Engagement.objects.led_by(user).without_examples()
    payer = ContractParty.objects.filter(kind=ContractParty.Kind.PAYER, contract__engagement__in=led.values("pk"))
    if practice.administered:
        yield Step(
            reverse("accounts:practice_edit", args=[practice.pk]),
            _("Complete the details of your practice"),
            _("Your account number, e-mail and telephone: contracts and invoices carry them."),
            bool(practice.iban and practice.email and practice.phone),
        )
    yield Step(
        reverse("accounts:organisation_new"),
        _("Add your first client"),
        _("A private person who pays needs no client of their own: name them when you open the process."),
        practice.has_client or payer.exists(),
    )
    drafts = led.filter(state=State.DRAFT).order_by("-created_at", "pk")
    draft = None if practice.has_begun else drafts.first()
    yield Step(
        reverse("engagements:detail", args=[draft.pk]) if draft else reverse("engagements:open"),
        _("Finish your first process") if draft else _("Open your first process"),
        _("Say who, how and for what price: the contract is ready to be read in four short pages."),
        practice.has_begun,
    )
