"""Documents against bare WeasyPrint, which sets the same HTML with the same sheet and the same fonts."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.figures import Figure, side_by_side
from benchmarks.people import founder

ROLE = "app"
ROUNDS = 5


def figures() -> Iterator[Figure]:
    from django.template.loader import render_to_string
    from django.utils import translation

    from documents import pdf

    pdf.warm()
    for name, template, context, goal_ms in _documents():
        with translation.override("fi"):
            html = render_to_string(template, {**context, "language": "fi", "mark": ""})
        bare, ours = partial(_bare, html), partial(pdf.render, template, context, "fi", draft=False)
        limit, took = side_by_side([bare, ours], ROUNDS)
        yield Figure(f"pdf {name}: beside bare WeasyPrint", 1000 * took, "ms", 1000 * limit, 1.15)
        if goal_ms:
            yield Figure(f"pdf {name}: warm", 1000 * took, "ms", goal_ms, 1)


def _bare(html: str) -> bytes:
    from weasyprint import HTML

    from documents.pdf import PLACE, _ours

    fetcher, rules, fonts = _ours()
    document = HTML(string=html, base_url=PLACE, url_fetcher=fetcher)
    return bytes(document.write_pdf(stylesheets=[rules], font_config=fonts, pdf_variant="pdf/a-3a"))


def _documents() -> Iterator[tuple[str, str, dict[str, Any], float | None]]:
    from django.db import transaction
    from django.utils import translation

    from engagements.models import Contract
    from engagements.wording import text_of

    with transaction.atomic(), translation.override("fi"):
        _, engagement = founder()
        contract = Contract.objects.select_related("engagement").get(engagement=engagement)
        text = text_of(contract)
    yield "contract", "pdf/contract.html", {"text": text}, 500.0
