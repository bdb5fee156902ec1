"""What somebody brings to the work: training, standing in the association, fields they know, languages."""

import uuid
from datetime import date
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Sector, User
from portfolio.models.owned import FIRST_YEAR, LAST_YEAR, LINE, OwnedQuerySet, owned

#: What the association recommends of a supervisor's training, in study points (its recommendation of 8.11.2017).
RECOMMENDED_POINTS: Final = 60
MOST_POINTS: Final = 600


class TrainingQuerySet(OwnedQuerySet["Training"]):
    pass


class Training(models.Model):
    """A programme somebody has finished or is in: what, where, how large, and who has seen the certificate."""

    class Kind(models.TextChoices):
        SUPERVISOR = "supervisor", _("supervisor training")
        OTHER = "other", _("other degree or training")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = owned()
    kind = models.CharField(_("What it was"), max_length=10, choices=Kind, default=Kind.SUPERVISOR)
    programme = models.CharField(_("Programme or degree"), max_length=LINE)
    provider = models.CharField(_("Provider"), max_length=LINE)
    #: Study points (opintopiste, op).
    points = models.DecimalField(_("Study points"), max_digits=4, decimal_places=1, null=True, blank=True)
    finished = models.PositiveSmallIntegerField(_("Year finished"), null=True, blank=True)
    verified_by = models.CharField(_("Certificate seen by"), max_length=LINE, blank=True)
    verified_on = models.DateField(_("Seen on"), null=True, blank=True)

    objects = TrainingQuerySet.as_manager()

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("training")
        ordering = [F("finished").desc(nulls_first=True), "programme", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(points=None) | Q(points__gt=0, points__lte=MOST_POINTS), name="training_points"
            ),
            models.CheckConstraint(
                condition=Q(finished=None) | Q(finished__range=(FIRST_YEAR, LAST_YEAR)), name="training_year"
            ),
            models.CheckConstraint(
                condition=Q(verified_on=None) | ~Q(verified_by=""), name="training_seen_by_somebody"
            ),
        ]

    def __str__(self) -> str:
        return self.programme


class StandingQuerySet(OwnedQuerySet["Standing"]):
    pass


class Standing(models.Model):
    """A kind of membership in the association (Suomen työnohjaajat ry, STOry), from a day, until a day."""

    class Kind(models.TextChoices):
        FULL = "full", _("full member")
        SENIOR = "senior", _("senior member")
        STUDENT = "student", _("student member")
        SUPPORTING = "supporting", _("supporting member")
        HONORARY = "honorary", _("honorary member")

    #: Only these may call themselves *Työnohjaaja STOry*.
    WITH_TITLE: Final = (Kind.FULL, Kind.SENIOR)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = owned()
    kind = models.CharField(_("Kind of membership"), max_length=10, choices=Kind)
    since = models.DateField(_("Since"))
    until = models.DateField(_("Until"), null=True, blank=True)

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership in the association")
        verbose_name_plural = _("memberships in the association")
        ordering = ["-since", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="standing_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["owner"], condition=Q(until=None), name="standing_one_open",
                violation_error_message=_("One membership is open already. Say first until when it lasted."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.get_kind_display())

    def carries_title(self, today: date) -> bool:
        """Return whether its holder may use the title *Työnohjaaja STOry* on this day."""
        current = self.since <= today and (self.until is None or today <= self.until)
        return current and self.kind in self.WITH_TITLE


class ExperienceQuerySet(OwnedQuerySet["Experience"]):
    pass


class Experience(models.Model):
    """A field of working life that somebody knows from inside, from a year, until a year."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = owned()
    sector = models.CharField(_("Sector"), max_length=10, choices=Sector)
    what = models.CharField(_("What you did"), max_length=LINE, blank=True)
    first = models.PositiveSmallIntegerField(_("First year"))
    last = models.PositiveSmallIntegerField(_("Last year"), null=True, blank=True)

    objects = ExperienceQuerySet.as_manager()

    class Meta:
        verbose_name = _("sector of experience")
        verbose_name_plural = _("sectors of experience")
        ordering = ["-first", "sector", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first__range=(FIRST_YEAR, LAST_YEAR))
                & (Q(last=None) | Q(last__gte=F("first"), last__lte=LAST_YEAR)),
                name="experience_years",
            ),
            models.CheckConstraint(condition=~Q(sector=Sector.OTHER) | ~Q(what=""), name="experience_other_says_what"),
        ]

    def __str__(self) -> str:
        return str(self.get_sector_display())

    @property
    def years(self) -> str:
        if self.last is None:
            return f"{self.first}–"
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


class SpokenQuerySet(OwnedQuerySet["Spoken"]):
    pass


class Spoken(models.Model):
    """A language in which somebody supervises, and how well."""

    class Which(models.TextChoices):
        FI = "fi", _("Finnish")
        SV = "sv", _("Swedish")
        EN = "en", _("English")
        SE = "se", _("Sámi")
        FSE = "fse", _("Finnish Sign Language")
        RU = "ru", _("Russian")
        ET = "et", _("Estonian")
        DE = "de", _("German")
        OTHER = "other", _("another language")

    class Level(models.TextChoices):
        NATIVE = "native", _("mother tongue")
        FLUENT = "fluent", _("fluent")
        WORKING = "working", _("good enough to supervise in")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = owned()
    language = models.CharField(_("Language of supervision"), max_length=5, choices=Which)
    name = models.CharField(_("Which other language"), max_length=40, blank=True)
    level = models.CharField(_("How well"), max_length=7, choices=Level)

    objects = SpokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("language of supervision")
        verbose_name_plural = _("languages of supervision")
        ordering = ["level", "language", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(language="other") & ~Q(name="") | ~Q(language="other") & Q(name=""),
                name="spoken_other_has_a_name",
            ),
            models.UniqueConstraint(
                fields=["owner", "language", "name"], name="spoken_once",
                violation_error_message=_("This language is there already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name or str(self.get_language_display())


def spoken_by(user: User) -> list[Spoken]:
    """Return the languages of `user`, those they know best first. One query."""
    order = list(Spoken.Level)
    return sorted(Spoken.objects.owned_by(user), key=lambda each: order.index(Spoken.Level(each.level)))
