"""What a search finds, kind by kind: each starts from what its asker may see, and asks the database once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import ClientOrganisation, Practice, Sector, User
from accounts.models.person import FinnishOrder
from engagements import persons
from engagements.models import ContractTemplate, Engagement, Form, Goal, Participation, State
from engagements.models.engagement import EngagementQuerySet
from engagements.models.goal import Theme
from engagements.views.persons import PRACTICE
from evaluations.models import Questionnaire
from formats.clock import HELSINKI, write_moment
from formats.days import write_days
from reports.models import Report
from reports.models.report import Kind
from sessions.models import NoteTemplate, Session, SessionState, SessionWord
from tyonohjaus.context import CLIENT, PRACTICE_ADMIN, SUPERVISEE, SUPERVISOR, Role
from tyonohjaus.search.pages import pages_found
from tyonohjaus.search.when import Span, span_of
from tyonohjaus.search.words import ALIKE, Words

SHOWN: Final = 8
MOST_COUNTED: Final = 100
#: How many of the most alike are looked at for a word that was mistyped.
MOST_ALIKE: Final = 30


@dataclass(frozen=True)
class Hit:
    parts: Sequence[tuple[str, bool]]
    about: str
    url: str


@dataclass(frozen=True)
class Group:
    """The hits of one kind: the first few, how many there are in all, and the list that shows them, if there is one."""

    label: str
    hits: Sequence[Hit]
    total: str
    list: str = ""
    whose: str = ""

    @property
    def more(self) -> bool:
        return self.total != str(len(self.hits))


@dataclass(frozen=True)
class Found:
    """What one kind found: title, about and address of each; whether it was as typed, so that its list finds it too."""

    label: str
    rows: Sequence[tuple[str, str, str]]
    list: str = ""
    whose: str = ""
    exact: bool = False


@dataclass(frozen=True)
class Asked:
    """What somebody looks for, in which capacity, and the time that their words name."""

    words: Words
    user: User
    role: Role
    span: Span | None = None
    rest: Words = field(default_factory=lambda: Words(""))


def search_for(typed: str, user: User, role: Role) -> tuple[list[Group], bool]:
    """Return the groups that found something, and whether they are only near to what was typed."""
    words = Words(typed)
    span, rest = span_of(words.all, timezone.localdate(timezone=HELSINKI))
    asked = Asked(words, user, role, span, Words(" ".join(rest)))
    found = [each for kind in KINDS[role.key] if (each := kind(asked)) and each.rows]
    if found:
        return [group_of(each, words) for each in found], False
    near = [each for kind in NEAR[role.key] if (each := kind(asked)) and each.rows]
    return [group_of(each, words) for each in near], bool(near)


def group_of(found: Found, words: Words) -> Group:
    total = f"{MOST_COUNTED}+" if len(found.rows) > MOST_COUNTED else str(len(found.rows))
    hits = [Hit(words.parts(title), about, url) for title, about, url in found.rows[:SHOWN]]
    return Group(found.label, hits, total, reverse(found.list) if found.list and found.exact else "", found.whose)


def few(rows: Any) -> list[Any]:
    """Return as many rows as are counted and one more, by one query."""
    return list(rows[: MOST_COUNTED + 1])


def best(rows: Iterable[Any]) -> tuple[list[Any], bool]:
    """Return the rows that have what was typed as it is, without the mark of it; else all, and that they have not."""
    marked = list(rows)
    exact = [row[:-1] for row in marked if row[-1]]
    return (exact, True) if exact else ([row[:-1] for row in marked], False)


def is_exact(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


# --- processes ------------------------------------------------------------------------------------------------------


def processes_of(asked: Asked) -> tuple[EngagementQuerySet, str]:
    """Return the processes somebody may find, and the name of the page that a hit leads to."""
    if asked.role == SUPERVISOR:
        return Engagement.objects.led_by(asked.user), "engagements:detail"
    if asked.role == SUPERVISEE:
        return Engagement.objects.attended_by(asked.user), "engagements:detail"
    if asked.role == CLIENT:
        return Engagement.objects.party_to(asked.user), "engagements:detail"
    offered = Engagement.objects.administered_by(asked.user).without_examples().exclude(state=State.DRAFT)
    return offered, "engagements:contract"


def processes(asked: Asked) -> Found:
    """By name and client; to a supervisor by own reference; to whoever is in it by its people and its goals' themes.

    Neither a client nor an administrator of the practice finds a process by who is in it: see the visibility table.
    """
    scope, _page = processes_of(asked)
    columns = ["sort_key", "client__sort_key"]
    if asked.role in (SUPERVISOR, PRACTICE_ADMIN):
        scope, columns = scope.alias(folded_reference=FinnishOrder("reference")), [*columns, "folded_reference"]
    inside = in_it(asked) if asked.role in (SUPERVISOR, SUPERVISEE) else ()
    rows = scope.filter(asked.words.within(*columns, or_else=inside)).annotate(
        exact=is_exact(asked.words.exact(*columns))
    )
    found, exact = best(few(rows.order_by("-exact", "sort_key", "pk").values_list(*PROCESS, "exact")))
    lists = {SUPERVISOR.key: "engagements:list", PRACTICE_ADMIN.key: "practice_home"}
    return Found(_("Processes"), told(asked, found), lists.get(asked.role.key, ""), exact=exact)


PROCESS: Final = ("pk", "title", "client__name", "form", "example")


def told(asked: Asked, rows: Iterable[Any]) -> list[tuple[str, str, str]]:
    _scope, page = processes_of(asked)
    return [
        (title, " · ".join([*([_("Example")] if example else []), client or _("private payer"), str(Form(form).label)]),
         reverse(page, args=[pk]))
        for pk, title, client, form, example in rows
    ]  # fmt: skip


def in_it(asked: Asked) -> list[Q]:
    """For each word: that somebody of that name is in the process, or that a goal one sees is of such a theme."""
    conditions = []
    goals = Goal.objects.visible_to(asked.user)
    for word in asked.words.all:
        one = Words(word)
        people = Participation.objects.current().filter(one.within("person__sort_key"))
        some = Q(pk__in=people.values("engagement"))
        if themes := [theme for theme in Theme.values if one.says(in_every_language(Theme(theme).label))]:
            some |= Q(pk__in=goals.filter(theme__in=themes).values("engagement"))
        conditions.append(some)
    return conditions


def in_every_language(label: Any) -> str:
    said = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            said.append(str(label))
    return " ".join(said)


def processes_nearly(asked: Asked) -> Found:
    scope, _page = processes_of(asked)
    rows = most_alike(scope, asked, "sort_key", "client__sort_key").values_list(*PROCESS)
    return Found(_("Processes"), told(asked, [row for row in rows if asked.words.nearly(row[1], row[2] or "")]))


def most_alike(scope: QuerySet[Any], asked: Asked, *columns: str) -> Any:
    alike = scope.annotate(likeness=asked.words.likeness(*columns)).filter(likeness__gte=ALIKE)
    return alike.order_by("-likeness", "sort_key", "pk")[:MOST_ALIKE]


# --- persons and clients --------------------------------------------------------------------------------------------


def met(asked: Asked) -> Any:
    return persons.met_by_asker() if asked.role == SUPERVISOR else persons.administered_by(asked.user)


def people(asked: Asked) -> Found:
    mailed = Q(email__icontains=asked.words.typed) if "@" in asked.words.typed else Q()
    named = asked.words.within("sort_key") | mailed if mailed else asked.words.within("sort_key")
    rows = met(asked).filter(named).annotate(exact=is_exact(asked.words.exact("sort_key")))
    found, exact = best(few(rows.order_by("-exact", "sort_key", "pk").values_list(*PERSON, "exact")))
    whose = PRACTICE if asked.role == PRACTICE_ADMIN else ""
    return Found(pgettext("list", "Persons"), named_people(found), "people:list", whose, exact)


PERSON: Final = ("pk", "given_name", "family_name", "email")


def named_people(rows: Iterable[Any]) -> list[tuple[str, str, str]]:
    return [
        (f"{given} {family}".strip(), email or _("on paper"), reverse("people:person", args=[pk]))
        for pk, given, family, email in rows
    ]


def people_nearly(asked: Asked) -> Found:
    rows = most_alike(met(asked), asked, "sort_key").values_list(*PERSON)
    return Found(pgettext("list", "Persons"), named_people([row for row in rows if asked.words.nearly(row[1], row[2])]))


def clients_of(asked: Asked) -> Any:
    return ClientOrganisation.objects.of_practices_of(asked.user).without_examples().archived(False)


def clients(asked: Asked) -> Found:
    exactly = asked.words.exact("sort_key") | Q(business_id__startswith=asked.words.typed)
    town = clients_of(asked).alias(folded_city=FinnishOrder("city"))
    rows = town.filter(asked.words.within("sort_key", "folded_city") | exactly).annotate(exact=is_exact(exactly))
    found, exact = best(few(rows.order_by("-exact", "sort_key", "pk").values_list(*ORGANISATION, "exact")))
    return Found(_("Clients"), named_clients(found), "accounts:organisations", exact=exact)


ORGANISATION: Final = ("pk", "name", "sector", "city")


def named_clients(rows: Iterable[Any]) -> list[tuple[str, str, str]]:
    return [
        (name, " · ".join([capfirst(str(Sector(sector).label)), *([city] if city else [])]),
         reverse("accounts:organisation", args=[pk]))
        for pk, name, sector, city in rows
    ]  # fmt: skip


def clients_nearly(asked: Asked) -> Found:
    rows = most_alike(clients_of(asked), asked, "sort_key").values_list(*ORGANISATION)
    return Found(_("Clients"), named_clients([row for row in rows if asked.words.nearly(row[1])]))


# --- sessions and reports -------------------------------------------------------------------------------------------


def sessions(asked: Asked) -> Found | None:
    """By their day, within it by process and place; without one by place, method and theme."""
    supervises = asked.role == SUPERVISOR
    scope = Session.objects.led_by(asked.user) if supervises else Session.objects.attended_by(asked.user)
    scope = scope.alias(folded_place=FinnishOrder("place"))
    if asked.span:
        first, last = (datetime.combine(day, time(), HELSINKI) for day in (asked.span[0], following(asked.span[1])))
        columns = ("engagement__sort_key", "engagement__client__sort_key", "folded_place")
        rows = scope.between(first, last).filter(asked.rest.within(*columns)).order_by("starts_at", "pk")
    else:
        rows = scope.filter(asked.words.within("folded_place", or_else=picked(asked.words)))
        rows = rows.order_by("-starts_at", "pk")
    wanted = ("pk", "starts_at", "engagement__title", "place", "state")
    return Found(
        _("Sessions"),
        [
            (f"{capfirst(write_moment(at))} · {title}", " · ".join(part for part in (place, state_of(state)) if part),
             reverse("sessions:detail", args=[pk]))
            for pk, at, title, place, state in few(rows.values_list(*wanted))
        ],
    )  # fmt: skip


def state_of(state: str) -> str:
    return str(SessionState(state).label)


def following(day: date) -> date:
    return day + timedelta(days=1)


def picked(words: Words) -> list[Q]:
    """For each word: that a method or theme of that name was picked for the session, and that one may see it."""
    folded_word = SessionWord.objects.alias(folded_text=FinnishOrder("word__text")).filter(session=OuterRef("pk"))
    return [Q(Exists(folded_word.filter(Words(word).within("folded_text")))) for word in words.all]


def reports(asked: Asked) -> Found | None:
    """By what kind they are and of which time, within that by process. Never by what they say."""
    kinds, rest = kinds_in(asked.rest)
    if not (kinds or (asked.span and asked.span[0] != asked.span[1])):
        return None
    scope, page = reports_of(asked)
    rows = scope.filter(kind__in=kinds or Kind.values)
    if asked.span:
        rows = rows.filter(since__lte=asked.span[1], until__gte=asked.span[0])
    rows = rows.filter(rest.within("engagement__sort_key", "engagement__client__sort_key")).order_by("-until", "pk")
    wanted = ("pk", "kind", "since", "until", "engagement__title")
    single = asked.role != PRACTICE_ADMIN  # who sees no more than that it exists has the list of them
    return Found(
        _("Reports"),
        [
            (f"{capfirst(str(Kind(kind).label))} {write_days(since, until)}", title,
             reverse(page, args=[pk] if single else None))
            for pk, kind, since, until, title in few(rows.values_list(*wanted))
        ],
    )  # fmt: skip


def reports_of(asked: Asked) -> tuple[Any, str]:
    if asked.role == SUPERVISOR:
        return Report.objects.led_by(asked.user), "reports:report"
    if asked.role == SUPERVISEE:
        return Report.objects.attended_by(asked.user), "draft:read"
    if asked.role == CLIENT:
        return Report.objects.received_by(asked.user), "received:report"
    return Report.objects.handed_over_in(Practice.objects.administered_by(asked.user)), "practice_reports"


def kinds_in(words: Words) -> tuple[list[str], Words]:
    """Return the kinds of report that `words` name, and the words that name none."""
    said = {kind: f"{in_every_language(Kind(kind).label)} {REPORT}" for kind in Kind.values}
    naming = [word for word in words.all if any(Words(word).says(each) for each in said.values())]
    rest = Words(" ".join(word for word in words.all if word not in naming))
    return [kind for kind, each in said.items() if naming and Words(" ".join(naming)).says(each)], rest


REPORT: Final = "raportti raportit rapport report"


# --- templates and pages --------------------------------------------------------------------------------------------


def templates(asked: Asked) -> Found:
    """Of contracts, questionnaires and notes, by name: one query each."""
    mine = Practice.objects.supervised_by(asked.user)
    contracts = ContractTemplate.objects.filter(practice__in=mine, archived_at=None)
    asked_with = Questionnaire.objects.usable_by(asked.user).in_use().filter(shipped="")
    notes = NoteTemplate.objects.usable_by(asked.user).filter(archived_at=None)
    found = [
        *named(contracts, asked.words, "name", "engagements:template_edit", _("Contract templates")),
        *named(asked_with, asked.words, "name", "questionnaires:edit", _("Questionnaires")),
        *named(notes, asked.words, "title", "notes:template_edit", _("Templates of notes")),
    ]
    return Found(_("Templates"), found)


def named(scope: Any, words: Words, column: str, page: str, about: str) -> list[tuple[str, str, str]]:
    rows = scope.alias(folded_name=FinnishOrder(column)).filter(words.within("folded_name")).order_by(column, "pk")
    return [(name, about, reverse(page, args=[pk])) for pk, name in few(rows.values_list("pk", column))]


def pages(asked: Asked) -> Found:
    return Found(
        pgettext("search", "Pages"), [(str(page.label), "", page.url) for page in pages_found(asked.words, asked.role)]
    )


Kinds = Sequence[Callable[[Asked], Found | None]]
KINDS: Final[dict[str, Kinds]] = {
    SUPERVISOR.key: (processes, people, clients, sessions, reports, templates, pages),
    PRACTICE_ADMIN.key: (processes, people, clients, reports, pages),
    SUPERVISEE.key: (processes, sessions, reports, pages),
    CLIENT.key: (processes, reports, pages),
}
NEAR: Final[dict[str, Kinds]] = {
    SUPERVISOR.key: (processes_nearly, people_nearly, clients_nearly),
    PRACTICE_ADMIN.key: (processes_nearly, people_nearly, clients_nearly),
    SUPERVISEE.key: (processes_nearly,),
    CLIENT.key: (processes_nearly,),
}
