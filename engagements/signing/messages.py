"""What is said by e-mail about signing: a link, a code, reminders, and news of an answer. All of it without content.

A link or a code is made when its mail leaves. What follows from the rows is found each minute by the planners; what
somebody waits for in front of the page is put into the outbox at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models import SealedFile
from engagements.models import Contract, Proposal, Signature, SignatureRequest, SigningLink
from engagements.signing import links
from formats.clock import HELSINKI
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from notifications.occasions import Stamp, stamp
from notifications.outbox import queue_all

ASKED: Final = "signature_asked"
LINK: Final = "signature_link"
CODE: Final = "signature_code"
REMINDER: Final = "signature_reminder"
OVERDUE: Final = "signature_overdue"
DECLINED: Final = "signature_declined"
PROPOSED: Final = "signature_proposed"
ANSWERED: Final = "signature_answered"
VOIDED: Final = "signature_voided"
SEALED: Final = "contract_sealed"

Request = SignatureRequest
State = SignatureRequest.State
#: The first reminder comes so long after the link, the second the day before the last day; there is no third.
FIRST_REMINDER: Final = timedelta(days=5)


def queue_link(request: UUID, person: UUID, *, now: datetime) -> None:
    """Send another link at once, whatever the hour: somebody waits for it."""
    queue_all([Draft(LINK, request, stamp(now), now, person=person)], now=now)


def queue_code(request: SignatureRequest, *, now: datetime) -> None:
    """Send a code at once: somebody waits for it."""
    queue_all([Draft(CODE, request.pk, stamp(now), now, person=request.person_id, user=request.user_id)], now=now)


# --- what is due ----------------------------------------------------------------------------------------------------


def said(kind: str, occasion: Any, obj: str = "pk") -> Exists:
    told = Message.objects.filter(kind=kind, obj=OuterRef(obj), occasion=occasion)
    return Exists(told.exclude(state=Message.State.DROPPED))


def open_requests() -> QuerySet[SignatureRequest]:
    return Request.objects.open().filter(Q(user__isnull=False) | ~Q(person__email="") | Q(person__user__isnull=False))


def unsent_links(now: datetime) -> Iterator[Draft]:
    """Whose turn has come, and who is to have another link."""
    wanting = open_requests().filter(link__sent_for__isnull=False)
    wanting = wanting.exclude(said(ASKED, Stamp(OuterRef("link__sent_for"))))
    for pk, person, user, sent_for in wanting.values_list("pk", "person", "user", "link__sent_for"):
        if sent_for:
            yield Draft(ASKED, pk, stamp(sent_for), now, person=person, user=user)


def due_reminders(now: datetime) -> Iterator[Draft]:
    """Who has not answered: after some days, and the day before the last day; at most twice."""
    day = now.astimezone(HELSINKI).date()
    # Reckoned from the newest link: whoever has just been sent another needs no reminder that makes it useless.
    linked = open_requests().annotate(linked_at=Greatest("link__sent_for", "link__renewed_at"))
    soon = linked.filter(deadline=day + timedelta(days=1), linked_at__lt=now - timedelta(days=2))
    long_since = linked.filter(linked_at__lte=now - FIRST_REMINDER).filter(
        Q(deadline=None) | Q(deadline__gt=day + timedelta(days=2))
    )  # fmt: skip
    for number, due in (("1", long_since), ("2", soon)):
        unsaid = due.exclude(said(REMINDER, Value(number)))
        for pk, person, user in unsaid.values_list("pk", "person", "user"):
            yield Draft(REMINDER, pk, number, now, person=person, user=user)


def overdue(now: datetime) -> Iterator[Draft]:
    """Contracts with a last day that has passed: their supervisor is told, once for each such day."""
    day = now.astimezone(HELSINKI).date()
    late = Request.objects.open().filter(deadline__lt=day)
    late = late.exclude(said(OVERDUE, Cast(OuterRef("deadline"), CharField()), "contract_id"))
    # In no order: the one of the table would tell apart what is the same day of the same contract.
    rows = late.order_by().values_list("contract_id", "deadline", "contract__engagement__lead").distinct()
    for contract, deadline, lead in rows:
        if deadline:
            yield Draft(OVERDUE, contract, deadline.isoformat(), now, user=lead)


def declined(now: datetime) -> Iterator[Draft]:
    since = now - timedelta(days=14)
    rows = Request.objects.filter(state=State.DECLINED, settled_at__gt=since).exclude(said(DECLINED, Value("")))
    for pk, lead in rows.values_list("pk", "contract__engagement__lead"):
        yield Draft(DECLINED, pk, "", now, user=lead)


def proposed(now: datetime) -> Iterator[Draft]:
    """Proposals to answer, and answers to read."""
    since = now - timedelta(days=14)
    fresh = Proposal.objects.filter(at__gt=since, answered_at=None).exclude(said(PROPOSED, Value("")))
    for pk, lead in fresh.values_list("pk", "request__contract__engagement__lead"):
        yield Draft(PROPOSED, pk, "", now, user=lead)
    answered = Proposal.objects.filter(answered_at__gt=since).exclude(said(ANSWERED, Value("")))
    for pk, person, user in answered.values_list("pk", "request__person", "request__user"):
        yield Draft(ANSWERED, pk, "", now, person=person, user=user)


def voided(now: datetime) -> Iterator[Draft]:
    """Who had signed a text that was changed or withdrawn: their signature counts no more."""
    void = Request.objects.filter(state=State.VOID, settled_at__gt=now - timedelta(days=14), person__isnull=False)
    void = void.exclude(person__email="", person__user=None)
    void = void.filter(Exists(Signature.objects.filter(request=OuterRef("pk"))))
    for pk, person in void.exclude(said(VOIDED, Value(""))).values_list("pk", "person"):
        yield Draft(VOIDED, pk, "", now, person=person)


def sealed(now: datetime) -> Iterator[Draft]:
    """Everybody who signed what has been sealed: their file is there."""
    files = SealedFile.objects.filter(sealed_at__gt=now - timedelta(days=14))
    contracts = files.filter(kind=SealedFile.Kind.CONTRACT, obj=OuterRef("contract_id"))
    sheets = files.filter(kind=SealedFile.Kind.JOINING, obj=OuterRef("pk"))
    signed = Request.objects.filter(state=State.SIGNED).exclude(person__email="", person__user=None, user=None)
    done = signed.filter(Q(what="contract") & Exists(contracts) | Q(what="joining") & Exists(sheets))
    for pk, person, user in done.exclude(said(SEALED, Value(""))).values_list("pk", "person", "user"):
        yield Draft(SEALED, pk, "", now, person=person, user=user)


# --- what the letters say -------------------------------------------------------------------------------------------


def asked(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """The link, as long as the request is open and nobody has asked for a later one."""
    return wanted(messages, "link__sent_for")


def renewed(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """Another link for who has asked for one themselves."""
    return wanted(messages, "link__renewed_at")


def wanted(messages: Sequence[Message], since: str) -> dict[UUID, Letter]:
    rows = open_requests().filter(pk__in=[message.obj for message in messages])
    found = {row[0]: row[1:] for row in rows.values_list("pk", "deadline", since)}
    written = {}
    for message in messages:
        deadline, moment = found.get(message.obj, (None, None))
        if moment and stamp(moment) == message.occasion:
            written[message.pk] = (message, {"deadline": deadline})
    return letters(written.values(), with_link=True)


def reminded(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    rows = open_requests().filter(pk__in=[message.obj for message in messages])
    found = dict(rows.values_list("pk", "deadline"))
    return letters(
        [(message, {"deadline": found[message.obj]}) for message in messages if message.obj in found], with_link=True
    )


def codes(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """The newest code that was asked for, while its asker may still be waiting."""
    rows = SigningLink.objects.filter(
        pk__in=[message.obj for message in messages],
        request__in=Request.objects.open().values("pk"),
        code_asked_at__gt=now - links.CODE_LASTS,
    )
    found = dict(rows.values_list("pk", "code_asked_at"))
    written = {}
    for message in messages:
        asked_at = found.get(message.obj)
        to = recipient_of(message)
        if to and asked_at and stamp(asked_at) == message.occasion:
            secret = partial(code_now, message.obj)
            written[message.pk] = Letter(to, {"minutes": links.CODE_LASTS.seconds // 60}, None, secret)
    return written


def to_leads(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """News for a supervisor: the link leads to the page on which all answers stand."""
    contracts = {message.obj: message.obj for message in messages if message.kind == OVERDUE}
    of_requests = [message.obj for message in messages if message.kind == DECLINED]
    contracts |= dict(Request.objects.filter(pk__in=of_requests, state=State.DECLINED).values_list("pk", "contract_id"))
    of_proposals = [message.obj for message in messages if message.kind == PROPOSED]
    unanswered = Proposal.objects.filter(pk__in=of_proposals, answered_at=None)
    contracts |= dict(unanswered.values_list("pk", "request__contract_id"))
    rows = Contract.objects.filter(pk__in=contracts.values(), state=Contract.State.OFFERED)
    engagements = dict(rows.values_list("pk", "engagement_id"))
    late = dict(
        Request.objects.open()
        .filter(contract__in=engagements, deadline__lt=now.astimezone(HELSINKI).date())
        .values_list("contract_id", "pk")
    )
    written = {}
    for message in messages:
        contract = contracts.get(message.obj)
        if contract not in engagements or (message.kind == OVERDUE and contract not in late):
            continue
        if to := recipient_of(message):
            address = settings.SITE_URL + reverse("engagements:signing", args=[engagements[contract]])
            written[message.pk] = Letter(to, {"link": address})
    return written


def answers(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """An answer to a proposal, for who can still sign."""
    rows = Proposal.objects.filter(
        pk__in=[message.obj for message in messages],
        answered_at__isnull=False,
        request__in=Request.objects.open().values("pk"),
    )
    found = dict(rows.values_list("pk", "request_id"))
    return letters([(message, {}) for message in messages if message.obj in found], with_link=True, request_of=found)


def void_signatures(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    rows = Request.objects.filter(pk__in=[message.obj for message in messages], state=State.VOID)
    found = set(rows.values_list("pk", flat=True))
    return letters([(message, {}) for message in messages if message.obj in found])


def files(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """The link leads to the file, after a log-in: it is good for as long as the file is kept."""
    written = {}
    for message in messages:
        if to := recipient_of(message):
            address = settings.SITE_URL + reverse("sign:read", args=[message.obj])
            written[message.pk] = Letter(to, {"link": address})
    return written


def letters(
    written: Iterable[tuple[Message, Mapping[str, Any]]],
    *,
    with_link: bool = False,
    request_of: Mapping[UUID, UUID] | None = None,
) -> dict[UUID, Letter]:
    """Return the letters to those who can be reached. A person gets a link of their own, a supervisor logs in."""
    made = {}
    for message, context in written:
        to = recipient_of(message)
        if to is None:
            continue
        request = (request_of or {}).get(message.obj, message.obj)
        if not with_link:
            made[message.pk] = Letter(to, context)
        elif message.user_id:
            made[message.pk] = Letter(to, {**context, "link": settings.SITE_URL + reverse("sign:read", args=[request])})
        else:
            made[message.pk] = Letter(to, context, None, partial(link_now, request))
    return made


def link_now(request: UUID) -> dict[str, str]:
    token = links.mint_token(request, timezone.now())
    return {"link": settings.SITE_URL + reverse("sign:link", args=[token])}


def code_now(request: UUID) -> dict[str, str]:
    return {
        "code": links.mint_code(request, timezone.now()),
        "link": settings.SITE_URL + reverse("sign:confirm", args=[request]),
    }


KINDS = [
    Kind(
        ASKED,
        _("Request to sign"),
        "signature_asked",
        asked,
        to=Audience.CONCERNED,
        rule=_("When a contract is sent for signing, to each one in their turn."),
        sample={"deadline": samples.DAY},
    ),
    Kind(
        LINK,
        _("Another link to sign by"),
        "signature_asked",
        renewed,
        quiet=False,
        to=Audience.CONCERNED,
        rule=_("When somebody asks for another link to sign by."),
        sample={"deadline": samples.DAY},
    ),
    Kind(
        CODE,
        _("Code for signing"),
        "signature_code",
        codes,
        quiet=False,
        to=Audience.CONCERNED,
        rule=_("When somebody who signs by a link asks for the code."),
        sample={"code": "012345", "minutes": 15},
    ),
    Kind(
        REMINDER,
        _("Reminder to sign"),
        "signature_reminder",
        reminded,
        to=Audience.CONCERNED,
        rule=_("When a contract has not been signed yet and its last day is near."),
        sample={"deadline": samples.DAY},
    ),
    Kind(
        OVERDUE,
        _("The last day for signing has passed"),
        "signature_overdue",
        to_leads,
        can_wait=True,
        to=Audience.SUPERVISORS,
        rule=_("When the last day for signing has passed and a signature is missing."),
        sample={},
    ),
    Kind(
        DECLINED,
        _("Somebody declined to sign"),
        "signature_declined",
        to_leads,
        can_wait=True,
        to=Audience.SUPERVISORS,
        rule=_("When somebody who was asked to sign has declined."),
        sample={},
    ),
    Kind(
        PROPOSED,
        _("Somebody proposes a change"),
        "signature_proposed",
        to_leads,
        can_wait=True,
        to=Audience.SUPERVISORS,
        rule=_("When somebody who was asked to sign proposes another wording."),
        sample={},
    ),
    Kind(
        ANSWERED,
        _("Answer to a proposal"),
        "signature_answered",
        answers,
        to=Audience.CONCERNED,
        rule=_("When the supervisor has answered a proposal, to whoever made it."),
        sample={},
    ),
    Kind(
        SEALED,
        _("The sealed file"),
        "contract_sealed",
        files,
        to=Audience.CONCERNED,
        rule=_("When everybody has signed and the file is sealed."),
        sample={},
    ),
    Kind(
        VOIDED,
        _("A signature that is void"),
        "signature_voided",
        void_signatures,
        to=Audience.CONCERNED,
        rule=_("When a contract that somebody had signed was taken back."),
        sample={},
    ),
]
PLANNERS: list[Callable[[datetime], Iterator[Draft]]] = [
    unsent_links, due_reminders, overdue, declined, proposed, voided, sealed,
]  # fmt: skip
