"""A supervisee answers on a telephone with a picture; what is written is kept, whatever happens meanwhile."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from audit import asking
from sessions.models import Task, TaskAnswer
from sessions.tasks import actions, answering
from vault.content import Content

Cast = Any
NewPage = Callable[..., Page]
Enter = Callable[..., None]
Look = Callable[..., None]
FIELD = "Your answer"


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), "teal").save(out, "JPEG")
    return out.getvalue()


def give(cast: Cast, **values: Any) -> Task:
    fields = {"text": "Kirjoita **yksi** havainto", "to": None, "due_on": None, "until_next": True, "session": None}
    with transaction.atomic():
        asking.become(cast.lead)
        given = {**fields, "visibility": "everyone", "by": cast.lead, "now": timezone.now(), **values}
        return actions.give(cast.engagement, **given)


def kept(cast: Cast) -> tuple[str, bool]:
    """Return what is kept of the supervisee's answer, and whether it is given."""
    with transaction.atomic():
        asking.become(cast.supervisee)
        answer = TaskAnswer.objects.select_related("task").get()
        content = Content([cast.engagement.pk])
        return answering.opened(content, answer.task, answer) or "", answer.answered_at is not None


def open_task(page: Page, enter: Enter, cast: Cast, task: Task) -> Any:
    enter(page, cast.supervisee)
    page.goto(reverse("tasks:detail", args=[task.pk]))
    return page.get_by_role("textbox", name=FIELD)


@pytest.mark.browser
def test_a_supervisee_answers_on_a_telephone_with_a_picture(
    settled: Cast, new_page: NewPage, enter: Enter, assert_accessible: Look
) -> None:
    give(settled)
    page = new_page("phone")
    enter(page, settled.supervisee)
    page.goto(reverse("portal"))
    page.get_by_role("link", name="Kirjoita yksi havainto").click()
    assert_accessible(page, "tasks-answer-phone")
    page.get_by_role("textbox", name=FIELD).fill("Huomasin **jotain**")
    page.get_by_text("Saved at").wait_for()
    assert kept(settled) == ("Huomasin **jotain**", False)
    page.get_by_label("Files").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    page.get_by_role("button", name="Give the answer").click()
    page.get_by_text("“a.jpg” is neither a PDF nor a picture").first.wait_for()
    expect(page.get_by_role("textbox", name=FIELD)).to_have_value("Huomasin **jotain**")
    assert_accessible(page, "tasks-refused-phone")
    page.get_by_label("Files").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.get_by_role("button", name="Give the answer").click()
    page.get_by_text("Your answer is given.").wait_for()
    assert_accessible(page, "tasks-answered-phone")
    assert kept(settled) == ("Huomasin **jotain**", True)
    with page.expect_download() as download:
        page.get_by_role("link", name="a.jpg").click()
    assert download.value.suggested_filename == "liite.jpg"
    assert "Huomasin" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")


@pytest.mark.browser
def test_two_windows_lose_no_character(settled: Cast, new_page: NewPage, enter: Enter, assert_accessible: Look) -> None:
    task = give(settled)
    first, second = new_page(), new_page()
    one, two = (open_task(page, enter, settled, task) for page in (first, second))
    one.fill("Ikkuna A")
    first.get_by_text("Saved at").wait_for()
    two.fill("Ikkuna B")
    second.get_by_text("Not saved: another text was saved meanwhile.").wait_for()
    expect(second.locator("[data-standing]")).to_have_text("Ikkuna A")
    expect(two).to_have_value("Ikkuna B")
    assert_accessible(second, "tasks-conflict")
    assert kept(settled)[0] == "Ikkuna A"
    two.fill("Ikkuna A ja B")
    second.get_by_role("button", name="Put mine in its place").click()
    second.get_by_text("Saved at").wait_for()
    assert kept(settled)[0] == "Ikkuna A ja B"


@pytest.mark.browser
def test_a_broken_connection_keeps_the_text_and_goes_on_by_itself(
    settled: Cast, new_page: NewPage, enter: Enter
) -> None:
    page = new_page("phone")
    field = open_task(page, enter, settled, give(settled))
    page.evaluate("() => { window.whole = fetch; window.fetch = () => Promise.reject(new TypeError('no connection')) }")
    field.fill("Junassa kirjoitettu")
    page.get_by_text("Not saved: no connection.").wait_for()
    page.evaluate("() => { window.fetch = window.whole }")
    page.get_by_text("Saved at").wait_for()
    assert kept(settled)[0] == "Junassa kirjoitettu"


@pytest.mark.browser
def test_who_was_signed_out_signs_in_elsewhere_and_nothing_is_lost(
    settled: Cast, new_page: NewPage, enter: Enter
) -> None:
    page = new_page()
    field = open_task(page, enter, settled, give(settled))
    cookies: Any = page.context.cookies()
    page.context.clear_cookies()
    field.fill("Kirjoitettu ulkona")
    page.get_by_text("Not saved: you are signed out.").wait_for()
    page.context.add_cookies(cookies)
    page.get_by_text("Saved at").wait_for()
    assert kept(settled)[0] == "Kirjoitettu ulkona"


@pytest.mark.browser
def test_without_scripts_a_task_is_given_and_answered(settled: Cast, new_page: NewPage, enter: Enter) -> None:
    page = new_page(scripts=False)
    enter(page, settled.lead)
    page.goto(reverse("tasks:give", args=[settled.engagement.pk]))
    page.get_by_label("Task", exact=True).fill("Kokeile")
    page.get_by_label("By a day").check()
    page.get_by_label("Last day").fill((timezone.now() + timedelta(days=3)).strftime("%d.%m.%Y"))
    page.get_by_role("button", name="Give the task").click()
    page.get_by_text("The task is given.").wait_for()
    with transaction.atomic():
        asking.become(settled.lead)
        task = Task.objects.get()
    other = new_page(scripts=False)
    open_task(other, enter, settled, task).fill("Kokeilin")
    other.get_by_role("button", name="Give the answer").click()
    other.get_by_text("Your answer is given.").wait_for()
    assert kept(settled) == ("Kokeilin", True)


@pytest.mark.browser
@pytest.mark.parametrize("device", ["laptop", "phone", "dark", "narrow"])
def test_the_pages_of_tasks_are_whole(
    settled: Cast, new_page: NewPage, enter: Enter, assert_accessible: Look, device: str
) -> None:
    task = give(settled)
    with transaction.atomic():
        asking.become(settled.supervisee)
        mine = settled.engagement.participations.get(person=settled.people[0])
        answer = answering.save(
            task, mine, text="- yksi\n- kaksi", rev=0, by=settled.supervisee, now=timezone.now(), giving=True
        )
        asking.become(settled.lead)
        actions.comment(answer, "Hyvä huomio", by=settled.lead, now=timezone.now())
    engagement, session = settled.engagement.pk, settled.session.pk
    of_lead = [("tasks:list", engagement), ("tasks:give", engagement), ("tasks:detail", task.pk),
               ("tasks:change", task.pk), ("tasks:comment", answer.pk), ("sessions:detail", session)]  # fmt: skip
    of_supervisee = [("tasks:list", engagement), ("tasks:detail", task.pk), ("tasks:own", None), ("portal", None)]
    for who, pages in ((settled.lead, of_lead), (settled.supervisee, of_supervisee)):
        page = new_page(device)
        enter(page, who)
        for name, about in pages:
            given = page.goto(reverse(name, args=[about] if about else []))
            assert given is not None
            assert given.status == 200
            assert_accessible(page, f"{name.replace(':', '-')}-{device}")
