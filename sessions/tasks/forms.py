"""Giving and changing a task, answering it, commenting on an answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from documents.forms import UploadsField
from engagements.forms.verbs import VerbForm
from engagements.models import Engagement, Form, Participation
from formats.clock import HELSINKI
from formats.fields import DayField, Prose
from sessions.models import Session, Task, TaskAnswer
from sessions.saving import Conflict, SavingForm
from sessions.tasks import actions, answering
from sessions.tasks.actions import LONGEST_COMMENT, LONGEST_TASK
from sessions.tasks.answering import LONGEST_ANSWER, MOST_FILES

Files = MultiValueDict[str, Any]

#: How far ahead a task may be due.
FURTHEST: Final = timedelta(days=366)
EVERYBODY, CHOSEN = "all", "some"
BY_DAY, BY_NEXT, AT_NO_TIME = "day", "next", "none"


class DueForm(VerbForm):
    """By when a task is due."""

    due = forms.ChoiceField(
        label=_("When is it due?"),
        choices=[(BY_NEXT, _("By the next session")), (BY_DAY, _("By a day")), (AT_NO_TIME, _("At no certain time"))],
        widget=forms.RadioSelect,
        initial=BY_NEXT,
    )
    due_on = DayField(label=_("Last day"), required=False, widget=forms.TextInput(attrs={"data-width": "s"}))

    def bound_day(self, now: datetime) -> None:
        today = now.astimezone(HELSINKI).date()
        field = cast(DayField, self.fields["due_on"])
        field.first, field.last = today, today + FURTHEST

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("due") != BY_DAY:  # the day is not asked then, whatever stands in its field
            self.errors.pop("due_on", None)
            values["due_on"] = None
        elif values.get("due_on") is None and "due_on" not in self.errors:
            self.add_error("due_on", gettext("Give the last day."))
        return values

    def due_values(self) -> dict[str, Any]:
        return {"due_on": self.cleaned_data["due_on"], "until_next": self.cleaned_data["due"] == BY_NEXT}


class TaskForm(DueForm):
    """What the task is and to whom it is given; with one supervisee, it is given to them."""

    text = Prose(
        label=_("Task"),
        max_length=LONGEST_TASK,
        help_text=_("What to do, notice or think about before you meet again. **bold**, - list"),
    )
    whom = forms.ChoiceField(
        label=_("To whom"),
        choices=[(EVERYBODY, _("Everybody, also who joins later")), (CHOSEN, _("Those whom I choose"))],
        widget=forms.RadioSelect,
        initial=EVERYBODY,
    )
    to = forms.ModelMultipleChoiceField(
        label=_("Who does it"),
        queryset=Participation.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    field_order: Sequence[str] = ("text", "whom", "to", "due", "due_on", "visibility")

    def choose_from(self, engagement: Engagement, chosen: Sequence[Any] = ()) -> None:
        people = engagement.participations.current() | engagement.participations.filter(pk__in=list(chosen))
        to = cast("forms.ModelMultipleChoiceField[Participation]", self.fields["to"])
        to.queryset = people.select_related("person").order_by("person__sort_key")
        if engagement.form == Form.INDIVIDUAL:
            del self.fields["whom"], self.fields["to"]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("whom") == CHOSEN and not values.get("to") and "to" not in self.errors:
            self.add_error("to", gettext("Choose who is to do the task."))
        return values

    def to_whom(self) -> list[Participation] | None:
        return list(self.cleaned_data["to"]) if self.cleaned_data.get("whom") == CHOSEN else None


class GiveForm(TaskForm):
    visibility = forms.ChoiceField(
        label=_("Who sees the answers"),
        choices=Task.Visibility.choices,
        widget=forms.RadioSelect,
        initial=Task.Visibility.SUPERVISORS,
        help_text=_("It cannot be changed afterwards: whoever answers can count on it. The client never sees them."),
    )

    def __init__(
        self, data: QueryDict | None = None, *, engagement: Engagement, session: Session | None, by: User, now: datetime
    ) -> None:
        self.engagement, self.session, self.by, self.now = engagement, session, by, now
        super().__init__(data)
        self.choose_from(engagement)
        self.bound_day(now)
        self.blocker = actions.blocker_to_giving(engagement)

    def act(self) -> None:
        self.task = actions.give(
            self.engagement, text=self.cleaned_data["text"], to=self.to_whom(), **self.due_values(),
            visibility=self.cleaned_data["visibility"], session=self.session, by=self.by, now=self.now,
        )  # fmt: skip


class ChangeForm(TaskForm):
    """Before anybody has answered everything changes but who sees the answers; after that, by when it is due."""

    def __init__(self, data: QueryDict | None = None, *, task: Task, text: str, by: User, now: datetime) -> None:
        self.task, self.by, self.now = task, by, now
        chosen = list(task.recipients.values_list("participation", flat=True))
        due = BY_DAY if task.due_on else BY_NEXT if task.until_next else AT_NO_TIME
        initial = {"text": text, "whom": EVERYBODY if task.to_all else CHOSEN, "to": chosen, "due": due}
        super().__init__(data, initial={**initial, "due_on": task.due_on})
        self.answered = actions.is_answered(task)
        if self.answered:
            del self.fields["text"], self.fields["whom"], self.fields["to"]
        else:
            self.choose_from(task.engagement, chosen)
        self.bound_day(now)

    def bound_day(self, now: datetime) -> None:
        """The day it has stays possible, even when it is over."""
        super().bound_day(now)
        field = cast(DayField, self.fields["due_on"])
        if self.task.due_on and field.first:
            field.first = min(field.first, self.task.due_on)

    def act(self) -> None:
        values = self.cleaned_data
        if not self.answered:
            to = self.to_whom()
            if "whom" not in self.fields and not self.task.to_all:
                to = [one.participation for one in self.task.recipients.select_related("participation")]
            actions.rewrite(self.task, text=values["text"], to=to, by=self.by, now=self.now)
        if (self.task.due_on, self.task.until_next) != tuple(self.due_values().values()):
            actions.change_due(self.task, **self.due_values(), by=self.by, now=self.now)


class AnswerForm(SavingForm, VerbForm):
    """The answer of one supervisee: kept as a draft, or given (`give` was pressed)."""

    text = Prose(label=_("Your answer"), max_length=LONGEST_ANSWER, required=False, strip=False)
    attached = UploadsField(
        label=_("Files"),
        most=MOST_FILES,
        required=False,
        help_text=_("PDF, or pictures. At most five, 10 MB each and 25 MB together. What hides in them is taken out."),
    )

    def __init__(
        self, data: QueryDict | None = None, files: Files | None = None, *, task: Task, participation: Participation,
        answer: TaskAnswer | None, text: str, by: User, now: datetime,
    ) -> None:  # fmt: skip
        self.task, self.participation, self.by, self.now = task, participation, by, now
        self.kept = list(answer.files.all()) if answer else []
        self.giving = data is not None and "give" in data
        super().__init__(data, files, initial={"text": text, "rev": answer.rev if answer else 0})

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        nothing = not values.get("text", "").strip() and not values.get("attached") and not self.kept
        if self.giving and nothing and not self.errors:
            self.add_error("text", gettext("Write something, or bring a file."))
        if len(self.kept) + len(values.get("attached") or ()) > MOST_FILES:
            self.add_error("attached", answering.too_many_files())
        return values

    def keep(self) -> TaskAnswer:
        """Keep the text, and give it if that was asked for. Raises as `answering.save`."""
        text, rev = self.cleaned_data["text"], self.cleaned_data["rev"]
        return answering.save(
            self.task, self.participation, text=text, rev=rev, by=self.by, now=self.now, giving=self.giving
        )

    def act(self) -> None:
        answering.add_files(self.task, self.keep(), self.cleaned_data["attached"], by=self.by, now=self.now)

    def refuse(self, error: ValidationError) -> None:
        if isinstance(error, Conflict):
            self.show_both(error)
        else:
            super().refuse(error)

    def done(self) -> bool:
        done = super().done()
        if not done and self.is_bound and self.files and "attached" not in self.errors:
            self.add_error("attached", gettext("Choose the files again: they were not kept."))
        return done


class CommentForm(VerbForm):
    text = Prose(label=_("Comment"), max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": "2"}))

    def __init__(self, data: QueryDict | None = None, *, answer: TaskAnswer, by: User, now: datetime) -> None:
        self.answer, self.by, self.now = answer, by, now
        super().__init__(data)

    def act(self) -> None:
        actions.comment(self.answer, self.cleaned_data["text"], by=self.by, now=self.now)
