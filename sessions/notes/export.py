"""One's own notes as files: made in memory while one waits, handed over, kept nowhere."""

import json
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any, Final

import pikepdf
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from documents.pdf import Attachment, render
from formats.clock import write_moment
from formats.days import write_day
from sessions.models import Note, NoteVersion
from sessions.notes.written import Written, unseal
from vault.blobs import Unopenable
from vault.keys import Opened

#: Letters that are set on pages while one waits: about five seconds.
MOST_ON_PAGES: Final = 100_000
#: Letters that leave in one file.
MOST: Final = 20_000_000
MOST_NOTES: Final = 10_000


@dataclass(frozen=True)
class Leaf:
    """A note as it leaves: its moments, the process and session it is of, its text and the texts before amending."""

    pk: str
    written_at: datetime
    process: str
    session_at: datetime | None
    title: str = ""
    text: str = ""
    earlier: tuple[tuple[datetime, str, str], ...] = field(default=())
    broken: bool = False

    @property
    def heading(self) -> str:
        return self.title or Written("", self.text).heading

    @property
    def length(self) -> int:
        return len(self.title) + len(self.text) + sum(len(title) + len(text) for _at, title, text in self.earlier)


def collect(notes: Iterable[Note], vault: Opened) -> list[Leaf]:
    """Open `notes`, with the texts that amending kept. One that does not open is told of, without a text."""
    found = list(notes)[:MOST_NOTES]
    kept: dict[Any, list[NoteVersion]] = {}
    for version in NoteVersion.objects.filter(note__in=[note.pk for note in found]).exclude(why="milestone"):
        kept.setdefault(version.note_id, []).append(version)
    return [leaf_of(note, kept.get(note.pk, []), vault) for note in found]


def leaf_of(note: Note, versions: list[NoteVersion], vault: Opened) -> Leaf:
    process = note.process.title if note.process else _("A process that you lead no more")
    facts: dict[str, Any] = {
        "pk": str(note.pk), "written_at": note.created_at, "process": process,
        "session_at": note.session.starts_at if note.session else None,
    }  # fmt: skip
    try:
        written = unseal(bytes(note.sealed), note.pk, vault)
        earlier = [(each.at, unseal(bytes(each.sealed), note.pk, vault)) for each in versions]
    except Unopenable:
        return Leaf(**facts, broken=True)
    texts = tuple((at, one.title, one.text) for at, one in earlier)
    return Leaf(**facts, title=written.title, text=written.text, earlier=texts)


# --- plain ----------------------------------------------------------------------------------------------------------


def as_markdown(leaf: Leaf) -> str:
    """Return a note as a text file reads: what it is of, then what it says."""
    about = [leaf.process, write_moment(leaf.session_at or leaf.written_at)]
    heading = leaf.heading or _("Note")
    parts = [f"# {heading}", " · ".join(about)]
    parts.append(_("This note cannot be opened.") if leaf.broken else leaf.text)
    for at, title, text in leaf.earlier:
        said = _("Earlier text of %(moment)s") % {"moment": write_moment(at)}
        parts += ["---", f"## {said}", *([title] if title else []), text]
    return "\n\n".join(parts) + "\n"


def as_json(leaves: Sequence[Leaf]) -> bytes:
    rows = [
        {
            "id": leaf.pk,
            "process": leaf.process,
            "session": leaf.session_at.isoformat() if leaf.session_at else None,
            "written": leaf.written_at.isoformat(),
            "title": leaf.title,
            "text": leaf.text,
            "earlier": [{"at": at.isoformat(), "title": title, "text": text} for at, title, text in leaf.earlier],
            "opens": not leaf.broken,
        }
        for leaf in leaves
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def as_zip(leaves: Sequence[Leaf], now: datetime) -> bytes:
    """Return a ZIP of one Markdown file a note and one JSON file of all. Raises ValidationError when it is too much."""
    bounded(leaves, MOST)
    packed = BytesIO()
    at = timezone.localtime(now).timetuple()[:6]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, leaf in enumerate(leaves, start=1):
            day = timezone.localtime(leaf.session_at or leaf.written_at)
            archive.writestr(zipfile.ZipInfo(f"{number:04}-{day:%Y-%m-%d}.md", at), as_markdown(leaf))
        archive.writestr(zipfile.ZipInfo("notes.json", at), as_json(leaves))
    return packed.getvalue()


def bounded(leaves: Sequence[Leaf], most: int) -> None:
    length = sum(leaf.length for leaf in leaves)
    if length > most:
        said = _("These notes have %(length)s characters; one file holds %(most)s. Export one process at a time.")
        raise ValidationError(said % {"length": length, "most": most}, code="too_much")


# --- PDF ------------------------------------------------------------------------------------------------------------


def as_pdf(leaves: Sequence[Leaf], user: User, now: datetime, *, attached: bool = False) -> bytes:
    """Return the notes as a PDF that reads like a notebook; `attached`: with the same as Markdown and JSON inside.

    What is too long to be set while one waits is inside alone. Raises ValidationError when it is too much for a file.
    """
    bounded(leaves, MOST if attached else MOST_ON_PAGES)
    only_inside = sum(leaf.length for leaf in leaves) > MOST_ON_PAGES
    language = user.language
    with override(language):
        context: dict[str, Any] = {"leaves": [] if only_inside else leaves, "only_inside": only_inside}
        context |= {"author": user.full_name, "day": write_day(timezone.localtime(now))}
        files = attachments(leaves, now) if attached else []
        return render("pdf/notes.html", context, language, draft=False, attachments=files)


def attachments(leaves: Sequence[Leaf], now: datetime) -> list[Attachment]:
    markdown = "\n\n".join(as_markdown(leaf) for leaf in leaves).encode()
    return [
        Attachment("notes.json", as_json(leaves), "application/json", _("The notes as data"), "Data", now),
        Attachment("notes.md", markdown, "text/markdown", _("The notes as text"), "Source", now),
    ]


def as_sealed_pdf(leaves: Sequence[Leaf], user: User, password: str, now: datetime) -> bytes:
    """Return the PDF encrypted with AES-256 (ISO 32000-2, revision 6), its files and its metadata too."""
    known = unicodedata.normalize("NFKC", password)  # as readers do before they try it (RFC 4013)
    sealed = BytesIO()
    with pikepdf.open(BytesIO(as_pdf(leaves, user, now, attached=True))) as document:
        document.save(sealed, encryption=pikepdf.Encryption(owner=known, user=known, R=6, aes=True, metadata=True))
    return sealed.getvalue()
