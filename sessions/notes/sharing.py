"""Sharing a note with who leads the process too, and ending it: by the keys alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit import trail
from engagements.models import CoSupervisor
from sessions.models import Note
from sessions.notes.actions import held_fast, readers_of
from sessions.notes.written import Written, seal, unseal
from vault import keys, texts
from vault.blobs import Unopenable
from vault.keys import Opened
from vault.models import TextKey, TextKeyWrap, VaultKey

#: How many notes are sealed anew in one visit of their author.
AT_ONCE: Final = 50


@dataclass(frozen=True)
class Fellow:
    """Somebody who leads the process too. `words` are the fingerprint of their key, none while they have no vault.

    `changed` says that their key is newer than the text: whoever shared it has not compared the words yet.
    """

    user: User
    reads: bool
    key: UUID | None = None
    words: tuple[str, ...] = ()
    changed: bool = False


def fellows_of(note: Note) -> list[Fellow]:
    """Return with whom the author can share `note`, and who reads it now."""
    fellows = [note.engagement.lead, *others_of(note)]
    people = {user.pk: user for user in fellows if user.pk != note.author_id}
    reading = set(
        TextKeyWrap.objects.filter(text_key=note.text_key, by=note.author_id).values_list("reader", flat=True)
    )
    sealed_at = TextKey.objects.filter(pk=note.text_key).values_list("created_at", flat=True).first()
    in_use = {key.owner: key for key in VaultKey.objects.filter(owner__in=list(people), retired_at=None)}
    return [fellow_of(user, in_use.get(user.pk), user.pk in reading, sealed_at) for user in people.values()]


def others_of(note: Note) -> list[User]:
    rows = CoSupervisor.objects.current().filter(engagement=note.engagement).select_related("user")
    return [row.user for row in rows.order_by("user__full_name", "pk")]


def fellow_of(user: User, key: VaultKey | None, reads: bool, sealed_at: datetime | None) -> Fellow:
    """A key that was not made here, or whose owner has no recovery sheet yet, is none."""
    try:
        words = tuple(keys.fingerprint(key)) if key and key.ready_at else ()
    except Unopenable:
        words = ()
    if key is None or not words:
        return Fellow(user, reads)
    newer = sealed_at is not None and key.created_at > sealed_at
    return Fellow(user, reads, key.pk, words, changed=reads and newer)


class AnotherKey(Exception):
    """The key of the reader is not the one whose words the author has compared."""


@transaction.atomic
def share(note: Note, reader: User, key: UUID, vault: Opened, *, by: User) -> None:
    """Let `reader` read the note, by the key whose words were compared.

    Raises AnotherKey, NoVault when they have none, and Unopenable when `vault` cannot open the text.
    """
    in_use = keys.key_to_seal_for(reader.pk)
    if in_use is not None and in_use.pk != key:
        raise AnotherKey
    standing = held_fast(note)
    texts.share(bytes(standing.sealed), reader.pk, vault)
    trail.record(note.engagement_id, "note.shared", actor=by, obj=note, data={"with": str(reader.pk)})


@transaction.atomic
def unshare(note: Note, reader: UUID, vault: Opened | None, *, by: User, now: datetime) -> None:
    """Let `reader` read it no more. The text gets a new key at once, or when its author next opens their vault."""
    standing = held_fast(note)
    mine = TextKeyWrap.objects.filter(text_key=standing.text_key, by=by.pk, reader=reader)
    gone, _each = mine.exclude(reader=by.pk).delete()
    if not gone:
        return
    TextKey.objects.filter(pk=standing.text_key).update(retired_at=now)
    trail.record(note.engagement_id, "note.unshared", actor=by, obj=note, data={"with": str(reader)})
    if vault is not None:
        reseal([standing], vault, by=by, now=now)


def reseal_retired(user: User, vault: Opened | None, now: datetime) -> int:
    """Seal anew what somebody could read who reads it no more; return how many. A few dozen at a time."""
    if vault is None:
        return 0
    retired = TextKey.objects.filter(author=user.pk, retired_at__isnull=False).values("pk")
    notes = Note.objects.changed_by(user).filter(text_key__in=retired).select_related("engagement")
    return reseal(list(notes.order_by("created_at", "pk")[:AT_ONCE]), vault, by=user, now=now)


def reseal(notes: Iterable[Note], vault: Opened, *, by: User, now: datetime) -> int:
    """Put each text under a new key, for its author and for those with whom it is still shared. One that does not open
    stays as it is.
    """
    done = 0
    for note in notes:
        try:
            written = unseal(bytes(note.sealed), note.pk, vault)
        except Unopenable:
            continue
        done += sealed_anew(note, written, by=by, now=now)
    return done


@transaction.atomic
def sealed_anew(note: Note, written: Written, *, by: User, now: datetime) -> int:
    sealed = seal(written, note.pk, note.engagement, by, readers_of(note), now)
    changed = Note.objects.as_it_was(note).update(sealed=sealed)
    # Who was writing meanwhile has made a new key already.
    texts.forget([bytes(note.sealed) if changed else sealed])
    return changed
