"""A round of evaluation: who is asked what, until when, and in which confidence."""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Person, User
from engagements.models import Engagement, Participation
from evaluations.models.questionnaire import QuestionnaireKind, Version
from sessions.models import Session


class Mode(models.TextChoices):
    """In which confidence people answer; chosen before the first answer, and frozen with it."""

    ANONYMOUS = "anonymous", _("anonymous")
    CODED = "coded", _("confidential, under a code")
    NAMED = "named", _("by name, by consent")
    SHARED = "shared", _("shared within the group, by everyone's consent")
    OWN = "own", _("seen by its author alone")


class RoundState(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("evaluation", "planned")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    CALLED_OFF = "called_off", _("called off")


class Outcome(models.TextChoices):
    """What of a closed round may be shown at all. It follows from who answered, never from what they answered."""

    SHOWN = "shown", _("shown")
    FEW = "few", _("too few answers")
    NEAR = "near", _("too near to an earlier round")
    REFUSED = "refused", _("not everybody agreed to share")
    NOBODY = "nobody", _("no answers")


class RoundQuerySet(models.QuerySet["Round"]):
    def led_by(self, user: User) -> Self:
        return self.filter(engagement__any_of=Engagement.objects.led_by(user).values("pk"))

    def attended_by(self, user: User) -> Self:
        return self.filter(engagement__any_of=Engagement.objects.attended_by(user).values("pk"))

    def visible_to(self, user: User) -> Self:
        """Rounds of engagements that `user` leads; those asked of them, and results, where they take part.

        A supervisor's evaluation of themselves is theirs alone.
        """
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        own = Q(mode=Mode.OWN, created_by=user)
        theirs = Q(engagement__any_of=attended) & ~Q(state__in=[RoundState.PLANNED, RoundState.CALLED_OFF])
        return self.filter(own | ~Q(mode=Mode.OWN) & (Q(engagement__any_of=led) | theirs))

    def closed(self) -> Self:
        return self.filter(state=RoundState.CLOSED)


class Round(models.Model):
    """One round. `point` names the evaluation of the contract that it carries out, once: `baseline`, `interim-2`.

    `threshold` is the smallest number of answers that are shown together, frozen when it opens; `outcome` what of them
    may be shown, frozen when it closes.
    """

    class Closed(models.TextChoices):
        DATE = "date", _("on its last day")
        ALL = "all", _("when all had answered")
        HAND = "hand", _("by the supervisor")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="rounds")
    version = models.ForeignKey(Version, models.PROTECT, related_name="rounds")
    kind = models.CharField(_("Occasion"), max_length=8, choices=QuestionnaireKind)
    mode = models.CharField(_("Confidence"), max_length=9, choices=Mode)
    state = models.CharField(max_length=10, choices=RoundState, default=RoundState.PLANNED)
    point = models.CharField(max_length=12, blank=True)
    session = models.ForeignKey(Session, models.SET_NULL, null=True, related_name="rounds")
    opens_on = models.DateField(_("Opens on"), null=True)
    closes_on = models.DateField(_("Last day"))
    threshold = models.PositiveSmallIntegerField(default=5)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True)
    closing_asked_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_how = models.CharField(max_length=4, choices=Closed, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round of evaluation")
        verbose_name_plural = _("rounds of evaluation")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "point"],
                condition=~Q(point="") & ~Q(state="called_off"),
                name="round_once_a_point",
                violation_error_message=_("This evaluation is planned already."),
            ),
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(kind="session") & ~Q(state="called_off"),
                name="round_once_a_session",
                violation_error_message=_("Feedback on this session is asked already."),
            ),
            models.CheckConstraint(condition=Q(threshold__gte=5), name="round_shows_five_or_more"),
            models.CheckConstraint(
                condition=Q(kind="self", mode="own") | ~Q(kind="self") & ~Q(mode="own"), name="round_own_is_own"
            ),
            models.CheckConstraint(condition=~Q(kind="orderer") | Q(mode="named"), name="round_orderer_by_name"),
            models.CheckConstraint(
                condition=Q(opens_on=None) | Q(closes_on__gte=F("opens_on")),
                name="round_closes_after_opening",
                violation_error_message=_("The last day cannot be before the round opens."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "called_off"]) | Q(opened_at__isnull=False),
                name="round_open_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) & ~Q(closed_how="") & ~Q(outcome="")
                | ~Q(state="closed") & Q(closed_at=None, closed_how="", outcome=""),
                name="round_closed_says_how",
            ),
        ]
        indexes = [
            models.Index(fields=["engagement", "-created_at"], name="round_by_engagement"),
            models.Index(fields=["state", "opens_on", "closes_on"], name="round_to_move",
                         condition=Q(state__in=["planned", "open"])),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class AskedQuerySet(models.QuerySet["Invitation"]):
    def of(self, user: User) -> Self:
        """Invitations to `user`, as a person or as a supervisor."""
        return self.filter(Q(person__user=user) | Q(user=user))


class Invitation(models.Model):
    """Somebody is asked: a supervisee, the client's contact, or a supervisor about their own work.

    Whether they have answered stands apart, in `Used`, which no page can read. `sent_for` says since when a link is
    wanted for them, `renewed_at` when they themselves last asked for another.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="invitations")
    participation = models.ForeignKey(Participation, models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    sent_for = models.DateTimeField(null=True)
    renewed_at = models.DateTimeField(null=True)

    objects = AskedQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation to answer")
        verbose_name_plural = _("invitations to answer")
        constraints = [
            models.UniqueConstraint(fields=["round", "person"], name="evaluation_asked_once"),
            models.UniqueConstraint(fields=["round", "user"], name="evaluation_asked_once_of_a_user"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, user=None) | Q(person=None, participation=None, user__isnull=False),
                name="evaluation_asked_of_somebody",
            ),
        ]
        indexes = [models.Index(fields=["person"], name="evaluation_asked_of")]

    def __str__(self) -> str:
        return str(self.pk)


class Link(models.Model):
    """A way to answer, as long as the round is open: the hash of what stands in a link, never itself.

    No page reads or writes this table.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invitation = models.ForeignKey(Invitation, models.DO_NOTHING, related_name="+")
    token_hash = models.BinaryField(unique=True, max_length=32)

    class Meta:
        verbose_name = _("link to answer by")
        verbose_name_plural = _("links to answer by")

    def __str__(self) -> str:
        return str(self.pk)
