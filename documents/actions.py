"""Sealing a file and keeping it for good: the worker's work, done once for each contract or sheet."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from audit import trail
from documents.models import SealedFile
from documents.seal import fingerprint, pages_of, seal


def seal_and_keep(
    pdf: bytes,
    *,
    kind: str,
    obj: UUID,
    practice: UUID,
    stream: UUID,
    terms_hash: str,
    name: str,
    reason: str,
    at: datetime,
) -> SealedFile:
    """Seal `pdf` as of `at`, keep it as the file of `obj`, and return its row without the bytes.

    Said twice, or by two workers at once, it is done once: what was kept first stays and is returned. `stream` is the
    chain of the audit trail in which it is written down; `name`, `reason`, `at` and what is raised are those of `seal`.
    To be called as the worker: the application may not write here.
    """
    kept = SealedFile.objects.without_content().of(kind, obj)
    if found := kept.first():
        return found
    content = seal(pdf, name=name, reason=reason, at=at)
    values = {"practice_id": practice, "content": content, "terms_hash": terms_hash, "pages": pages_of(pdf)}
    try:
        with transaction.atomic():
            made = SealedFile.objects.create(kind=kind, obj=obj, sealed_at=at, certificate=fingerprint(), **values)
            trail.record(stream, "file.sealed", actor=None, obj=made, data={"kind": kind, "pages": made.pages})
    except IntegrityError:
        if found := kept.first():
            return found
        raise
    return kept.get()
