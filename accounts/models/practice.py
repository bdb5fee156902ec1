import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User


class VatStanding(models.TextChoices):
    """AVL 1501/1993: registered, or below the small-business limit (§ 3; €20,000 a calendar year from 2025)."""

    REGISTERED = "registered", _("registered for VAT")
    SMALL = "small", _("below the small-business limit, no VAT")
    EXEMPT = "exempt", _("only exempt services")


class PracticeQuerySet(models.QuerySet["Practice"]):
    def of(self, user: User) -> Self:
        """Practices in which `user` works now, in whatever capacity."""
        return self.filter(pk__in=Membership.objects.current().filter(user=user).values("practice"))

    def supervised_by(self, user: User) -> Self:
        return self.filter(
            pk__in=Membership.objects.current().filter(user=user, kind=Membership.Kind.SUPERVISOR).values("practice")
        )

    def administered_by(self, user: User) -> Self:
        return self.filter(
            pk__in=Membership.objects.current().filter(user=user, kind=Membership.Kind.ADMIN).values("practice")
        )


class Practice(models.Model):
    """The supervisor's business (palveluntuottaja)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("Name of the practice"), max_length=120)
    business_id = models.CharField(_("Business ID"), max_length=9)
    vat_standing = models.CharField(_("VAT"), max_length=12, choices=VatStanding, default=VatStanding.REGISTERED)
    street = models.CharField(_("Street address"), max_length=120)
    postcode = models.CharField(_("Postcode"), max_length=10)
    city = models.CharField(_("Town"), max_length=60)
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = models.CharField(_("Telephone"), max_length=40, blank=True)
    reminder_hours = models.PositiveSmallIntegerField(_("Reminder, hours before"), default=24)
    notes_lock_days = models.PositiveSmallIntegerField(_("Private notes lock after, days"), null=True, blank=True)
    smallest_group = models.PositiveSmallIntegerField(
        _("Results of evaluations are shown from, answers"),
        default=5,
        db_default=5,
        help_text=_("Five at least. A larger number protects more, and shows less."),
    )
    demonstration = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PracticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("practice")
        verbose_name_plural = _("practices")
        constraints = [
            models.UniqueConstraint(fields=["business_id"], name="practice_one_per_business_id"),
            models.CheckConstraint(condition=Q(reminder_hours__range=(1, 168)), name="practice_reminder_within_a_week"),
            models.CheckConstraint(
                condition=Q(notes_lock_days=None) | Q(notes_lock_days__range=(1, 60)),
                name="practice_notes_lock_within_two_months",
                violation_error_message=_("Notes lock after 1 to 60 days, or never when this is empty."),
            ),
            models.CheckConstraint(
                condition=Q(smallest_group__range=(5, 50)),
                name="practice_shows_five_or_more",
                violation_error_message=_("The smallest group is between 5 and 50 answers."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> Self:
        return self.filter(until=None)


class Membership(models.Model):
    """A user works in a practice: as a supervisor, as its administrator, or both (two rows)."""

    class Kind(models.TextChoices):
        SUPERVISOR = "supervisor", _("supervisor")
        ADMIN = "practice_admin", _("practice administrator")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    kind = models.CharField(max_length=16, choices=Kind)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "user", "kind"], condition=Q(until=None), name="membership_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.practice_id}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> Self:
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """An offer to join a practice, sent to one address. The token itself is never stored, only its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("E-mail"))
    kind = models.CharField(_("Joins as"), max_length=16, choices=Membership.Kind)
    language = models.CharField(_("Language"), max_length=2, default="fi")
    token_hash = models.BinaryField(unique=True, null=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "email", "kind"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_once_open",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
