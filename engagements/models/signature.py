"""Signing: who is asked, by which link, what was signed and how, and what somebody wanted changed."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from engagements.models.contract import Contract, ContractParty
from engagements.models.engagement import Participation


class RequestQuerySet(models.QuerySet["SignatureRequest"]):
    def of(self, user: User) -> Self:
        """Requests to `user` themselves."""
        return self.filter(Q(user=user) | Q(person__user=user))

    def standing(self) -> Self:
        """Requests that count: neither taken back nor made void by another text."""
        return self.exclude(state=SignatureRequest.State.VOID)

    def open(self) -> Self:
        """Requests whose turn has come and that nobody has answered yet."""
        return self.filter(state=SignatureRequest.State.WAITING, asked_at__isnull=False)


class SignatureRequest(models.Model):
    """Somebody is asked to sign one version of a contract as it stands, in their turn, until a day.

    `joining`: what they sign is a sheet of their own, by which they accept the contract; its client does not see it.
    `name` is how they are called in what they sign. Their turn has come when `asked_at` is set. Rows are kept: another
    text or a withdrawn offer makes them void, and what had been signed stays as evidence.
    """

    class What(models.TextChoices):
        CONTRACT = "contract", _("contract")
        JOINING = "joining", _("joining sheet")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SIGNED = "signed", _("signed")
        DECLINED = "declined", _("declined")
        VOID = "void", _("void")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="requests")
    what = models.CharField(max_length=8, choices=What, default=What.CONTRACT)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    part = models.CharField(_("Part"), max_length=12, choices=ContractParty.Kind)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="signature_requests")
    participation = models.ForeignKey(Participation, models.RESTRICT, null=True, related_name="+")
    on_behalf = models.BooleanField(default=False)
    name = models.CharField(max_length=130)
    turn = models.PositiveSmallIntegerField(_("Turn"), default=1)
    deadline = models.DateField(_("To be signed by"), null=True)
    terms_hash = models.CharField(max_length=64)
    sheet = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    reason = models.CharField(_("Reason"), max_length=1000, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature request")
        verbose_name_plural = _("signature requests")
        ordering = ["turn", "created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, person=None) | Q(user=None, person__isnull=False),
                name="request_is_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(what="contract", sheet=None)
                | Q(what="joining", sheet__isnull=False, participation__isnull=False),
                name="request_of_joining_has_its_sheet",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at=None) | ~Q(state="waiting") & Q(settled_at__isnull=False),
                name="request_settled_says_when",
            ),
            models.CheckConstraint(
                condition=Q(turn__range=(1, 99)), name="request_turn_in_range", violation_error_message=_("1 to 99.")
            ),
            models.UniqueConstraint(
                fields=["contract", "person"], condition=Q(state__in=["waiting", "signed"]), name="request_person_once"
            ),
            models.UniqueConstraint(
                fields=["contract", "user"], condition=Q(state__in=["waiting", "signed"]), name="request_user_once"
            ),
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(state="waiting"), name="request_waiting_for_person"),
            models.Index(fields=["user"], condition=Q(state="waiting"), name="request_waiting_for_user"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.state} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.WAITING and self.asked_at is not None


class SigningLink(models.Model):
    """The way of one signer to what they sign: hashes of the newest link and of the newest code, never themselves.

    Both are made when their mail leaves. A link is good for one opening, a code for a few tries. `sent_for` says since
    when a link is wanted for them, `renewed_at` when they themselves last asked for another.
    """

    request = models.OneToOneField(SignatureRequest, models.CASCADE, primary_key=True, related_name="link")
    sent_for = models.DateTimeField(null=True)
    renewed_at = models.DateTimeField(null=True)
    token_hash = models.BinaryField(null=True, unique=True, max_length=32)
    token_until = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    code_asked_at = models.DateTimeField(null=True)
    codes_asked = models.PositiveSmallIntegerField(default=0)
    code_hash = models.CharField(max_length=64, blank=True)
    code_until = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.request_id)


class Signature(models.Model):
    """The evidence of one signature: what, who, when, by which means. It is written once and never changed."""

    class Method(models.TextChoices):
        LINK = "link", _("personal link and a code sent by e-mail")
        ACCOUNT = "account", _("log-in and a code sent by e-mail")
        FACTOR = "factor", _("log-in with a second factor")
        STRONG = "strong", _("strong identification")
        PAPER = "paper", _("on paper, recorded by the supervisor")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.OneToOneField(SignatureRequest, models.PROTECT, related_name="signature")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="signatures")
    version = models.PositiveSmallIntegerField()
    terms_hash = models.CharField(max_length=64)
    wording_hash = models.CharField(max_length=64)
    name = models.CharField(max_length=130)
    consent = models.TextField(max_length=2000)
    language = models.CharField(max_length=2)
    method = models.CharField(max_length=8, choices=Method)
    at = models.DateTimeField()
    signed_on = models.DateField()
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    proof = models.JSONField(null=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(method="paper", recorded_by__isnull=False) | ~Q(method="paper") & Q(recorded_by=None),
                name="signature_on_paper_says_who_recorded",
            ),
            models.CheckConstraint(
                condition=Q(method="strong", proof__isnull=False) | ~Q(method="strong") & Q(proof=None),
                name="signature_strong_has_its_proof",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.pk}"


class Proposal(models.Model):
    """A change that a signer wants in a clause, and what the supervisor answered in the same place."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(SignatureRequest, models.CASCADE, related_name="proposals")
    clause = models.CharField(_("Clause"), max_length=20, blank=True)
    text = models.TextField(_("What should be changed?"), max_length=2000)
    at = models.DateTimeField()
    answer = models.TextField(_("Answer"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="", answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
                name="proposal_answered_says_what",
            )
        ]

    def __str__(self) -> str:
        return f"{self.clause} {self.pk}"
