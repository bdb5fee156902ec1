import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from portfolio.models.owned import LINE, OwnedQuerySet, owned


class GuidelineQuerySet(OwnedQuerySet["Guideline"]):
    pass


class Guideline(models.Model):
    """Ethical guidelines of somebody's own practice, employer or another association: a name, a day and a link."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = owned()
    title = models.CharField(_("Name of the guidelines"), max_length=LINE)
    link = models.URLField(_("Where they can be read"), max_length=300, blank=True)
    dated = models.DateField(_("Date of this version"))

    objects = GuidelineQuerySet.as_manager()

    class Meta:
        verbose_name = _("ethical guidelines")
        verbose_name_plural = _("ethical guidelines")
        ordering = ["-dated", "title", "pk"]

    def __str__(self) -> str:
        return self.title


class CommitmentQuerySet(OwnedQuerySet["Commitment"]):
    pass


class Commitment(models.Model):
    """That somebody has committed themselves, on a day, to one version of guidelines. It never changes.

    `version` is the key of what is shipped (`portfolio/ethics.py`), or the id of a guideline of one's own; what was
    committed to is copied, so that it stays readable when the list goes on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = owned()
    version = models.CharField(max_length=40)
    title = models.CharField(max_length=LINE)
    link = models.URLField(max_length=300, blank=True)
    dated = models.DateField()
    at = models.DateTimeField()

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ["-at", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "version"], name="commitment_once_a_version")]

    def __str__(self) -> str:
        return f"{self.version} {self.at:%Y-%m-%d}"
