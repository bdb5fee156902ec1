from documents.forms.check import CheckForm
from documents.forms.files import UploadsField

__all__ = ["CheckForm", "UploadsField"]
