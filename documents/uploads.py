"""Files that people send: taken in to memory only, bounded, judged by their content, cleaned."""

import json
import logging
import re
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

from documents.cleaning import Refused, kind_of
from documents.models.attachment import LONGEST_NAME

logger = logging.getLogger(__name__)

MEDIA_TYPES: Final = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}
EXTENSIONS: Final = {"pdf": "pdf", "jpeg": "jpg", "png": "png"}
#: By what endings a name may say each kind; a name that says nothing is believed.
ENDINGS: Final = {
    "pdf": {"pdf"},
    "jpeg": {"jpg", "jpeg", "jpe", "jfif"},
    "png": {"png"},
    "webp": {"webp"},
}
CLEANER: Final = Path(__file__).with_name("cleaning.py")
#: Seconds that one file may take, its process included.
PATIENCE: Final = 20.0

#: Each begins with the file's name: several may be sent at once. A browser never sends a file again by itself.
WORDS: Final = {
    "empty": _("“%(name)s” is empty. Choose the file again."),
    "big": _("“%(name)s” is larger than %(most)d MB. Scan it with fewer dots per inch, and choose the file again."),
    "together": _("Together the files are larger than %(together)d MB. Send some now and the others after that."),
    "unknown": _("“%(name)s” is neither a PDF nor a picture (JPEG, PNG or WebP). Choose another file."),
    "heic": _("“%(name)s” is in a format of its own (HEIC or AVIF). Save it as JPEG or PDF, and choose that file."),
    "named": _("“%(name)s” is not what its name says it is. Save it anew under its right kind, and choose that file."),
    "encrypted": _("“%(name)s” is locked with a password. Save it without one, and choose that file."),
    "pages": _("“%(name)s” has no page or more than 100. Choose a PDF of 1 to 100 pages."),
    "pixels": _("“%(name)s” has more than 50 million dots. Make the picture smaller, and choose the file again."),
    "moving": _("“%(name)s” is a moving picture. Choose a still one, or a PDF."),
    "damaged": _("“%(name)s” cannot be read: it is damaged or not whole. Scan or save it again, and choose that file."),
}  # fmt: skip


@dataclass(frozen=True)
class Clean:
    """A file ready to be kept: bytes without what hid in them, what they are, and the name as it is shown."""

    content: bytes
    media_type: str
    extension: str
    name: str


class Received(InMemoryUploadedFile):
    """A file as it came in. When there was no room for it, `dropped` is true and only its size is known."""

    dropped = False


class InMemory(FileUploadHandler):
    """Keeps what comes in in memory, never on a disk, where it would lie in clear.

    What is larger than a file may be, or more than a request may hold together, is let go while it is read to its end,
    so that the page can say so in words.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.kept: list[bytes] = []
        self.held = self.together = 0
        self.dropped = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept, self.held, self.dropped = [], 0, False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        fits = (
            self.held + len(raw_data) <= settings.UPLOAD_MAX_BYTES
            and self.together + len(raw_data) <= settings.UPLOAD_MAX_BYTES_TOGETHER
        )
        if self.dropped or not fits:
            self.together -= self.held
            self.kept, self.held, self.dropped = [], 0, True
        else:
            self.kept.append(raw_data)
            self.held += len(raw_data)
            self.together += len(raw_data)

    def file_complete(self, file_size: int) -> Received:
        received = Received(
            BytesIO(b"".join(self.kept)), self.field_name, self.file_name, self.content_type, file_size, self.charset,
            self.content_type_extra,
        )  # fmt: skip
        received.dropped, self.kept = self.dropped, []
        return received


def read_upload(file: "UploadedFile[Any]", *, patience: float = PATIENCE) -> Clean:
    """Return the file, clean. Raises ValidationError with a sentence that names it, whatever its bytes are.

    It takes as long as its content asks, a tenth of a second or two as a rule, and at most `patience` seconds.
    """
    name = shown_name(file.name or "")
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise refusal("big", name)
    if getattr(file, "dropped", False):
        raise refusal("together", name)
    content = file.read(settings.UPLOAD_MAX_BYTES + 1)
    if len(content) > settings.UPLOAD_MAX_BYTES:
        raise refusal("big", name)
    try:
        seen = kind_of(content)
    except Refused as error:
        raise refusal(error.code, name) from None
    ending = Path(name).suffix.lower().lstrip(".")
    if any(ending in endings for endings in ENDINGS.values()) and ending not in ENDINGS[seen]:
        raise refusal("named", name)
    kind, cleaned = in_its_own_process(content, name, patience)
    if len(cleaned) > settings.UPLOAD_MAX_BYTES:
        raise refusal("big", name)
    extension = EXTENSIONS[kind]
    return Clean(cleaned, MEDIA_TYPES[kind], extension, shown_name(name, extension))


def in_its_own_process(content: bytes, name: str, patience: float) -> tuple[str, bytes]:
    """Return the kind and the clean bytes as `documents/cleaning.py` answers; a crash or a wait is a refusal."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-B", str(CLEANER)], input=content, capture_output=True, timeout=patience, env={},
            check=True,
        )  # fmt: skip
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        # What it was is no business of the log; that the cleaner failed is.
        logger.warning("A file could not be cleaned: %s", type(error).__name__)
        raise refusal("damaged", name) from None
    head, _newline, body = done.stdout.partition(b"\n")
    said = json.loads(head)
    if "refused" in said:
        raise refusal(said["refused"], name)
    return said["kind"], body


def refusal(code: str, name: str) -> ValidationError:
    megabyte = 1024 * 1024
    return ValidationError(
        WORDS[code],
        code=code,
        params={
            "name": name,
            "most": settings.UPLOAD_MAX_BYTES // megabyte,
            "together": settings.UPLOAD_MAX_BYTES_TOGETHER // megabyte,
        },
    )


def shown_name(sent: str, extension: str = "") -> str:
    """Return a name as it may be shown: its last part, without control and direction marks, at most 120 characters.

    With `extension` it ends by that one, in place of any it had for the same kind of file.
    """
    last = unicodedata.normalize("NFC", sent).replace("\\", "/").rpartition("/")[2]
    plain = "".join(each if unicodedata.category(each)[0] not in "CZ" else " " for each in last)
    plain = re.sub(r"\s+", " ", plain).strip(" .") or "scan"
    if not extension:
        return plain[-LONGEST_NAME:]
    stem, _dot, ending = plain.rpartition(".")
    if not stem or not any(ending.lower() in endings for endings in ENDINGS.values()):
        stem = plain
    return f"{stem[: LONGEST_NAME - len(extension) - 1].rstrip()}.{extension}"
