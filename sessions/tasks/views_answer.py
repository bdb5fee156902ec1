"""Tasks for those who do them: their own tasks, the page with the editor, autosave, files."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts import lists
from accounts.paging import keyset
from accounts.signed_in import SignedInRequest
from engagements.models import Engagement, Participation
from engagements.views.scans import SHUT
from engagements.views.scope import sent, sent_files
from sessions import saving
from sessions.models import AnswerFile, Task, TaskAnswer
from sessions.tasks import answering, panel, reading
from sessions.tasks.forms import AnswerForm
from vault.blobs import Unopenable
from vault.content import Content

#: As many as there may be open in one process; who has more sees the rest as they are done.
MOST_TO_DO: Final = 50


def own(request: SignedInRequest) -> HttpResponse:
    """All tasks of a supervisee, in all their processes: what waits first, then the others, the latest first."""
    if not Engagement.objects.attended_by(request.user).exists():
        raise Http404
    now = timezone.now()
    waiting = panel.to_do(request.user, most=MOST_TO_DO)
    others = Task.objects.given_to(request.user).exclude(pk__in=[line.task.pk for line in waiting])
    page = keyset(others, lists.asked(request), "-created_at", "-id", per_page=panel.SHOWN)
    ids = [task.pk for task in page.rows]
    shown = Task.objects.filter(pk__in=ids).with_due().order_by("-created_at", "-id")
    context = {
        "waiting": waiting,
        "others": reading.lines(shown, request.user, now, leads=False) if ids else [],
        "page": page,
    }
    return render(request, "tasks/own.html", context)


def for_supervisee(request: SignedInRequest, task: Any) -> HttpResponse:
    """The task and the answers that its reader may see; their own in an editor while answers are taken."""
    now = timezone.now()
    participation = answering.participation_for(task, request.user)
    shown = reading.answers_of(task, request.user)
    mine = next((each for each in shown if each.own and participation), None)
    form = editor(request, task, participation, mine) if participation and not answering.is_closed(task) else None
    if request.method == "POST" and form is None:
        messages.warning(request, gettext("Answers are taken no more: the task was discussed or withdrawn."))
        return redirect("tasks:detail", task.pk)
    if form and form.done():
        given = form.giving or (mine is not None and mine.answer.answered_at is not None)
        said = gettext("Your answer is given.") if given else gettext("Your draft is kept. Only you see it.")
        messages.success(request, said)
        return redirect("tasks:detail", task.pk)
    reading.write_down(task, shown, by=request.user, leads=False, now=now)
    context = {
        "engagement": task.engagement,
        "task": task,
        "text": reading.opened_text(task, Content([task.engagement_id])),
        "due": reading.due_words(task),
        "asked": participation is not None,
        "mine": mine,
        "others": [each for each in shown if not each.own],
        "form": form,
        "room": answering.MOST_FILES - len(mine.files) if mine else answering.MOST_FILES,
    }
    return render(request, "tasks/answer.html", context)


def editor(
    request: SignedInRequest, task: Task, participation: Participation, mine: reading.ShownAnswer | None
) -> AnswerForm:
    return AnswerForm(
        sent(request), sent_files(request), task=task, participation=participation,
        answer=mine.answer if mine else None, text=(mine.text or "") if mine else "", by=request.user,
        now=timezone.now(),
    )  # fmt: skip


@require_POST
def save(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Keep what is being written, as a draft or in the place of what was given."""
    tasks = Task.objects.given_to(request.user).select_related("engagement")
    task = get_object_or_404(tasks, pk=pk)
    participation = answering.participation_for(task, request.user)
    if participation is None:
        raise Http404
    now = timezone.now()
    form = AnswerForm(
        request.POST, task=task, participation=participation, answer=None, text="", by=request.user, now=now
    )
    form.giving = False
    return saving.answer(form, form.keep, now)


def file(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The file, to be kept and not shown: its name tells nobody what it is about."""
    files = AnswerFile.objects.visible_to(request.user).select_related("answer__task", "content")
    found = get_object_or_404(files, pk=pk)
    engagement = found.answer.task.engagement_id
    try:
        content = Content([engagement]).unseal_file(
            engagement, bytes(found.content.sealed), answering.CONTENTS, found.pk
        )
    except Unopenable:
        messages.warning(request, gettext("The file cannot be opened."))
        return redirect("tasks:detail", found.answer.task_id)
    reading.write_down_file(found, by=request.user)
    return HttpResponse(
        content,
        content_type=found.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="liite.{found.extension}"',
            "Content-Security-Policy": SHUT,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


@require_POST
def remove_file(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Destroy a file of one's own answer."""
    mine = AnswerFile.objects.filter(answer__in=TaskAnswer.objects.own(request.user).values("pk"))
    found = get_object_or_404(mine.select_related("answer__task__engagement"), pk=pk)
    task = found.answer.task_id
    try:
        answering.remove_file(found, by=request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, gettext("The file is gone."))
    return redirect("tasks:detail", task)
