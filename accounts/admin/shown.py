"""What every page of the admin site keeps to: nothing is deleted, lists stay quick, only what is shown can be asked."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import Practice, User
from audit import trail
from formats.clock import write_moment
from formats.days import write_day

#: How many rows a list counts and can be paged through; beyond, it is narrowed by search and filters.
MOST_ROWS: Final = 1000
#: How many rows one action is for.
MOST_AT_ONCE: Final = 100
LONGEST_SEARCH: Final = 200
MOST_WORDS: Final = 8


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to MOST_ROWS and no further: neither count nor offset grows with the table."""

    @cached_property
    def found(self) -> int:
        rows: QuerySet[Model] = self.object_list  # type: ignore[assignment]
        return rows.order_by().values("pk")[: MOST_ROWS + 1].count()

    @property
    def more(self) -> bool:
        """Whether there are rows that this list does not reach."""
        return self.found > MOST_ROWS

    @cached_property
    def count(self) -> int:
        return min(self.found, MOST_ROWS)


class Shown(admin.ModelAdmin):  # type: ignore[type-arg]
    """Looked at, not written. What can be changed says so; nothing is ever deleted."""

    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    empty_value_display = "–"
    #: Columns in which an id that is searched for is looked up.
    ids: Sequence[str] = ("pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Named by what it lists: Django's own titles ask to select something to change."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        title = {"title": capfirst(self.opts.verbose_name)}
        return super().changeform_view(request, object_id, form_url, {**title, **(extra_context or {})})

    def has_help_permission(self, request: HttpRequest) -> bool:
        """Whether the actions of a page that is only looked at are open: to whom the page is."""
        return self.has_view_permission(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only filters narrow a list: an address that asks other columns would tell them letter by letter."""
        for each in self.get_list_filter(request):
            name = each if isinstance(each, str) else getattr(each, "parameter_name", None)
            if name and (lookup == name or (isinstance(each, str) and lookup.startswith(f"{name}__"))):
                return True
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = " ".join(search_term.replace("\0", "")[:LONGEST_SEARCH].split()[:MOST_WORDS])
        if pk := uuid_of(term):
            return queryset.filter(Q(*[(name, pk) for name in self.ids], _connector=Q.OR)), False
        return super().get_search_results(request, queryset, term)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self.note(request, obj, ADDITION, "added", message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self.note(request, obj, CHANGE, "changed", message)

    def note(self, request: HttpRequest, obj: Any, flag: int, verb: str, message: Any) -> LogEntry:
        """Write to the history of the object, by id alone and with the names of fields, and to the evidence."""
        by = administrator(request)
        trail.record("accounts", f"admin_{verb}_{obj._meta.model_name}", actor=by, obj=obj)
        return LogEntry.objects.create(
            user_id=by.pk,
            content_type_id=ContentType.objects.get_for_model(obj, for_concrete_model=False).pk,
            object_id=str(obj.pk),
            object_repr=str(obj.pk),
            action_flag=flag,
            change_message=message if isinstance(message, str) else json.dumps(message),
        )

    def changed(self, request: HttpRequest, obj: Any, field: str) -> None:
        """Note that an action changed `field`: the English msgid of its name, which the history translates."""
        self.log_change(request, obj, [{"changed": {"fields": [field]}}])


class Changed(Shown):
    """Facts that an administrator may put right: only what was changed is written."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.save(update_fields=form.changed_data)


def administrator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (the site lets nobody else in)
    return request.user


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# --- columns ----------------------------------------------------------------------------------------------------------

#: A text, or one that is translated when it is shown.
Words = Any


def moment(field: str, label: Words) -> Any:
    """Return a column that writes the date or moment in `field` as people here do."""

    @admin.display(description=label, ordering=field)
    def shown(obj: Any) -> str:
        value: date | datetime | None = getattr(obj, field)
        if isinstance(value, datetime):
            return write_moment(value)
        return write_day(value) if value else "–"

    shown.__name__ = f"{field}_shown"
    return shown


def named(field: str, label: Words) -> Any:
    """Return a column that names what the foreign key `field` points to, under a label of its own."""

    @admin.display(description=label, ordering=field)
    def shown(obj: Any) -> str:
        return str(getattr(obj, field))

    shown.__name__ = f"{field}_named"
    return shown


def listed(model: str, parameter: str, label: Words, words: Words) -> Any:
    """Return a column that leads to the list of `model` ("room_name") narrowed to this object by `parameter`."""

    @admin.display(description=label)
    def shown(obj: Any) -> SafeString:
        return format_html('<a href="{}?{}={}">{}</a>', reverse(f"admin:{model}_changelist"), parameter, obj.pk, words)

    shown.__name__ = f"{model}_list"
    return shown


# --- filters ----------------------------------------------------------------------------------------------------------


def narrowed_to(model: type[Model], path: str, parameter: str) -> type[admin.SimpleListFilter]:
    """Return a filter that keeps a list to one object, which a link names. It offers none itself: there are many."""

    class NarrowedTo(admin.SimpleListFilter):
        title = model._meta.verbose_name or ""
        parameter_name = parameter

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            found = model._default_manager.filter(pk=uuid_of(self.value() or "")).first()
            return [(str(found.pk), str(found))] if found else []

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{path: uuid_of(self.value() or "")}) if self.value() else queryset

    return NarrowedTo


def of_practice(path: str = "practice") -> type[admin.SimpleListFilter]:
    return narrowed_to(Practice, path, "practice")


class Cases(admin.SimpleListFilter):
    """A filter whose choices are conditions: `cases` gives, for each value, its words and a Q."""

    cases: Mapping[str, tuple[Words, Q]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Words]]:
        return [(value, words) for value, (words, _condition) in self.cases.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.cases.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


# --- actions ----------------------------------------------------------------------------------------------------------

Action = Callable[[Any, HttpRequest, list[Any]], None]


def for_chosen(question: Words = "") -> Callable[[Action], Callable[..., HttpResponse | None]]:
    """Make an action of a method over a bounded list of objects; with a `question` it is asked before."""

    def make(action: Action) -> Callable[..., HttpResponse | None]:
        @wraps(action)
        def asked(page: Shown, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
            objects = list(chosen[: MOST_AT_ONCE + 1])
            if len(objects) > MOST_AT_ONCE:
                page.message_user(request, _("Choose at most %(n)s at a time.") % {"n": MOST_AT_ONCE}, messages.ERROR)
                return None
            if question and "sure" not in request.POST:
                return ask(page, request, objects, question)
            action(page, request, objects)
            return None

        return asked

    return make


def ask(page: Shown, request: HttpRequest, objects: list[Any], question: Words) -> TemplateResponse:
    name = request.POST["action"]
    return TemplateResponse(
        request,
        "admin/sure.html",
        {
            **page.admin_site.each_context(request),
            "title": getattr(page, name).short_description,
            "question": question,
            "objects": objects,
            "opts": page.model._meta,
            "action": name,
            "checkbox": ACTION_CHECKBOX_NAME,
        },
    )
