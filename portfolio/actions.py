"""Keeping a portfolio: rows, their files, commitments, choices. All of it is done by its owner, for nobody else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from documents.uploads import Clean
from formats.fields import check_length
from portfolio.ethics import Version, key_of
from portfolio.models import (
    Choice,
    Commitment,
    Experience,
    Guideline,
    KeptContent,
    KeptFile,
    LogEntry,
    Spoken,
    Standing,
    Training,
)
from portfolio.models.kept import CONTENTS, FILES
from portfolio.models.log import LOG
from vault.content import Content

Row = Training | Standing | Experience | Spoken | Guideline | LogEntry

#: As many rows of each sort one may keep.
MOST: Final[Mapping[type[Any], int]] = {
    Training: 60, Standing: 20, Experience: 60, Spoken: 20, Guideline: 30, LogEntry: 5_000,
}  # fmt: skip
MOST_FILES: Final = 300
#: Characters of a note.
LONGEST_NOTE: Final = 2_000


@transaction.atomic
def keep(row: Row, values: Mapping[str, Any], *, by: User) -> None:
    """Write `values` into a row, which is new or `by`'s own.

    Raises ValidationError beyond as many as are kept, and when a rule of the row says no.
    """
    if row._state.adding:
        most = MOST[type(row)]
        if type(row)._default_manager.filter(owner=by).count() >= most:
            raise ValidationError(gettext("There are %(most)d of these already. Remove one first.") % {"most": most})
        row.owner = by
    elif isinstance(row, Guideline) and Commitment.objects.owned_by(by).filter(version=key_of(row)).exists():
        raise ValidationError(
            gettext("You have committed yourself to this version. Add the new one as guidelines of their own.")
        )
    for name, value in values.items():
        setattr(row, name, value)
    row.validate_constraints()
    row.save()


@transaction.atomic
def keep_entry(entry: LogEntry, values: Mapping[str, Any], note: str | None, *, by: User, now: datetime) -> None:
    """Write an entry of the log; its note is sealed for its owner, and stays as it was for None.

    Raises ValidationError as `keep`.
    """
    if note is not None:
        check_length(note, LONGEST_NOTE, "note")
        sealed = Content([by.pk]).seal_text(by.pk, note, LOG, entry.pk, "note", now=now) if note else b""
        values = {**values, "note": sealed}
    keep(entry, values, by=by)


def note_of(entry: LogEntry, content: Content) -> str | None:
    """Return the note of an entry, or None when it cannot be opened. `content` holds its owner's keys."""
    return content.read_text(entry.owner_id, entry.note, LOG, entry.pk, "note")


@transaction.atomic
def attach(row: Training | LogEntry, files: Sequence[Clean], *, by: User, now: datetime) -> None:
    """Keep one file with a row, in the place of the one it has. Raises ValidationError beyond as many as are kept."""
    if not files:
        return
    (clean,) = files
    of: dict[str, Any] = {"training": row} if isinstance(row, Training) else {"entry": row}
    KeptFile.objects.owned_by(by).filter(**of).delete()
    if KeptFile.objects.owned_by(by).count() >= MOST_FILES:
        raise ValidationError({"attached": gettext("There are %(most)d files already.") % {"most": MOST_FILES}})
    content = Content([by.pk])
    kept = KeptFile(owner=by, media_type=clean.media_type, size=len(clean.content), added_at=now, **of)
    kept.name = content.seal_text(by.pk, clean.name, FILES, kept.pk, "name", now=now)
    kept.save(force_insert=True)
    sealed = content.seal_file(by.pk, clean.content, CONTENTS, kept.pk, now=now)
    KeptContent(file=kept, sealed=sealed).save(force_insert=True)


def name_of(file: KeptFile, content: Content) -> str:
    """Return the name of a file; empty when it cannot be opened. `content` holds its owner's keys."""
    return content.read_text(file.owner_id, file.name, FILES, file.pk, "name") or ""


def bytes_of(file: KeptFile) -> bytes:
    """Return the clear bytes of a file. Raises Unopenable."""
    content = Content([file.owner_id])
    return content.unseal_file(file.owner_id, bytes(file.content.sealed), CONTENTS, file.pk)


@transaction.atomic
def commit_to(version: Version, *, by: User, now: datetime) -> None:
    """Write down that `by` commits themselves to a version as it stands. Said twice, it is said once."""
    if version.commitment:
        return
    Commitment.objects.bulk_create(
        [
            Commitment(
                owner=by, version=version.version, title=version.title, link=version.link, dated=version.dated, at=now
            )
        ],
        ignore_conflicts=True,
    )
    trail.record(f"portfolio {by.pk}", "portfolio.committed", actor=by, data={"version": version.version})


def choice_of(user: User) -> Choice:
    """Return what somebody has chosen, or what is usual."""
    return Choice.objects.filter(owner=user).first() or Choice(owner=user)


def choose(user: User, **values: Any) -> None:
    """Keep what somebody chooses; what is not named stays as it was."""
    Choice.objects.update_or_create(owner=user, defaults=values)
