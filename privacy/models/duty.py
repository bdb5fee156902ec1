import uuid
from typing import Final, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement, State
from engagements.models.engagement import EngagementQuerySet
from law.aids import Authority
from law.register import Words, entries

#: A number under which an authority knows the matter: no spaces and at least one digit, so that no story fits into it.
REFERENCE: Final = r"^[0-9A-Za-zÅÄÖåäö./:_-]*[0-9][0-9A-Za-zÅÄÖåäö./:_-]*$"
LONGEST_REFERENCE: Final = 30
IS_A_NUMBER: Final = RegexValidator(REFERENCE, _("Only the number, without spaces, for example 5600/P/123/26."))
KEY: Final = r"^[a-z0-9-]{2,40}$"


def may_be_linked(user: User) -> EngagementQuerySet:
    """Engagements to which `user` may link what they write down: real ones that have begun, which nobody deletes."""
    begun = Engagement.objects.led_by(user).without_examples()
    return begun.filter(state__in=[State.ACTIVE, State.PAUSED, State.CLOSED]).order_by("sort_key", "pk")


class DutyReportQuerySet(models.QuerySet["DutyReport"]):
    def written_by(self, user: User) -> Self:
        return self.filter(author=user)

    def standing(self) -> Self:
        """Those that no later row corrects."""
        return self.filter(corrected_by=None)


class DutyReport(models.Model):
    """That something was reported: when, on what ground and to which authority; never what, of whom or why.

    There is no field for a text. It is its author's alone, and stays as it was written: a correction is a new row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(User, models.PROTECT, related_name="duty_reports")
    engagement = models.ForeignKey(Engagement, models.PROTECT, null=True, blank=True, related_name="+")
    reported_at = models.DateTimeField(_("Reported"))
    ground = models.CharField(_("Ground"), max_length=40)
    authority = models.CharField(_("To whom"), max_length=16, choices=Authority)
    reference = models.CharField(
        _("Reference number of the authority"),
        max_length=LONGEST_REFERENCE,
        blank=True,
        validators=[IS_A_NUMBER],
    )
    written_at = models.DateTimeField(editable=False)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="corrected_by"
    )

    objects = DutyReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("reported duty")
        verbose_name_plural = _("reported duties")
        constraints = [
            models.CheckConstraint(condition=Q(ground__regex=KEY), name="duty_ground_is_an_entry"),
            models.CheckConstraint(condition=Q(authority__in=Authority.values), name="duty_authority_is_listed"),
            models.CheckConstraint(
                condition=Q(reference="") | Q(reference__regex=REFERENCE), name="duty_reference_is_a_number"
            ),
            models.CheckConstraint(
                condition=Q(reported_at__lte=F("written_at")), name="duty_is_written_down_afterwards"
            ),
        ]
        indexes = [models.Index(fields=["author", "-reported_at", "-id"], name="duty_of_author")]

    def __str__(self) -> str:
        return f"{self.ground} {self.reported_at:%Y-%m-%d}"

    @property
    def ground_name(self) -> Words | str:
        """The act by its name; by its key, should the register not know it any more."""
        return entries()[self.ground].name if self.ground in entries() else self.ground
