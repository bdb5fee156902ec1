"""What an administrator does for people: asked before, done, written down, and told to whom it concerns."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Practice, User
from audit import asking
from audit.models import Entry
from audit.routing import as_admin
from engagements.models import ContractTemplate
from notifications.models import Message

Cast = Any


def choose(desk: Client, model: str, action: str, *objects: Any, sure: bool = True) -> Any:
    """Run an action of a list on `objects`; without `sure` as far as its question."""
    data = {"action": action, "_selected_action": [str(each.pk) for each in objects]} | (
        {"sure": "yes"} if sure else {}
    )
    return desk.post(reverse(f"admin:{model}_changelist"), data)


def say(desk: Client, model: str, action: str, *objects: Any) -> str:
    """Run an action and return what the page says then."""
    choose(desk, model, action, *objects)
    return desk.get(reverse(f"admin:{model}_changelist")).content.decode()


def written(event: str, by: User, obj: Any) -> int:
    return Entry.objects.filter(event=event, actor=by.pk, obj=obj.pk).count()


def history(obj: Any) -> list[str]:
    with as_admin():
        return [entry.get_change_message() for entry in LogEntry.objects.filter(object_id=str(obj.pk))]


# --- users ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["deactivate", "sign_out", "reset_factors"])
def test_what_hurts_is_asked_before(desk: Client, settled: Cast, action: str) -> None:
    page = choose(desk, "accounts_user", action, settled.supervisee, sure=False)

    assert settled.supervisee.full_name in page.content.decode()
    assert 'name="sure"' in page.content.decode()
    assert User.objects.get(pk=settled.supervisee.pk).is_active
    assert mail.outbox == []


def test_deactivating_ends_what_they_were_doing_and_is_written_down_and_told(desk: Client, settled: Cast) -> None:
    theirs = Client()
    theirs.force_login(settled.supervisee)
    assert theirs.get("/profile/").status_code == 200

    said = say(desk, "accounts_user", "deactivate", settled.supervisee, settled.administrator)

    active = dict(User.objects.values_list("pk", "is_active"))
    assert (active[settled.supervisee.pk], active[settled.administrator.pk]) == (False, True)
    assert "1 user deactivated. Nobody deactivates themselves." in said
    assert theirs.get("/profile/").status_code == 302
    assert written("user_deactivated", settled.administrator, settled.supervisee) == 1
    assert history(settled.supervisee) == ["Changed active."]
    assert [(each.to, each.subject) for each in mail.outbox] == [([settled.supervisee.email], "Työnohjaus")]
    assert "closed your account" in mail.outbox[0].body


def test_what_is_done_already_is_neither_done_nor_told_again(desk: Client, settled: Cast) -> None:
    for _time in range(2):
        choose(desk, "accounts_user", "deactivate", settled.supervisee)

    assert len(mail.outbox) == 1
    assert written("user_deactivated", settled.administrator, settled.supervisee) == 1


def test_a_closed_account_is_opened_again(desk: Client, settled: Cast) -> None:
    choose(desk, "accounts_user", "deactivate", settled.supervisee)
    choose(desk, "accounts_user", "reactivate", settled.supervisee, settled.lead)

    assert User.objects.get(pk=settled.supervisee.pk).is_active
    assert [each.to for each in mail.outbox] == [[settled.supervisee.email]] * 2
    assert "opened your account again" in mail.outbox[-1].body


def test_log_ins_are_ended_everywhere(desk: Client, settled: Cast) -> None:
    theirs = Client()
    theirs.force_login(settled.supervisee)
    theirs.get("/profile/")

    choose(desk, "accounts_user", "sign_out", settled.supervisee)

    assert theirs.get("/profile/").status_code == 302
    assert User.objects.get(pk=settled.supervisee.pk).is_active
    assert "ended your log-ins" in mail.outbox[-1].body


def test_a_lost_telephone_is_helped_and_told(desk: Client, settled: Cast) -> None:
    choose(desk, "accounts_user", "reset_factors", settled.lead)

    assert not Authenticator.objects.filter(user=settled.lead).exists()
    assert Authenticator.objects.filter(user=settled.co_supervisor).exists()
    assert mail.outbox[-1].to == [settled.lead.email]
    assert written("factors_reset", settled.administrator, settled.lead) == 1


def test_an_administrator_is_made_in_full_and_unmade_in_full(desk: Client, settled: Cast) -> None:
    url = reverse("admin:accounts_user_change", args=[settled.lead.pk])
    for is_staff, event in ((True, "administrator_made"), (False, "administrator_ended")):
        desk.post(url, {"full_name": "Liisa Lahti", "language": "fi"} | ({"is_staff": "on"} if is_staff else {}))
        user = User.objects.get(pk=settled.lead.pk)
        assert (user.is_staff, user.is_superuser) == (is_staff, is_staff)
        assert written(event, settled.administrator, settled.lead) == 1


def test_nobody_takes_their_own_rights_or_changes_an_address_or_a_password(desk: Client, settled: Cast) -> None:
    for who in (settled.administrator, settled.lead):
        before = User.objects.get(pk=who.pk)
        desk.post(
            reverse("admin:accounts_user_change", args=[who.pk]),
            {"full_name": "Uusi", "language": "sv", "email": "x@x.example", "password": "x", "is_active": "",
             "is_staff": "on" if who.is_staff else ""},
        )  # fmt: skip
        after = User.objects.get(pk=who.pk)
        kept = ("email", "password", "is_active", "is_superuser")
        assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    desk.post(reverse("admin:accounts_user_change", args=[settled.administrator.pk]), {"language": "fi"})
    assert User.objects.get(pk=settled.administrator.pk).is_staff


# --- practices and memberships ----------------------------------------------------------------------------------------

FACTS = {
    "name": "Kaari Oy", "business_id": "9900011-4", "vat_standing": "registered", "street": "Kaarikatu 1",
    "postcode": "00100", "city": "Helsinki", "iban": "FI2112345600000785", "email": "", "phone": "",
    "reminder_hours": "24",
}  # fmt: skip


def test_facts_of_a_practice_are_put_right_but_not_where_its_clients_pay(desk: Client, settled: Cast) -> None:
    response = desk.post(reverse("admin:accounts_practice_change", args=[settled.practice.pk]), FACTS)

    assert response.status_code == 302
    practice = Practice.objects.get(pk=settled.practice.pk)
    assert (practice.name, practice.iban) == ("Kaari Oy", "")
    assert written("admin_changed_practice", settled.administrator, settled.practice) == 1
    assert history(settled.practice) == ["Changed Name of the practice."]


def test_a_wrong_fact_is_refused_beside_its_field(desk: Client, settled: Cast) -> None:
    url = reverse("admin:accounts_practice_change", args=[settled.practice.pk])
    for wrong in ({"business_id": "9900011-5"}, {"postcode": "1"}, {"reminder_hours": "0"},
                  {"business_id": "9900012-2"}):  # fmt: skip
        page = desk.post(url, FACTS | wrong)
        assert page.status_code == 200
        assert "errorlist" in page.content.decode(), wrong
    assert Practice.objects.get(pk=settled.practice.pk).name == "Kaari"


def test_closing_a_practice_ends_its_memberships_and_nothing_else(desk: Client, settled: Cast) -> None:
    assert 'name="sure"' in choose(desk, "accounts_practice", "close", settled.practice, sure=False).content.decode()
    assert "4 memberships ended." in say(desk, "accounts_practice", "close", settled.practice)

    with transaction.atomic():
        asking.become(settled.lead)
        assert not Membership.objects.current().exists()
    for who, found in ((settled.lead, 404), (settled.stranger, 200)):
        client = Client()
        client.force_login(who)
        assert client.get(reverse("engagements:open")).status_code == found
    client.force_login(settled.lead)
    assert client.get(reverse("engagements:detail", args=[settled.engagement.pk])).status_code == 200
    assert written("practice_closed", settled.administrator, settled.practice) == 1


def membership(user: User, kind: str) -> Membership:
    with as_admin():
        return Membership.objects.get(user=user, kind=kind)


def test_a_membership_ends_but_not_that_of_the_last_administrator(desk: Client, settled: Cast) -> None:
    co, last = membership(settled.co_supervisor, "supervisor"), membership(settled.stranger, "practice_admin")

    said = say(desk, "accounts_membership", "end", co, last)

    assert "Kalle Kivi: membership ended." in said
    assert "Outi Outo: A practice needs an administrator" in said
    assert membership(settled.co_supervisor, "supervisor").until is not None
    assert membership(settled.stranger, "practice_admin").until is None


def test_a_membership_is_given_once(desk: Client, settled: Cast) -> None:
    url = reverse("admin:accounts_membership_add")
    wanted = {"user": settled.supervisee.pk, "practice": settled.practice.pk, "kind": "practice_admin"}

    assert desk.post(url, wanted).status_code == 302
    again = desk.post(url, wanted)

    assert "They work in this practice in this capacity already." in again.content.decode()
    given = membership(settled.supervisee, "practice_admin")
    assert given.until is None
    assert written("admin_added_membership", settled.administrator, given) == 1


# --- templates and messages -------------------------------------------------------------------------------------------


def test_a_template_goes_to_the_archive_and_comes_back_unless_its_name_is_taken(desk: Client, furnished: Cast) -> None:
    with transaction.atomic():
        asking.become(furnished.lead)
        template = ContractTemplate.objects.get()

    def archived() -> bool:
        with transaction.atomic():
            asking.become(furnished.lead)
            return ContractTemplate.objects.get(pk=template.pk).archived_at is not None

    assert "1 template changed." in say(desk, "engagements_contracttemplate", "archive", template)
    assert archived()
    choose(desk, "engagements_contracttemplate", "take_back", template)
    assert not archived()
    choose(desk, "engagements_contracttemplate", "archive", template)
    with transaction.atomic():
        asking.become(furnished.lead)
        ContractTemplate.objects.create(practice=furnished.practice, name=template.name)
    assert "0 templates changed." in say(desk, "engagements_contracttemplate", "take_back", template)
    assert archived()


def test_a_message_that_was_given_up_is_tried_again_and_nothing_else_can_be_done_to_it(
    desk: Client, settled: Cast, given_up: Message
) -> None:
    assert "1 message leaves soon." in say(desk, "notifications_message", "try_again", given_up)

    message = Message.objects.get(pk=given_up.pk)
    assert (message.state, message.attempts, message.last_error) == ("pending", 0, "")
    assert written("message_tried_again", settled.administrator, given_up) == 1
    assert "Only messages that were given up" in say(desk, "notifications_message", "try_again", given_up)
    assert desk.get(reverse("admin:notifications_message_delete", args=[given_up.pk])).status_code == 403


@pytest.mark.parametrize("state", ["pending", "sending", "sent", "dropped"])
def test_a_message_in_any_other_state_stays_as_it_is(settled: Cast, given_up: Message, state: str) -> None:
    Message.objects.update(state=state)
    with transaction.atomic(using="admin"), connections["admin"].cursor() as cursor:
        cursor.execute("SELECT sec.try_again(%s)", [given_up.pk])
        assert cursor.fetchone() == (False,)
    assert Message.objects.get().state == state


# --- what holds for all -----------------------------------------------------------------------------------------------


def test_no_password_hash_is_shown_and_nothing_is_deleted(desk: Client, furnished: Cast) -> None:
    page = desk.get(reverse("admin:accounts_user_change", args=[furnished.lead.pk])).content.decode()
    assert furnished.lead.password not in page
    assert "md5$" not in page
    for model, pk in (("accounts_user", furnished.lead.pk), ("accounts_practice", furnished.practice.pk),
                      ("engagements_engagementframe", furnished.engagement.pk),
                      ("supervision_sessionframe", furnished.session.pk)):  # fmt: skip
        assert desk.post(reverse(f"admin:{model}_delete", args=[pk]), {"post": "yes"}).status_code == 403
        choose(desk, model, "delete_selected", furnished.lead)
    assert User.objects.filter(pk=furnished.lead.pk).exists()
    assert desk.get(reverse("admin:accounts_user_add")).status_code == 403


def test_the_history_names_who_and_which_field_and_keeps_no_names(
    desk: Client, settled: Cast, tamper: Callable[[str], None]
) -> None:
    desk.post(
        reverse("admin:accounts_user_change", args=[settled.lead.pk]), {"full_name": "Salainen Nimi", "language": "fi"}
    )
    page = desk.get(reverse("admin:accounts_user_history", args=[settled.lead.pk])).content.decode()

    assert settled.administrator.email in page
    with as_admin():
        kept = " ".join(str(value) for row in LogEntry.objects.values_list() for value in row)
    assert "full_name" not in kept
    assert "Salainen" not in kept
    assert str(settled.lead.pk) in kept


def test_an_action_is_for_a_hundred_at_most(desk: Client, settled: Cast, tamper: Callable[[str], None]) -> None:
    tamper(
        "INSERT INTO accounts_user (id, password, is_superuser, email, full_name, language, is_staff, is_active,"
        " date_joined) SELECT gen_random_uuid(), '', false, 'u' || n || '@x.example', '', 'fi', false, true, now()"
        " FROM generate_series(1, 101) n"
    )
    data = {"action": "deactivate", "_selected_action": [str(settled.lead.pk)], "select_across": "1", "sure": "yes"}
    desk.post(reverse("admin:accounts_user_changelist"), data)

    assert not User.objects.filter(is_active=False).exists()
    assert "Choose at most 100 at a time." in desk.get(reverse("admin:accounts_user_changelist")).content.decode()
