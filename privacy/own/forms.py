from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Person, User
from engagements.forms.verbs import VerbForm
from engagements.models import Engagement, Participation
from formats.fields import Prose
from privacy.models import DataRequest, Kind, Outcome
from privacy.models.request import LONGEST
from privacy.own.actions import ask, decide, extend
from privacy.own.asked import rows_of
from privacy.own.sections import Subject


@dataclass(frozen=True)
class Place:
    """Where a request can go: to a practice, to who leads a process, or to the author of notes in it."""

    key: str
    label: str
    practice: UUID
    engagement: UUID | None = None
    author: UUID | None = None


def places_of(subject: Subject) -> list[Place]:
    """Return where `subject`, who asks themselves, can send a request. One query."""
    led = rows_of("own_supervisors")
    found = [
        Place(
            f"practice:{person.practice_id}",
            _("%(practice)s: name, addresses, everything the practice knows") % {"practice": person.practice.name},
            person.practice_id,
        )
        for person in {person.practice_id: person for person in subject.persons}.values()
    ]
    for each in led:
        values = {"title": each["title"], "name": each["name"]}
        if each["leads"]:
            label = _("%(title)s: the process, to %(name)s") % values
            found.append(Place(f"process:{each['engagement']}", label, each["practice"], each["engagement"]))
    for each in led:
        label = _("%(title)s: the own notes of %(name)s") % {"title": each["title"], "name": each["name"]}
        key = f"notes:{each['engagement']}:{each['user']}"
        found.append(Place(key, label, each["practice"], each["engagement"], each["user"]))
    return found


class AskForm(VerbForm):
    kind = forms.ChoiceField(label=gettext_lazy("What do you ask?"), widget=forms.RadioSelect)
    place = forms.ChoiceField(
        label=gettext_lazy("What is it about?"),
        help_text=gettext_lazy("Nobody but the one who handles it there reads your request."),
    )
    text = Prose(
        label=gettext_lazy("In your own words"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": "5"}),
        help_text=gettext_lazy(
            "What is wrong, what should be erased, why you object. Leave the matters of others out."
        ),
    )

    def __init__(self, data: QueryDict | None = None, *, subject: Subject, now: datetime, kind: str = "") -> None:
        self.subject, self.now = subject, now
        self.places: Sequence[Place] = places_of(subject) if subject.persons else []
        super().__init__(data, initial={"kind": kind if kind in Kind.values else ""})
        fields: Any = self.fields
        fields["kind"].choices = [(value, capfirst(str(label))) for value, label in Kind.choices]
        fields["place"].choices = [("", _("Choose")), *((place.key, place.label) for place in self.places)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        place = next((each for each in self.places if each.key == given.get("place")), None)
        if place and given.get("kind"):
            if (given["kind"] == Kind.NOTES) != (place.author is not None):
                self.add_error("place", self.mismatch(given["kind"]))
            given["where"] = place
        return given

    def mismatch(self, kind: str) -> str:
        if kind == Kind.NOTES:
            return _("Choose whose own notes you ask about.")
        return _("A supervisor’s own notes can only be asked about. Choose a process or the practice.")

    def act(self) -> None:
        where: Place = self.cleaned_data["where"]
        self.made = ask(
            self.person_of(where),
            self.cleaned_data["kind"],
            self.cleaned_data["text"],
            engagement=Engagement(pk=where.engagement) if where.engagement else None,
            author=User(pk=where.author) if where.author else None,
            by=self.subject.user,
            now=self.now,
        )

    def person_of(self, where: Place) -> Person:
        """Return as whom they are known there: in the process, else in the practice."""
        if where.engagement:
            own = Participation.objects.filter(engagement=where.engagement, person__in=self.subject.ids)
            pk = own.order_by("pk").values_list("person", flat=True)[0]
            return next(person for person in self.subject.persons if person.pk == pk)
        return next(person for person in self.subject.persons if person.practice_id == where.practice)


class AnswerForm(VerbForm):
    outcome = forms.ChoiceField(label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    grounds = Prose(
        label=gettext_lazy("Answer and grounds"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": "6"}),
        help_text=gettext_lazy(
            "The person reads this. Say what you did or why you did not, and that they can turn to the Data Protection "
            "Ombudsman if they do not agree."
        ),
    )

    def __init__(self, data: QueryDict | None = None, *, asked: DataRequest, user: User, now: datetime) -> None:
        self.asked, self.user, self.now = asked, user, now
        super().__init__(data)
        outcome: Any = self.fields["outcome"]
        outcome.choices = [(value, capfirst(str(label))) for value, label in Outcome.choices]

    def act(self) -> None:
        decide(self.asked, self.cleaned_data["outcome"], self.cleaned_data["grounds"], by=self.user, now=self.now)


class ExtendForm(VerbForm):
    grounds = Prose(
        label=gettext_lazy("Why it takes longer"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": "4"}),
        help_text=gettext_lazy("The person reads this. The number or difficulty of the requests must call for it."),
    )

    def __init__(self, data: QueryDict | None = None, *, asked: DataRequest, user: User, now: datetime) -> None:
        self.asked, self.user, self.now = asked, user, now
        super().__init__(data)

    def act(self) -> None:
        extend(self.asked, self.cleaned_data["grounds"], by=self.user, now=self.now)
