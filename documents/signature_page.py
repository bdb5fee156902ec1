"""The page of a document on which it stands who signed it: what its template is given, and the words for how."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from formats.clock import HELSINKI, write_clock
from formats.days import write_day


class How(StrEnum):
    """How it was made sure who signed."""

    LINK = "link"
    ACCOUNT = "account"
    LOGIN = "login"
    STRONG = "strong"
    PAPER = "paper"


@dataclass(frozen=True)
class SignerLine:
    """One who signed: name, in what part (in the document's language), how, and when.

    `when` is an aware moment, or a day where only that is known: on paper. `by` is who identified them, or who recorded
    what was signed on paper.
    """

    name: str
    part: str
    how: How
    when: datetime | date
    by: str = ""

    @property
    def moment(self) -> str:
        """Day and time in Helsinki and how far that is from UTC: `25.11.2026 klo 14.30 (UTC+2)`; of a day, the day."""
        if not isinstance(self.when, datetime):
            return write_day(self.when)
        here = self.when.astimezone(HELSINKI)
        ahead = here.utcoffset()
        hours = int(ahead.total_seconds()) // 3600 if ahead else 0
        return f"{write_day(here.date())} {write_clock(here)} (UTC+{hours})"

    @property
    def manner(self) -> str:
        """How, in words of the active language."""
        return {
            How.LINK: _("By a personal link and a code sent by e-mail"),
            How.ACCOUNT: _("By a log-in and a code sent by e-mail"),
            How.LOGIN: _("By a log-in with a second step"),
            How.STRONG: _("By strong identification, %(by)s"),
            How.PAPER: _("On paper, recorded by %(by)s"),
        }[self.how] % {"by": self.by}

    @property
    def electronic(self) -> bool:
        return self.how != How.PAPER


@dataclass(frozen=True)
class SignaturePage:
    """Everything that the page says.

    `consent` is the sentence that each who signed electronically agreed to, `check_url` where a copy is checked,
    `attachment` the name of the file with the terms that travels inside, if one does.
    """

    signers: tuple[SignerLine, ...]
    terms_hash: str
    consent: str
    check_url: str
    attachment: str = ""

    @property
    def long_digest(self) -> str:
        return " ".join(self.terms_hash[start : start + 8] for start in range(0, 64, 8))

    @property
    def electronic(self) -> bool:
        return any(signer.electronic for signer in self.signers)
