"""Checking a file as a visitor: the browser takes its hash, and the file stays where it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, Request, expect

from audit.roles import Role
from documents.models import LARGEST
from tests.documents.conftest import PDF, connect, keep

YES, NO = "This file was sealed here on 23 Nov 2026.", "No file with this hash was sealed here"


@pytest.fixture
def kept(settled: Any, own_database: str) -> UUID:
    with connect(Role.WORKER, own_database) as worker:
        return keep(worker, settled.practice.pk)


@pytest.mark.browser
@pytest.mark.parametrize("device", ["laptop", "phone"])
def test_a_copy_is_checked_and_the_file_does_not_leave_the_browser(
    kept: UUID, new_page: Callable[..., Page], assert_whole: Callable[..., None], tmp_path: Path, device: str
) -> None:
    page = new_page(device)
    sent: list[bytes] = []

    def remember(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.post_data_buffer or b"")

    page.on("request", remember)
    good, changed, large = tmp_path / "good.pdf", tmp_path / "changed.pdf", tmp_path / "large.pdf"
    good.write_bytes(PDF)
    changed.write_bytes(PDF + b" ")
    large.write_bytes(b"x" * (LARGEST + 1))
    page.goto("/account/login/")
    page.get_by_role("link", name="Check a file").click()
    expect(page.get_by_text("the file does not leave your device")).to_be_visible()
    assert_whole(page, "check", device)
    for file, sentence in ((good, YES), (changed, NO), (large, "This file is larger than 20 MB."), (good, YES)):
        page.get_by_label("File", exact=False).first.set_input_files(file)
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_text(sentence).first).to_be_visible()
        assert_whole(page, f"check-{file.stem}", device)
    assert len(sent) == 4
    assert all(0 < len(body) < 2000 and PDF not in body for body in sent)
