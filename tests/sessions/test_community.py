"""A work community: its sub-groups, who came among many, whether the manager was there, and the themes it chooses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from engagements import actions as engagements
from engagements.models import Engagement, Participation, SubGroup, SubGroupMember
from sessions import actions
from sessions.community import themes
from sessions.community.actions import Among, mark_held, meet_with
from sessions.messages import Facts, due_reminders
from sessions.models import Session, SessionSubGroup, ThemeProposal, ThemeSupport
from sessions.models.session import Manager
from tests.conftest import NOW, make_engagement, make_person, make_session

Cast = Any
Enter = Callable[[Any], Client]


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def process(cast: Cast) -> Engagement:
    """A work community of Sanna, Åsa and Ville."""
    asking.become(cast.lead)
    made = make_engagement(cast.practice, cast.lead, cast.organisation, cast.people, cast.client_contact, title="Koulu")
    Engagement.objects.filter(pk=made.pk).update(form="community")
    made.refresh_from_db()
    return made


def part(process: Engagement, person: Any) -> Participation:
    return process.participations.get(person=person)


@pytest.fixture
def night(cast: Cast, process: Engagement) -> SubGroup:
    """The night shift: Åsa alone."""
    return engagements.make_sub_group(process, "Yövuoro", [part(process, cast.people[1]).pk], by=cast.lead, now=NOW)


@pytest.fixture
def session(process: Engagement) -> Session:
    return make_session(process, NOW + timedelta(days=1, hours=3))


# --- sub-groups -------------------------------------------------------------------------------------------------------


def test_a_sub_group_is_made_on_its_page_and_its_members_change_from_a_day(
    cast: Cast, process: Engagement, enter: Enter, time_machine: Any
) -> None:
    url = reverse("community:sub_groups", args=[process.pk])
    first, second = part(process, cast.people[0]), part(process, cast.people[1])
    enter(cast.lead).post(url, {"name": " Aamu  vuoro", "members": [str(first.pk)]})
    asking.become(cast.lead)
    group = process.sub_groups.get()
    assert group.name == "Aamu vuoro"
    page = enter(cast.lead).get(url).content.decode()
    assert "Sanna Salo" in page
    assert "1 member" in page

    time_machine.move_to(NOW + timedelta(days=3), tick=False)
    enter(cast.lead).post(
        reverse("community:sub_group", args=[group.pk]), {"name": "Aamu", "members": [str(second.pk)]}
    )
    asking.become(cast.lead)
    rows = {(one.participation_id, str(one.since), str(one.until or "")) for one in group.members.all()}
    assert rows == {(first.pk, "2026-11-23", "2026-11-26"), (second.pk, "2026-11-26", "")}


def test_a_name_stands_once_and_is_asked_for(cast: Cast, process: Engagement, night: SubGroup, enter: Enter) -> None:
    url = reverse("community:sub_groups", args=[process.pk])
    assert "this name already" in str(enter(cast.lead).post(url, {"name": "Yövuoro"}).context["form"].errors["name"])
    assert "at most 60" in str(enter(cast.lead).post(url, {"name": "x" * 61}).context["form"].errors["name"])
    enter(cast.lead).post(reverse("community:sub_group_end", args=[night.pk]))
    assert enter(cast.lead).post(url, {"name": "Yövuoro"}).status_code == 302


def test_only_a_work_community_has_sub_groups(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    with pytest.raises(ValidationError, match="Only a work community"):
        engagements.make_sub_group(cast.engagement, "A", [], by=cast.lead, now=NOW)
    with pytest.raises(DatabaseError, match="of a work community"), transaction.atomic():
        SubGroup.objects.create(engagement=cast.engagement, name="A", began_on=NOW.date())
    assert enter(cast.lead).get(reverse("community:sub_groups", args=[cast.engagement.pk])).status_code == 302


def test_a_member_and_a_session_are_of_the_same_process(cast: Cast, night: SubGroup) -> None:
    other = cast.engagement.participations.all()[0]
    with pytest.raises(DatabaseError, match="is in its process"), transaction.atomic():
        SubGroupMember.objects.create(sub_group=night, participation=other, since=NOW.date())
    with pytest.raises(DatabaseError, match="of one process"), transaction.atomic():
        SessionSubGroup.objects.create(session=cast.session, sub_group=night)


def test_members_see_the_sub_groups_and_strangers_and_the_client_do_not(cast: Cast, night: SubGroup) -> None:
    for name, user in cast.members.items():
        with asking.acting_as(user):
            seen = SubGroup.objects.exists(), SubGroupMember.objects.exists()
            assert seen == ((True, True) if name in {"lead", "supervisee"} else (False, False)), name
            if name != "lead":
                with pytest.raises(DatabaseError), transaction.atomic():
                    SubGroup.objects.create(engagement=night.engagement, name="B", began_on=NOW.date())


# --- a session for a part ---------------------------------------------------------------------------------------------


def test_the_list_of_attendance_is_that_of_the_sub_group(
    cast: Cast, night: SubGroup, session: Session, enter: Enter
) -> None:
    url = reverse("community:company", args=[session.pk])
    enter(cast.lead).post(url, {"sub_groups": [str(night.pk)], "manager": "absent"})
    asking.become(cast.lead)
    session.refresh_from_db()
    assert session.manager == Manager.ABSENT
    assert [one.person for one in actions.participants_of(session)] == [cast.people[1]]

    enter(cast.lead).post(url, {"manager": ""})
    asking.become(cast.lead)
    assert actions.participants_of(session).count() == 3


def test_supervisees_are_told_for_whom_it_is_and_whether_the_manager_comes(
    cast: Cast, night: SubGroup, session: Session, enter: Enter
) -> None:
    meet_with(session, [night.pk], manager=Manager.PRESENT, by=cast.lead, now=NOW)
    page = enter(cast.supervisee).get(reverse("sessions:detail", args=[session.pk])).content.decode()
    assert "Yövuoro" in page
    assert "The line manager is there" in page
    assert "Say for whom it is" not in page


def test_only_those_it_is_for_are_reminded_and_told_of_changes(
    cast: Cast, night: SubGroup, session: Session, enter: Enter
) -> None:
    def reminded() -> set[Any]:
        return {draft.person for draft in due_reminders(NOW + timedelta(hours=6)) if draft.obj == session.pk}

    assert reminded() == {cast.people[0].pk, cast.people[1].pk}  # Ville has no address
    meet_with(session, [night.pk], by=cast.lead, now=NOW)
    assert reminded() == {cast.people[1].pk}
    facts = Facts({session.pk: session}, {}, {(session.pk, cast.people[0].pk)}, {})
    assert facts.session(session.pk, cast.people[0].pk, session.starts_at) is None
    asking.become(cast.supervisee)
    assert session not in Session.objects.in_calendar_of(cast.supervisee)
    asking.become(cast.lead)
    assert session in Session.objects.in_calendar_of(cast.lead)
    assert "Yövuoro" not in enter(cast.supervisee).get(reverse("portal")).content.decode()


def test_a_session_that_was_marked_keeps_for_whom_it_was(cast: Cast, night: SubGroup, session: Session) -> None:
    mark_held(session, present={part(session.engagement, cast.people[0]).pk: ""}, among=None, by=cast.lead,
              now=session.ends_at)  # fmt: skip
    with pytest.raises(ValidationError, match="not open any more"):
        meet_with(session, [night.pk], by=cast.lead, now=session.ends_at)


# --- who came among many ----------------------------------------------------------------------------------------------


def test_who_came_is_marked_with_guests_newcomers_and_a_number(
    cast: Cast, process: Engagement, night: SubGroup, session: Session, enter: Enter, time_machine: Any
) -> None:
    meet_with(session, [night.pk], manager=Manager.ABSENT, by=cast.lead, now=NOW)
    time_machine.move_to(session.ends_at, tick=False)
    guest, listed = part(process, cast.people[0]), part(process, cast.people[1])
    page = enter(cast.lead).get(reverse("sessions:close", args=[session.pk])).content.decode()
    assert "Was the line manager there?" in page
    answer = enter(cast.lead).post(
        reverse("sessions:close", args=[session.pk]),
        {f"present-{listed.pk}": "on", f"how-{listed.pk}": "in_person", "others": [str(guest.pk)],
         "came": "Uuno Uusi <uuno@otso.example>", "unnamed": "7", "manager": "present"},
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["form"].errors
    asking.become(cast.lead)
    session.refresh_from_db()
    assert (session.state, session.unnamed, session.manager) == ("held", 7, Manager.PRESENT)
    came = session.attendances.filter(presence="present").values_list("participation__person__family_name", flat=True)
    assert set(came) == {"Salo", "Öberg", "Uusi"}
    assert str(process.participations.get(person__family_name="Uusi").joined_on) == "2026-11-24"
    assert not session.attendances.filter(participation__person=cast.people[2]).exists()
    detail = enter(cast.supervisee).get(reverse("sessions:detail", args=[session.pk])).content.decode()
    assert "7 came besides" in detail


@pytest.mark.parametrize(("typed", "field", "says"), [
    ({"unnamed": "501"}, "unnamed", "500"),
    ({"came": "Uuno"}, "came", "Line 1"),
    ({"came": "Sanna Salo"}, "came", "in the process already"),
])  # fmt: skip
def test_what_cannot_be_counted_is_said_beside_its_field(
    cast: Cast, session: Session, enter: Enter, time_machine: Any, typed: dict[str, str], field: str, says: str
) -> None:
    time_machine.move_to(session.ends_at, tick=False)
    answer = enter(cast.lead).post(reverse("sessions:close", args=[session.pk]), typed)
    assert says in str(answer.context["form"].errors[field])
    asking.become(cast.lead)
    assert Session.objects.get(pk=session.pk).state == "planned"


def test_those_without_names_count_where_the_client_is_told_numbers(
    cast: Cast, process: Engagement, session: Session, agree_anew: Any, time_machine: Any
) -> None:
    agree_anew(process, told=[{"what": "counts", "approval": "none", "when": "monthly"}])
    one = part(process, cast.people[0]).pk
    mark_held(session, present={one: ""}, among=Among(unnamed=9), by=cast.lead, now=session.ends_at)
    later = NOW + timedelta(days=40)
    with asking.acting_as(cast.contact), connection.cursor() as cursor:
        cursor.execute("SELECT present FROM sec.told_facts(%s) WHERE engagement_id = %s", [later, process.pk])
        assert cursor.fetchone() == (10,)
    with asking.acting_as(cast.practice_admin), connection.cursor() as cursor:
        cursor.execute("SELECT present FROM sec.practice_counts(%s)", [[process.pk]])
        assert cursor.fetchone() == (10,)


def test_taking_the_marking_back_takes_the_number_back(cast: Cast, session: Session) -> None:
    mark_held(session, present={}, among=Among(unnamed=9), by=cast.lead, now=session.ends_at)
    actions.unmark(session, by=cast.lead, now=session.ends_at)
    session.refresh_from_db()
    assert (session.state, session.unnamed) == ("planned", 0)


def test_a_group_is_asked_none_of_this(cast: Cast, enter: Enter, time_machine: Any) -> None:
    time_machine.move_to(cast.session.ends_at, tick=False)
    page = enter(cast.lead).get(reverse("sessions:close", args=[cast.session.pk])).content.decode()
    assert "Add who came" not in page
    assert "Line manager" not in page


# --- themes -----------------------------------------------------------------------------------------------------------


def test_a_theme_is_the_communitys_when_more_than_half_support_it(
    cast: Cast, process: Engagement, enter: Enter
) -> None:
    url = reverse("community:themes", args=[process.pk])
    enter(cast.supervisee).post(url, {"text": "Palautuminen"})
    asking.become(cast.lead)
    theme = process.themes.get()
    assert b"Palautuminen" not in bytes(theme.text)
    enter(cast.supervisee).post(reverse("community:theme_support", args=[theme.pk]), {"supports": "1"})
    page = enter(cast.lead).get(url).content.decode()
    assert "1 of 3 support this" in page
    assert "Ours" not in page

    asa, ville = part(process, cast.people[1]), part(process, cast.people[2])
    enter(cast.lead).post(reverse("community:theme_recorded", args=[theme.pk]), {"who": [str(asa.pk)]})
    asking.become(cast.lead)
    assert [(one.supporters, one.approved) for one in themes.themes_of(process, cast.lead)] == [(2, True)]
    engagements.leave(asa, on=NOW.date(), by=cast.lead, now=NOW)
    assert [(one.supporters, one.members) for one in themes.themes_of(process, cast.lead)] == [(1, 2)]
    assert ville.left_on is None


def test_who_supports_it_is_seen_by_nobody_else(cast: Cast, process: Engagement) -> None:
    theme = themes.propose(process, "Palautuminen", by=cast.lead, now=NOW)
    asking.become(cast.supervisee)
    themes.support(theme, supports=True, by=cast.supervisee, now=NOW)
    assert ThemeSupport.objects.count() == 1
    for name, user in cast.members.items():
        if name != "supervisee":
            with asking.acting_as(user):
                assert not ThemeSupport.objects.exists(), name
                assert ThemeProposal.objects.exists() is (name == "lead"), name


def test_nobody_speaks_for_another_who_can_log_in(cast: Cast, process: Engagement) -> None:
    theme = themes.propose(process, "Palautuminen", by=cast.lead, now=NOW)
    sanna, asa = part(process, cast.people[0]), part(process, cast.people[1])
    with pytest.raises(DatabaseError, match="speaks for oneself"), transaction.atomic():
        ThemeSupport.objects.create(theme=theme, participation=sanna, at=NOW, recorded_by=cast.lead)
    asking.become(cast.supervisee)
    for values in ({"participation": asa}, {"participation": asa, "recorded_by": cast.supervisee}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ThemeSupport.objects.create(theme=theme, at=NOW, **values)
    asking.become(cast.stranger_supervisee)
    with pytest.raises(DatabaseError), transaction.atomic():
        ThemeSupport.objects.create(theme=theme, participation=sanna, at=NOW)


def test_a_theme_keeps_its_words_and_goes_with_them(cast: Cast, process: Engagement, enter: Enter) -> None:
    theme = themes.propose(process, "Palautuminen", by=cast.lead, now=NOW)
    with pytest.raises(DatabaseError, match="says what it said"), transaction.atomic():
        ThemeProposal.objects.filter(pk=theme.pk).update(text=b"another")
    assert enter(cast.supervisee).post(reverse("community:theme_remove", args=[theme.pk])).status_code == 404
    enter(cast.lead).post(reverse("community:theme_remove", args=[theme.pk]))
    asking.become(cast.lead)
    assert bytes(ThemeProposal.objects.get(pk=theme.pk).text) == b""
    assert not themes.themes_of(process, cast.lead)


def test_what_is_proposed_has_its_bounds(cast: Cast, process: Engagement, enter: Enter) -> None:
    url = reverse("community:themes", args=[process.pk])
    assert "Write the theme" in str(enter(cast.supervisee).post(url, {"text": " "}).context["form"].errors)
    assert "160" in str(enter(cast.supervisee).post(url, {"text": "x" * 161}).context["form"].errors)
    asking.become(cast.lead)
    for number in range(themes.MOST):
        themes.propose(process, f"Teema {number}", by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match="Twenty themes"):
        themes.propose(process, "Liikaa", by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match="in a work community"):
        themes.propose(cast.engagement, "Ei täällä", by=cast.lead, now=NOW)
    assert enter(cast.lead).get(reverse("community:themes", args=[cast.engagement.pk])).status_code == 404


# --- many -------------------------------------------------------------------------------------------------------------


def test_forty_members_take_as_many_queries_as_three(
    cast: Cast, process: Engagement, night: SubGroup, session: Session, enter: Enter, time_machine: Any
) -> None:
    meet_with(session, [], by=cast.lead, now=NOW)
    theme = themes.propose(process, "Palautuminen", by=cast.lead, now=NOW)
    urls = [
        reverse("community:sub_groups", args=[process.pk]), reverse("community:sub_group", args=[night.pk]),
        reverse("community:themes", args=[process.pk]), reverse("community:theme_recorded", args=[theme.pk]),
        reverse("community:company", args=[session.pk]), reverse("engagements:people", args=[process.pk]),
        reverse("sessions:close", args=[session.pk]), reverse("sessions:detail", args=[session.pk]),
    ]  # fmt: skip
    time_machine.move_to(session.starts_at + timedelta(minutes=1), tick=False)

    def counted() -> dict[str, int]:
        browser, found = enter(cast.lead), {}
        for url in urls:
            browser.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(url).status_code == 200, url
            found[url] = len(queries)
        return found

    before = counted()
    asking.become(cast.lead)
    people = [make_person(cast.practice, f"N{number}", f"Uusi{number}") for number in range(37)]
    made = Participation.objects.bulk_create(
        Participation(engagement=process, person=one, joined_on=NOW.date()) for one in people
    )
    engagements.change_sub_group(night, "Yövuoro", [one.pk for one in made[:20]], by=cast.lead, now=NOW)
    assert counted() == before


def test_a_list_of_forty_is_pasted_and_a_bad_line_is_said_by_its_number(
    cast: Cast, process: Engagement, enter: Enter
) -> None:
    url = reverse("engagements:people", args=[process.pk])
    lines = [f"Etu{'abcdefghij'[n % 10]}{'abcd'[n // 10]} Suku; suku{n}@koulu.example" for n in range(40)]
    broken = enter(cast.lead).post(url, {"people": "\n".join([*lines, "Pelkkä"]), "on": "23.11.2026"})
    assert "Line 41" in str(broken.context["form"].errors["people"])
    enter(cast.lead).post(url, {"people": "\n".join(lines), "on": "23.11.2026"})
    asking.become(cast.lead)
    assert process.participations.count() == 43
