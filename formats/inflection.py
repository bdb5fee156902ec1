"""Words in whatever form somebody types them: `Lahden` → laht, `Virtasen` → virtanen, `työnohjauksessa` → työnohjaus.

What is typed is led back to the beginnings of words that may have been meant. Too many rather than too few: they are
only looked for, and what they find stands after what was typed as it is. Finnish: Iso suomen kielioppi, § 40–44
(gradation), § 81 (cases); Swedish and English: the endings of nouns.
"""

import re
from collections.abc import Iterator
from typing import Final

VOWELS: Final = "aeiouyäöå"
SHORTEST: Final = 4
#: What stands at the end of a word and is no part of its stem, clitics and possessives before cases.
CLITICS: Final = re.compile(r"(?:kin|kaan|kään|han|hän|ko|kö|nsa|nsä|mme|nne|ni|si)$")
ENDINGS: Final = (
    "ssa", "ssä", "sta", "stä", "lla", "llä", "lta", "ltä", "lle", "ksi", "tta", "ttä", "seen", "siin", "han", "hen",
    "hin", "hon", "hun", "hyn", "hän", "hön", "ien", "iden", "jen", "na", "nä", "ta", "tä", "ja", "jä", "an", "en",
    "in", "on", "un", "yn", "än", "ön", "a", "ä", "n", "t", "i",
)  # fmt: skip
GERMANIC: Final = ("arna", "orna", "erna", "ens", "ets", "en", "et", "ar", "or", "er", "na", "es", "s", "'s", "’s")
#: Weak grade → strong grade, before the last vowel of a stem.
GRADES: Final = (
    ("ng", "nk"), ("nn", "nt"), ("mm", "mp"), ("ll", "lt"), ("rr", "rt"), ("d", "t"), ("v", "p"), ("k", "kk"),
    ("p", "pp"), ("t", "tt"), ("lj", "lk"), ("rj", "rk"),
)  # fmt: skip
#: How the stem of an oblique case ends → how the word itself does.
NOMINATIVES: Final = (
    (r"se?$", "nen"), (r"kse?$", "s"), (r"([uy])de?$", r"\1s"), (r"([uy])te?$", r"\1s"), (r"ee$", "e"),
    (r"([aä])\1$", r"\1s"), (r"mpa?$", "mpi"),
)  # fmt: skip


def stems_of(word: str) -> list[str]:
    """Return the beginnings of words of which `word` may be a form, in small letters, `word` itself left out."""
    word = word.casefold()
    stripped = {word, CLITICS.sub("", word)} if len(word) > 7 else {word}
    found: set[str] = set()
    for each in stripped:
        for stem in stripped_of(each):
            found |= {stem, *nominatives(stem), *strengthened(stem), *weakened(stem)}
    return sorted(stem for stem in found - {word} if len(stem) >= SHORTEST)


def stripped_of(word: str) -> Iterator[str]:
    yield word
    for ending in (*ENDINGS, *GERMANIC):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= SHORTEST:
            yield rest
            bare = rest.rstrip(VOWELS)
            if len(bare) >= SHORTEST and (len(rest) - len(bare) == 1 or rest.endswith("i")):  # vantaa is left whole
                yield bare


def nominatives(stem: str) -> Iterator[str]:
    for pattern, ending in NOMINATIVES:
        named = re.sub(pattern, ending, stem)
        if named != stem:
            yield named


def strengthened(stem: str) -> Iterator[str]:
    """Give a stem its strong grade, without its last vowel, which may be another: `lahde` → laht, `peka` → pekk."""
    body = stem.rstrip(VOWELS)
    for weak, strong in GRADES:
        if body.endswith(weak):
            yield body.removesuffix(weak) + strong
    if len(stem) == SHORTEST and stem[-1] in VOWELS and stem[-2] in "rlh":
        yield f"{stem[:-1]}k{stem[-1]}"  # turu, Turku


def weakened(stem: str) -> Iterator[str]:
    """Give a word its weak grade, for a name that stands in an oblique case: `lahti` → lahd, `virtanen` → virtas."""
    if stem.endswith("nen"):
        yield f"{stem[:-3]}s"
    body = stem.rstrip(VOWELS)
    for weak, strong in GRADES:
        if body != stem and body.endswith(strong):
            yield body.removesuffix(strong) + weak
