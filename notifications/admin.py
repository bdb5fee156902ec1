from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db import connections
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.shown import Cases, Shown, Words, administrator, for_chosen, moment
from audit import trail
from notifications.kinds import kinds
from notifications.models import Message


class OfKind(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Words]]:
        return [(name, kind.label) for name, kind in kinds().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        return queryset.filter(kind=self.value()) if self.value() in kinds() else queryset


class Doubt(Cases):
    title = _("said twice?")
    parameter_name = "doubt"
    cases = {"yes": (_("Perhaps"), Q(maybe_sent__gt=0)), "no": (_("Surely not"), Q(maybe_sent=0))}


@admin.register(Message)
class MessageAdmin(Shown):
    """The queue: no recipients, and no bodies, since none are kept. What it is about stands as an id."""

    list_display = [
        "kind_shown", "state_shown", moment("created_at", _("Written")), moment("next_at", _("Leaves at the earliest")),
        moment("sent_at", _("Sent")), "tries", "doubt", "error",
    ]  # fmt: skip
    list_filter = ["state", OfKind, Doubt]
    search_fields = ["=message_id"]
    search_help_text = _("ID of the message or of what it is about, or the Message-ID of the mail")
    ids = ("pk", "obj")
    ordering = ["-created_at", "pk"]
    sortable_by = ["kind_shown"]
    fields = [
        "kind_shown", "state_shown", "about", moment("created_at", _("Written")),
        moment("next_at", _("Leaves at the earliest")), moment("sent_at", _("Sent")), "tries", "doubt", "reply",
        "error", "mail", "id",
    ]  # fmt: skip
    actions = ["try_again"]

    @admin.display(description=_("Kind"))
    def kind_shown(self, message: Message) -> str:
        return str(kinds()[message.kind].label) if message.kind in kinds() else message.kind

    @admin.display(description=_("State"))
    def state_shown(self, message: Message) -> str:
        return capfirst(message.get_state_display())

    @admin.display(description=_("About"))
    def about(self, message: Message) -> UUID:
        return message.obj

    @admin.display(description=_("Tries"))
    def tries(self, message: Message) -> int:
        return message.attempts

    @admin.display(description=_("Perhaps said before"))
    def doubt(self, message: Message) -> int:
        return message.maybe_sent

    @admin.display(description=_("Answer of the mail server"))
    def reply(self, message: Message) -> str:
        return message.smtp_reply

    @admin.display(description=_("Error"))
    def error(self, message: Message) -> str:
        return message.last_error

    @admin.display(description="Message-ID")
    def mail(self, message: Message) -> str:
        return message.message_id

    @admin.action(description=_("Try again those given up"), permissions=["help"])
    @for_chosen()
    def try_again(self, request: HttpRequest, chosen: list[Message]) -> None:
        tried = [message for message in chosen if try_again(message)]
        for message in tried:
            trail.record("accounts", "message_tried_again", actor=administrator(request), obj=message)
            self.changed(request, message, "state")
        told = ngettext("%(n)s message leaves soon.", "%(n)s messages leave soon.", len(tried)) % {"n": len(tried)}
        if len(tried) < len(chosen):
            told = " ".join([told, str(_("Only messages that were given up can be tried again."))])
        self.message_user(request, told, messages.SUCCESS if tried else messages.WARNING)


def try_again(message: Message) -> bool:
    """Have a message that was given up sent after all; return whether it was one. It is asked first if still wanted."""
    with connections["admin"].cursor() as cursor:
        cursor.execute("SELECT sec.try_again(%s)", [message.pk])
        row = cursor.fetchone()
    return bool(row and row[0])
