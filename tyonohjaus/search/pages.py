"""The pages of the product that a search finds by name, in any of its languages: of each role its own."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tyonohjaus.context import CLIENT, PRACTICE_ADMIN, SUPERVISEE, SUPERVISOR, Role
from tyonohjaus.search.words import Words


@dataclass(frozen=True)
class Page:
    """A page that names nobody: what it is called, whose it is, and by which other words it is looked for."""

    url_name: str
    label: Promise
    roles: frozenset[str]
    also: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name)


_S, _A, _P, _C = (frozenset({role.key}) for role in (SUPERVISOR, PRACTICE_ADMIN, SUPERVISEE, CLIENT))
_ALL: Final = _S | _A | _P | _C

#: A new page that stands in no list gets its line here. Its label is its heading.
PAGES: Final = (
    Page("today", _("Today"), _S, "etusivu koti hem home"),
    Page("portal", pgettext_lazy("page", "Home"), _P, "etusivu koti hem"),
    Page("client_home", pgettext_lazy("page", "Home"), _C, "etusivu koti hem"),
    Page("practice_home", _("Overview"), _A, "etusivu koti hem home"),
    Page("calendar:calendar", _("Calendar"), _S, "viikko vecka week kuukausi agenda"),
    Page("engagements:list", _("Processes"), _S),
    Page("engagements:open", _("Open a process"), _S, "uusi prosessi ny process new"),
    Page("sessions:book_any", _("Book a session"), _S, "uusi tapaaminen varaa aika boka"),
    Page("sessions:unmarked", _("Held, not written up"), _S, "merkitsemättä"),
    Page("notes:list", _("Notes"), _S, "muistiinpanot anteckningar"),
    Page("notes:search", _("Search in your notes"), _S),
    Page("notes:templates", _("Templates of notes"), _S),
    Page("notes:export", _("Take notes out"), _S, "export vie"),
    Page("vault:key", _("The key of your notes"), _S, "salalause lösenfras passphrase"),
    Page("billing:list", pgettext_lazy("navigation", "Billing"), _S | _A, "lasku faktura invoice laskutusperuste"),
    Page("accounts:organisations", _("Clients"), _S | _A, "tilaajat organisaatiot organisationer"),
    Page("people:list", pgettext_lazy("list", "Persons"), _S | _A, "henkilöt ohjattavat yhteyshenkilöt"),
    Page("accounts:practice", pgettext_lazy("navigation", "Practice"), _S | _A, "asetukset inställningar settings"),
    Page("engagements:templates", _("Contract templates"), _S, "sopimuspohjat mallit avtalsmallar"),
    Page("engagements:library", _("Goal library"), _S, "tavoitteet mål goals"),
    Page("questionnaires:list", _("Questionnaires"), _S, "kyselyt arviointi enkäter"),
    Page("effects:own", _("Effects over the years"), _S, "vaikuttavuus tulokset resultat"),
    Page("sessions:words", _("Methods and themes"), _S, "menetelmät teemat metoder"),
    Page("calendar:working_time", _("Working time"), _S, "työajat asetukset inställningar settings"),
    Page("busy:own", _("Taken elsewhere"), _S, "kalenteri outlook google asetukset inställningar settings"),
    Page("feeds:own", _("Calendar elsewhere"), _ALL, "ics outlook google syöte asetukset inställningar settings"),
    Page("practice_supervisors", _("Supervisors"), _A, "työnohjaajat handledare"),
    Page("practice_messages", pgettext_lazy("section", "Messages"), _A, "viestit"),
    Page("practice_reports", _("Reports that were handed over"), _A, "raportit rapporter"),
    Page("tasks:own", _("Your tasks"), _P, "välitehtävät tehtävät uppgifter"),
    Page("diary:list", _("My diary"), _P, "päiväkirja dagbok"),
    Page("received:list", _("Reports"), _P | _C, "raportit rapporter"),
    Page("received:not_shown", _("What we do not show, and why"), _C),
    Page("billing:told", _("Billing basis"), _C, "lasku faktura"),
    Page("visibility", _("Who sees what"), _ALL, "näkyvyys tietosuoja yksityisyys synlighet privacy"),
    Page(
        "accounts:profile", _("Own details"), _ALL, "asetukset profiili kieli inställningar settings profile language"
    ),
    Page("notifications:own", _("Reminders"), _ALL, "asetukset muistutukset viestit inställningar settings"),
    Page("mfa_index", _("Sign-in and security"), _ALL, "asetukset salasana kirjautuminen inställningar settings"),
    Page("documents:check", _("Check a file"), _ALL, "allekirjoitus pdf sinetti"),
)


@cache
def said_of(page: Page) -> str:
    """Return every word by which a page is found: what it is called in each language, and what else it is called."""
    labels = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            labels.append(str(page.label))
    return " ".join([*labels, page.also])


def pages_found(words: Words, role: Role) -> list[Page]:
    return [page for page in PAGES if role.key in page.roles and words.says(said_of(page))]
