"""A photo of the signed paper, attached on a telephone to the record that it is agreed; its pages on each device."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page

from audit import asking
from documents.models import Attachment
from documents.uploads import Clean
from engagements import actions
from engagements.models import Contract, Engagement, State
from tests.conftest import NOW, make_engagement, make_person

Cast = Any


def photo() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Telephone"
    Image.new("RGB", (1200, 900), "white").save(out, "JPEG", exif=exif)
    return out.getvalue()


def draft(cast: Cast) -> Engagement:
    people = [make_person(cast.practice, given, "Draft") for given in ("Aino", "Bo", "Cia")]
    return make_engagement(
        cast.practice, cast.lead, cast.organisation, people, cast.client_contact, title="Luonnos", state=State.DRAFT
    )


@pytest.mark.browser
def test_a_photo_of_the_paper_goes_with_the_record_on_a_telephone(
    settled: Cast,
    new_page: Callable[..., Page],
    enter: Callable[..., None],
    assert_accessible: Callable[..., None],
) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        engagement = draft(settled)
    page = new_page("phone")
    enter(page, settled.lead)
    page.goto(reverse("engagements:agree", args=[engagement.pk]))
    assert_accessible(page, "scans-agree-phone")
    page.get_by_label("on paper").check()
    field = page.get_by_label("Scanned agreement")
    # The kinds by name: a telephone offers its camera for them and turns its own format into JPEG.
    assert field.get_attribute("accept") == "application/pdf,image/jpeg,image/png,image/webp"
    assert field.get_attribute("capture") is None
    field.set_input_files({"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    page.get_by_role("button", name="Record and start").click()
    page.get_by_text("“notes.jpg” is neither a PDF nor a picture").first.wait_for()
    assert page.get_by_label("on paper").is_checked()
    assert_accessible(page, "scans-refused-phone")
    page.get_by_label("Scanned agreement").set_input_files(
        {"name": "IMG_0001.JPG", "mimeType": "image/jpeg", "buffer": photo()}
    )
    page.get_by_role("button", name="Record and start").click()
    page.get_by_text("The contract is agreed, and the process is under way.").wait_for()
    page.goto(reverse("engagements:contract", args=[engagement.pk]))
    assert_accessible(page, "scans-contract-phone")
    with page.expect_download() as download:
        page.get_by_role("link", name="IMG_0001.jpg").first.click()
    assert download.value.suggested_filename == "sopimus-v1-1.jpg"
    kept = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert (kept.size, dict(kept.getexif())) == ((900, 1200), {})
    with transaction.atomic():
        asking.become(settled.lead)
        assert engagement.contracts.get().state == Contract.State.AGREED
        assert Attachment.objects.get().shown_to == "supervisors"


@pytest.mark.browser
def test_the_pages_of_scans_are_whole(
    settled: Cast, page: Page, enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        contract = settled.engagement.contracts.get()
        names = ("Tyonohjaussopimus_allekirjoitettu_kaikki_osapuolet_2026.pdf", "sivu 2.pdf", "väärä.pdf")
        files = [Clean(b"%PDF-1.7" * 60_000, "application/pdf", "pdf", name) for name in names]
        actions.add_scans(contract, files[:1], to_parties=True, by=settled.lead, now=NOW)
        actions.add_scans(contract, files[1:], to_parties=False, by=settled.lead, now=NOW)
        wrong = Attachment.objects.get(name="väärä.pdf")
        actions.withdraw_scan(contract, wrong, reason="Sivu puuttui", by=settled.lead, now=NOW)
    enter(page, settled.lead)
    for name, *about in (("contract",), ("contract_scan_add", 1), ("contract_scan_withdraw", 1, 1)):
        answer = page.goto(reverse(f"engagements:{name}", args=[settled.engagement.pk, *about]))
        assert answer is not None
        assert answer.status == 200
        assert_whole(page, f"scans-{name}")
