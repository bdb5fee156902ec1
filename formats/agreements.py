"""Words of an agreement about supervision, as people write them in lists: rhythm, notice, form, focus, mode, state."""

import re
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_lazy as _

from formats.languages import Language, language_of
from formats.numbers import read_whole
from formats.unreadable import Unreadable, clean, folded

MOST_NOTICE_HOURS = 30 * 24

Form = Literal["individual", "pair", "group", "community"]
Focus = Literal["general", "leadership", "crisis", "situational", "toto"]
Mode = Literal["in_person", "remote", "hybrid", "mixed"]
SessionState = Literal["planned", "held", "cancelled", "cancelled_late", "no_show"]


@dataclass(frozen=True)
class Rhythm:
    """How often: every `every` weeks (1–26) or months (1–12), or as agreed each time (`every` is None then)."""

    every: int | None
    unit: Literal["weeks", "months", "agreed"]


_WEEK = r"(?:vko|vk|vkon|v|viikko|viikkoa|viikon|viikoittain|vecka|veckor|veckan|w|wk|wks|week|weeks)\.?"
_MONTH = r"(?:kk|kuukausi|kuukautta|kuukauden|kuukaudessa|kuussa|mån|man|manad|manader|manaden|month|months|mo)\.?"
_ORDINALS = {
    "toinen": 2, "kolmas": 3, "neljas": 4, "viides": 5, "kuudes": 6, "annan": 2, "andra": 2, "varannan": 2, "tredje": 3,
    "fjarde": 4, "femte": 5, "sjatte": 6, "second": 2, "other": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6,
}  # fmt: skip
_NUMBERS = {
    "yhden": 1, "kahden": 2, "kolmen": 3, "neljan": 4, "viiden": 5, "kuuden": 6, "kahdeksan": 8,
    "en": 1, "ett": 1, "tva": 2, "tre": 3, "fyra": 4, "fem": 5, "sex": 6,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
}  # fmt: skip
_WHOLE_PHRASES = {
    Rhythm(1, "weeks"): (
        "viikoittain|viikottain|joka viikko|kerran viikossa|1 krt/vk|1 krt/vko|1x/vk|1x/vko|krt/vk|kerran vk|kerran vko"
        "|varje vecka|en gang i veckan|1 gang/vecka|veckovis|weekly|every week|once a week"
    ),
    Rhythm(2, "weeks"): (
        "joka toinen viikko|varannan vecka|fortnightly|biweekly|every other week|every second week|kaksi kertaa kuussa"
        "|2 kertaa kuussa|2 kertaa kuukaudessa|kahdesti kuussa|tva ganger i manaden|twice a month"
    ),
    Rhythm(1, "months"): (
        "kuukausittain|joka kuukausi|joka kuu|kerran kuussa|kerran kuukaudessa|kerran kk|krt/kk"
        "|varje manad|en gang i manaden|manatligen|monthly|every month|once a month"
    ),
    Rhythm(2, "months"): "joka toinen kuukausi|varannan manad|every other month|every second month",
    Rhythm(None, "agreed"): (
        "tarpeen mukaan|sopimuksen mukaan|sovitaan erikseen|kerrallaan sovittava|vid behov|enligt overenskommelse"
        "|as needed|as agreed|by agreement"
    ),
    Rhythm(3, "months"): "neljannesvuosittain|kvartalsvis|quarterly",
}
_RHYTHM_OF = {phrase: rhythm for rhythm, phrases in _WHOLE_PHRASES.items() for phrase in phrases.split("|")}
_TIMES_A_MONTH = re.compile(
    rf"([0-9]{{1,2}}) ?(?:krt|kertaa|kerta|x|ggr|gang|ganger|times?)\.? ?(?:/|per|i|a|in a)? ?{_MONTH}"
)
_EVERY = re.compile(
    r"(?:n\.? ?)?(?:joka |var |vart |varje |every |kerran )?(?P<number>[0-9]{1,2}|[a-z]+)(?:\.|:[ae]|st|nd|rd|th)? ?"
    rf"(?:(?P<week>{_WEEK})|(?P<month>{_MONTH}))(?: ?valein| ?valen| intervals?| mellanrum| apart)?"
)
_WITH_INTERVALS = re.compile(
    rf"(?:med )?(?P<number>[0-9]{{1,2}}|[a-z]+) ?(?:(?P<week>{_WEEK})|(?P<month>{_MONTH}))s? mellanrum"
)


def read_rhythm(value: object) -> Rhythm:
    """Return the Rhythm of `3 vko välein`, `joka 2. viikko`, `4 vk`, `kerran kuussa`, `2 krt/kk`, `varannan vecka`, …

    Times a month become weeks when they divide four. Raises Unreadable for anything else.
    """
    text = re.sub(r" ?/ ?", "/", folded(clean(value, longest=60))).rstrip(".")
    if text in _RHYTHM_OF:
        return _RHYTHM_OF[text]
    if match := _TIMES_A_MONTH.fullmatch(text):
        times = int(match[1])
        if times in (1, 2, 4):
            return Rhythm(1, "months") if times == 1 else Rhythm(4 // times, "weeks")
        raise _not_a_rhythm()
    if match := _EVERY.fullmatch(text) or _WITH_INTERVALS.fullmatch(text):
        word = match["number"]
        number = int(word) if word.isdigit() else _ORDINALS.get(word) or _NUMBERS.get(word) or 0
        if match["week"] and 1 <= number <= 26:
            return Rhythm(number, "weeks")
        if match["month"] and 1 <= number <= 12:
            return Rhythm(number, "months")
    raise _not_a_rhythm()


def _not_a_rhythm() -> Unreadable:
    return Unreadable(_("How often is not clear. Write it like “every 3 weeks” or “once a month”."), code="rhythm")


def write_rhythm(rhythm: Rhythm, *, language: str | None = None) -> str:
    """Write a rhythm: `3 viikon välein`, `kerran kuussa`, `med 3 veckors mellanrum`, `every 3 weeks`."""
    chosen = language_of(language)
    if rhythm.every is None or rhythm.unit == "agreed":
        return {"fi": "tarpeen mukaan", "sv": "vid behov", "en": "as needed"}[chosen]
    if rhythm.every == 1:
        often: dict[str, dict[Language, str]] = {
            "weeks": {"fi": "viikoittain", "sv": "varje vecka", "en": "every week"},
            "months": {"fi": "kerran kuussa", "sv": "en gång i månaden", "en": "once a month"},
        }
        return often[rhythm.unit][chosen]
    finnish, swedish, english = {
        "weeks": ("viikon", "veckors", "weeks"),
        "months": ("kuukauden", "månaders", "months"),
    }[rhythm.unit]
    return {
        "fi": f"{rhythm.every} {finnish} välein",
        "sv": f"med {rhythm.every} {swedish} mellanrum",
        "en": f"every {rhythm.every} {english}",
    }[chosen]


_HOURS = r"(?:h|t|tuntia?|tim|timmar|timme|hours?)"
_DAYS = r"(?:pv|pva|vrk|d|paiva|paivaa|vuorokausi|vuorokautta|dygn|dag|dagar|days?)"
_NOTICE = re.compile(
    rf"(?P<number>[0-9]{{1,4}}|[a-z]+) ?(?:(?P<hours>{_HOURS})|(?P<days>{_DAYS})|(?P<weeks>{_WEEK}))\.?"
)


def read_notice(value: object) -> int:
    """Return the hours of a cancellation notice: `48 h` → 48, `2 pv` → 48, `1 vk` → 168; at most 30 days.

    A spreadsheet's bare number is hours. Working days cannot be turned into hours and raise Unreadable, as does all
    else.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        hours = read_whole(value, least=0)
    else:
        text = re.sub(
            r" ?(?:ennen|aiemmin|etukateen|fore|innan|before|in advance)$", "", folded(clean(value, longest=40))
        )
        match = _NOTICE.fullmatch(text)
        number = 0
        if match is not None:
            word = match["number"]
            number = (
                int(word)
                if word.isdigit()
                else {"yksi": 1, "kaksi": 2, "viikko": 1}.get(word) or _NUMBERS.get(word) or 0
            )
        if match is None or not number:
            raise Unreadable(
                _("The notice for cancelling is not clear. Write it like 48 h, 2 days or 1 week."), code="notice"
            )
        hours = number * (1 if match["hours"] else 24 if match["days"] else 168)
    if hours > MOST_NOTICE_HOURS:
        raise Unreadable(_("A notice for cancelling can be at most 30 days."), code="notice_long")
    return hours


def write_notice(hours: int, *, language: str | None = None) -> str:
    """Write a notice: `48 h`, full weeks as `1 viikko`, `2 viikkoa`, `1 vecka`, `2 weeks`."""
    weeks, rest = divmod(hours, 168)
    if rest or not weeks:
        return f"{hours} h"
    one, many = {"fi": ("viikko", "viikkoa"), "sv": ("vecka", "veckor"), "en": ("week", "weeks")}[language_of(language)]
    return f"{weeks} {one if weeks == 1 else many}"


_FORMS: dict[str, Form] = {
    "yksilo": "individual", "yksilotyonohjaus": "individual", "yksiloohjaus": "individual",
    "individuell": "individual", "individuell handledning": "individual", "individhandledning": "individual",
    "individual": "individual", "individual supervision": "individual", "1:1": "individual",
    "pari": "pair", "parityonohjaus": "pair", "par": "pair", "parhandledning": "pair",
    "pair": "pair", "pair supervision": "pair",
    "ryhma": "group", "ryhmatyonohjaus": "group", "pienryhma": "group", "grupp": "group", "grupphandledning": "group",
    "group": "group", "group supervision": "group",
    "yhteiso": "community", "yhteisotyonohjaus": "community", "yhteistyonohjaus": "community",
    "tyoyhteiso": "community", "tyoyhteison tyonohjaus": "community", "tyoyhteisotyonohjaus": "community",
    "arbetsgemenskap": "community", "handledning av arbetsgemenskap": "community", "community": "community",
    "work community": "community", "work-community supervision": "community", "team": "community",
}  # fmt: skip
_FOCUSES: dict[str, Focus] = {
    "yleinen": "general", "-": "general", "allman": "general", "general": "general",
    "johto": "leadership", "johdon": "leadership", "johdon tyonohjaus": "leadership", "johtaminen": "leadership",
    "esihenkilotyonohjaus": "leadership", "esihenkiloiden tyonohjaus": "leadership", "chefshandledning": "leadership",
    "ledarskap": "leadership", "leadership": "leadership", "leadership supervision": "leadership",
    "kriisi": "crisis", "kriisityonohjaus": "crisis", "kris": "crisis", "krishandledning": "crisis",
    "crisis": "crisis", "crisis supervision": "crisis",
    "tilanne": "situational", "tilannetyonohjaus": "situational", "situation": "situational",
    "situationshandledning": "situational", "situational": "situational", "situational supervision": "situational",
    "toto": "toto", "to-to": "toto", "tyonohjauksen tyonohjaus": "toto",
    "tyonohjaajan tyonohjaus": "toto", "handledning av handledare": "toto",
    "handledning pa handledning": "toto", "supervision of supervision": "toto",
}  # fmt: skip
_MODES: dict[str, Mode] = {
    "lahi": "in_person", "lahitapaaminen": "in_person", "lahityonohjaus": "in_person", "paikan paalla": "in_person",
    "kasvokkain": "in_person", "nar": "in_person", "narmote": "in_person", "pa plats": "in_person",
    "in person": "in_person", "in-person": "in_person", "on site": "in_person", "face to face": "in_person",
    "eta": "remote", "etana": "remote", "etatyonohjaus": "remote", "etatapaaminen": "remote", "verkossa": "remote",
    "teams": "remote", "zoom": "remote", "distans": "remote", "pa distans": "remote", "distanshandledning": "remote",
    "remote": "remote", "online": "remote",
    "hybridi": "hybrid", "hybridityonohjaus": "hybrid", "hybrid": "hybrid", "hybridhandledning": "hybrid",
    "vuorotellen": "hybrid",
    "monipaikkainen": "mixed", "flerplats": "mixed", "mixed": "mixed", "mixed-location": "mixed",
    "mixed location": "mixed",
}  # fmt: skip
_STATES: dict[str, SessionState] = {
    "sovittu": "planned", "suunniteltu": "planned", "varattu": "planned", "tulossa": "planned",
    "avtalad": "planned", "bokad": "planned", "planerad": "planned", "planned": "planned", "booked": "planned",
    "agreed": "planned",
    "pidetty": "held", "toteutunut": "held", "ok": "held", "hallen": "held", "held": "held", "done": "held",
    "peruttu": "cancelled", "peruutettu": "cancelled", "peruuntunut": "cancelled", "peruuntui": "cancelled",
    "installd": "cancelled", "avbokad": "cancelled", "cancelled": "cancelled", "canceled": "cancelled",
    "peruttu myohaan": "cancelled_late", "peruutettu myohaan": "cancelled_late", "myohaan peruttu": "cancelled_late",
    "sent avbokad": "cancelled_late", "avbokad sent": "cancelled_late", "installd sent": "cancelled_late",
    "cancelled late": "cancelled_late", "canceled late": "cancelled_late", "late cancellation": "cancelled_late",
    "ei saapunut": "no_show", "ei tullut": "no_show", "ei ilmaantunut": "no_show", "uteblev": "no_show",
    "no show": "no_show", "no-show": "no_show",
}  # fmt: skip


def _word(value: object) -> str:
    return folded(clean(value, longest=60)).rstrip(".")


def read_form(value: object) -> Form:
    """Return the form of `Yksilötyönohjaus`, `ryhmä`, `pari`, `yhteisö`, also in Swedish and English."""
    form = _FORMS.get(_word(value))
    if form is None:
        raise Unreadable(
            _("“%(text)s” is not a form of supervision: individual, pair, group or community."),
            code="form",
            text=_word(value),
        )
    return form


def read_focus(value: object) -> Focus:
    """Return the focus of `kriisi`, `johdon työnohjaus`, `tilannetyönohjaus`, `ToTo`, also in Swedish and English."""
    focus = _FOCUSES.get(_word(value))
    if focus is None:
        raise Unreadable(_("“%(text)s” is not a focus of supervision."), code="focus", text=_word(value))
    return focus


def read_mode(value: object) -> Mode:
    """Return the mode of `etä`, `lähi`, `hybridi`, `monipaikkainen`, also in Swedish and English."""
    mode = _MODES.get(_word(value))
    if mode is None:
        raise Unreadable(
            _("“%(text)s” is not a way of meeting: in person, remote, hybrid or mixed-location."),
            code="mode",
            text=_word(value),
        )
    return mode


def read_session_state(value: object) -> SessionState:
    """Return the state of `pidetty`, `sovittu`, `peruttu myöhään`, `ei saapunut`, also in Swedish and English."""
    state = _STATES.get(_word(value))
    if state is None:
        raise Unreadable(
            _("“%(text)s” is not a state of a session: booked, held, cancelled or cancelled late."),
            code="session_state",
            text=_word(value),
        )
    return state
