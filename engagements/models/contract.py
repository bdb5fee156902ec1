"""The contract: terms as columns while they are written, frozen as canonical JSON when they are offered or agreed."""

import uuid
from datetime import date
from typing import Final, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce, Now, TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Person, User
from engagements.models.engagement import Engagement, Focus, Form, Process
from engagements.models.terms import ContractTemplate, Terms, bounds
from formats.clock import HELSINKI

#: The day that the database has, for rules that are asked without a moment, as its own policies are.
TODAY: Final = TruncDate(Now(), tzinfo=HELSINKI)
Day = date | TruncDate


class ContractQuerySet(models.QuerySet["Contract"]):
    """Versions. Agreed is what somebody decided; whether a version is in force follows from the day alone.

    The database asks the same of the day in `sec.party_engagements` and `sec.told`.
    """

    def agreed(self) -> Self:
        return self.filter(state=Contract.State.AGREED)

    def begun(self, day: Day) -> Self:
        """Agreed versions whose first day is `day` or earlier, also those that another has superseded since."""
        return self.agreed().alias(begins=Coalesce("valid_from", "agreed_on")).filter(begins__lte=day)

    def superseded(self, day: Day) -> Self:
        """Versions in whose place a later one is in force on `day`."""
        return self.filter(Exists(_later_than(OuterRef("engagement"), OuterRef("version"), day)))

    def in_force(self, day: Day) -> Self:
        """The version of each engagement that is in force on `day`: the newest agreed one that has begun."""
        later = _later_than(OuterRef("engagement"), OuterRef("version"), day)
        return self.begun(day).exclude(Exists(later))

    def governing(self, day: Day) -> Self:
        """Versions that have begun, and each first one: the newest of these is what its process goes by on `day`."""
        begun = Contract.objects.begun(day).filter(pk=OuterRef("pk"))
        return self.filter(Q(version=1) | Exists(begun)).order_by("-version")

    def standing(self, day: Day) -> Self:
        """Versions that people go by on `day`: the one in force, and the one that is on offer."""
        in_force = Contract.objects.in_force(day).filter(pk=OuterRef("pk"))
        return self.filter(Q(state=Contract.State.OFFERED) | Exists(in_force))

    def visible_to(self, user: User) -> Self:
        """Every version for its supervisors; those offered or agreed for its parties, supervisees and practice."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        party = Engagement.objects.party_to(user).values("pk")
        administered = Engagement.objects.administered_by(user).values("pk")
        shown = Q(engagement__any_of=attended) | Q(engagement__in=party) | Q(engagement__in=administered)
        return self.filter(Q(engagement__any_of=led) | shown & ~Q(state=Contract.State.DRAFT))

    def led_by(self, user: User) -> Self:
        return self.filter(engagement__any_of=Engagement.objects.led_by(user).values("pk"))

    def administered_by(self, user: User) -> Self:
        """Versions offered or agreed in the practices that `user` administers."""
        administered = Engagement.objects.administered_by(user).without_examples().values("pk")
        return self.filter(engagement__in=administered).exclude(state=Contract.State.DRAFT)


def _later_than(engagement: OuterRef, version: OuterRef, day: Day) -> ContractQuerySet:
    return Contract.objects.begun(day).filter(engagement=engagement, version__gt=version)


class Contract(Terms):
    """A numbered version of the terms. Once agreed it never changes; an amendment is a new version.

    An amendment supersedes from `valid_from`, or without one from the day it is agreed; nothing is written then.
    When it is offered or agreed, `terms` freezes what it says as data and `wording` the very words of its clauses, so
    that a later edition of our text changes nothing of what somebody was shown.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OFFERED = "offered", _("offered")
        AGREED = "agreed", _("agreed")

    class How(models.TextChoices):
        SIGNED = "signed", _("by signatures")
        PAPER = "paper", _("on paper")
        ORAL = "oral", _("orally")
        EMAIL = "email", _("by e-mail")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="contracts")
    version = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    terms = models.JSONField(null=True, editable=False)
    terms_hash = models.CharField(max_length=64, blank=True, editable=False)
    wording = models.JSONField(null=True, editable=False)
    offered_at = models.DateTimeField(null=True, editable=False)
    agreed_on = models.DateField(_("Agreed on"), null=True, blank=True)
    agreed_how = models.CharField(_("Agreed how"), max_length=8, choices=How, blank=True)
    agreed_note = models.CharField(_("Note"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    valid_from = models.DateField(_("In force from"), null=True, blank=True)
    #: What the process becomes when this version is agreed, which the database then writes; empty: what it is.
    new_form = models.CharField(_("Form"), max_length=12, choices=Form, blank=True, default="", db_default="")
    new_focus = models.CharField(_("Focus"), max_length=12, choices=Focus, blank=True, default="", db_default="")
    new_process = models.CharField(_("Duration"), max_length=8, choices=Process, blank=True, default="", db_default="")
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
                fields=["engagement"],
                condition=Q(state__in=["draft", "offered"]),
                name="contract_one_open_at_a_time",
                violation_error_message=_("A new version is being written or offered already."),
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(terms__isnull=False) & ~Q(terms_hash=""),
                name="contract_offered_is_frozen",
            ),
            models.CheckConstraint(
                condition=~Q(state="agreed") | Q(agreed_on__isnull=False) & ~Q(agreed_how=""),
                name="contract_agreed_says_when_and_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engagement_id} v{self.version}"

    @property
    def amends(self) -> bool:
        """Whether this changes what was agreed before, while its process goes on."""
        return self.version > 1

    @property
    def begins(self) -> date | None:
        """The first day on which an agreed version is in force."""
        return self.valid_from or self.agreed_on


class ContractPartyQuerySet(models.QuerySet["ContractParty"]):
    def standing(self) -> Self:
        """Parties of versions offered or agreed and not superseded; contacts who have left are parties no longer."""
        later = _later_than(OuterRef("contract__engagement"), OuterRef("contract__version"), TODAY)
        return self.exclude(contract__state=Contract.State.DRAFT).exclude(Exists(later)).filter(
            Q(contact=None) | Q(contact__left_on=None)
        )  # fmt: skip

    def with_the_client(self, user: User) -> Self:
        """Standing parties that `user` is and who come in as the client does: contact, line manager, private payer."""
        return self.standing().filter(person__user=user, kind__in=WITH_THE_CLIENT)


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


#: Parties who come in as the client does, also when they are no organisation's contact.
WITH_THE_CLIENT: Final = (ContractParty.Kind.CONTACT, ContractParty.Kind.LINE_MANAGER, ContractParty.Kind.PAYER)


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
