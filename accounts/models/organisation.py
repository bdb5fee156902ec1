import uuid
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.person import FinnishOrder, Person, containing
from accounts.models.practice import Practice
from accounts.models.user import User


class Sector(models.TextChoices):
    HEALTH = "health", _("health care")
    SOCIAL = "social", _("social services")
    EARLY = "early", _("early childhood education")
    SCHOOL = "school", _("education and training")
    CHILD = "child", _("child protection")
    CHURCH = "church", _("parishes")
    RESCUE = "rescue", _("rescue and police")
    MUNICIPAL = "municipal", _("municipal administration")
    STATE = "state", _("state administration")
    THIRD = "third", _("associations and foundations")
    BUSINESS = "business", _("business")
    OTHER = "other", _("other")


class ClientOrganisationQuerySet(models.QuerySet["ClientOrganisation"]):
    def of_practices_of(self, user: User) -> Self:
        return self.filter(practice__in=Practice.objects.of(user))

    def without_examples(self) -> Self:
        return self.filter(example_of=None)

    def represented_by(self, user: User) -> Self:
        """Organisations whose contact `user` is now."""
        return self.filter(pk__in=Contact.objects.current().filter(person__user=user).values("organisation"))

    def archived(self, archived: bool = True) -> Self:
        return self.filter(archived_at__isnull=not archived)

    def matching(self, text: str) -> Self:
        """Organisations in whose name every word of `text` occurs, or whose business ID begins with it."""
        return self.filter(containing(text, "sort_key") | models.Q(business_id__startswith=text))

    def counting_open(self, user: User) -> models.QuerySet["ClientOrganisation", tuple[uuid.UUID, int, int]]:
        """Return the id of each, how many speak for it, and how many open processes `user` leads or administers."""
        speakers = Contact.objects.current().filter(organisation=models.OuterRef("pk")).order_by()
        known = models.Q(engagements__lead=user) | models.Q(
            engagements__co_supervisors__user=user, engagements__co_supervisors__until=None
        )
        known |= models.Q(engagements__practice__in=Practice.objects.administered_by(user))
        opened = models.Q(engagements__state__in=("offered", "active", "paused"))
        number = speakers.values("organisation").annotate(number=models.Count("pk")).values("number")
        counted = self.annotate(
            speakers=models.functions.Coalesce(models.Subquery(number), 0),
            processes=models.Count("engagements", filter=opened & known, distinct=True),
        )
        return counted.order_by().values_list("pk", "speakers", "processes")


class ClientOrganisation(models.Model):
    """Who orders and pays (tilaaja); belongs to one practice.

    `example_of` is whose example process it was made up for; nobody else sees it, and it goes with that process.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="organisations")
    name = models.CharField(_("Name"), max_length=160)
    business_id = models.CharField(_("Business ID"), max_length=9, blank=True)
    sector = models.CharField(_("Sector"), max_length=12, choices=Sector, default=Sector.OTHER)
    public_body = models.BooleanField(_("Public body"), default=False)
    street = models.CharField(_("Street address"), max_length=120, blank=True)
    postcode = models.CharField(_("Postcode"), max_length=10, blank=True)
    city = models.CharField(_("Town"), max_length=60, blank=True)
    invoicing_address = models.TextField(_("Invoicing address"), max_length=600, blank=True)
    einvoice_address = models.CharField(_("E-invoice address"), max_length=40, blank=True)
    einvoice_operator = models.CharField(_("E-invoice operator"), max_length=40, blank=True)
    invoicing_reference = models.CharField(_("Reference on invoices"), max_length=80, blank=True)
    framework_reference = models.CharField(_("Framework agreement"), max_length=80, blank=True)
    stated_aims = models.TextField(_("Aims and values the organisation has stated"), max_length=2000, blank=True)
    sort_key = models.GeneratedField(
        expression=FinnishOrder("name"),
        output_field=models.CharField(max_length=160, db_collation="C"),
        db_persist=True,
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    example_of = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+", db_index=False)

    objects = ClientOrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("client organisation")
        verbose_name_plural = _("client organisations")
        ordering = ["sort_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "business_id"],
                condition=~models.Q(business_id=""),
                name="organisation_once_a_practice",
                violation_error_message=_("Your practice already has an organisation with this business ID."),
            )
        ]
        indexes = [
            models.Index(fields=["practice", "sort_key"], name="organisation_by_name"),
            models.Index(
                fields=["example_of"], name="organisation_of_example", condition=models.Q(example_of__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContactQuerySet(models.QuerySet["Contact"]):
    def current(self) -> Self:
        return self.filter(left_on=None)


class Contact(models.Model):
    """A person who speaks for a client organisation; one who has left sees nothing any more."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(ClientOrganisation, models.PROTECT, related_name="contacts")
    person = models.ForeignKey(Person, models.PROTECT, related_name="contacts")
    title = models.CharField(_("Title"), max_length=80, blank=True)
    phone = models.CharField(_("Telephone"), max_length=40, blank=True)
    left_on = models.DateField(_("Left on"), null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [models.UniqueConstraint(fields=["organisation", "person"], name="contact_once_an_organisation")]

    def __str__(self) -> str:
        return self.person.name
