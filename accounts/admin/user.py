from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts import actions
from accounts.admin.shown import Cases, Changed, administrator, for_chosen, listed, moment
from accounts.models import Membership, User
from audit import trail

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def with_second_step(users: QuerySet[User]) -> QuerySet[Any]:
    """Annotate `second_step`, whether they have one, and `needs_one`, as the log-in asks it."""
    held = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    member = Membership.objects.filter(user=OuterRef("pk"))
    return users.annotate(second_step=Exists(held), needs_one=Q(is_staff=True) | Exists(member))


class SecondStep(Cases):
    title = gettext_lazy("second step")
    parameter_name = "second_step"
    cases = {
        "yes": (gettext_lazy("Has one"), Q(second_step=True)),
        "missing": (gettext_lazy("Needs one and has none"), Q(second_step=False, needs_one=True, is_active=True)),
        "no": (gettext_lazy("Has none"), Q(second_step=False)),
    }


class WorksAs(Cases):
    title = gettext_lazy("works as")
    parameter_name = "works_as"
    cases = {
        str(kind.value): (kind.label, Q(pk__in=Membership.objects.current().filter(kind=kind).values("user")))
        for kind in Membership.Kind
    }


@admin.register(User)
class UserAdmin(Changed):
    """Users are deactivated, never deleted. Accounts are opened by those whose they are."""

    list_display = [
        "email",
        "full_name",
        "practices",
        "second",
        moment("last_login", gettext_lazy("Last log-in")),
        "is_active",
    ]
    list_filter = ["is_active", "is_staff", SecondStep, WorksAs, "language"]
    search_fields = ["email", "full_name"]
    search_help_text = gettext_lazy("E-mail, name or ID")
    ordering = ["email"]
    fields = [
        "email", "full_name", "language", "is_staff", "is_active", "second", "practices",
        listed("accounts_membership", "user", gettext_lazy("Memberships"), gettext_lazy("Where they work and worked")),
        moment("date_joined", gettext_lazy("Joined")), moment("last_login", gettext_lazy("Last log-in")), "id",
    ]  # fmt: skip
    actions = ["deactivate", "reactivate", "sign_out", "reset_factors"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        current = Membership.objects.current().select_related("practice").order_by("practice__name")
        users: QuerySet[User] = super().get_queryset(request)
        return with_second_step(users).prefetch_related(Prefetch("memberships", current, to_attr="current"))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        """An address is proven by its owner alone; nobody gives or takes an administrator's rights from themselves."""
        written = {"full_name", "language", "is_staff"} - ({"is_staff"} if obj == request.user else set())
        return [field for field in self.fields or [] if field not in written]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """An administrator is one in every respect: there are no halves of this site."""
        written = list(form.changed_data)
        if "is_staff" in written:
            obj.is_superuser = obj.is_staff
            written.append("is_superuser")
            made = "administrator_made" if obj.is_staff else "administrator_ended"
            trail.record("accounts", made, actor=administrator(request), obj=obj)
        obj.save(update_fields=written)

    @admin.display(description=gettext_lazy("Second step"), boolean=True)
    def second(self, user: Any) -> bool:
        return bool(user.second_step)

    @admin.display(description=pgettext_lazy("administration", "Practices"))
    def practices(self, user: Any) -> str:
        return ", ".join(dict.fromkeys(membership.practice.name for membership in user.current))

    @admin.action(description=gettext_lazy("Deactivate and sign out"), permissions=["change"])
    @for_chosen(gettext_lazy("They cannot sign in, and are told so by e-mail. What they wrote stays."))
    def deactivate(self, request: HttpRequest, users: list[User]) -> None:
        others = [user for user in users if user != request.user]
        done = [user for user in others if actions.deactivate(user, by=administrator(request))]
        for user in done:
            self.changed(request, user, "active")
        told = ngettext("%(n)s user deactivated.", "%(n)s users deactivated.", len(done)) % {"n": len(done)}
        if len(others) < len(users):
            told = " ".join([told, str(_("Nobody deactivates themselves."))])
        self.message_user(request, told, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Activate again"), permissions=["change"])
    @for_chosen()
    def reactivate(self, request: HttpRequest, users: list[User]) -> None:
        done = [user for user in users if actions.reactivate(user, by=administrator(request))]
        for user in done:
            self.changed(request, user, "active")
        told = ngettext("%(n)s user activated again.", "%(n)s users activated again.", len(done))
        self.message_user(request, told % {"n": len(done)}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Sign out everywhere"), permissions=["change"])
    @for_chosen(gettext_lazy("Every log-in of theirs ends, on every device. They are told so by e-mail."))
    def sign_out(self, request: HttpRequest, users: list[User]) -> None:
        for user in users:
            actions.end_sessions(user, by=administrator(request))
            self.changed(request, user, "log-ins")
        told = ngettext("%(n)s user signed out.", "%(n)s users signed out.", len(users))
        self.message_user(request, told % {"n": len(users)}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Remove second steps (telephone lost)"), permissions=["change"])
    @for_chosen(
        gettext_lazy(
            "Only for somebody whom you know by voice or face. They add a new second step at the next log-in, and are"
            " told by e-mail."
        )
    )
    def reset_factors(self, request: HttpRequest, users: list[User]) -> None:
        for user in users:
            actions.reset_factors(user, by=administrator(request))
            self.changed(request, user, "second step")
        told = ngettext("Second steps of %(n)s user removed.", "Second steps of %(n)s users removed.", len(users))
        self.message_user(request, told % {"n": len(users)}, messages.SUCCESS)


#: Names of what actions change: the history translates them.
CHANGED = [gettext_lazy("active"), gettext_lazy("log-ins"), gettext_lazy("second step")]
