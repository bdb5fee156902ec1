"""Uploads of which nothing is kept."""

import hashlib
from io import BytesIO
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

#: What is read of a request at most, in bytes; the proxy bounds it alike (deploy/nginx/site.conf).
LARGEST_REQUEST: Final = 32 * 1024 * 1024


class HashedFile(UploadedFile):  # type: ignore[type-arg]
    """What is left of a file: its name, its size and its SHA-256."""

    def __init__(self, name: str, size: int, sha256: str) -> None:
        super().__init__(BytesIO(), name, None, size)
        self.sha256 = sha256


class HashAlone(FileUploadHandler):
    """Takes the hash of each piece of a file as it comes in, and lets the piece go: no file, no memory, no disk."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *rest: Any, **more: Any) -> None:
        """Raises RequestDataTooBig, which is answered by 400, before anything is read of what nobody needs to send."""
        if content_length > LARGEST_REQUEST:
            raise RequestDataTooBig("A file to be checked is far too large.")

    def new_file(self, *given: Any, **named: Any) -> None:
        super().new_file(*given, **named)
        self.hash = hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.hash.update(raw_data)

    def file_complete(self, file_size: int) -> HashedFile:
        return HashedFile(self.file_name or "", file_size, self.hash.hexdigest())
