from documents.models.attachment import Attachment, AttachmentContent
from documents.models.sealed import LARGEST, SealedFile, SealedFileQuerySet, sealed_on

__all__ = ["LARGEST", "Attachment", "AttachmentContent", "SealedFile", "SealedFileQuerySet", "sealed_on"]
