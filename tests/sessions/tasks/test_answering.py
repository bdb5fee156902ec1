"""Answers are their writer's until they are given, then for those who were named; files and comments go with them."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from audit import asking
from audit.models import Entry
from documents.uploads import Clean
from engagements.models import Participation
from sessions.models import AnswerComment, AnswerFile, AnswerFileContent, AnswerRead, Task, TaskAnswer
from sessions.tasks import actions, answering
from tests.conftest import NOW

Group = Any
Enter = Callable[[Any], Client]
Look = Callable[[Any, Any], Any]


def address(task: Task, name: str = "detail") -> str:
    return reverse(f"tasks:{name}", args=[task.pk])


def photo(name: str = "kuva.jpg") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue())


def own(group: Group, name: str = "sanna") -> TaskAnswer:
    part = group.part(name)
    asking.become(group.users[name])
    return TaskAnswer.objects.get(participation=part)


def keep(group: Group, answer: TaskAnswer, *contents: bytes, name: str = "sanna") -> AnswerFile:
    asking.become(group.users[name])
    files = [Clean(content, "application/pdf", "pdf", "Oma kuvani.pdf") for content in contents or (b"%PDF-1.7",)]
    answering.add_files(answer.task, answer, files, by=group.users[name], now=NOW)
    return answer.files.all()[0]


# --- writing --------------------------------------------------------------------------------------------------------


def test_an_answer_is_a_draft_of_its_writer_until_it_is_given(group: Group, enter: Enter, page: Look) -> None:
    task = group.give()
    browser = enter(group.users["sanna"])
    kept = browser.post(address(task), {"text": "Luonnos", "rev": "0", "keep": ""}, follow=True)
    assert "Your draft is kept. Only you see it." in kept.text
    assert "Luonnos" in kept.text
    for who in (group.cast.lead, group.cast.co_supervisor, group.users["asa"]):
        assert "Luonnos" not in page(who, task).text
        asking.become(who)
        assert not TaskAnswer.objects.exists()
    browser = enter(group.users["sanna"])
    given = browser.post(address(task), {"text": "Valmis", "rev": "1", "give": ""}, follow=True)
    assert "Your answer is given." in given.text
    assert "Valmis" in page(group.cast.lead, task).text
    assert [entry.event for entry in Entry.objects.filter(event__startswith="answer.").order_by("number")] == [
        "answer.saved", "answer.given", "answer.read",
    ]  # fmt: skip


@pytest.mark.parametrize(("visibility", "seen"), [("supervisors", False), ("everyone", True)])
def test_what_one_answers_is_seen_by_those_who_were_named(
    group: Group, page: Look, visibility: str, seen: bool
) -> None:
    task = group.give("sanna", "asa", visibility=visibility)
    answer = group.answer(task, "sanna", "Sannan vastaus")
    file = keep(group, answer)
    asking.become(group.cast.lead)
    actions.comment(answer, "Kommentti", by=group.cast.lead, now=NOW)
    for leading in (group.cast.lead, group.cast.co_supervisor):
        assert "Sannan vastaus" in page(leading, task).text
    assert "Kommentti" in page(group.users["sanna"], task).text
    for name in ("asa", "ville"):
        text = page(group.users[name], task).text
        assert ("Sannan vastaus" in text, "Kommentti" in text, "Oma kuvani.pdf" in text) == (seen, seen, seen)
        asking.become(group.users[name])
        assert TaskAnswer.objects.exists() == seen
        assert (
            AnswerFile.objects.exists() == AnswerFileContent.objects.exists() == AnswerComment.objects.exists() == seen
        )
    for member in ("contact", "practice_admin", "administrator", "stranger", "stranger_supervisee"):
        asking.become(group.cast.members[member])
        for model in (Task, TaskAnswer, AnswerFile, AnswerFileContent, AnswerComment, AnswerRead):
            assert not model.objects.exists(), (member, model)
    asking.become(None)
    assert not AnswerFile.objects.filter(pk=file.pk).exists()


def test_nobody_answers_for_another_or_what_is_not_theirs_to_do(group: Group, enter: Enter) -> None:
    task = group.give("sanna", visibility="everyone")
    assert enter(group.users["asa"]).post(address(task, "save"), {"text": "Minä", "rev": "0"}).status_code == 404
    enter(group.users["asa"]).post(address(task), {"text": "Minä", "rev": "0", "give": ""})
    sanna, asa = group.part("sanna"), group.part("asa")
    asking.become(group.users["asa"])
    for part in (sanna, asa):
        with pytest.raises(DatabaseError), transaction.atomic():
            TaskAnswer.objects.create(task=task, participation=part, text=b"x")
    group.answer(task, "sanna")
    for who in (group.users["asa"], group.cast.lead):
        asking.become(who)
        assert TaskAnswer.objects.update(rev=9) == 0


def test_autosave_counts_what_it_saves_and_says_when(group: Group, enter: Enter) -> None:
    task = group.give()
    browser = enter(group.users["sanna"])
    first = browser.post(address(task, "save"), {"text": "Yksi", "rev": "0"})
    assert (first.status_code, first.json()) == (200, {"rev": 1, "said": "Saved at 9:00"})
    assert browser.post(address(task, "save"), {"text": "Kaksi", "rev": "1"}).json()["rev"] == 2
    assert browser.post(address(task, "save"), {"text": "x" * 20_001, "rev": "2"}).status_code == 422
    assert browser.post(address(task, "save"), {"text": "Kolme", "rev": "x"}).status_code == 422
    assert Entry.objects.filter(event="answer.saved").count() == 1
    assert own(group).answered_at is None


def test_two_windows_never_overwrite_each_other(group: Group, enter: Enter) -> None:
    task = group.give()
    browser = enter(group.users["sanna"])
    browser.post(address(task, "save"), {"text": "Ikkuna A", "rev": "0"})
    clash = browser.post(address(task, "save"), {"text": "Ikkuna B", "rev": "0"})
    told = clash.json()
    assert (clash.status_code, told["rev"], told["text"]) == (409, 1, "Ikkuna A")
    assert told["whose"].startswith("Saved in another window or on another device")
    both = browser.post(address(task), {"text": "Ikkuna B", "rev": "0", "give": ""})
    assert "Another text was saved meanwhile" in both.text
    assert "Ikkuna A" in both.text
    assert "Ikkuna B" in both.text
    assert re.search(r'name="rev" value="1"', both.text)
    assert own(group).answered_at is None
    browser = enter(group.users["sanna"])
    browser.post(address(task), {"text": "A ja B", "rev": "1", "give": ""})
    assert own(group).rev == 2


def test_saving_the_same_again_is_no_clash(group: Group, enter: Enter) -> None:
    """A connection that broke after the server had saved sends the same once more."""
    task = group.give()
    browser = enter(group.users["sanna"])
    for _time in range(2):
        assert browser.post(address(task, "save"), {"text": "Sama", "rev": "0"}).json()["rev"] == 1


@pytest.mark.parametrize("verb", ["withdraw", "discuss"])
def test_after_the_task_is_discussed_or_withdrawn_nothing_changes(
    group: Group, enter: Enter, page: Look, verb: str
) -> None:
    task = group.give()
    answer = group.answer(task, "sanna", "Ensin")
    file = keep(group, answer)
    enter(group.cast.lead).post(address(task, verb))
    browser = enter(group.users["sanna"])
    assert browser.post(address(task, "save"), {"text": "Sitten", "rev": "1"}).status_code == 422
    refused = browser.post(address(task), {"text": "Sitten", "rev": "1", "give": ""}, follow=True)
    assert "Answers are taken no more" in refused.text
    assert "Ensin" in refused.text
    assert "Answers are taken no more" in browser.post(reverse("tasks:file_remove", args=[file.pk]), follow=True).text
    asking.become(group.users["sanna"])
    assert TaskAnswer.objects.filter(pk=answer.pk).update(rev=7) == 0
    assert "You did not answer" in page(group.users["asa"], task).text


def test_what_is_asked_for_is_said_and_what_was_typed_stays(group: Group, enter: Enter) -> None:
    task = group.give()
    browser = enter(group.users["sanna"])
    assert (
        "Write something, or bring a file." in browser.post(address(task), {"text": " ", "rev": "0", "give": ""}).text
    )
    long = browser.post(address(task), {"text": "pitkä" * 4001, "rev": "0", "give": ""})
    assert "at most 20000 characters" in long.text
    assert "pitkäpitkä" in long.text
    bad = {"text": "Kuva ohessa", "rev": "0", "give": "", "attached": SimpleUploadedFile("a.pdf", b"MZ" * 50)}
    answer = browser.post(address(task), bad)
    assert "“a.pdf” is neither a PDF nor a picture" in answer.text
    assert "Kuva ohessa" in answer.text
    asking.become(group.users["sanna"])
    assert not TaskAnswer.objects.exists()


def test_an_answer_that_cannot_be_opened_is_said(group: Group, page: Look) -> None:
    task = group.give()
    answer = group.answer(task, "sanna")
    TaskAnswer.objects.filter(pk=answer.pk).update(text=b"\x01\x05" + bytes(60))
    assert "This text cannot be opened." in page(group.cast.lead, task).text
    assert "What you wrote earlier cannot be opened." in page(group.users["sanna"], task).text


# --- files ----------------------------------------------------------------------------------------------------------


def test_files_go_with_an_answer_sealed_and_come_back_as_they_were(group: Group, enter: Enter) -> None:
    task = group.give()
    browser = enter(group.users["sanna"])
    sent = {"text": "", "rev": "0", "give": "", "attached": [photo("Perhe mökillä.jpg")]}
    assert "Perhe mökillä.jpg" in browser.post(address(task), sent, follow=True).text
    asking.become(group.users["sanna"])
    file = AnswerFile.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT f.name, c.sealed FROM supervision_answerfile f JOIN supervision_answerfilecontent c"
                       " ON c.file_id = f.id")  # fmt: skip
        name, sealed = map(bytes, cursor.fetchone())
    assert b"Perhe" not in name
    assert b"JFIF" not in sealed
    for who in (group.users["sanna"], group.cast.lead, group.cast.lead):
        given = enter(who).get(reverse("tasks:file", args=[file.pk]))
        assert given.content[:3] == b"\xff\xd8\xff"
        assert given.headers["Content-Disposition"] == 'attachment; filename="liite.jpg"'
        assert given.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in given.headers["Cache-Control"]
        assert "default-src 'none'" in given.headers["Content-Security-Policy"]
    asking.become(group.cast.lead)
    reads = Entry.objects.filter(event="answer.read")
    assert [(entry.actor, entry.data) for entry in reads] == [(group.cast.lead.pk, {"file": str(file.pk)})]


def test_five_files_are_the_most(group: Group, enter: Enter) -> None:
    task = group.give()
    answer = group.answer(task, "sanna")
    keep(group, answer, *[b"%PDF-1.7"] * 4)
    more = {"text": "Huomasin jotain", "rev": "1", "give": "", "attached": [photo(), photo("b.jpg")]}
    said = enter(group.users["sanna"]).post(address(task), more)
    assert "five files at most" in str(said.context["form"].errors["attached"])
    asking.become(group.users["sanna"])
    keep(group, answer)
    with pytest.raises(DatabaseError, match="five files"), transaction.atomic():
        AnswerFile.objects.create(answer=answer, name=b"x", media_type="image/png", size=1)


def test_a_file_is_removed_by_who_brought_it_and_its_bytes_are_gone(group: Group, enter: Enter) -> None:
    task = group.give(visibility="everyone")
    file = keep(group, group.answer(task, "sanna"))
    remove = reverse("tasks:file_remove", args=[file.pk])
    for who in (group.users["asa"], group.cast.lead):
        assert enter(who).post(remove).status_code == 404
        asking.become(who)
        assert AnswerFile.objects.filter(pk=file.pk).delete()[0] == 0 or AnswerFileContent.objects.exists()
    assert "The file is gone." in enter(group.users["sanna"]).post(remove, follow=True).text
    asking.become(group.users["sanna"])
    assert not AnswerFileContent.objects.exists()


# --- reading --------------------------------------------------------------------------------------------------------


def test_new_answers_stand_on_today_until_they_are_read(
    group: Group, enter: Enter, page: Look, time_machine: Any
) -> None:
    task = group.give()
    group.answer(task, "sanna")
    group.answer(task, "asa")
    group.answer(task, "ville", giving=False)

    def waiting(user: Any) -> list[str]:
        return [item.label for item in enter(user).get(reverse("today")).context["tasks"] if "answer" in item.label]

    assert waiting(group.cast.lead) == ["2 new answers to read: Otso"]
    page(group.cast.lead, task)
    assert waiting(group.cast.lead) == []
    assert waiting(group.cast.co_supervisor) == ["2 new answers to read: Otso"]
    time_machine.move_to(NOW + timedelta(minutes=5), tick=False)
    enter(group.users["sanna"]).post(address(task, "save"), {"text": "Muutin", "rev": "1"})
    assert waiting(group.cast.lead) == ["1 new answer to read: Otso"]


def test_every_reading_by_another_is_written_down(group: Group, page: Look) -> None:
    task = group.give(visibility="everyone")
    answer = group.answer(task, "sanna")
    for who in (group.cast.lead, group.users["asa"], group.users["sanna"], group.cast.lead):
        page(who, task)  # within the hour a second look is the same reading
    asking.become(group.cast.lead)
    read = Entry.objects.filter(event="answer.read").order_by("number")
    assert [(entry.actor, entry.obj) for entry in read] == [
        (group.cast.lead.pk, answer.pk), (group.users["asa"].pk, answer.pk),
    ]  # fmt: skip
    assert set(Entry.objects.filter(event="task.read").values_list("actor", flat=True)) == {
        group.users["asa"].pk, group.users["sanna"].pk,
    }  # fmt: skip
    told = Entry.objects.filter(stream=str(group.cast.engagement.pk)).values_list("data", flat=True)
    assert "Huomasin" not in str(list(told))


def test_a_comment_is_a_supervisors_and_goes_by_their_hand(group: Group, enter: Enter, page: Look) -> None:
    task = group.give()
    answer = group.answer(task, "sanna")
    write = reverse("tasks:comment", args=[answer.pk])
    assert enter(group.users["sanna"]).post(write, {"text": "Oma"}).status_code == 404
    browser = enter(group.cast.lead)
    assert "at most 1000 characters" in browser.post(write, {"text": "x" * 1001}).text
    browser.post(write, {"text": "Hyvä *huomio*"})
    assert "Hyvä <em>huomio</em>" in page(group.users["sanna"], task).text
    asking.become(group.cast.lead)
    said = AnswerComment.objects.get()
    assert "Hyv" not in bytes(said.text).decode("latin-1")
    remove = reverse("tasks:comment_remove", args=[said.pk])
    assert enter(group.cast.co_supervisor).post(remove).status_code == 404
    enter(group.cast.lead).post(remove)
    assert "huomio" not in page(group.users["sanna"], task).text


def test_a_draft_is_not_commented_on(group: Group, enter: Enter) -> None:
    answer = group.answer(group.give(), "sanna", giving=False)
    assert enter(group.cast.lead).get(reverse("tasks:comment", args=[answer.pk])).status_code == 404


def test_who_has_left_sees_nothing_more_and_what_they_answered_stays(group: Group, page: Look) -> None:
    shared, between = group.give(visibility="everyone"), group.give()
    for task in (shared, between):
        group.answer(task, "sanna", "Jäi jälkeen")
    sanna = group.part("sanna")
    Participation.objects.filter(pk=sanna.pk).update(left_on=NOW.date())
    for task in (shared, between):
        assert page(group.users["sanna"], task).status_code == 404
        assert "Jäi jälkeen" in page(group.cast.lead, task).text
    assert "Jäi jälkeen" in page(group.users["asa"], shared).text
    assert "Jäi jälkeen" not in page(group.users["asa"], between).text


def test_at_most_three_things_are_asked_at_a_time_the_nearest_first(group: Group, enter: Enter) -> None:
    for days in (5, 2, 9, 1):
        group.give(text=f"# Tehtävä {days}", due_on=NOW.date() + timedelta(days=days))
    done = group.give(text="Tehty", due_on=NOW.date())
    group.answer(done, "sanna")
    browser = enter(group.users["sanna"])
    portal = browser.get(reverse("portal"))
    assert [item.label for item in portal.context["tasks"]] == ["Tehtävä 1", "Tehtävä 2", "Tehtävä 5"]
    assert portal.context["tasks"][0].note == "By 24 Nov 2026"
    everything = browser.get(reverse("tasks:own"))
    assert [line.title for line in everything.context["waiting"]] == [f"Tehtävä {days}" for days in (1, 2, 5, 9)]
    assert [(line.title, line.mine) for line in everything.context["others"]] == [("Tehty", "answered")]


def test_the_answers_of_many_are_read_in_as_many_queries_as_those_of_one(group: Group, page: Look) -> None:
    task = group.give(visibility="everyone")
    group.answer(task, "sanna")
    page(group.cast.lead, task)
    with CaptureQueriesContext(connection) as few:
        page(group.cast.lead, task)
    for name in ("asa", "ville"):
        keep(group, group.answer(task, name), b"%PDF-1.7", b"%PDF-1.7", name=name)
    page(group.cast.lead, task)
    with CaptureQueriesContext(connection) as many:
        page(group.cast.lead, task)
    assert len(many) == len(few)
