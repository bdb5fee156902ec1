"""What is held on somebody as a file: JSON for programs, PDF for reading. The same sections as on the page."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import get_language

from accounts.models import User
from privacy.own.sections import Section
from privacy.own.withheld import withheld

#: The name and number of the form of the JSON. The number rises when something in it means something else; keys may
#: come without that. docs/own-data.md describes it.
SCHEMA: Final = "tyonohjaus.own-data"
VERSION: Final = 1
NAME: Final = "omat-tiedot"


def as_json(user: User, sections: Sequence[Section], now: datetime) -> str:
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "version": VERSION,
        "made_at": now.isoformat(),
        "language": (get_language() or "fi")[:2],
        "person": {"name": user.full_name, "email": user.email},
        "sections": [section_as_json(section) for section in sections],
        "not_shown": [{"key": each.key, "title": each.title, "text": each.paragraphs} for each in withheld()],
    }
    return json.dumps(found, ensure_ascii=False, indent=2)


def section_as_json(section: Section) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title,
        "purpose": section.purpose,
        "basis": section.basis,
        "kept": section.kept,
        "seen_by": section.seen_by,
        "note": section.note,
        "rows": [
            {
                "title": row.title,
                "facts": [{"key": fact.key, "label": fact.label, "value": fact.machine} for fact in row.facts],
            }
            for row in section.rows
        ],
    }


def as_pdf(user: User, sections: Sequence[Section], now: datetime) -> bytes:
    from documents.pdf import render  # WeasyPrint takes a second to import: only those who print wait

    context = {"subject": user, "sections": sections, "withheld": withheld(), "now": now}
    return render("pdf/own_data.html", context, (get_language() or "fi")[:2], draft=False, sheet="print-own.css")
