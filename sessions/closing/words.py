"""A practice's own list of methods and themes, and which of them a session had.

Words are picked by what they say: one that the list does not have is added to it, one that was put away comes back.
Our own methods stand in an empty list as a suggestion, and are in it from the first picking on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy

from accounts.models import Practice, User
from audit import trail
from sessions.models import Session, SessionWord, Word

MOST_PICKED: Final = 20
MOST_LISTED: Final = 200
LONGEST: Final = 60
SHIPPED: Final[Mapping[str, Sequence[Promise]]] = {
    Word.Kind.METHOD: [
        pgettext_lazy("method of supervision", "conversation"),
        pgettext_lazy("method of supervision", "cards and pictures"),
        pgettext_lazy("method of supervision", "drawing"),
        pgettext_lazy("method of supervision", "drama and role reversal"),
        pgettext_lazy("method of supervision", "reflecting team"),
        pgettext_lazy("method of supervision", "writing"),
        pgettext_lazy("method of supervision", "case discussion"),
        pgettext_lazy("method of supervision", "work in pairs"),
        pgettext_lazy("method of supervision", "line and scale"),
        pgettext_lazy("method of supervision", "figures on the table"),
        pgettext_lazy("method of supervision", "exercise in calming down"),
    ],
    Word.Kind.THEME: [],
}


def offered(practice: Practice) -> dict[str, list[str]]:
    """Return what can be picked, by kind: the practice's list, or our suggestion where it is empty. One query."""
    found: dict[str, list[str]] = {kind: [] for kind in Word.Kind.values}
    for word in practice.words.listed():
        found[word.kind].append(word.text)
    return {kind: sorted(texts, key=str.casefold) or [str(each) for each in SHIPPED[kind]]
            for kind, texts in found.items()}  # fmt: skip


def picked(session: Session) -> dict[str, list[str]]:
    """Return the words of `session` that the person asking may see, by kind. One query."""
    found: dict[str, list[str]] = {kind: [] for kind in Word.Kind.values}
    for link in session.picked.select_related("word").order_by("word__text"):
        found[link.word.kind].append(link.word.text)
    return found


@transaction.atomic
def pick(session: Session, words: Mapping[str, Sequence[str]], *, by: User) -> None:
    """Let `session` have exactly these words; what the practice's list lacks is added to it.

    Raises ValidationError, by kind, for too many, for one that is too long and for a list that is full.
    """
    practice = session.engagement.practice
    chosen: list[Word] = []
    for kind, texts in words.items():
        wanted = distinct(texts)
        check(kind, wanted)
        chosen += take(practice, kind, wanted) if wanted else []
    had = {link.word_id: link for link in session.picked.all()}
    gone = [link.pk for word, link in had.items() if word not in {each.pk for each in chosen}]
    new = [SessionWord(session=session, word=word) for word in chosen if word.pk not in had]
    if gone or new:
        SessionWord.objects.filter(pk__in=gone).delete()
        SessionWord.objects.bulk_create(new)
        trail.record(session.engagement_id, "session.words", actor=by, obj=session, data={"count": len(chosen)})


def take(practice: Practice, kind: str, wanted: Sequence[str]) -> list[Word]:
    """Return the words that say `wanted`, made or taken out of the archive where they are not in the list."""
    known = {word.text.casefold(): word for word in practice.words.filter(kind=kind)}
    first = [] if known else [str(each) for each in SHIPPED[kind]]
    missing = [text for text in distinct([*first, *wanted]) if text.casefold() not in known]
    if len(known) + len(missing) > MOST_LISTED:
        raise ValidationError({kind: gettext("The list of the practice is full: two hundred words stand in it.")})
    if missing:
        new = [Word(practice=practice, kind=kind, text=text) for text in missing]
        Word.objects.bulk_create(new, ignore_conflicts=True)  # a colleague may add the same at the same moment
        known = {word.text.casefold(): word for word in practice.words.filter(kind=kind)}
    taken = [known[text.casefold()] for text in wanted]
    Word.objects.filter(pk__in=[word.pk for word in taken if word.archived_at]).update(archived_at=None)
    return taken


@transaction.atomic
def add(practice: Practice, kind: str, text: str) -> None:
    """Put one word into the list. Raises ValidationError as `pick`."""
    wanted = distinct([text])
    if not wanted:
        raise ValidationError({"text": gettext("Write a word.")})
    check("text", wanted)
    take(practice, kind, wanted)


def rename(word: Word, text: str) -> None:
    """Let a word say something else, also where it was picked. Raises ValidationError as `add`, and if there is one."""
    wanted = distinct([text])
    if not wanted:
        raise ValidationError({"text": gettext("Write a word.")})
    check("text", wanted)
    others = Word.objects.filter(practice=word.practice_id, kind=word.kind).exclude(pk=word.pk)
    if wanted[0].casefold() in {other.casefold() for other in others.values_list("text", flat=True)}:
        raise ValidationError({"text": gettext("This word is in the list already.")})
    word.text = wanted[0]
    word.save(update_fields=["text"])


def put_away(word: Word, now: datetime | None) -> None:
    """Offer a word no more, or with None again; sessions that have it keep it."""
    word.archived_at = now
    word.save(update_fields=["archived_at"])


def distinct(texts: Sequence[str]) -> list[str]:
    """Return the words without spaces around them, each once whatever its capitals, none empty."""
    found = {tidy.casefold(): tidy for text in reversed(texts) if (tidy := " ".join(text.split()))}
    return list(reversed(found.values()))


def check(field: str, texts: Sequence[str]) -> None:
    if any(len(text) > LONGEST for text in texts):
        raise ValidationError({field: gettext("A word has at most 60 characters.")})
    if len(texts) > MOST_PICKED:
        raise ValidationError({field: gettext("At most twenty are picked for one session.")})
