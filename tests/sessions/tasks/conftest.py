"""Three supervisees with log-ins of their own, and tasks given to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.adapters import claim_persons
from accounts.models import Person, User
from audit import asking
from engagements.models import Participation
from sessions.models import Task, TaskAnswer
from sessions.tasks import actions, answering
from tests.conftest import NOW, make_user

Cast = Any


@dataclass
class Group:
    """The cast, with Åsa and Ville, and short ways to what tests do again and again."""

    cast: Cast
    users: dict[str, User]

    def part(self, name: str) -> Participation:
        asking.become(self.cast.lead)
        place = list(self.users).index(name)
        return Participation.objects.get(engagement=self.cast.engagement, person=self.cast.people[place])

    def give(self, *names: str, visibility: str = "supervisors", **values: Any) -> Task:
        """Give a task to those named, or to everybody."""
        to = [self.part(name) for name in names] or None
        asking.become(self.cast.lead)
        fields = {"text": "Kirjoita **yksi** havainto", "due_on": None, "until_next": False, "session": None}
        given = {**fields, "visibility": visibility, "by": self.cast.lead, "now": NOW, **values}
        return actions.give(self.cast.engagement, to=to, **given)

    def answer(self, task: Task, name: str, text: str = "Huomasin jotain", *, giving: bool = True) -> TaskAnswer:
        part, user = self.part(name), self.users[name]
        asking.become(user)
        return answering.save(task, part, text=text, rev=0, by=user, now=NOW, giving=giving)


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def make_group(cast: Cast) -> Group:
    asking.become(cast.lead)
    Person.objects.filter(pk=cast.people[2].pk).update(email="ville@otso.example")
    asking.become(None)
    asa, ville = make_user("asa@otso.example", "Åsa Öberg"), make_user("ville@otso.example", "Ville Wikman")
    for user in (asa, ville):
        claim_persons(user)
    return Group(cast, {"sanna": cast.supervisee, "asa": asa, "ville": ville})


@pytest.fixture
def group(cast: Cast) -> Group:
    return make_group(cast)


@pytest.fixture
def page(client: Client) -> Callable[[User, Any], Any]:
    """Return a function that opens the page of a task as somebody."""

    def look(user: User, task: Task) -> Any:
        client.force_login(user)
        return client.get(reverse("tasks:detail", args=[task.pk]))

    return look
