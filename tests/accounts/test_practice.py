from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts import actions
from accounts.models import Invitation, Membership, Person, Practice, User
from audit import asking
from audit.models import Entry

Cast = Any
Enter = Callable[[User], Client]

FACTS = {
    "name": "Kaarna",
    "business_id": "9900003-4",
    "vat_standing": "small",
    "street": "Kuusikuja 4",
    "postcode": "33100",
    "city": "Tampere",
    "iban": "FI21 1234 5600 0007 85",
    "email": "",
    "phone": "",
}
NEW = "/practice/new/"


def events(practice: Practice) -> list[str]:
    return list(
        Entry.objects.filter(stream=f"practice:{practice.pk}").order_by("number").values_list("event", flat=True)
    )


# --- setting one up ---------------------------------------------------------------------------------------------------


def test_a_supervisor_sets_up_a_practice_and_works_in_it(enter: Enter, cast: Cast) -> None:
    with asking.acting_as(cast.stranger):
        Membership.objects.filter(user=cast.stranger).update(until=timezone.now())

    response = enter(cast.stranger).post(NEW, FACTS)

    assert response.headers["Location"] == reverse("home")
    practice = Practice.objects.get(business_id="9900003-4")
    assert (practice.iban, practice.vat_standing) == ("FI2112345600000785", "small")
    with asking.acting_as(cast.stranger):
        kinds = set(
            Membership.objects.current().filter(user=cast.stranger, practice=practice).values_list("kind", flat=True)
        )
    assert kinds == {"supervisor", "practice_admin"}
    assert events(practice) == ["practice_founded"]


def test_without_a_second_factor_nobody_sets_up_a_practice(enter: Enter, cast: Cast) -> None:
    response = enter(cast.supervisee).post(NEW, FACTS)

    assert response.headers["Location"] == reverse("mfa_index")
    assert not Practice.objects.filter(business_id="9900003-4").exists()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("business_id", "9900003-5", "check digit"),
        ("business_id", "9900011-4", "ask for an invitation"),
        ("iban", "FI21 1234 5600 0007 86", ""),
        ("postcode", "3310", "five digits"),
        ("name", "", "required"),
    ],
)
def test_a_wrong_fact_is_said_and_nothing_is_kept(enter: Enter, cast: Cast, field: str, value: str, told: str) -> None:
    before = Practice.objects.count()

    response = enter(cast.lead).post(NEW, FACTS | {field: value})

    assert response.status_code == 200
    with translation.override("en"):
        errors = " ".join(response.context["form"].errors[field])
    assert errors
    assert told in errors
    assert Practice.objects.count() == before


# --- its facts --------------------------------------------------------------------------------------------------------


def test_only_its_administrators_change_a_practice(enter: Enter, cast: Cast) -> None:
    url = reverse("accounts:practice_edit", args=[cast.practice.pk])
    change = FACTS | {"business_id": "9900011-4", "reminder_hours": "48", "smallest_group": "5"}

    assert enter(cast.co_supervisor).post(url, change).status_code == 404
    assert enter(cast.stranger).post(url, change).status_code == 404
    assert enter(cast.practice_admin).post(url, change).status_code == 302

    cast.practice.refresh_from_db()
    assert (cast.practice.name, cast.practice.reminder_hours) == ("Kaarna", 48)
    assert events(cast.practice)[-1] == "practice_changed"


def test_a_reminder_comes_between_an_hour_and_a_week_before(enter: Enter, cast: Cast) -> None:
    url = reverse("accounts:practice_edit", args=[cast.practice.pk])

    change = FACTS | {"business_id": "9900011-4", "reminder_hours": "200", "smallest_group": "5"}

    assert enter(cast.lead).post(url, change).context["form"].errors


@pytest.mark.parametrize("wanted", ["4", "0", "-5", "51", "", "viisi", "5.5"])
def test_results_of_fewer_than_five_are_shown_in_no_practice(enter: Enter, cast: Cast, wanted: str) -> None:
    url = reverse("accounts:practice_edit", args=[cast.practice.pk])
    change = FACTS | {"business_id": "9900011-4", "reminder_hours": "24", "smallest_group": wanted}

    response = enter(cast.lead).post(url, change)

    assert response.context["form"].errors
    assert "never below five" in response.content.decode()
    cast.practice.refresh_from_db()
    assert cast.practice.smallest_group == 5


def test_a_practice_may_ask_for_more_answers_and_its_page_says_so(enter: Enter, cast: Cast) -> None:
    url = reverse("accounts:practice_edit", args=[cast.practice.pk])
    change = FACTS | {"business_id": "9900011-4", "reminder_hours": "24", "smallest_group": "8"}
    assert "shown from 5 answers on" in enter(cast.lead).get("/practice/").content.decode()

    assert enter(cast.lead).post(url, change).status_code == 302

    assert "shown from 8 answers on" in enter(cast.co_supervisor).get("/practice/").content.decode()


def test_a_colleague_sees_the_practice_but_no_way_to_change_it(enter: Enter, cast: Cast) -> None:
    page = enter(cast.co_supervisor).get("/practice/").content.decode()

    assert "Paula Pelto" in page
    assert "/edit/" not in page
    assert "/invite/" not in page


def test_another_practice_shows_only_to_those_who_work_in_it(enter: Enter, cast: Cast) -> None:
    page = enter(cast.stranger).get(f"/practice/?practice={cast.practice.pk}").content.decode()

    assert "Outi Outo" in page
    assert "Liisa Lahti" not in page


def test_supervisees_and_contacts_have_no_practice_page(enter: Enter, cast: Cast) -> None:
    assert enter(cast.supervisee).get("/practice/").status_code == 404
    assert enter(cast.contact).get("/practice/").status_code == 404


# --- who works there --------------------------------------------------------------------------------------------------


def membership(user: User, kind: str) -> Membership:
    return Membership.objects.current().get(user=user, kind=kind)


def test_a_membership_ends_and_with_it_what_it_showed(enter: Enter, cast: Cast) -> None:
    with asking.acting_as(cast.lead):
        ended = membership(cast.co_supervisor, "supervisor")
    assert enter(cast.co_supervisor).get("/organisations/").content.decode().count("Päiväkoti Otso") == 1

    enter(cast.lead).post(reverse("accounts:membership_end", args=[ended.pk]))

    assert "Päiväkoti Otso" not in enter(cast.co_supervisor).get("/organisations/").content.decode()
    assert events(cast.practice)[-1] == "membership_ended"
    with asking.acting_as(cast.co_supervisor):
        assert not Person.objects.exists()


def test_the_last_administrator_stays(cast: Cast) -> None:
    now = timezone.now()
    with asking.acting_as(cast.lead):
        actions.end_membership(membership(cast.practice_admin, "practice_admin"), by=cast.lead, now=now)
        own = membership(cast.lead, "practice_admin")

        with pytest.raises(ValidationError, match="needs an administrator"):
            actions.end_membership(own, by=cast.lead, now=now)

        assert membership(cast.lead, "practice_admin") == own


def test_the_page_says_why_the_last_administrator_stays(enter: Enter, cast: Cast) -> None:
    with asking.acting_as(cast.stranger):
        own = membership(cast.stranger, "practice_admin")

    page = enter(cast.stranger).get(reverse("accounts:membership_end", args=[own.pk])).content.decode()

    assert "A practice needs an administrator" in page
    assert "btn danger" not in page


def test_nobody_ends_a_membership_elsewhere(enter: Enter, cast: Cast) -> None:
    with asking.acting_as(cast.lead):
        ours = membership(cast.co_supervisor, "supervisor")
    url = reverse("accounts:membership_end", args=[ours.pk])

    for who in (cast.stranger, cast.co_supervisor, cast.administrator, cast.supervisee):
        assert enter(who).post(url).status_code == 404


def test_nobody_makes_themselves_a_member(cast: Cast) -> None:
    for who in (cast.stranger, cast.supervisee, cast.co_supervisor):
        with asking.acting_as(who), pytest.raises(DatabaseError), transaction.atomic():
            Membership.objects.create(practice=cast.practice, user=who, kind="practice_admin")


# --- inviting ---------------------------------------------------------------------------------------------------------


def invited(cast: Cast, email: str = "uusi@uusi.example", kind: str = "supervisor") -> Invitation:
    with asking.acting_as(cast.lead):
        return actions.invite(cast.practice, email=email, kind=kind, language="sv", by=cast.lead, now=timezone.now())


def test_an_administrator_invites_and_it_is_written_down(enter: Enter, cast: Cast) -> None:
    url = reverse("accounts:invite", args=[cast.practice.pk])

    enter(cast.practice_admin).post(url, {"email": "Uusi@Uusi.example", "kind": "supervisor", "language": "fi"})

    with asking.acting_as(cast.practice_admin):
        invitation = Invitation.objects.get()
    assert invitation.email == "uusi@uusi.example"
    assert invitation.token_hash is None
    assert timedelta(days=13) < invitation.expires_at - timezone.now() <= timedelta(days=14)
    assert events(cast.practice)[-1] == "invitation_made"


@pytest.mark.parametrize("email", ["kalle@kaari.example", "uusi@uusi.example"])
def test_nobody_is_invited_twice(enter: Enter, cast: Cast, email: str) -> None:
    invited(cast)
    url = reverse("accounts:invite", args=[cast.practice.pk])

    response = enter(cast.lead).post(url, {"email": email, "kind": "supervisor", "language": "fi"})

    assert "already" in response.context["form"].errors["email"][0]


def test_only_administrators_invite_repeat_and_take_back(enter: Enter, cast: Cast) -> None:
    invitation = invited(cast)
    form = {"email": "x@uusi.example", "kind": "supervisor", "language": "fi"}

    for who in (cast.co_supervisor, cast.stranger, cast.supervisee):
        client = enter(who)
        assert client.post(reverse("accounts:invite", args=[cast.practice.pk]), form).status_code == 404
        for name in ("invitation_resend", "invitation_revoke"):
            assert client.post(reverse(f"accounts:{name}", args=[invitation.pk])).status_code == 404


def test_sending_again_makes_the_old_link_worthless(enter: Enter, cast: Cast) -> None:
    invitation = invited(cast)
    token = sent(invitation, cast)
    assert actions.offer(token)

    enter(cast.lead).post(reverse("accounts:invitation_resend", args=[invitation.pk]))

    assert actions.offer(token) is None
    with asking.acting_as(cast.lead):
        invitation.refresh_from_db()
    assert invitation.token_hash is None


def test_an_invitation_taken_back_opens_nothing(enter: Enter, cast: Cast) -> None:
    invitation = invited(cast)
    token = sent(invitation, cast)

    enter(cast.lead).post(reverse("accounts:invitation_revoke", args=[invitation.pk]))

    assert Client().get(f"/invitation/{token}/").status_code == 404
    assert events(cast.practice)[-1] == "invitation_revoked"


def test_no_other_practice_sees_who_was_invited(cast: Cast) -> None:
    invited(cast)

    for who in (cast.stranger, cast.supervisee, cast.contact, None):
        with asking.acting_as(who):
            assert not Invitation.objects.exists()


# --- accepting --------------------------------------------------------------------------------------------------------


def sent(invitation: Invitation, cast: Cast) -> str:
    """What the dispatcher does: keep the hash, mail the token."""
    with asking.acting_as(cast.lead):
        Invitation.objects.filter(pk=invitation.pk).update(token_hash=actions.digest("a-token"))
    return "a-token"


def test_a_link_opened_by_a_mail_scanner_uses_nothing_up(cast: Cast) -> None:
    token = sent(invited(cast), cast)

    for _ in range(2):
        page = Client().get(f"/invitation/{token}/")

        assert page.status_code == 200
        assert "Kaari" in page.content.decode()


def test_the_invited_join_with_one_press_and_then_need_a_factor(enter: Enter, cast: Cast) -> None:
    token = sent(invited(cast, email=cast.supervisee.email), cast)
    client = enter(cast.supervisee)
    assert client.get("/profile/").status_code == 200

    response = client.post(f"/invitation/{token}/")

    assert response.headers["Location"] == reverse("home")
    assert client.get("/profile/").headers["Location"] == reverse("mfa_index")
    with asking.acting_as(cast.supervisee):
        assert membership(cast.supervisee, "supervisor").practice == cast.practice
    assert events(cast.practice)[-1] == "invitation_accepted"
    assert client.post(f"/invitation/{token}/").status_code in (302, 404)


def test_a_link_is_good_once(enter: Enter, cast: Cast) -> None:
    token = sent(invited(cast, email=cast.supervisee.email), cast)
    enter(cast.supervisee).post(f"/invitation/{token}/")

    assert Client().get(f"/invitation/{token}/").status_code == 404


def test_a_link_in_other_hands_opens_nothing(enter: Enter, cast: Cast) -> None:
    token = sent(invited(cast), cast)

    page = enter(cast.supervisee).post(f"/invitation/{token}/")

    assert "another address" in page.content.decode()
    with asking.acting_as(cast.supervisee):
        assert not Membership.objects.exists()
        assert actions.accept(token, by=cast.supervisee) is None


def test_an_unproven_address_does_not_accept(enter: Enter, cast: Cast) -> None:
    token = sent(invited(cast, email=cast.supervisee.email), cast)
    cast.supervisee.emailaddress_set.update(verified=False)

    enter(cast.supervisee).post(f"/invitation/{token}/")

    with asking.acting_as(cast.supervisee):
        assert not Membership.objects.exists()


def test_after_two_weeks_a_link_is_too_old(cast: Cast) -> None:
    invitation = invited(cast)
    token = sent(invitation, cast)
    with asking.acting_as(cast.lead):
        Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    page = Client().get(f"/invitation/{token}/")

    assert page.status_code == 404
    assert "Kaari" not in page.content.decode()


def test_the_invited_may_ask_for_a_code_without_opening_an_account(client: Client, cast: Cast) -> None:
    invited(cast)

    client.post(reverse("account_request_login_code"), {"email": "uusi@uusi.example"})

    assert User.objects.filter(email="uusi@uusi.example").exists()
