"""Known names in a text, however they are inflected: whose name a word may be.

A word is looked up by its beginnings among the stems of the known names, and what is left over has to be an ending of
Finnish or the genitive of Swedish and English. So the time it takes grows with the text and not with its square, and a
name in a form that it never had here costs nothing.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from accounts.models import ClientOrganisation, Membership, Person, Practice, User
from reports.warnings import ENDING, stems_of

#: Whose names are known at most, of each sort. A practice has some hundreds.
MOST_KNOWN: Final = 20_000
#: Letters of a word that are looked at, and of what may follow a stem.
MOST_LETTERS: Final = 60
MOST_ENDING: Final = 20
#: What is no name of its own in the name of an organisation.
COMPANY: Final = frozenset({"oy", "oyj", "ab", "abp", "ry", "rf", "ky", "tmi", "sr", "ltd", "inc", "ja", "och", "and"})
#: Signs of other languages count as the plain letters, but å ä ö are letters of their own.
PLAIN: Final = str.maketrans("éèêëáàâíìîóòôõúùûüýñçšž", "eeeeaaaiiioooouuuuyncsz")
#: Endings that the forms of reports leave out: of plurals, and of consonant stems.
MORE_ENDINGS: Final = re.compile(
    r"(?:[aeiouyäöå]?[dt]?t?en|[aeiouyäöå]{0,2}(?:t|kse?n?|ksi|tse|tta|ttä)|h[aeiouyäöå]n)?"
)
ENDINGS: Final = re.compile(ENDING)


def fold(word: str) -> str:
    """Return a word as it is compared: in small letters, one sign a letter, accents aside."""
    return unicodedata.normalize("NFC", word).casefold().translate(PLAIN)


@dataclass(frozen=True)
class Known:
    """Somebody or something whose name is known: `key` tells them apart, `kind` is person or organisation."""

    key: str
    kind: str
    words: tuple[str, ...]


def known_to(user: User) -> list[Known]:
    """Return whose names `user` may know: persons, client organisations and colleagues of the practices where they
    supervise. Three queries.
    """
    persons = Person.objects.of_practices_of(user).values_list("pk", "given_name", "family_name")
    organisations = ClientOrganisation.objects.of_practices_of(user).values_list("pk", "name")
    practices = Practice.objects.of(user).values("pk")
    colleagues = Membership.objects.filter(practice__in=practices).values_list("user", "user__full_name").distinct()
    return [
        *(Known(str(pk), "person", words_in(f"{given} {family}")) for pk, given, family in persons[:MOST_KNOWN]),
        *(Known(str(pk), "organisation", words_in(name)) for pk, name in organisations[:MOST_KNOWN]),
        *(Known(str(pk), "person", words_in(name)) for pk, name in colleagues[:MOST_KNOWN]),
    ]


def words_in(name: str) -> tuple[str, ...]:
    """Return the words of a name: runs of letters, also those on both sides of a hyphen."""
    return tuple(re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", name)))


@lru_cache(maxsize=4096)
def stems(word: str) -> frozenset[str]:
    """Return what the forms of a name begin with: the name, its strong and weak stems. In small letters."""
    word = fold(word)
    found = set(stems_of(word)) if len(word) > 2 else {word}
    if word.endswith(("es", "os", "ös", "as", "äs", "is", "us", "ys", "us", "yys")) and len(word) > 3:
        found |= {f"{word[:-1]}kse", f"{word[:-1]}ks", f"{word[:-1]}tee", f"{word[:-1]}{word[-2]}", f"{word[:-1]}"}
    if word.endswith("nen") and len(word) > 4:
        found |= {f"{word[:-3]}se", f"{word[:-3]}s", f"{word[:-3]}si"}
    return frozenset(fold(stem) for stem in found)


def is_ending(rest: str) -> bool:
    """Return whether `rest` may follow a stem: nothing, a case, a possessive, a clitic."""
    if not rest:
        return True
    return len(rest) <= MOST_ENDING and bool(ENDINGS.fullmatch(rest) or MORE_ENDINGS.fullmatch(rest))


class Names:
    """The known names that may stand in a text: looked up word by word.

    `beginnings` are the first two letters of the words of the text: no form of a name begins otherwise than the name.
    """

    def __init__(self, known: Iterable[Known], beginnings: Collection[str]) -> None:
        self.kinds: dict[str, str] = {}
        self.by_stem: dict[str, set[str]] = {}
        self.exact: dict[str, set[str]] = {}
        #: What names of four letters or more begin with.
        self.long: set[str] = set()
        for one in known:
            self.kinds[one.key] = one.kind
            for word in one.words:
                plain = fold(word)
                if len(plain) > 1 and plain[:2] in beginnings and plain not in COMPANY:
                    self.exact.setdefault(plain, set()).add(one.key)
                    for stem in stems(word):
                        self.by_stem.setdefault(stem, set()).add(one.key)
                    if len(plain) > 3:
                        self.long |= {plain, *stems(word)}
        self.longest = max(map(len, self.by_stem), default=0)

    def of(self, word: str) -> frozenset[str]:
        """Return whose name `word` may be: keys. A word in small letters counts only when its name has four or more,
        and names somebody, not an organisation: short names and those of workplaces are words of every day too.
        """
        plain = fold(word[:MOST_LETTERS])
        found, stem = self.exact.get(plain, set()), plain
        if not found:
            found, stem = self.by_nearest_stem(plain)
        if word[0].islower():
            found = {key for key in found if stem in self.long and self.kinds[key] == "person"}
        return frozenset(found)

    def by_nearest_stem(self, plain: str) -> tuple[set[str], str]:
        """Return who has the longest stem from which `plain` is made: Marin is Mari's before it is Maria's."""
        for length in range(min(len(plain), self.longest), 1, -1):
            if (owners := self.by_stem.get(plain[:length])) and is_ending(plain[length:]):
                return owners, plain[:length]
        return set(), ""

    def kind_of(self, keys: Iterable[str]) -> str:
        """Return what the owners of a word are: organisation when all of them are, else person."""
        return "organisation" if all(self.kinds[key] == "organisation" for key in keys) else "person"
