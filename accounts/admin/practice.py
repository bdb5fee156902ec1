from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts import actions
from accounts.admin.shown import (
    Cases,
    Changed,
    Shown,
    administrator,
    for_chosen,
    listed,
    moment,
    named,
    narrowed_to,
    of_practice,
)
from accounts.forms.practice import POSTCODE
from accounts.models import Invitation, Membership, Practice, User
from formats.fields import BusinessIdField


def counted(rows: str, which: Q) -> Coalesce:
    """Return how many of a practice's `rows` (a related name) are `which`, to annotate a list with."""
    of_one = Practice.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
    return Coalesce(Subquery(of_one.annotate(found=Count(rows, filter=which)).values("found")), 0)


class PracticeFacts(forms.ModelForm):  # type: ignore[type-arg]
    """What an administrator may put right; where clients pay is the practice's own to say."""

    business_id = BusinessIdField(label=_("Business ID"))
    postcode = forms.CharField(label=_("Postcode"), max_length=5, validators=[POSTCODE])

    class Meta:
        model = Practice
        fields = [
            "name",
            "business_id",
            "vat_standing",
            "street",
            "postcode",
            "city",
            "email",
            "phone",
            "reminder_hours",
        ]


class Members(Cases):
    title = _("members")
    parameter_name = "members"
    cases = {
        "some": (_("Somebody works there"), Q(staffed=True)),
        "none": (_("Nobody works there"), Q(staffed=False)),
        "unadministered": (_("Without a practice administrator"), Q(staffed=True, administered=False)),
    }


def with_standing(practices: QuerySet[Practice]) -> QuerySet[Any]:
    """Annotate `staffed`, whether somebody works there now, and `administered`, whether somebody administers it."""
    current = Membership.objects.current().filter(practice=OuterRef("pk"))
    return practices.annotate(staffed=Exists(current), administered=Exists(current.filter(kind=Membership.Kind.ADMIN)))


@admin.register(Practice)
class PracticeAdmin(Changed):
    """Practices are founded by their supervisors. One that ends is closed, never deleted."""

    form = PracticeFacts
    list_display = [
        "name", "business_id", "city", "members", "open_engagements", moment("created_at", _("Founded")),
    ]  # fmt: skip
    list_filter = [Members, "vat_standing"]
    search_fields = ["name", "business_id", "city"]
    search_help_text = _("Name, business ID, town or ID")
    ordering = ["name", "pk"]
    readonly_fields: ClassVar[list[Any]] = [
        "members", "open_engagements",
        listed("accounts_membership", "practice", _("Memberships"), _("Who works and worked there")),
        listed("accounts_invitation", "practice", _("Invitations"), _("Who was invited")),
        listed("accounts_clientorganisation", "practice", _("Client organisations"), _("Its client organisations")),
        listed("engagements_contracttemplate", "practice", _("Contract templates"), _("Its contract templates")),
        listed("engagements_engagementframe", "practice", _("Engagements"), _("Its engagements")),
        moment("created_at", _("Founded")), "id",
    ]  # fmt: skip
    fields: ClassVar[list[Any]] = [*PracticeFacts.Meta.fields, *readonly_fields]
    actions = ["close"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        practices: QuerySet[Practice] = super().get_queryset(request)
        counts: QuerySet[Any] = with_standing(practices).annotate(
            members_now=counted("memberships__user", Q(memberships__until=None)),
            engagements_open=counted("frames", ~Q(frames__state="closed")),
        )
        return counts

    @admin.display(description=_("Members"))
    def members(self, practice: Any) -> int:
        return int(practice.members_now)

    @admin.display(description=_("Open engagements"))
    def open_engagements(self, practice: Any) -> int:
        return int(practice.engagements_open)

    @admin.action(description=_("Close: end all memberships"), permissions=["change"])
    @for_chosen(
        _(
            "Nobody works in the practice any longer, and nobody opens anything in it. Who leads a process leads it to"
            " its end, and everything stays. A new membership opens the practice again."
        )
    )
    def close(self, request: HttpRequest, practices: list[Practice]) -> None:
        ended = 0
        for practice in practices:
            ended += actions.close_practice(practice, by=administrator(request), now=timezone.now())
            self.changed(request, practice, "members")
        told = ngettext("%(n)s membership ended.", "%(n)s memberships ended.", ended)
        self.message_user(request, told % {"n": ended}, messages.SUCCESS)


class Standing(Cases):
    title = _("standing")
    parameter_name = "standing"
    cases = {"current": (_("Current"), Q(until=None)), "ended": (_("Ended"), Q(until__isnull=False))}


class AsKind(Cases):
    title = _("works as")
    parameter_name = "kind"
    cases = {str(kind.value): (kind.label, Q(kind=kind)) for kind in Membership.Kind}


class NewMembership(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Membership
        fields = ["user", "practice", "kind"]
        labels = {
            "user": capfirst(_("user")),
            "practice": capfirst(_("practice")),
            "kind": pgettext_lazy("membership", "As"),
        }

    def clean(self) -> dict[str, Any]:
        """The rule that the database keeps too: its condition is on a column that this form does not have."""
        facts = super().clean() or {}
        chosen = {name: facts.get(name) for name in self.Meta.fields}
        if all(chosen.values()) and Membership.objects.current().filter(**chosen).exists():
            raise ValidationError(_("They work in this practice in this capacity already."))
        return facts


@admin.register(Membership)
class MembershipAdmin(Shown):
    """Who works where: the way back for a practice whose only administrator is gone."""

    form = NewMembership
    list_display = [
        named("user", capfirst(_("user"))),
        named("practice", capfirst(_("practice"))),
        "kind_shown",
        moment("since", _("Since")),
        moment("until", _("Until")),
    ]
    list_filter = [Standing, AsKind, of_practice(), narrowed_to(User, "user", "user")]
    list_select_related = ["user", "practice"]
    search_fields = ["user__email", "user__full_name", "practice__name"]
    search_help_text = _("E-mail, name, practice or ID")
    ids = ("pk", "user", "practice")
    ordering = ["-since", "pk"]
    autocomplete_fields = ["user", "practice"]
    actions = ["end"]

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> list[Any]:
        return [*self.list_display, "id"] if obj else list(NewMembership.Meta.fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=pgettext_lazy("membership", "As"), ordering="kind")
    def kind_shown(self, membership: Membership) -> str:
        return membership.get_kind_display()

    @admin.action(description=_("End memberships"), permissions=["help"])
    @for_chosen(_("They no longer work in the practice. Who leads a process leads it to its end."))
    def end(self, request: HttpRequest, memberships: list[Membership]) -> None:
        for membership in memberships:
            try:
                actions.end_membership(membership, by=administrator(request), now=timezone.now())
            except ValidationError as refused:
                self.message_user(request, f"{membership.user}: {' '.join(refused.messages)}", messages.ERROR)
            else:
                self.changed(request, membership, "until")
                self.message_user(
                    request, ": ".join([str(membership.user), str(_("membership ended."))]), messages.SUCCESS
                )


class InvitationStanding(Cases):
    title = _("standing")
    parameter_name = "standing"
    cases = {
        "open": (pgettext_lazy("invitation", "Open"), Q(standing="open")),
        "expired": (_("Too old"), Q(standing="expired")),
        "accepted": (_("Accepted"), Q(standing="accepted")),
        "revoked": (_("Revoked"), Q(standing="revoked")),
    }


@admin.register(Invitation)
class InvitationAdmin(Shown):
    """Who was asked to join. The link itself rests nowhere."""

    list_display = [
        "email", named("practice", capfirst(_("practice"))), "kind_shown", "standing", moment("created_at", _("Sent")),
        moment("expires_at", _("Open until")),
    ]  # fmt: skip
    list_filter = [InvitationStanding, AsKind, of_practice()]
    search_fields = ["email", "practice__name"]
    search_help_text = _("E-mail, practice or ID")
    ids = ("pk", "practice")
    ordering = ["-created_at", "pk"]
    fields = [
        "email", named("practice", capfirst(_("practice"))), "kind_shown", "standing", "language_shown",
        moment("created_at", _("Sent")),
        moment("expires_at", _("Open until")), moment("accepted_at", _("Accepted")),
        moment("revoked_at", _("Revoked")), "id",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        """By the names of its columns: this site's role cannot read what links are recognised by."""
        invitations: QuerySet[Invitation] = super().get_queryset(request)
        standing = Case(
            When(accepted_at__isnull=False, then=Value("accepted")),
            When(revoked_at__isnull=False, then=Value("revoked")),
            When(expires_at__lte=Now(), then=Value("expired")),
            default=Value("open"),
            output_field=CharField(),
        )
        return (
            invitations.annotate(standing=standing)
            .select_related("practice")
            .only(
                "email", "kind", "language", "created_at", "expires_at", "accepted_at", "revoked_at",
                "practice__name",
            )
        )  # fmt: skip

    @admin.display(description=_("Joins as"), ordering="kind")
    def kind_shown(self, invitation: Invitation) -> str:
        return invitation.get_kind_display()

    @admin.display(description=_("Standing"))
    def standing(self, invitation: Any) -> str:
        return str(InvitationStanding.cases[invitation.standing][0])

    @admin.display(description=_("Language"))
    def language_shown(self, invitation: Any) -> str:
        return str(invitation.language)
