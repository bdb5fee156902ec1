"""The summary of an evaluation as a file, in the language of who asks for it."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import get_language

from evaluations.results.found import RoundResults
from evaluations.results.reading import WITHHELD, WITHHELD_ROUND

NAME: Final = "arviointiyhteenveto"
SHEET: Final = "print-evaluation.css"


def summary(
    results: RoundResults, changes: Mapping[str, Any], *, confidence: str, example: bool = False
) -> HttpResponse:
    """Return `results` as a PDF, with what was agreed over them; `confidence` says who sees the answers."""
    from documents.pdf import render  # WeasyPrint takes a second to import: only those who print wait

    context = {
        "results": results,
        "confidence": confidence,
        "withheld": WITHHELD,
        "withheld_round": WITHHELD_ROUND,
        **changes,
    }
    language = (get_language() or "fi")[:2]
    pdf = render("pdf/evaluation.html", context, language, draft=False, example=example, sheet=SHEET)
    name = f"{NAME}-{results.about.day:%Y-%m-%d}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
