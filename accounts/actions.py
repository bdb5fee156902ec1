"""Verbs over practices, their members, and the organisations and contacts they deal with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import ClientOrganisation, Contact, Invitation, Membership, Person, Practice, User
from audit import trail

#: How long an invitation can be accepted.
INVITED_FOR: Final = timedelta(days=14)


def stream(practice: Practice | UUID) -> str:
    """Return the name of a practice's chain in the audit trail."""
    return f"practice:{practice.pk if isinstance(practice, Practice) else practice}"


# --- practices --------------------------------------------------------------------------------------------------------


@transaction.atomic
def found_practice(practice: Practice, *, by: User, now: datetime) -> Practice:
    """Write down a new practice; its founder supervises in it and administers it.

    Raises ValidationError when a practice with the same business ID was founded a moment ago.
    """
    try:
        with transaction.atomic():
            practice.save(force_insert=True)
    except IntegrityError:
        raise ValidationError(
            _("A practice with this business ID is here already: ask for an invitation."), code="unique"
        ) from None
    for kind in Membership.Kind:
        Membership.objects.create(practice=practice, user=by, kind=kind, since=now)
    trail.record(stream(practice), "practice_founded", actor=by, obj=practice)
    return practice


@transaction.atomic
def change_practice(practice: Practice, *, by: User, changed: Iterable[str]) -> Practice:
    practice.save()
    trail.record(stream(practice), "practice_changed", actor=by, obj=practice, data={"fields": ",".join(changed)})
    return practice


# --- who works there --------------------------------------------------------------------------------------------------


def refuse_needless(practice: Practice, email: str, kind: str) -> None:
    """Raise ValidationError when `email` is that of somebody who works there in this capacity, or is invited to."""
    if practice.memberships.current().filter(user__email=email, kind=kind).exists():
        raise ValidationError({"email": _("They work in your practice already.")})
    if practice.invitations.filter(email=email, kind=kind, accepted_at=None, revoked_at=None).exists():
        raise ValidationError({"email": _("They have been invited already: send the invitation again instead.")})


@transaction.atomic
def invite(practice: Practice, *, email: str, kind: str, language: str, by: User, now: datetime) -> Invitation:
    """Ask somebody to join. The mail is planned by the room of notifications, which also makes the token.

    Raises ValidationError when they work there already or have been invited.
    """
    refuse_needless(practice, email, kind)
    invitation = Invitation.objects.create(
        practice=practice, email=email, kind=kind, language=language, invited_by=by, created_at=now,
        expires_at=now + INVITED_FOR,
    )  # fmt: skip
    trail.record(stream(practice), "invitation_made", actor=by, obj=invitation, data={"kind": kind})
    return invitation


@transaction.atomic
def invite_again(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Let the invitation be mailed once more; the link sent before opens nothing any longer."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        token_hash=None, expires_at=now + INVITED_FOR
    )
    trail.record(stream(invitation.practice_id), "invitation_repeated", actor=by, obj=invitation)


@transaction.atomic
def revoke(invitation: Invitation, *, by: User, now: datetime) -> None:
    if Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=now):
        trail.record(stream(invitation.practice_id), "invitation_revoked", actor=by, obj=invitation)


@dataclass(frozen=True)
class Offer:
    """What the link of an open invitation says: to whom, from which practice, in which capacity."""

    practice: str
    address: str
    kind: Membership.Kind


def digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def offer(token: str) -> Offer | None:
    """Return what an open invitation offers to the bearer of its link, or None. Nobody needs to be signed in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT practice, address, kind FROM sec.invitation(%s)", [digest(token)])
        row = cursor.fetchone()
    return Offer(row[0], row[1], Membership.Kind(row[2])) if row else None


@transaction.atomic
def accept(token: str, *, by: User) -> UUID | None:
    """Make `by` a member as the invitation says; return the practice's id.

    None when the link is used, revoked or too old, or was sent to an address that is not a verified one of `by`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.accept_invitation(%s)", [digest(token)])
        row = cursor.fetchone()
    practice: UUID | None = row[0] if row else None
    if practice:
        trail.record(stream(practice), "invitation_accepted", actor=by, obj=by)
    return practice


def blockers_to_ending(membership: Membership) -> list[str]:
    """Return in words why this membership cannot end."""
    if membership.until:
        return [str(_("It has ended already."))]
    others = membership.practice.memberships.current().filter(kind=Membership.Kind.ADMIN).exclude(pk=membership.pk)
    if membership.kind == Membership.Kind.ADMIN and not others.exists():
        return [str(_("A practice needs an administrator: invite another one first."))]
    return []


@transaction.atomic
def end_membership(membership: Membership, *, by: User, now: datetime) -> None:
    """End it now. Raises ValidationError with every blocker, also when two administrators end each other at once."""
    Practice.objects.select_for_update().get(pk=membership.practice_id)
    membership.refresh_from_db()
    if blockers := blockers_to_ending(membership):
        raise ValidationError(blockers)
    membership.until = now
    membership.save(update_fields=["until"])
    trail.record(
        stream(membership.practice_id),
        "membership_ended",
        actor=by,
        obj=membership.user,
        data={"kind": membership.kind},
    )


@transaction.atomic
def close_practice(practice: Practice, *, by: User, now: datetime) -> int:
    """End every membership and return how many there were: nobody opens anything in the practice any longer.

    What was agreed goes on: who leads a process leads it to its end.
    """
    Practice.objects.select_for_update().get(pk=practice.pk)
    ended = practice.memberships.current().update(until=now)
    trail.record(stream(practice), "practice_closed", actor=by, obj=practice, data={"memberships": ended})
    return ended


# --- help for users ---------------------------------------------------------------------------------------------------


def help_user(user: User, event: str, *, by: User) -> None:
    """Write down what an administrator did for `user`, and tell them: nothing happens to an account in silence."""
    trail.record("accounts", event, actor=by, obj=user)
    get_adapter().tell(f"account/email/{event}", user)


def sign_out(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


def end_sessions(user: User, *, by: User) -> None:
    sign_out(user)
    help_user(user, "user_signed_out", by=by)


def deactivate(user: User, *, by: User) -> bool:
    """Close the account, end its log-ins and return whether it was open."""
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        return False
    sign_out(user)
    help_user(user, "user_deactivated", by=by)
    return True


def reactivate(user: User, *, by: User) -> bool:
    """Open a closed account again and return whether it was closed."""
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        return False
    help_user(user, "user_reactivated", by=by)
    return True


def reset_factors(user: User, *, by: User) -> None:
    """Remove every second step of somebody known by voice or face; they add a new one at the next log-in."""
    Authenticator.objects.filter(user=user).delete()
    sign_out(user)
    help_user(user, "factors_reset", by=by)


# --- client organisations and their contacts --------------------------------------------------------------------------


@transaction.atomic
def keep_organisation(organisation: ClientOrganisation, *, by: User) -> ClientOrganisation:
    event = "organisation_added" if organisation._state.adding else "organisation_changed"
    organisation.save()
    trail.record(stream(organisation.practice_id), event, actor=by, obj=organisation)
    return organisation


@transaction.atomic
def archive_organisation(organisation: ClientOrganisation, at: datetime | None, *, by: User) -> None:
    """Take a client out of lists and choices; with None it is in use again."""
    organisation.archived_at = at
    organisation.save(update_fields=["archived_at"])
    event = "organisation_archived" if at else "organisation_restored"
    trail.record(stream(organisation.practice_id), event, actor=by, obj=organisation)


def holder(practice: Practice, email: str, besides: Person | None = None) -> Person | None:
    """Return the person of the practice who has this address, `besides` one."""
    if not email:
        return None
    others = practice.persons.filter(email__iexact=email)
    return (others.exclude(pk=besides.pk) if besides else others).first()


def may_readdress(person: Person) -> bool:
    """Return whether who asks may change the person's address: who reads it sees what that person sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.may_readdress(%s)", [person.pk])
        row = cursor.fetchone()
    return bool(row and row[0])


def refuse_shared_address(practice: Practice, email: str, name: str, *, besides: Person | None) -> None:
    """Raise ValidationError when somebody else of the practice has the address: whoever reads it would be both.

    Also when the address of `besides`, a supervisee, is not the asker's to change.
    """
    if besides and email != besides.email.lower() and not may_readdress(besides):
        raise ValidationError(
            {"email": _("This person is a supervisee in a process: only its supervisors change the address.")}
        )
    other = holder(practice, email, besides)
    if other and (besides or other.name.casefold() != name.casefold()):
        raise ValidationError(
            {
                "email": ValidationError(
                    _("This is the address of %(name)s in your practice: each person needs one of their own."),
                    params={"name": other.name},
                )
            }
        )


def refuse_own_address(person: Person, email: str, by: User) -> None:
    """Raise ValidationError when `by` would come in as somebody else by giving them an address of their own."""
    if email == person.email.lower() or person.user_id == by.pk:
        return
    if email == by.email.lower() or User.objects.filter(pk=by.pk, emailaddress__email__iexact=email).exists():
        raise ValidationError({"email": _("This is your own address: you would come in as them.")})


def rewrite(person: Person, *, given_name: str, family_name: str, email: str, language: str, by: User) -> None:
    """Write who a person is and how they are reached.

    With a new address the person is no longer tied to the user of the old one, until the new one is proven.
    Raises ValidationError when the address is another's, the writer's own, or not theirs to change.
    """
    refuse_shared_address(person.practice, email, "", besides=person)
    refuse_own_address(person, email, by)
    person.given_name, person.family_name, person.email, person.language = given_name, family_name, email, language
    person.save(update_fields=["given_name", "family_name", "email", "language"])


@transaction.atomic
def change_person(person: Person, *, given_name: str, family_name: str, email: str, language: str, by: User) -> Person:
    """Change who a person is and how they are reached, see `rewrite`."""
    event = "person_changed" if email == person.email else "person_readdressed"
    rewrite(person, given_name=given_name, family_name=family_name, email=email, language=language, by=by)
    trail.record(stream(person.practice_id), event, actor=by, obj=person)
    return person


@transaction.atomic
def add_contact(
    organisation: ClientOrganisation,
    *,
    given_name: str,
    family_name: str,
    email: str,
    phone: str,
    title: str,
    language: str,
    by: User,
) -> Contact:
    """Add somebody who speaks for the organisation; a person whom the practice knows by this address is the same one.

    Raises ValidationError when the address belongs to somebody of another name.
    """
    practice = organisation.practice
    refuse_shared_address(practice, email, f"{given_name} {family_name}".strip(), besides=None)
    person = holder(practice, email) or Person.objects.create(
        practice=practice, given_name=given_name, family_name=family_name, email=email, language=language
    )
    contact, _made = Contact.objects.update_or_create(
        organisation=organisation, person=person, defaults={"title": title, "phone": phone, "left_on": None}
    )
    trail.record(stream(practice), "contact_added", actor=by, obj=contact)
    return contact


@transaction.atomic
def change_contact(
    contact: Contact,
    *,
    given_name: str,
    family_name: str,
    email: str,
    phone: str,
    title: str,
    language: str,
    by: User,
) -> Contact:
    """Change the person, see `rewrite`, and what they are in the organisation."""
    rewrite(contact.person, given_name=given_name, family_name=family_name, email=email, language=language, by=by)
    contact.title, contact.phone = title, phone
    contact.save(update_fields=["title", "phone"])
    trail.record(stream(contact.organisation.practice_id), "contact_changed", actor=by, obj=contact)
    return contact


@transaction.atomic
def set_left(contact: Contact, left_on: date | None, *, by: User) -> None:
    """Note that a contact has left, and sees nothing any more; None when they speak for the organisation again."""
    contact.left_on = left_on
    contact.save(update_fields=["left_on"])
    event = "contact_left" if left_on else "contact_back"
    trail.record(stream(contact.organisation.practice_id), event, actor=by, obj=contact)
