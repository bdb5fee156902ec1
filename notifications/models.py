import uuid
from collections.abc import Collection
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Practice, User
from notifications.quiet import EVENINGS, MORNINGS


class MessageQuerySet(models.QuerySet["Message"]):
    def with_recipients(self) -> Self:
        """What it takes to send a message, and no more: there may be many."""
        people = ("person__email", "person__language", "person__user__email", "person__user__language")
        return self.select_related("person__user", "user").only(
            *("kind", "obj", "occasion", "next_at", "attempts", "maybe_sent", "message_id"),
            *(*people, "user__email", "user__language", "user__is_active"),
        )

    def in_doubt(self) -> Self:
        """Messages whose dispatcher was not heard of again after it had begun to send them."""
        return self.filter(state=Message.State.SENDING, lease_until__lt=Now())

    def gathered(self, among: Collection[uuid.UUID]) -> Self:
        return self.filter(state=Message.State.GATHERED, pk__in=among)

    def told(self) -> Self:
        return self.filter(state=Message.State.SENT)


class Message(models.Model):
    """An e-mail as a row, said once: one recipient, one object, one occasion.

    It holds ids only. Address, language, text, links and codes are made when it leaves, so none rests in a table.
    A pending message with a token is leased by a dispatcher; it is `sending` only while the mail server has it in hand.
    `maybe_sent` counts how often it cannot be known whether the mail server had taken it before it was tried again.
    `told`: of a letter that speaks of several things, the ids of those it spoke of when it left. A gathered message
    leaves as a line of another one, which tells all that somebody wants to hear of together.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        GATHERED = "gathered", _("waiting to be told with others")
        DROPPED = "dropped", _("not needed any more")
        DEAD = "dead", _("given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="messages")
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="messages")
    obj = models.UUIDField()
    occasion = models.CharField(max_length=40, blank=True)
    state = models.CharField(_("State"), max_length=8, choices=State, default=State.PENDING)
    next_at = models.DateTimeField()
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    maybe_sent = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    told = ArrayField(models.UUIDField(), null=True)
    smtp_reply = models.CharField(max_length=200, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(condition=Q(person=None) | Q(user=None), name="message_one_recipient_at_most"),
        ]
        indexes = [
            models.Index(fields=["next_at"], include=["id"], condition=Q(state="pending"), name="message_due"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="message_leased"),
            models.Index(fields=["obj"], name="message_by_object"),
            models.Index(fields=["created_at"], condition=Q(state="dead"), name="message_given_up"),
            models.Index(fields=["user", "next_at"], condition=Q(state="gathered"), name="message_gathered"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Preference(models.Model):
    """Of what somebody wants to hear, and when: a user, a person without an account, or by default a whole practice.

    What is None or empty is as it is by default. `declined`: names of kinds that can be declined.
    """

    class Rhythm(models.TextChoices):
        SINGLE = "single", _("each by itself")
        DAILY = "daily", _("gathered into one mail every morning")
        WEEKLY = "weekly", _("gathered into one mail on Monday mornings")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, models.CASCADE, null=True, related_name="preference")
    person = models.OneToOneField(Person, models.CASCADE, null=True, related_name="preference")
    practice = models.OneToOneField(Practice, models.CASCADE, null=True, related_name="preference")
    declined = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    hours = models.PositiveSmallIntegerField(_("Reminder of a session"), null=True)
    rhythm = models.CharField(_("What can wait"), max_length=6, choices=Rhythm, blank=True)
    #: Full hours by the clock in Helsinki, the one of the evening, the other of the morning.
    quiet_from = models.PositiveSmallIntegerField(_("Quiet from"), null=True)
    quiet_until = models.PositiveSmallIntegerField(_("Quiet until"), null=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, person=None, practice=None)
                | Q(user=None, person__isnull=False, practice=None)
                | Q(user=None, person=None, practice__isnull=False),
                name="preference_of_one",
            ),
            models.CheckConstraint(
                condition=Q(hours=None) | Q(hours__range=(1, 168)), name="preference_reminder_within_a_week"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(
                    quiet_from__isnull=False,
                    quiet_until__isnull=False,
                    quiet_from__range=(EVENINGS[0], EVENINGS[-1]),
                    quiet_until__range=(MORNINGS[0], MORNINGS[-1]),
                ),
                name="preference_quiet_hours",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user_id or self.person_id or self.practice_id)
