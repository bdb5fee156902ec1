"""Questionnaires of a practice, in numbered versions. Once a round has been opened with a version, it never changes."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User
from evaluations.questions import Question


class QuestionnaireKind(models.TextChoices):
    BASELINE = "baseline", _("baseline evaluation")
    INTERIM = "interim", _("interim evaluation")
    FINAL = "final", _("final evaluation")
    SESSION = "session", _("session feedback")
    ORDERER = "orderer", _("the client's view")
    SELF = "self", _("the supervisor's self-evaluation")


class QuestionnaireQuerySet(models.QuerySet["Questionnaire"]):
    def usable_by(self, user: User) -> Self:
        """Questionnaires of the practices in which `user` supervises."""
        return self.filter(practice__in=Practice.objects.supervised_by(user).values("pk"))

    def in_use(self) -> Self:
        return self.filter(archived_at=None)


class Questionnaire(models.Model):
    """What a practice asks on one occasion. `shipped` names ours; what a practice made itself has none."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="questionnaires")
    kind = models.CharField(_("Occasion"), max_length=8, choices=QuestionnaireKind)
    name = models.CharField(_("Name"), max_length=120)
    shipped = models.CharField(max_length=20, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)

    objects = QuestionnaireQuerySet.as_manager()

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "shipped"], condition=~Q(shipped=""), name="questionnaire_shipped_once"
            ),
            models.UniqueConstraint(
                fields=["practice", "name"], condition=Q(archived_at=None, shipped=""), name="questionnaire_name_once",
                violation_error_message=_("There is a questionnaire of this name already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Its name; ours are named by their occasion, in the language of who reads."""
        return capfirst(str(self.get_kind_display())) if self.shipped else self.name


class Version(models.Model):
    """The questions of a questionnaire as they were at one time: a list as `Question.as_json` writes each."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    questions = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("version of a questionnaire")
        verbose_name_plural = _("versions of questionnaires")
        constraints = [models.UniqueConstraint(fields=["questionnaire", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"{self.questionnaire_id} v{self.number}"

    @property
    def asked(self) -> list[Question]:
        return [Question.of_json(each) for each in self.questions]
