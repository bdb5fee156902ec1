from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import ClientOrganisation, Membership, Practice, User
from audit import trail


class Recorded(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nothing is deleted here, and what is changed is evidence."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        record(request, f"admin_added_{obj._meta.model_name}", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        record(request, f"admin_changed_{obj._meta.model_name}", obj)
        return super().log_change(request, obj, message)


def record(request: HttpRequest, event: str, obj: Any) -> None:
    assert isinstance(request.user, User)  # noqa: S101  (the site lets nobody else in)
    trail.record("accounts", event, actor=request.user, obj=obj)


@admin.register(User)
class UserAdmin(Recorded):
    """Users are deactivated, never deleted. Accounts are opened by those whose they are."""

    list_display = ["email", "full_name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "full_name"]
    fields = ["email", "full_name", "language", "is_active", "is_staff", "is_superuser", "date_joined", "last_login"]
    readonly_fields = ["email", "date_joined", "last_login"]
    actions = ["deactivate", "reset_factors"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=_("Deactivate and sign out"), permissions=["change"])
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in [each for each in users if each != request.user]:
            user.is_active = False
            user.save(update_fields=["is_active"])
            end_sessions(user)
            record(request, "user_deactivated", user)
        self.message_user(request, _("Done. Nobody deactivates themselves."), messages.SUCCESS)

    @admin.action(description=_("Remove second steps (telephone lost)"), permissions=["change"])
    def reset_factors(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """For somebody known by voice or face. They are told by mail, and add a new factor at the next log-in."""
        for user in users:
            Authenticator.objects.filter(user=user).delete()
            end_sessions(user)
            get_adapter(request).tell("mfa/email/totp_deactivated", user)
            record(request, "factors_reset", user)
        told = ngettext("Second steps of %(n)d user removed.", "Second steps of %(n)d users removed.", len(users))
        self.message_user(request, told % {"n": len(users)}, messages.SUCCESS)


def end_sessions(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


@admin.register(Practice)
class PracticeAdmin(Recorded):
    list_display = ["name", "business_id", "city", "created_at"]
    search_fields = ["name", "business_id"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(Recorded):
    """Who works where: the way back for a practice whose only administrator is gone."""

    list_display = ["user", "practice", "kind", "since", "until"]
    list_filter = ["kind"]
    list_select_related = ["user", "practice"]
    search_fields = ["user__email", "practice__name"]
    autocomplete_fields = ["user", "practice"]


@admin.register(ClientOrganisation)
class ClientOrganisationAdmin(Recorded):
    """That they exist, and for which practice."""

    list_display = ["name", "business_id", "sector", "practice"]
    list_select_related = ["practice"]
    search_fields = ["name", "business_id"]
    fields = ["name", "business_id", "sector", "public_body", "practice"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
