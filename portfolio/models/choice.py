from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User

#: So many sessions of own supervision in half a year are enough unless somebody wants it otherwise.
USUAL: Final = 2
MOST: Final = 24


class Part(models.TextChoices):
    """What a professional summary may contain, in its order."""

    TRAINING = "training", _("training")
    STANDING = "standing", _("membership in the association")
    SECTORS = "sectors", _("sectors of experience")
    LANGUAGES = "languages", _("languages of supervision")
    ETHICS = "ethics", _("commitments to ethical guidelines")
    HOURS = "hours", _("hours by kind and year")


def all_parts() -> list[str]:
    return list(Part.values)


class Choice(models.Model):
    """What somebody has chosen in their portfolio; without a row, what is usual.

    `toto_least`: of how many sessions of own supervision in half a year they want to be reminded; 0: of none.
    """

    owner = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    toto_least = models.PositiveSmallIntegerField(_("Sessions in half a year"), default=USUAL)
    parts = ArrayField(models.CharField(max_length=10), default=all_parts)

    class Meta:
        verbose_name = _("choice in a portfolio")
        verbose_name_plural = _("choices in a portfolio")
        constraints = [models.CheckConstraint(condition=Q(toto_least__lte=MOST), name="portfolio_toto_least")]

    def __str__(self) -> str:
        return str(self.owner_id)
