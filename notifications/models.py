import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User


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

    def told(self) -> Self:
        return self.filter(state=Message.State.SENT)


class Message(models.Model):
    """An e-mail as a row, said once: one recipient, one object, one occasion.

    It holds ids only. Address, language, text, links and codes are made when it leaves, so none rests in a table.
    A pending message with a token is leased by a dispatcher; it is `sending` only while the mail server has it in hand.
    `maybe_sent` counts how often it cannot be known whether the mail server had taken it before it was tried again.
    `told`: of a letter that speaks of several things, the ids of those it spoke of when it left.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
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
        ]

    def __str__(self) -> str:
        return str(self.pk)


class OptOut(models.Model):
    """A person who does not want to be reminded; what has changed is still told to them."""

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="opt_out")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.person_id)
