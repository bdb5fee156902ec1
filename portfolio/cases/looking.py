"""What in a text may say who it is about: known names, codes and addresses, dates, and other words with a capital.

A word that has its capital only where a sentence begins may be a name or not: those are offered apart (`OPENING`), but
for the commonest, and those that the text has in small letters too.

A decision aid: it is not complete, and whoever wrote the text goes through what it offers. One pass over the text for
each sort of thing, each with bounds of its own, so that the time it takes grows with the text.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from django.utils.translation import gettext

from portfolio.cases.names import Known, Names, fold
from portfolio.cases.openers import OPENERS

#: A word: a run of letters.
WORD: Final = re.compile(r"[^\W\d_]+")
MONTHS: Final = (
    "tammikuu|helmikuu|maaliskuu|huhtikuu|toukokuu|kesäkuu|heinäkuu|elokuu|syyskuu|lokakuu|marraskuu|joulukuu"
    "|januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december"
    "|january|february|march|may|june|july|august|october"
)
#: What tells somebody by its shape, the most telling first; where two overlap the first stands.
SHAPES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}")),
    ("code", re.compile(r"(?<!\d)\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Za-z](?![0-9A-Za-z])")),
    ("business", re.compile(r"(?<!\d)(?:FI ?)?\d{7}-\d(?!\d)|\bFI\d{8}(?!\d)")),
    ("date", re.compile(
        r"(?<!\d)(?:\d{4}-\d{2}-\d{2}|\d{1,2}\.\s?\d{1,2}\.(?:\s?(?:19|20)\d{2})?"
        rf"|\d{{1,2}}\.?\s(?:{MONTHS})\w{{0,6}}(?:\s(?:19|20)\d{{2}})?)(?!\d)",
        re.IGNORECASE,
    )),
    ("phone", re.compile(r"(?<![\d.])(?:\+\d{1,3}|00\d{1,3}|0)(?:[ ()-]{0,2}\d){5,12}(?!\d)")),
)  # fmt: skip
#: After these a word has a capital because a sentence begins.
STOPS: Final = frozenset(".!?…:;•*#>\"”“»«'’(-–—\n")
#: Words that have a capital wherever they stand, and name nobody.
COMMON: Final = frozenset({"i", "toto", "im", "ive", "id", "ill"})
#: The kind of what begins a sentence, and may be a name.
OPENING: Final = "opening"
#: Signs that are not seen, and would part a name.
UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
#: Words of one name at most.
MOST_WORDS: Final = 6
#: As many different things are offered at most.
MOST_FOUND: Final = 300


@dataclass(frozen=True)
class Span:
    """One place in a text: from `start` to `end`, whose or what it is (`owner`), and of what sort."""

    start: int
    end: int
    kind: str
    owner: str


@dataclass(frozen=True)
class Found:
    """Something to go through: as it stands in the text, how often, and what is suggested in its place.

    `key` names it in a form. Everything with the same owner has the same suggestion.
    """

    key: str
    words: str
    kind: str
    count: int
    suggestion: str


class TooMuch(Exception):
    """There is more to go through than anybody would."""


def cleaned(text: str) -> str:
    """Return a text in which letters are whole (NFC) and nothing stands between them that is not seen."""
    return UNSEEN.sub("", unicodedata.normalize("NFC", text))


def look(parts: Sequence[str], known: Sequence[Known]) -> list[Found]:
    """Return what there is to go through in `parts` of one case, in the order in which it is read.

    The same letter stands for the same person in all of them. Raises TooMuch.
    """
    places = spans_of(parts, known)
    labels = suggestions([span for spans in places for span in spans])
    found: dict[str, list[Span]] = {}
    words: dict[str, str] = {}
    for part, spans in zip(parts, places, strict=True):
        for span in spans:
            key = key_of(span.kind, part[span.start : span.end])
            found.setdefault(key, []).append(span)
            words.setdefault(key, part[span.start : span.end])
    if len(found) > MOST_FOUND:
        raise TooMuch
    return [Found(key, words[key], spans[0].kind, len(spans), labels[spans[0].owner]) for key, spans in found.items()]


def replaced(parts: Sequence[str], known: Sequence[Known], choices: Mapping[str, str]) -> list[str]:
    """Return `parts` with everything in `choices` (by key) replaced by what was chosen for it."""
    return [put_into(part, spans, choices) for part, spans in zip(parts, spans_of(parts, known), strict=True)]


def put_into(part: str, spans: Sequence[Span], choices: Mapping[str, str]) -> str:
    out, at = [], 0
    for span in spans:
        chosen = choices.get(key_of(span.kind, part[span.start : span.end]))
        if chosen is not None:
            out += [part[at : span.start], chosen]
            at = span.end
    return "".join([*out, part[at:]])


def key_of(kind: str, words: str) -> str:
    """Return a name for what stands in a text that tells nothing of it in a form's field."""
    return sha256(f"{kind} {words}".encode()).hexdigest()[:16]


# --- places ---------------------------------------------------------------------------------------------------------


def spans_of(parts: Sequence[str], known: Sequence[Known]) -> list[list[Span]]:
    """Return the places of each part, in their order, none over another."""
    beginnings = {fold(word.group())[:2] for part in parts for word in WORD.finditer(part)}
    names = Names(known, beginnings)
    first = [[*shaped(part)] for part in parts]
    then = [join(spans, named(part, spans, names)) for part, spans in zip(parts, first, strict=True)]
    others = {word for part, spans in zip(parts, then, strict=True) for word in inside_sentences(part, spans)}
    last = [join(spans, capitals(part, spans, others)) for part, spans in zip(parts, then, strict=True)]
    small = {word.group() for part in parts for word in WORD.finditer(part) if word.group().islower()}
    return [join(spans, openings(part, spans, small)) for part, spans in zip(parts, last, strict=True)]


def join(spans: Sequence[Span], more: Iterator[Span]) -> list[Span]:
    return sorted([*spans, *more], key=lambda span: span.start)


def shaped(part: str) -> Iterator[Span]:
    """Yield what tells somebody by its shape."""
    taken = bytearray(len(part))
    for kind, pattern in SHAPES:
        for match in pattern.finditer(part):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"\1" * len(match.group())
                yield Span(match.start(), match.end(), kind, f"{kind} {fold(match.group())}")


def free_words(part: str, spans: Sequence[Span]) -> Iterator[re.Match[str]]:
    """Yield the words of a text that stand in none of its places."""
    taken = bytearray(len(part))
    for span in spans:
        taken[span.start : span.end] = b"\1" * (span.end - span.start)
    return (word for word in WORD.finditer(part) if not taken[word.start()])


def named(part: str, spans: Sequence[Span], names: Names) -> Iterator[Span]:
    """Yield where known names stand: what belongs to one of them and follows on another is one place."""
    standing: list[re.Match[str]] = []
    owners: frozenset[str] = frozenset()
    for word in free_words(part, spans):
        whose = names.of(word.group())
        if not whose:
            continue
        if follows(part, standing, word) and owners & whose:
            owners &= whose
            standing.append(word)
            continue
        if standing:
            yield place_of(standing, owners, names)
        standing, owners = [word], whose
    if standing:
        yield place_of(standing, owners, names)


def follows(part: str, standing: Sequence[re.Match[str]], word: re.Match[str]) -> bool:
    """Return whether `word` goes on with the name that stands before it: another word of it, close by."""
    if not standing or len(standing) >= MOST_WORDS or part[standing[-1].end() : word.start()] not in (" ", "-"):
        return False
    return fold(word.group()) not in {fold(each.group()) for each in standing}


def place_of(standing: Sequence[re.Match[str]], owners: frozenset[str], names: Names) -> Span:
    return Span(standing[0].start(), standing[-1].end(), names.kind_of(owners), " ".join(sorted(owners)))


def inside_sentences(part: str, spans: Sequence[Span]) -> Iterator[str]:
    """Yield the words that have a capital though no sentence begins with them."""
    for word in free_words(part, spans):
        if not is_capital(word.group()):
            continue
        before = part[max(0, word.start() - 8) : word.start()].rstrip(" \t")
        if before and before[-1] not in STOPS:
            yield word.group()


def is_capital(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and fold(word) not in COMMON


def capitals(part: str, spans: Sequence[Span], others: set[str]) -> Iterator[Span]:
    """Yield where those words stand, at the beginning of a sentence too."""
    for word in free_words(part, spans):
        if word.group() in others:
            yield Span(word.start(), word.end(), "name", f"name {fold(word.group())}")


def openings(part: str, spans: Sequence[Span], small: set[str]) -> Iterator[Span]:
    """Yield what begins a sentence, and is neither among the commonest openers nor in the text in `small` letters."""
    for word in free_words(part, spans):
        plain = word.group().casefold()
        if is_capital(word.group()) and plain not in OPENERS and plain not in small:
            yield Span(word.start(), word.end(), OPENING, f"name {fold(word.group())}")


# --- what is suggested ----------------------------------------------------------------------------------------------


def letter(number: int) -> str:
    """Return the letter of the how manieth of its sort something is: A … Z, A2 … Z2, A3 …"""
    turn, place = divmod(number, 26)
    return f"{chr(ord('A') + place)}{turn + 1 if turn else ''}"


def suggestions(spans: Sequence[Span]) -> dict[str, str]:
    """Return by owner what is suggested in its place: a letter each, in the order in which they are read. What begins a
    sentence has its letter after the names, since it may be none.
    """
    labels: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for span in sorted(spans, key=lambda span: span.kind == OPENING):
        if span.owner not in labels:
            kind = "name" if span.kind == OPENING else span.kind
            number = numbers.get(kind, 0)
            numbers[kind] = number + 1
            labels[span.owner] = label(kind, letter(number))
    return labels


def label(kind: str, sign: str) -> str:
    texts = {
        "person": gettext("person %(letter)s"),
        "organisation": gettext("organisation %(letter)s"),
        "name": gettext("name %(letter)s"),
        "date": gettext("day %(letter)s"),
        "email": gettext("e-mail address %(letter)s"),
        "phone": gettext("telephone number %(letter)s"),
        "code": gettext("identity code %(letter)s"),
        "business": gettext("business ID %(letter)s"),
    }
    return texts[kind] % {"letter": sign}
