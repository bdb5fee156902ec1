"""The joining sheet in words: a supervisee accepts a contract in which their name does not stand."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

from django.utils import translation
from django.utils.translation import gettext as _

from engagements.models import Form
from engagements.terms import ContractTerms
from engagements.wording.blocks import Block, Facts, Text, capital, lines_of
from formats.days import write_day


@dataclass(frozen=True)
class Sheet:
    """What a joining sheet says, frozen when somebody is asked to sign it. `terms_hash` names the contract."""

    language: str
    name: str
    version: int
    terms_hash: str
    practice: str
    client: str
    form: str
    title: str
    supervisors: tuple[str, ...]
    names_hidden: bool
    on_behalf: bool
    joins_on: str

    @classmethod
    def of(
        cls, terms: ContractTerms, terms_hash: str, name: str, joins_on: date | None, *, on_behalf: bool = False
    ) -> Self:
        return cls(
            language=terms.language,
            name=name,
            version=terms.version,
            terms_hash=terms_hash,
            practice=terms.practice.name,
            client=terms.client.name if terms.client else "",
            form=terms.form,
            title=terms.title,
            supervisors=terms.supervisors,
            names_hidden=terms.names_hidden,
            on_behalf=on_behalf,
            joins_on=joins_on.isoformat() if joins_on else "",
        )


def freeze(sheet: Sheet) -> dict[str, Any]:
    return asdict(sheet) | {"supervisors": list(sheet.supervisors)}


def thaw(frozen: Mapping[str, Any]) -> Sheet:
    """Return the sheet that `freeze` wrote. Raises TypeError when it is of another shape."""
    return Sheet(**{**frozen, "supervisors": tuple(frozen["supervisors"])})


def blocks(sheet: Sheet) -> tuple[Block, ...]:
    """Return what the sheet says, in its language."""
    with translation.override(sheet.language):
        rows = [
            (_("Who joins"), (sheet.name,)),
            (_("Form"), (capital(str(Form(sheet.form).label)),)),
            (_("Process"), lines_of(sheet.title)),
            (_("Service provider"), (sheet.practice,)),
            (_("Supervisors") if len(sheet.supervisors) > 1 else _("Supervisor"), sheet.supervisors),
            (_("Client organisation"), lines_of(sheet.client)),
            (_("From"), lines_of(write_day(date.fromisoformat(sheet.joins_on)) if sheet.joins_on else "")),
        ]
        words = [
            _("I take part in this supervision and accept its contract, version %(version)d, as I have read it.")
            % {"version": sheet.version}
        ]
        if sheet.on_behalf:
            words.append(_("I sign on behalf of the supervisees, who have chosen me to do so."))
        if sheet.names_hidden and sheet.client:
            words.append(
                _("%(client)s is not told my name. Only I and the supervisors see this sheet.")
                % {"client": sheet.client}
            )
        return (Facts(tuple(row for row in rows if row[1])), *(Text(text) for text in words))
