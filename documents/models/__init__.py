from documents.models.attachment import Attachment, AttachmentContent

__all__ = ["Attachment", "AttachmentContent"]
