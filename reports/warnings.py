"""What a draft should be looked at again for: it names somebody of the process, repeats an answer to an evaluation, or
seems to describe somebody they work with. A decision aid: it stops nothing, and it is not complete.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement, Told
from evaluations.models import Mode
from evaluations.results.collecting import closed_rounds, collect
from evaluations.results.family import TABLED
from evaluations.results.reading import written
from reports.text import Body

WHY: Final[dict[str, Promise]] = {
    "name": _("This names somebody in the process."),
    "quote": _("These words stand in an answer to an evaluation."),
    "client": _("This may describe somebody they work with."),
}
#: So many words on end that are also those of an answer are a quotation; a shorter answer is one as a whole.
RUN: Final = 5
LEAST_LETTERS: Final = 18


@dataclass(frozen=True)
class Warning:
    """One sentence to look at again: why, where it stands, and the words that it was noticed by."""

    why: str
    what: str
    paragraph: int
    sentence: str
    words: str

    @property
    def said(self) -> str:
        return str(WHY[self.why])

    @property
    def where(self) -> str:
        return str(Told(self.what).label)


def warnings_of(engagement: Engagement, body: Body, user: User) -> list[Warning]:
    """Return what there is to look at again in `body`, whoever is or was in the process counting as named."""
    if not any(each.text.strip() for each in body.sections):
        return []
    people = engagement.participations.select_related("person")
    return look(body, [one.person.name for one in people], answers_read_by(user, engagement))


def answers_read_by(user: User, engagement: Engagement) -> list[str]:
    """Return the free texts of closed rounds that `user` may read. As many queries for one round as for twenty.

    Nobody reads them here, so nothing is written down as read: what is shown is the sentence of the draft.
    """
    every = [each for each in closed_rounds(user, engagement.pk) if each.mode != Mode.OWN]
    if not every:
        return []
    collected = collect(every, user)
    found: list[str] = []
    for each in every:
        if each.mode in TABLED:
            found += [text for words in written(collected, each) for text in words.texts]
        else:
            found += [str(text) for given in collected.given[each.pk] for text in given.texts.values()]
    return found


def look(body: Body, names: Sequence[str], answers: Sequence[str]) -> list[Warning]:
    """Return the warnings of a text in the order in which it is read; each sentence once for each reason."""
    runs, whole = runs_of(answers)
    forms = [*name_forms(names)]
    found = []
    for section in body.sections:
        for number, paragraph in enumerate(section.paragraphs, 1):
            for sentence in sentences_of(paragraph):
                noticed = {
                    "name": named(sentence, forms),
                    "quote": quoted(sentence, runs, whole),
                    "client": described(sentence),
                }
                found += [
                    Warning(why, section.what, number, sentence, words) for why, words in noticed.items() if words
                ]
    return found


def sentences_of(paragraph: str) -> list[str]:
    """Part a paragraph after its full stops, but not after an initial, and at its lines."""
    parts = re.split(r"(?<=[^\W\d_]{2}[.!?…])\s+(?=[^a-zåäö])|\n+", paragraph)
    return [part.strip() for part in parts if part and part.strip()]


# --- names ----------------------------------------------------------------------------------------------------------

#: How the last consonants of a Finnish stem change where its syllable closes: Pekka, Pekan; Lahti, Lahden.
GRADES: Final = (
    ("kk", "k"), ("pp", "p"), ("tt", "t"), ("nk", "ng"), ("nt", "nn"), ("lt", "ll"), ("rt", "rr"), ("mp", "mm"),
    ("ht", "hd"), ("lk", "l"), ("rk", "r"), ("t", "d"), ("p", "v"), ("k", ""),
)  # fmt: skip
VOWELS: Final = "aeiouyåäö"
#: What may follow a stem: a case, a possessive, a clitic; the genitive of Swedish and English.
ENDING: Final = (
    r"(?:[’'´:]?s|[’':]?(?:[aeiouyäöå]{0,2})(?:n|t|ssa|ssä|sta|stä|lla|llä|lta|ltä|lle|na|nä|ksi|tta|ttä|h?[aeiouyäö]n"
    r"|seen|[jt]?a|[jt]?ä|ien|iden|jen|ja|jä)?(?:ni|si|nsa|nsä|mme|nne)?(?:kin|kaan|kään|han|hän|ko|kö|pa|pä)?)"
)


def name_forms(names: Iterable[str]) -> Iterator[re.Pattern[str]]:
    """Return what finds the words of `names`, however they are inflected, each a word that begins with a capital."""
    words = {part for name in names for word in name.split() for part in [word, *word.split("-")]}
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return (form_of(word) for word in longest_first if len(word) >= 3 and word[0].isalpha())


@lru_cache(maxsize=1024)
def form_of(word: str) -> re.Pattern[str]:
    stems = "|".join(re.escape(stem) for stem in sorted(stems_of(word.casefold()), key=len, reverse=True))
    # A short name is also the beginning of a sentence (Kai, Ari): it counts inside one alone.
    where = r"(?<![\w-])" if len(word) >= 4 else r"(?<=[^\W_][ ,])"
    return re.compile(rf"{where}(?:{stems}){ENDING}(?![^\W\d_])", re.IGNORECASE)


def stems_of(word: str) -> set[str]:
    """Return the strong and weak stems of a name in small letters: pekka → pekka, peka; virtanen → virtase, virtas."""
    found = {word}
    if word.endswith("nen") and len(word) > 4:
        found |= {f"{word[:-3]}se", f"{word[:-3]}s"}
    if word.endswith(("as", "äs", "is", "us", "ys")) and len(word) > 4:
        found |= {f"{word[:-1]}kse", f"{word[:-1]}ks", f"{word[:-1]}{word[-2]}"}
    if word[-1] in VOWELS and len(word) >= 4:
        body, last = word[:-1], word[-1]
        lasts = {last, "e"} if last == "i" else {last}
        bodies = {body}
        for strong, weak in GRADES:
            if body.endswith(strong) and len(body) > len(strong) + 1:
                bodies.add(body[: -len(strong)] + weak)
                break
        found |= {each + end for each in bodies for end in lasts}
        if len(body) >= 4:
            found |= {f"{each}{'o' if last == 'a' else 'i'}" for each in bodies if last in "aä"}
    return found


def named(sentence: str, forms: Sequence[re.Pattern[str]]) -> str:
    """Return the words of names in a sentence, as they stand there, or an empty text."""
    found: list[str] = []
    for form in forms:
        words = (match.group() for match in form.finditer(sentence))
        found += [each for each in words if each[0].isupper() and not any(each in other for other in found)]
    return ", ".join(found)


# --- answers --------------------------------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def runs_of(answers: Iterable[str]) -> tuple[frozenset[tuple[str, ...]], frozenset[str]]:
    """Return every run of RUN words in the answers, and the shorter answers that are long enough to be recognised."""
    runs, whole = set(), set()
    for answer in answers:
        words = words_of(answer)
        if len(words) >= RUN:
            runs |= {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}
        elif len(" ".join(words)) >= LEAST_LETTERS:
            whole.add(" ".join(words))
    return frozenset(runs), frozenset(whole)


def quoted(sentence: str, runs: frozenset[tuple[str, ...]], whole: frozenset[str]) -> str:
    """Return the longest stretch of a sentence that stands in an answer, in small letters, or an empty text."""
    words = words_of(sentence)
    best: list[str] = []
    stretch: list[str] = []
    for at in range(len(words) - RUN + 1):
        run = tuple(words[at : at + RUN])
        stretch = [] if run not in runs else [*stretch, run[-1]] if stretch else list(run)
        best = max(best, stretch, key=len)
    padded = f" {' '.join(words)} "
    return " ".join(best) or next((each for each in sorted(whole) if f" {each} " in padded), "")


# --- somebody they work with ------------------------------------------------------------------------------------------

#: By any of these somebody can be found: identity code, telephone, address.
TELLING: Final = (
    re.compile(r"(?<!\d)\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Za-z](?![0-9A-Za-z])"),
    re.compile(r"(?<![\d.])(?:\+\d{2,3}|0)(?:[ -]?\d){6,11}(?!\d)"),
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w"),
)
#: Words for those whom people in care, teaching and social work meet, in the languages of the product.
ABOUT: Final = re.compile(
    r"\b(?:asiaka|potila|oppila|asukka|kuntoutuj|opiskelij|lapsi|lapse|klient|patient|elev(?:en|er|ers|s)?\b|brukar"
    r"|boende|client|pupil|student|resident|child)\w*",
    re.IGNORECASE,
)
#: … and what makes one of them out of many: an age, an illness, initials.
ONE_OF_THEM: Final = (
    re.compile(r"\b\d{1,3}[ -–]?(?:-?vuoti\w+|-?v\.?(?=[\s,.)])|-?åri\w+|år\b|-?years?[ -]old)", re.IGNORECASE),
    re.compile(r"\b\w+(?:-|\b)?vuotia\w*|\b\w+årig\w*", re.IGNORECASE),
    re.compile(
        r"\b(?:diagnoos|diagnos|adhd|autis|asperger|masen|depressi|skitsofre|schizo|bipola|dementi|alzheimer|psykoos"
        r"|psychos|psykos|syöp|syöv|cancer|päihde|missbruk|addict|itsetuho|självmord|suicid|syömishäiri|ätstörning"
        r"|kehitysvamma|epilep|diabet)\w*",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\w.])[A-ZÅÄÖ]\.\s?[A-ZÅÄÖ]?\.?(?=\s|,|$)"),
)


def described(sentence: str) -> str:
    """Return the words by which a sentence seems to be about one whom they work with, or an empty text."""
    for pattern in TELLING:
        if match := pattern.search(sentence):
            return match.group()
    about = ABOUT.search(sentence)
    mark = next((match for pattern in ONE_OF_THEM if (match := pattern.search(sentence))), None) if about else None
    return f"{about.group()}, {mark.group()}" if about and mark else ""
