"""Tasks for those who lead: the list of a process, giving, the page with its answers, and what is done with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts import lists
from accounts.paging import keyset
from accounts.signed_in import SignedInRequest
from engagements.models import Engagement
from engagements.views.scope import sent
from sessions.models import AnswerComment, Session, Task, TaskAnswer
from sessions.tasks import actions, reading
from sessions.tasks.forms import ChangeForm, CommentForm, GiveForm
from sessions.tasks.panel import SHOWN
from sessions.tasks.views_answer import for_supervisee
from sessions.views import met_by
from vault.content import Content


def of_engagement(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The tasks of one process that the reader may see: the open ones by when they are due, then the latest first."""
    now = timezone.now()
    engagement = get_object_or_404(met_by(request.user).select_related("client"), pk=pk)
    leads = Engagement.objects.led_by(request.user).filter(pk=pk).exists()
    tasks = Task.objects.visible_to(request.user).filter(engagement=engagement)
    opens = tasks.open().with_due().nearest_first()[: actions.MOST_OPEN]
    past = tasks.exclude(closed_at=None, discussed_at=None)
    page = keyset(past, lists.asked(request), "-created_at", "-id", per_page=SHOWN)
    ids = [task.pk for task in page.rows]
    shown = Task.objects.filter(pk__in=ids).with_due().order_by("-created_at", "-id")
    context = {
        "base": "engagements/base.html" if leads else "sessions/base.html",
        "section": "tasks",
        "engagement": engagement,
        "leads": leads,
        "open": reading.lines(opens, request.user, now, leads=leads),
        "past": reading.lines(shown, request.user, now, leads=leads) if ids else [],
        "page": page,
        "blocker": actions.blocker_to_giving(engagement) if leads else "",
    }
    return render(request, "tasks/list.html", context)


def give(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Give a task; with `?session=` it is given in that session."""
    engagement = get_object_or_404(Engagement.objects.led_by(request.user), pk=pk)
    session = session_of(engagement, request.GET.get("session", ""))
    form = GiveForm(sent(request), engagement=engagement, session=session, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("The task is given."))
        return redirect("sessions:detail", session.pk) if session else redirect("tasks:list", pk)
    context = {"engagement": engagement, "session": session, "form": form, "section": "tasks"}
    return render(request, "tasks/give.html", context)


def detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page of a task: its answers for those who lead, one's own answer for who is to do it."""
    tasks = Task.objects.visible_to(request.user).with_due()
    selected = tasks.select_related("engagement", "session", "discussed_in", "given_by")
    task = get_object_or_404(selected, pk=pk)
    if not Task.objects.led_by(request.user).filter(pk=pk).exists():
        return for_supervisee(request, task)
    now = timezone.now()
    shown = reading.answers_of(task, request.user)
    reading.write_down(task, shown, by=request.user, leads=True, now=now)
    tasks = Task.objects.filter(pk=pk).with_due()
    context = {
        "engagement": task.engagement,
        "section": "tasks",
        "task": task,
        "text": reading.opened_text(task, Content([task.engagement_id])),
        "line": reading.lines(tasks, request.user, now, leads=True)[0],
        "answers": shown,
        "last_session": last_session(task),
    }
    return render(request, "tasks/detail.html", context)


def change(request: SignedInRequest, pk: UUID) -> HttpResponse:
    task = led_task(request, pk)
    if not task.is_open:
        messages.warning(request, gettext("The task is not open any more: it was discussed or withdrawn."))
        return redirect("tasks:detail", pk)
    text = reading.opened_text(task, Content([task.engagement_id])) or ""
    form = ChangeForm(sent(request), task=task, text=text, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("The task is changed."))
        return redirect("tasks:detail", pk)
    context = {"engagement": task.engagement, "task": task, "form": form, "section": "tasks"}
    return render(request, "tasks/change.html", context)


@require_POST
def withdraw(request: SignedInRequest, pk: UUID) -> HttpResponse:
    task, now = led_task(request, pk), timezone.now()
    said = gettext("The task is withdrawn: answers are taken no more.")
    return try_to(request, task, lambda: actions.withdraw(task, by=request.user, now=now), said)


@require_POST
def discuss(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Mark as discussed, in the session from whose page it is said, if it is one."""
    task, now = led_task(request, pk), timezone.now()
    session = session_of(task.engagement, request.POST.get("session", ""))
    said = gettext("The task is marked as discussed.")
    verb: Callable[[], None] = lambda: actions.discuss(task, session=session, by=request.user, now=now)  # noqa: E731
    return try_to(request, task, verb, said)


@require_POST
def reopen(request: SignedInRequest, pk: UUID) -> HttpResponse:
    task, now = led_task(request, pk), timezone.now()
    said = gettext("The task is open again.")
    return try_to(request, task, lambda: actions.reopen(task, by=request.user, now=now), said)


def comment(request: SignedInRequest, pk: UUID) -> HttpResponse:
    answers = TaskAnswer.objects.given().filter(task__in=Task.objects.led_by(request.user).values("pk"))
    answer = get_object_or_404(answers.select_related("task__engagement", "participation__person"), pk=pk)
    form = CommentForm(sent(request), answer=answer, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("The comment is beside the answer."))
        return redirect("tasks:detail", answer.task_id)
    context: dict[str, Any] = {"engagement": answer.task.engagement, "answer": answer, "task": answer.task}
    return render(request, "tasks/comment.html", {**context, "form": form, "section": "tasks"})


@require_POST
def remove_comment(request: SignedInRequest, pk: UUID) -> HttpResponse:
    mine = AnswerComment.objects.filter(by=request.user, answer__task__in=Task.objects.led_by(request.user))
    said = get_object_or_404(mine.select_related("answer__task"), pk=pk)
    task = said.answer.task_id
    actions.remove_comment(said, by=request.user)
    messages.success(request, gettext("The comment is gone."))
    return redirect("tasks:detail", task)


def try_to(request: SignedInRequest, task: Task, verb: Callable[[], None], said: str) -> HttpResponse:
    """Do `verb` and go back to the session from whose page it was asked, else to the task."""
    try:
        verb()
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, said)
    session = session_of(task.engagement, request.POST.get("session", ""))
    return redirect("sessions:detail", session.pk) if session else redirect("tasks:detail", task.pk)


def led_task(request: SignedInRequest, pk: UUID) -> Task:
    return get_object_or_404(Task.objects.led_by(request.user).select_related("engagement"), pk=pk)


def session_of(engagement: Engagement, asked: str) -> Session | None:
    """Return the session of `engagement` whose id is `asked`, if there is one."""
    try:
        return engagement.sessions.filter(pk=UUID(asked)).first()
    except ValueError:
        return None


def last_session(task: Task) -> Session | None:
    """Return the latest session that has begun, in which the task would be discussed."""
    return task.engagement.sessions.filter(starts_at__lte=timezone.now()).order_by("-starts_at").first()
