"""The structured terms of a contract, and the templates a practice keeps of them."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice
from engagements.models.engagement import Form


class Unit(models.TextChoices):
    """What a price is for. Minutes are stored beside it, since a training hour has 45 of them."""

    SESSION = "session", _("session")
    HOUR = "hour", _("60 minutes")
    TRAINING_HOUR = "training_hour", _("45 minutes")
    WHOLE = "whole", _("whole process")


class Rhythm(models.TextChoices):
    WEEKS = "weeks", _("weeks")
    MONTHS = "months", _("months")
    AGREED = "agreed", _("as agreed each time")


class Mode(models.TextChoices):
    IN_PERSON = "in_person", _("in person")
    REMOTE = "remote", _("remote")
    HYBRID = "hybrid", _("hybrid: sessions alternate")
    MIXED = "mixed", _("mixed-location: some in the room, some remote")


class Weekday(models.IntegerChoices):
    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class VatClass(models.TextChoices):
    """AVL 1501/1993; 25.5 % since 1.9.2024. The class always comes with its reason."""

    STANDARD = "standard", _("25.5 %")
    SMALL = "small", _("no VAT: below the small-business limit")
    HEALTH = "health", _("exempt: health care service")
    EXEMPT = "exempt", _("exempt: other ground")


class Travel(models.TextChoices):
    NONE = "none", _("no travel costs")
    INCLUDED = "included", _("included in the price")
    KILOMETRES = "kilometres", _("by the kilometre")
    RECEIPTS = "receipts", _("by receipts")


class Cancels(models.TextChoices):
    ANY = "any", _("supervisee or client")
    SUPERVISEES = "supervisees", _("supervisees")
    CLIENT = "client", _("client")


class Illness(models.TextChoices):
    AS_OTHERS = "as_others", _("counts like any cancellation")
    FREE = "free", _("free of charge when told before the session")
    MOVED = "moved", _("moved once free of charge")


class OwnCancellation(models.TextChoices):
    """What follows when the supervisor cancels."""

    MOVED = "moved", _("a new time is agreed, nothing is charged")
    STAND_IN = "stand_in", _("a new time or, if the supervisees wish, a stand-in")


class Interim(models.TextChoices):
    NONE = "none", _("no interim evaluation")
    MIDPOINT = "midpoint", _("at the midpoint")
    HALF_YEARLY = "half_yearly", _("every six months")


class Signing(models.TextChoices):
    EVERYONE = "everyone", _("each supervisee signs")
    REPRESENTATIVE = "representative", _("a representative signs for the group")
    NOBODY = "nobody", _("supervisees do not sign")


class Terms(models.Model):
    """The structured terms, shared by contracts and by the templates a practice keeps. No value is preset here."""

    framework_reference = models.CharField(_("Framework agreement"), max_length=80, blank=True)
    order_reference = models.CharField(_("Order number"), max_length=80, blank=True)
    required_experience = models.CharField(_("Experience of the sector that is asked for"), max_length=300, blank=True)

    minutes = models.PositiveSmallIntegerField(_("Length of a session, minutes"), null=True, blank=True)
    sessions_agreed = models.PositiveSmallIntegerField(_("Number of sessions"), null=True, blank=True)
    rhythm = models.CharField(_("Rhythm"), max_length=8, choices=Rhythm, default=Rhythm.AGREED)
    rhythm_every = models.PositiveSmallIntegerField(_("Every how many"), null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(_("Weekday"), choices=Weekday, null=True, blank=True)
    time = models.TimeField(_("Time"), null=True, blank=True)
    mode = models.CharField(_("How we meet"), max_length=10, choices=Mode, default=Mode.IN_PERSON)
    place = models.CharField(_("Place"), max_length=160, blank=True)
    link = models.URLField(_("Link to the remote meeting"), max_length=400, blank=True)
    trial_sessions = models.PositiveSmallIntegerField(_("Trial sessions"), default=0)
    trial_free = models.BooleanField(_("Trial sessions are free of charge"), default=False)

    price = models.DecimalField(_("Price, €"), max_digits=9, decimal_places=2, null=True, blank=True)
    price_per = models.CharField(_("Price for one"), max_length=14, choices=Unit, default=Unit.SESSION)
    vat_class = models.CharField(_("VAT"), max_length=10, choices=VatClass, default=VatClass.STANDARD)
    vat_reason = models.CharField(_("Ground of the VAT class"), max_length=300, blank=True)
    travel = models.CharField(_("Travel"), max_length=12, choices=Travel, default=Travel.NONE)
    kilometre_rate = models.DecimalField(_("€ per kilometre"), max_digits=5, decimal_places=2, null=True, blank=True)
    travel_time_price = models.DecimalField(
        _("Travelling time, € per hour"), max_digits=7, decimal_places=2, null=True, blank=True
    )
    payment_days = models.PositiveSmallIntegerField(_("Days to pay"), null=True, blank=True)
    price_review = models.CharField(_("How the price is reviewed"), max_length=300, blank=True)

    cancel_notice_hours = models.PositiveSmallIntegerField(
        _("Cancel at the latest, hours before"), null=True, blank=True
    )
    cancel_fee_percent = models.PositiveSmallIntegerField(_("Fee for a late cancellation, %"), null=True, blank=True)
    no_show_fee_percent = models.PositiveSmallIntegerField(_("Fee for not coming, %"), null=True, blank=True)
    who_cancels = models.CharField(_("Who may cancel"), max_length=12, choices=Cancels, default=Cancels.ANY)
    illness = models.CharField(_("Illness"), max_length=10, choices=Illness, default=Illness.AS_OTHERS)
    quorum = models.PositiveSmallIntegerField(_("Fewest supervisees for a session to be held"), null=True, blank=True)
    own_cancellation = models.CharField(
        _("When the supervisor cancels"), max_length=10, choices=OwnCancellation, default=OwnCancellation.MOVED
    )

    toto_use = models.BooleanField(
        _("The supervisor may take the work to their own supervision (ToTo) without names"), default=False
    )
    confidentiality_more = models.TextField(_("More about confidentiality"), max_length=2000, blank=True)

    evaluation_baseline = models.BooleanField(_("Baseline evaluation"), default=False)
    evaluation_interim = models.CharField(_("Interim evaluation"), max_length=12, choices=Interim, default=Interim.NONE)
    evaluation_final = models.BooleanField(_("Final evaluation"), default=False)

    notes_months = models.PositiveSmallIntegerField(
        _("The supervisor's notes are destroyed, months after the end"), null=True, blank=True
    )
    memo_months = models.PositiveSmallIntegerField(
        _("Shared memos are destroyed, months after the end"), null=True, blank=True
    )
    remote_tools = models.CharField(_("Tools for remote work"), max_length=160, blank=True)

    notice_days = models.PositiveSmallIntegerField(_("Notice of termination, days"), null=True, blank=True)
    disagreement = models.CharField(
        _("Whom to turn to when dissatisfied"),
        max_length=300,
        blank=True,
        help_text=_("There is no complaints body for private practitioners: name a third party both trust."),
    )
    handover = models.CharField(_("Who takes over if the supervisor cannot go on"), max_length=300, blank=True)
    signing = models.CharField(_("Supervisees' signatures"), max_length=16, choices=Signing, default=Signing.EVERYONE)
    more_terms = models.TextField(_("Other terms"), max_length=4000, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def term_names(cls) -> list[str]:
        """The names of the columns that are terms, in the order in which a contract states them."""
        return [field.name for field in Terms._meta.local_fields]

    def terms_as_values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.term_names()}


def bounds(model: str) -> list[models.BaseConstraint]:
    """Constraints of a table that inherits Terms; `model` begins their names."""

    def within(field: str, low: int, high: int, message: Any) -> models.CheckConstraint:
        return models.CheckConstraint(
            condition=Q(**{field: None}) | Q(**{f"{field}__range": (low, high)}),
            name=f"{model}_{field}_in_range",
            violation_error_message=message,
        )

    return [
        within("minutes", 10, 600, _("A session lasts from 10 to 600 minutes.")),
        within("sessions_agreed", 1, 500, _("Agree on 1 to 500 sessions.")),
        within("rhythm_every", 1, 26, _("The rhythm is from 1 to 26 weeks or months.")),
        within("cancel_notice_hours", 0, 720, _("The notice is at most 720 hours.")),
        within("cancel_fee_percent", 0, 100, _("A fee is from 0 to 100 per cent of the price.")),
        within("no_show_fee_percent", 0, 100, _("A fee is from 0 to 100 per cent of the price.")),
        within("payment_days", 0, 120, _("The time to pay is at most 120 days.")),
        within("notes_months", 0, 120, _("Notes are kept at most 120 months after the end.")),
        within("memo_months", 0, 120, _("Memos are kept at most 120 months after the end.")),
        within("notice_days", 0, 365, _("The notice of termination is at most 365 days.")),
        within("quorum", 1, 500, _("The quorum is from 1 to 500 supervisees.")),
        within("price", 0, 999999, _("The price cannot be negative.")),
        models.CheckConstraint(
            condition=~Q(rhythm__in=[Rhythm.WEEKS, Rhythm.MONTHS]) | Q(rhythm_every__isnull=False),
            name=f"{model}_rhythm_says_how_often",
            violation_error_message=_("Say every how many weeks or months you meet."),
        ),
        models.CheckConstraint(
            condition=~Q(vat_class__in=[VatClass.HEALTH, VatClass.EXEMPT]) | ~Q(vat_reason=""),
            name=f"{model}_vat_exemption_has_ground",
            violation_error_message=_("Say on what ground the service is exempt from VAT."),
        ),
        models.CheckConstraint(
            condition=~Q(travel=Travel.KILOMETRES) | Q(kilometre_rate__isnull=False),
            name=f"{model}_travel_has_rate",
            violation_error_message=_("Say how much a kilometre costs."),
        ),
    ]


class ContractTemplate(Terms):
    """Terms a practice keeps ready, by form and language."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="contract_templates")
    name = models.CharField(_("Name of the template"), max_length=80)
    form = models.CharField(_("Form"), max_length=12, choices=Form, blank=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("contract template")
        verbose_name_plural = _("contract templates")
        ordering = ["name"]
        constraints = [
            *bounds("template"),
            models.UniqueConstraint(
                fields=["practice", "name"],
                condition=Q(archived_at=None),
                name="template_name_once",
                violation_error_message=_("You already have a template with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
