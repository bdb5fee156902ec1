"""What is asked when a session is closed, and of its memo, agenda and fee. What a verb refuses stands by its field."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from engagements.models import Participation
from formats.fields import DayField, Prose
from sessions import actions
from sessions.closing import agenda, words
from sessions.closing.close import Closing, NewTask, Refused, close
from sessions.closing.memo import MOST, MOST_ADDED, memo_of, memo_text
from sessions.forms import ActionForm, BookForm, HeldForm, by_field
from sessions.models import Session, SessionState, Word
from sessions.notes.forms import LongText
from sessions.notes.written import MOST as MOST_OF_A_NOTE
from sessions.saving import Conflict, SavingForm
from sessions.tasks.actions import LONGEST_TASK, blocker_to_giving
from vault.content import Content
from vault.keys import key_to_seal_for

#: The fields of a next session that are shown at once; its place comes from the contract.
WHEN: Final = ("day", "clock", "minutes", "mode", "place", "link")
TASKS: Final = 3
#: A bound for what is typed; the verb says in words how long a text may be.
TYPED: Final = MOST * 2


def textarea(rows: int, **attrs: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class WordsField(forms.MultipleChoiceField):
    """Words of a list. One that has left the list meanwhile is one that was typed."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: Any) -> bool:
        return True


class MemoForm(SavingForm):
    """The memo alone, as its own page and the autosave send it."""

    writing = "memo"
    memo = Prose(
        label=_("Memo"), required=False, max_length=TYPED, strip=False, widget=textarea(10, autocapitalize="sentences")
    )


class CloseForm(HeldForm, MemoForm):
    """All of a session at once. Only the attendance is asked of everybody; of one that is marked not even that."""

    methods = WordsField(label=_("Methods"), required=False)
    new_methods = forms.CharField(
        label=_("Other methods"), required=False, max_length=400, help_text=_("Separate several with commas.")
    )
    themes = WordsField(label=_("Themes"), required=False)
    new_themes = forms.CharField(
        label=_("Other themes"), required=False, max_length=400,
        help_text=_("A word or two, without names. The supervisors of the practice see the list."),
    )  # fmt: skip
    waive = forms.CharField(label=_("Why nothing is charged"), required=False, max_length=300)
    carry = forms.MultipleChoiceField(
        label=_("Take on to the next session"), required=False, widget=forms.CheckboxSelectMultiple
    )
    book = forms.BooleanField(label=_("Book the next session"), required=False)

    def __init__(self, data: Any = None, *, session: Session, user: User, now: datetime) -> None:
        self.marked = session.state == SessionState.HELD
        super().__init__(data, session=session, user=user, now=now)
        self.sent: Any = self.data
        self.ask_of_words()
        content = Content([session.engagement_id])
        self.ask_of_memo(content)
        self.ask_of_next(data, content)
        self.ask_of_note_and_tasks()

    def listed(self) -> list[Participation]:
        return [] if self.marked else super().listed()

    def how_is_asked(self) -> bool:
        return True

    # --- what is asked ---

    def ask_of_words(self) -> None:
        had, offered = words.picked(self.session), words.offered(self.session.engagement.practice)
        for kind, name in ((Word.Kind.METHOD, "methods"), (Word.Kind.THEME, "themes")):
            sent = self.sent.getlist(name)[: words.MOST_PICKED * 2] if self.is_bound else []
            field: Any = self.fields[name]
            field.choices = [(text, text) for text in words.distinct([*offered[kind], *had[kind], *sent])]
            self.initial[name] = had[kind]

    def ask_of_memo(self, content: Content) -> None:
        self.memo_before = memo_of(self.session)
        text = memo_text(content, self.session, self.memo_before) if self.memo_before else ""
        self.sealed = text is None
        if text is None:
            del self.fields["memo"], self.fields["rev"]
        self.initial.update({"memo": text, "rev": self.memo_before.rev if self.memo_before else 0})

    def ask_of_next(self, data: Any, content: Content) -> None:
        """Propose the next time, unless one is booked; and offer what was not talked about for it."""
        self.following = agenda.next_after(self.session, self.now)
        self.next_form: BookForm | None = None
        books = data is not None and "book" in data
        if self.following or actions.blockers_to_booking(self.session.engagement):
            del self.fields["book"]
        else:
            self.next_form = BookForm(
                data if books else None, engagement=self.session.engagement, user=self.user, now=self.now
            )
            if data is not None and not books:
                self.next_form.initial.update({name: data.get(name, "") for name in WHEN})
        points = [point for point in agenda.points_of(self.session, content, self.user) if not point.done]
        carry: Any = self.fields["carry"]
        carry.choices = [(str(point.pk), point.text or _("cannot be opened")) for point in points]
        if not points or not (self.following or self.next_form):
            del self.fields["carry"]
        elif self.following:
            self.initial["carry"] = [str(point.pk) for point in points]

    def ask_of_note_and_tasks(self) -> None:
        """Ask for a private note where there is a key to seal it with, and for tasks where they can be given."""
        if key_to_seal_for(self.user.pk):
            self.fields["note"] = LongText(label=_("Private note"), max_length=MOST_OF_A_NOTE)
            self.fields["note"].widget.attrs.update({"rows": 6, "data-who": "author"})
        if blocker_to_giving(self.session.engagement):
            return
        everybody = [("", _("Everybody")), *((str(one.pk), one.person.name) for one in self.supervisees())]
        for number in range(TASKS):
            self.fields[f"task-{number}"] = forms.CharField(label=_("Task"), required=False, max_length=LONGEST_TASK)
            self.fields[f"task-{number}-to"] = forms.ChoiceField(
                label=pgettext_lazy("task", "To"), required=False, choices=everybody
            )
            self.fields[f"task-{number}-due"] = DayField(
                label=pgettext_lazy("task", "By"), required=False, help_text=_("Empty: by the next session.")
            )

    def supervisees(self) -> list[Participation]:
        return self.participants or list(actions.participants_of(self.session))

    def tasks(self) -> list[list[forms.BoundField]]:
        """Return the rows of tasks: what, to whom, by when."""
        rows = [[f"task-{number}", f"task-{number}-to", f"task-{number}-due"] for number in range(TASKS)]
        return [[self[name] for name in row] for row in rows if row[0] in self.fields]

    # --- what becomes of it ---

    def is_valid(self) -> bool:
        valid = super().is_valid()
        return (self.next_form is None or not self.next_form.is_bound or self.next_form.is_valid()) and valid

    def done(self) -> Session | None:
        """Return the session when all is done, None after saying by each field why its part was refused."""
        try:
            return close(self.session, self.closing(), by=self.user, now=self.now)
        except Refused as refused:
            for part, error in refused.parts.items():
                self.say(part, error)
            return None

    def closing(self) -> Closing:
        cleaned = self.cleaned_data
        books = self.next_form is not None and self.next_form.is_bound
        return Closing(
            present=None if self.marked else self.present(),
            words={
                Word.Kind.METHOD: [*cleaned["methods"], *split(cleaned["new_methods"])],
                Word.Kind.THEME: [*cleaned["themes"], *split(cleaned["new_themes"])],
            },
            memo=None if self.sealed else cleaned["memo"],
            rev=cleaned.get("rev", 0),
            note=cleaned.get("note", "").strip(),
            tasks=self.new_tasks(),
            following={**self.next_form.when(), **self.next_form.where()} if books and self.next_form else None,
            carry=cleaned.get("carry", ()),
            waive=cleaned["waive"].strip(),
            among=None if self.marked else self.among(),
        )

    def new_tasks(self) -> dict[str, NewTask]:
        pks = {str(one.pk): one.pk for one in self.supervisees()}
        rows = [(f"task-{number}", self.cleaned_data.get(f"task-{number}", "").strip()) for number in range(TASKS)]
        return {
            name: NewTask(text, pks.get(self.cleaned_data[f"{name}-to"]), self.cleaned_data[f"{name}-due"])
            for name, text in rows
            if text
        }

    def say(self, part: str, error: ValidationError) -> None:
        """Say why a part was refused, by the field it is about."""
        if isinstance(error, Conflict):
            self.show_both(error)
            return
        if part == "following" and self.next_form is not None:
            self.next_form.run(refuse(error))
            return
        names = {Word.Kind.METHOD: "new_methods", Word.Kind.THEME: "new_themes", "reason": "waive"}
        for field, errors in by_field(error).items():
            name = names.get(field, field if field in self.fields else part)
            self.add_error(name if name in self.fields else None, errors)


def refuse(error: ValidationError) -> Callable[[], Session]:
    def verb() -> Session:
        raise error

    return verb


def split(typed: str) -> list[str]:
    return typed.replace("\n", ",").split(",")


class TextForm(ActionForm):
    """One text and the verb for it."""

    field = "text"

    def __init__(self, data: Any = None, *, verb: Callable[[str], Any], text: str = "") -> None:
        self.verb = verb
        super().__init__(data, initial={self.field: text})

    def done(self) -> bool:
        """Return whether it was sent, is valid and was done."""
        if not self.is_valid():
            return False
        try:
            self.verb(self.cleaned_data[self.field])
        except ValidationError as error:
            for field, errors in by_field(error).items():
                self.add_error(field if field in self.fields else None, errors)
            return False
        return True


class AdditionForm(TextForm):
    """What a supervisee adds to the memo."""

    text = forms.CharField(
        label=_("Your addition"), required=False, max_length=MOST_ADDED * 2, strip=False,
        widget=textarea(4, **{"data-who": "participants"}),
    )  # fmt: skip


class PointForm(TextForm):
    """A point for the agenda."""

    field = "point"
    point = forms.CharField(label=_("What would you like to talk about"), required=False, max_length=agenda.MOST * 2)


class WaiveForm(TextForm):
    """Why the fee of a session is not charged."""

    field = "reason"
    reason = forms.CharField(
        label=_("Why nothing is charged"), required=False, max_length=300,
        widget=forms.TextInput(attrs={"data-who": "supervisors"}),
        help_text=_("Short and without anything about anybody’s health."),
    )  # fmt: skip


class WordForm(TextForm):
    """A word of the practice's list."""

    text = forms.CharField(label=_("Word"), required=False, max_length=words.LONGEST * 2)
