from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from notifications.models import Message


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The queue, to be looked at: no recipients, and no bodies, since none are kept."""

    list_display = ["kind", "state", "next_at", "attempts", "maybe_sent", "sent_at", "last_error"]
    list_filter = ["state", "kind"]
    fields = [
        "key", "kind", "state", "next_at", "attempts", "maybe_sent", "created_at", "sent_at", "smtp_reply",
        "last_error",
    ]  # fmt: skip
    ordering = ["-created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
