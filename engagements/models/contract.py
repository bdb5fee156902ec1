"""The contract: terms as columns while they are written, frozen as canonical JSON when they are offered or agreed."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Person, Practice, User
from engagements.models.engagement import Engagement, Form


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


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, user: User) -> Self:
        """Every version for its supervisors; those offered or agreed for its parties, supervisees and practice."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        party = Engagement.objects.party_to(user).values("pk")
        administered = Engagement.objects.administered_by(user).values("pk")
        shown = Q(engagement__in=attended) | Q(engagement__in=party) | Q(engagement__in=administered)
        return self.filter(Q(engagement__in=led) | shown & ~Q(state=Contract.State.DRAFT))

    def led_by(self, user: User) -> Self:
        return self.filter(engagement__in=Engagement.objects.led_by(user).values("pk"))

    def administered_by(self, user: User) -> Self:
        """Versions offered or agreed in the practices that `user` administers."""
        administered = Engagement.objects.administered_by(user).without_examples().values("pk")
        return self.filter(engagement__in=administered).exclude(state=Contract.State.DRAFT)


class Contract(Terms):
    """A numbered version of the terms. Once agreed it never changes; an amendment is a new version."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OFFERED = "offered", _("offered")
        AGREED = "agreed", _("agreed")
        SUPERSEDED = "superseded", _("superseded")

    class How(models.TextChoices):
        PAPER = "paper", _("on paper")
        ORAL = "oral", _("orally")
        EMAIL = "email", _("by e-mail")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="contracts")
    version = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    terms = models.JSONField(null=True, editable=False)
    terms_hash = models.CharField(max_length=64, blank=True, editable=False)
    offered_at = models.DateTimeField(null=True, editable=False)
    agreed_on = models.DateField(_("Agreed on"), null=True, blank=True)
    agreed_how = models.CharField(_("Agreed how"), max_length=8, choices=How, blank=True)
    agreed_note = models.CharField(_("Note"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["-version"]
        constraints = [
            *bounds("contract"),
            models.UniqueConstraint(fields=["engagement", "version"], name="contract_version_once"),
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(state="agreed"), name="contract_one_agreed_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(terms__isnull=False) & ~Q(terms_hash=""),
                name="contract_offered_is_frozen",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["agreed", "superseded"]) | Q(agreed_on__isnull=False) & ~Q(agreed_how=""),
                name="contract_agreed_says_when_and_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engagement_id} v{self.version}"


class ContractPartyQuerySet(models.QuerySet["ContractParty"]):
    def standing(self) -> Self:
        """Parties of versions offered or agreed; contacts who have left are parties no longer."""
        return self.filter(contract__state__in=[Contract.State.OFFERED, Contract.State.AGREED]).filter(
            Q(contact=None) | Q(contact__left_on=None)
        )


class ContractParty(models.Model):
    """Somebody with a part in the contract. Who orders, sets goals, signs and reads are separate answers."""

    class Kind(models.TextChoices):
        SUPERVISOR = "supervisor", _("supervisor")
        CONTACT = "contact", _("contact of the client")
        LINE_MANAGER = "line_manager", _("line manager")
        SUPERVISEE = "supervisee", _("supervisee")
        PAYER = "payer", _("private payer")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="parties")
    kind = models.CharField(_("Part"), max_length=12, choices=Kind)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="+")
    orders = models.BooleanField(_("orders"), default=False)
    sets_goals = models.BooleanField(_("sets goals"), default=False)
    signs = models.BooleanField(_("signs"), default=False)
    reads_reports = models.BooleanField(_("reads reports"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    objects = ContractPartyQuerySet.as_manager()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="supervisor", user__isnull=False, person=None)
                | Q(kind="supervisee", user=None)
                | ~Q(kind__in=["supervisor", "supervisee"]) & Q(user=None, person__isnull=False),
                name="party_is_somebody",
            ),
            models.UniqueConstraint(fields=["contract", "person"], name="party_person_once"),
            models.UniqueConstraint(
                fields=["contract"], condition=Q(kind="supervisee", person=None), name="party_supervisees_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.contract_id}"


class Told(models.TextChoices):
    """What the client may be told: facts first, then what needs the supervisees' approval (promise 3)."""

    DATES = "dates", _("dates of the sessions held")
    MINUTES = "minutes", _("minutes held")
    COUNTS = "counts", _("how many took part, as numbers")
    NAMES = "names", _("names of the supervisees")
    COSTS = "costs", _("costs and billing basis")
    GOALS = "goals", _("agreed shared goals")
    THEMES = "themes", _("themes the group has approved")
    AGGREGATES = "aggregates", _("summaries of evaluations")
    TEXT = "text", _("the supervisor's written assessment")


#: Facts flow by the clause alone; everything else needs the supervisees' approval.
FACTS = [Told.DATES, Told.MINUTES, Told.COUNTS, Told.NAMES, Told.COSTS]


class ToldWhen(models.TextChoices):
    MONTHLY = "monthly", _("monthly")
    MIDPOINT = "midpoint", _("at the midpoint")
    HALF_YEARLY = "half_yearly", _("every six months")
    END = "end", _("at the end")
    REQUEST = "request", _("when asked")


class Approval(models.TextChoices):
    NONE = "none", _("no approval needed")
    EVERYONE = "everyone", _("every supervisee approves")


class ReportingClause(models.Model):
    """One line of what the client is told: what, to whom, when, after whose approval, whether silence counts."""

    class To(models.TextChoices):
        READERS = "readers", _("the parties who read reports")
        CONTACT = "contact", _("the client's contact")
        LINE_MANAGER = "line_manager", _("the line manager")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, models.CASCADE, null=True, blank=True, related_name="reporting")
    template = models.ForeignKey(ContractTemplate, models.CASCADE, null=True, blank=True, related_name="reporting")
    what = models.CharField(_("What"), max_length=10, choices=Told)
    to = models.CharField(_("To whom"), max_length=12, choices=To, default=To.READERS)
    when = models.CharField(_("When"), max_length=12, choices=ToldWhen, default=ToldWhen.END)
    approval = models.CharField(_("After whose approval"), max_length=10, choices=Approval, default=Approval.EVERYONE)
    silence_days = models.PositiveSmallIntegerField(
        _("Silence counts as approval after, days"),
        null=True,
        blank=True,
        help_text=_("Empty: silence never counts."),
    )

    class Meta:
        verbose_name = _("reporting clause")
        verbose_name_plural = _("reporting clauses")
        ordering = ["what"]
        constraints = [
            models.CheckConstraint(
                condition=Q(contract=None, template__isnull=False) | Q(contract__isnull=False, template=None),
                name="reporting_belongs_to_one",
            ),
            models.CheckConstraint(
                condition=Q(what__in=FACTS) | Q(approval=Approval.EVERYONE),
                name="reporting_text_needs_approval",
                violation_error_message=_(
                    "Themes, summaries and text reach the client only after every supervisee has approved."
                ),
            ),
            models.CheckConstraint(
                condition=Q(silence_days=None) | Q(silence_days__range=(7, 60), approval=Approval.EVERYONE),
                name="reporting_silence_takes_a_week",
                violation_error_message=_(
                    "Silence can count after 7 to 60 days, and only where approval is asked for."
                ),
            ),
            models.UniqueConstraint(fields=["contract", "what", "to"], name="reporting_said_once"),
            models.UniqueConstraint(fields=["template", "what", "to"], name="reporting_said_once_in_template"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.to} {self.when}"
