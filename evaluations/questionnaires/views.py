"""The questionnaires of a practice, for those who supervise in it: what there is to ask, and making one's own."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.models import Language, Practice
from engagements.models import Theme
from engagements.views.scope import Request, sent
from engagements.views.templates import own_practice
from evaluations.bank import BANK, GOALS, SHIPPED, questions_of
from evaluations.models import Questionnaire, QuestionnaireKind
from evaluations.questionnaires import actions, editing
from evaluations.questionnaires.editing import Written
from evaluations.questionnaires.forms import FrameForm, MakeForm, PickForm, QuestionForm
from evaluations.questionnaires.preview import groups, lines
from evaluations.questionnaires.rules import MOST_QUESTIONS
from evaluations.questions import Indicator, Kind, Question


def list_(request: Request) -> HttpResponse:
    """What the practice can ask, by occasion: ours and its own; below, what it has put aside."""
    practice = own_practice(request)
    own = list(practice.questionnaires.filter(shipped="").order_by("name"))
    newest = actions.newest_versions(own)
    in_use = [(each, len(newest[each.pk].questions)) for each in own if each.archived_at is None]
    occasions = [
        {
            "label": capfirst(str(kind.label)),
            "ours": SHIPPED[kind],
            "own": [(each, count) for each, count in in_use if each.kind == kind],
        }
        for kind in QuestionnaireKind
    ]
    context = {
        "practice": practice,
        "others": Practice.objects.supervised_by(request.user).exclude(pk=practice.pk).order_by("name"),
        "occasions": occasions,
        "archived": [each for each in own if each.archived_at is not None],
    }
    return render(request, "questionnaires/list.html", context)


def new(request: Request) -> HttpResponse:
    """Make one of one's own: from `?from=`, one of ours or of one's own, or from nothing."""
    practice = own_practice(request)
    start = request.GET.get("from", "")
    title, kind = began_from(practice, start)
    initial = {"name": gettext("%(name)s, own") % {"name": title} if title else "", "kind": kind}
    form = MakeForm(sent(request), practice=practice, start=start, by=request.user, now=timezone.now(), initial=initial)
    if form.done():
        messages.success(request, gettext("The questionnaire is yours now. Change it as you like."))
        return redirect("questionnaires:edit", form.made.pk)
    return render(request, "questionnaires/new.html", {"practice": practice, "form": form, "title": title})


def began_from(practice: Practice, start: str) -> tuple[str, str]:
    """Return the title and the occasion of the choice `start`; 404 when there is none."""
    if not start:
        return "", ""
    if start in SHIPPED:
        return SHIPPED[start].name, SHIPPED[start].key
    try:
        found = actions.own_questionnaire(practice, start)
    except ValidationError:
        raise Http404 from None
    return found.name, found.kind


def ours(request: Request, key: str) -> HttpResponse:
    practice = own_practice(request)
    if key not in SHIPPED:
        raise Http404
    shipped = SHIPPED[key]
    context = {"practice": practice, "title": shipped.name, "start": key, "occasion": ""}
    return as_asked(request, questions_of(shipped), context)


def preview(request: Request, pk: UUID) -> HttpResponse:
    mine = own(request, pk)
    context = {"practice": mine.practice, "title": mine.name, "mine": mine, "occasion": mine.get_kind_display()}
    return as_asked(request, editing.newest_of(mine).asked, context)


def as_asked(request: Request, questions: list[Question], context: dict[str, Any]) -> HttpResponse:
    """The questions as those see them who are asked, all on one page, in the language asked for."""
    language = request.GET.get("language", "")
    language = language if language in Language.values else request.LANGUAGE_CODE
    kept = request.GET.copy()
    languages = []
    for code, label in Language.choices:
        kept["language"] = code
        languages.append({"label": label, "url": f"?{kept.urlencode()}", "current": code == language})
    shown = lines(questions, language)
    return render(request, "questionnaires/preview.html", {**context, "lines": shown, "languages": languages})


def edit(request: Request, pk: UUID) -> HttpResponse:
    """The questions in their order, and the name and the occasion."""
    mine = own(request, pk)
    form = FrameForm(sent(request), questionnaire=mine, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("Saved."))
        return redirect("questionnaires:edit", pk)
    questions = form.newest.asked
    context = {
        "mine": own(request, pk) if form.is_bound else mine,
        "form": form,
        "version": form.newest,
        "rev": form.initial["rev"],
        "lines": lines(questions),
        "asks_goals": any(question.kind == Kind.GOALS for question in questions),
        "full": len(questions) >= MOST_QUESTIONS,
    }
    return render(request, "questionnaires/edit.html", context)


@require_POST
def arrange(request: Request, pk: UUID) -> HttpResponse:
    """Move a question up or down, take it out, or ask about the shared goals: whichever button was pressed."""
    mine = own(request, pk)
    seen = {"rev": request.POST.get("rev", ""), "by": request.user, "now": timezone.now()}
    try:
        name, key = pressed(request.POST)
        written = BUTTONS[name](mine, key, seen)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("questionnaires:edit", pk)
    tell_of_new_version(request, written)
    keys = [question.key for question in written.version.asked]
    place = f"q{keys.index(key) + 1}" if key in keys else "questions"
    return redirect(f"{reverse('questionnaires:edit', args=[pk])}#{place}")


def pressed(data: QueryDict) -> tuple[str, str]:
    """Return which button of `BUTTONS` was pressed, and of which question."""
    for name in BUTTONS:
        if name in data:
            return name, data.get(name, "")
    raise ValidationError(gettext("Nothing was changed."))


Verb = Callable[[Questionnaire, str, Mapping[str, Any]], Written]
BUTTONS: Final[dict[str, Verb]] = {
    "up": lambda mine, key, seen: editing.move(mine, key, -1, **seen),
    "down": lambda mine, key, seen: editing.move(mine, key, 1, **seen),
    "remove": lambda mine, key, seen: editing.remove(mine, key, **seen),
    "goals": lambda mine, _key, seen: editing.add(mine, [GOALS.question], **seen),
}


def pick(request: Request, pk: UUID) -> HttpResponse:
    """Take questions from the bank, and one's own from other questionnaires; `?theme=` and `?indicator=` narrow it."""
    mine = own(request, pk)
    known = {item.key: item.question for item in BANK.values() if item is not GOALS} | own_questions(mine)
    form = PickForm(sent(request), known=known, questionnaire=mine, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("The questions are in, at the end."))
        tell_of_new_version(request, form.written)
        return redirect("questionnaires:edit", pk)
    theme, indicator = request.GET.get("theme", ""), request.GET.get("indicator", "")
    context = {
        "mine": mine,
        "form": form,
        "groups": groups(list(known.values()), mine.kind, theme=theme, indicator=indicator),
        "picked": form["picks"].value() or [],
        "there": {question.key for question in form.newest.asked},
        "filters": [
            {"name": "theme", "label": gettext("Theme"), "options": options(Theme, theme)},
            {"name": "indicator", "label": gettext("Indicator"), "options": options(Indicator, indicator)},
        ],
    }
    return render(request, "questionnaires/pick.html", context)


def options(choices: type[Theme] | type[Indicator], chosen: str) -> list[dict[str, Any]]:
    return [{"value": each.value, "label": capfirst(str(each.label)), "chosen": each == chosen} for each in choices]


def own_questions(mine: Questionnaire) -> dict[str, Question]:
    """Return the practice's own questions in its other questionnaires: taken along, they are the same questions."""
    others = mine.practice.questionnaires.in_use().filter(shipped="").exclude(pk=mine.pk)
    asked = [question for version in actions.newest_versions(others).values() for question in version.asked]
    return {question.key: question for question in asked if not editing.is_ours(question)}


def question_new(request: Request, pk: UUID) -> HttpResponse:
    return write(request, own(request, pk), before=None, key="")


def question(request: Request, pk: UUID, key: str) -> HttpResponse:
    """Another wording of a question. When it is gone meanwhile, what was typed is not: it may still be sent."""
    mine = own(request, pk)
    found = [each for each in editing.newest_of(mine).asked if each.key == key]
    if key == GOALS.key or (not found and request.method != "POST"):
        raise Http404
    return write(request, mine, before=found[0] if found else None, key=key)


def write(request: Request, mine: Questionnaire, *, before: Question | None, key: str) -> HttpResponse:
    form = QuestionForm(sent(request), before=before, key=key, questionnaire=mine, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("The question is saved."))
        tell_of_new_version(request, form.written)
        return redirect("questionnaires:edit", mine.pk)
    context = {"mine": mine, "form": form, "before": before, "ours": before is not None and editing.is_ours(before)}
    return render(request, "questionnaires/question.html", context)


@require_POST
def archive(request: Request, pk: UUID) -> HttpResponse:
    """Put a questionnaire aside, or take it back into use when it was put aside before."""
    mine = own(request, pk)
    back = redirect(f"{reverse('questionnaires:list')}?practice={mine.practice_id}")
    if mine.archived_at is None:
        actions.archive(mine, now=timezone.now())
        messages.success(request, gettext("The questionnaire is put aside. You can take it back below."))
        return back
    try:
        actions.bring_back(mine)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, gettext("The questionnaire is in use again."))
    return back


def own(request: Request, pk: UUID) -> Questionnaire:
    """Return a questionnaire that a practice of the asker's has made itself; to all others it does not exist."""
    mine = Questionnaire.objects.usable_by(request.user).filter(shipped="").select_related("practice")
    return get_object_or_404(mine, pk=pk)


def tell_of_new_version(request: Request, written: Written) -> None:
    if written.anew:
        said = gettext("This is version %(number)d now: the one before has been asked, and stays as it was.")
        messages.info(request, said % {"number": written.version.number})
