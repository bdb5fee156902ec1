"""Answers. Nothing in these rows, nor their order, says whose they are, but where its mode says so."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from engagements.models import Participation
from evaluations.models.round import Invitation, Link, Round


class Used(models.Model):
    """An invitation was answered, by this link. It is written in a transaction of its own, before the answer.

    It says when nothing was; no page reads it.
    """

    invitation = models.OneToOneField(Invitation, models.DO_NOTHING, primary_key=True, related_name="+")
    link = models.ForeignKey(Link, models.DO_NOTHING, related_name="+")

    class Meta:
        verbose_name = _("answered invitation")
        verbose_name_plural = _("answered invitations")

    def __str__(self) -> str:
        return str(self.pk)


class Response(models.Model):
    """The answers of one respondent, sealed: what is chosen under the practice's key, what is written under the
    engagement's. It has no time; whenever one comes, all of its round are written anew in another order.

    `key` follows from the link, which only its holder has, and goes when the round closes: the same link answers once.
    `code` pairs the rounds of one respondent (mode coded). Who it is stands in it only by name, by consent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.DO_NOTHING, related_name="+")
    key = models.BinaryField(null=True, unique=True, max_length=32)
    figures = models.BinaryField()
    texts = models.BinaryField()
    code = models.BinaryField(null=True, max_length=32)
    participation = models.ForeignKey(Participation, models.DO_NOTHING, null=True, related_name="+")
    person = models.ForeignKey(Person, models.DO_NOTHING, null=True, related_name="+")
    user = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")
    consented = models.BooleanField(null=True)

    class Meta:
        verbose_name = _("answers of one respondent")
        verbose_name_plural = _("answers of respondents")

    def __str__(self) -> str:
        return str(self.pk)


class Draft(models.Model):
    """Answers that are being given on one device, sealed with a key that only its cookie holds; its id follows from
    the same cookie. It goes when they are given, and when the round closes.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    round = models.ForeignKey(Round, models.DO_NOTHING, related_name="+")
    sealed = models.BinaryField()

    class Meta:
        verbose_name = _("draft of answers")
        verbose_name_plural = _("drafts of answers")

    def __str__(self) -> str:
        return str(self.pk)
