"""Who comes in, through which role, and when they show again who they are."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from audit.roles import Role

Cast = Any
Enter = Callable[[User], Client]
HOME = f"/{settings.ADMIN_PATH}/"
USERS = "admin:accounts_user_changelist"
LATER = timedelta(seconds=settings.ADMIN_PROVEN_SECONDS + 60)


def test_only_administrators_find_the_site(enter: Enter, settled: Cast) -> None:
    assert enter(settled.administrator).get(HOME).status_code == 200
    for who in (settled.lead, settled.practice_admin, settled.supervisee, settled.contact):
        for page in (HOME, reverse(USERS), reverse("admin:login"), reverse("admin:jsi18n")):
            assert enter(who).get(page).status_code == 404, page


def test_visitors_are_led_to_our_own_sign_in(client: Client, settled: Cast) -> None:
    first = client.get(HOME).headers["Location"]

    assert client.get(first).headers["Location"].startswith(reverse("account_login"))
    assert client.post(first, {"username": "ylla@palvelu.example", "password": "x"}).status_code == 302


def test_an_administrator_without_a_factor_sees_nothing(enter: Enter, settled: Cast) -> None:
    Authenticator.objects.filter(user=settled.administrator).delete()

    assert enter(settled.administrator).get(HOME).headers["Location"] == reverse("mfa_index")


def test_recovery_codes_alone_are_no_second_factor(enter: Enter, settled: Cast) -> None:
    held = Authenticator.objects.filter(user=settled.administrator)
    held.update(type=Authenticator.Type.RECOVERY_CODES)

    assert enter(settled.administrator).get(HOME).headers["Location"] == reverse("mfa_index")


def test_one_who_is_deactivated_is_out_at_once(desk: Client, settled: Cast) -> None:
    User.objects.filter(pk=settled.administrator.pk).update(is_active=False)

    assert desk.get(HOME).status_code == 302


def test_nothing_but_what_our_rooms_register_is_shown(settled: Cast) -> None:
    shown = {f"{model._meta.app_label}.{model._meta.model_name}" for model in admin.site._registry}

    assert shown == {
        "accounts.user", "accounts.practice", "accounts.membership", "accounts.invitation",
        "accounts.clientorganisation", "engagements.engagementframe", "engagements.contracttemplate",
        "supervision.sessionframe", "reports.reportframe", "notifications.message",
    }  # fmt: skip


def test_passwords_are_changed_and_log_ins_ended_where_everybody_does(desk: Client) -> None:
    assert desk.get(reverse("admin:password_change")).headers["Location"] == reverse("account_change_password")
    assert desk.get(reverse("admin:password_change_done")).headers["Location"] == reverse("mfa_index")
    assert desk.post(reverse("admin:logout")).headers["Clear-Site-Data"] == '"cache", "storage"'
    assert desk.get(HOME).status_code == 302


def test_entering_is_written_down_once_a_log_in(desk: Client, settled: Cast) -> None:
    desk.get(HOME)
    desk.get(reverse(USERS))

    assert Entry.objects.filter(event="admin_entered", actor=settled.administrator.pk).count() == 1


# --- step-up ----------------------------------------------------------------------------------------------------------


def rename(client: Client, user: User, name: str, query: str = "") -> Any:
    url = reverse("admin:accounts_user_change", args=[user.pk])
    return client.post(f"{url}{query}", {"full_name": name, "language": "fi"})


def name_of(user: User) -> str:
    return User.objects.values_list("full_name", flat=True).get(pk=user.pk)


def test_shortly_after_the_log_in_something_is_changed_at_once(desk: Client, settled: Cast) -> None:
    assert rename(desk, settled.lead, "Liisa Laine").headers["Location"] == reverse(USERS)
    assert name_of(settled.lead) == "Liisa Laine"


def test_later_one_looks_but_changes_nothing_before_proving_who_one_is(desk: Client, settled: Cast) -> None:
    with time_machine.travel(timezone.now() + LATER, tick=True):
        assert desk.get(reverse(USERS)).status_code == 200
        asked = rename(desk, settled.lead, "Liisa Laine", "?_changelist_filters=q%3DLiisa")

        assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
        assert name_of(settled.lead) == "Liisa Lahti"


def test_what_was_posted_is_done_once_one_has_proven_it(desk: Client, settled: Cast) -> None:
    with time_machine.travel(timezone.now() + LATER, tick=True):
        asked = rename(desk, settled.lead, "Liisa Laine", "?_changelist_filters=q%3DLiisa").headers["Location"]
        waiting = parse_qs(urlsplit(asked).query)["next"][0]
        desk.post(asked, {"password": "wrong horse battery", "next": waiting})
        assert name_of(settled.lead) == "Liisa Lahti"

        done = desk.post(asked, {"password": "correct horse battery", "next": waiting})

        assert done.headers["Location"].startswith(reverse(USERS))
        assert name_of(settled.lead) == "Liisa Laine"


def test_a_proof_of_somebody_else_counts_for_nothing(client: Client, desk: Client, settled: Cast) -> None:
    kept = desk.session[AUTHENTICATION_METHODS_SESSION_KEY]
    other = Client()
    other.force_login(settled.administrator)
    session = other.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = kept  # without whose it is
    session.save()

    assert rename(other, settled.lead, "x").headers["Location"].startswith(reverse("account_reauthenticate"))


def test_who_signed_in_long_ago_proves_it_also_for_actions(enter: Enter, settled: Cast) -> None:
    chosen = {"action": "deactivate", "_selected_action": [str(settled.supervisee.pk)], "sure": "yes"}
    asked = enter(settled.administrator).post(reverse(USERS), chosen)

    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert User.objects.get(pk=settled.supervisee.pk).is_active


# --- the database role ------------------------------------------------------------------------------------------------


def request_by(user: User) -> HttpRequest:
    request = RequestFactory().get(HOME)
    request.user = user
    request.session = SessionStore()
    request.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    return request


def test_within_the_site_everything_is_asked_as_its_own_role(settled: Cast) -> None:
    asked: list[str] = []

    def page(request: HttpRequest) -> HttpResponse:
        asked.append(User.objects.all().db)
        with connections[User.objects.all().db].cursor() as cursor:
            cursor.execute("SELECT current_user")
            asked.extend(cursor.fetchone() or ())
        return HttpResponse()

    admin.site.admin_view(page)(request_by(settled.administrator))

    assert asked == ["admin", settings.DATABASE_ROLE_NAMES[Role.ADMIN]]
    assert User.objects.all().db == "default"


def test_what_fails_within_the_site_is_taken_back(settled: Cast) -> None:
    def page(request: HttpRequest) -> HttpResponse:
        User.objects.filter(pk=settled.lead.pk).update(full_name="changed")
        raise LookupError

    with pytest.raises(LookupError):
        admin.site.admin_view(page)(request_by(settled.administrator))

    settled.lead.refresh_from_db()
    assert settled.lead.full_name == "Liisa Lahti"


def test_a_superuser_is_a_stranger_outside_the_site(enter: Enter, settled: Cast) -> None:
    client = enter(settled.administrator)
    for page in (
        reverse("accounts:organisation", args=[settled.organisation.pk]),
        reverse("accounts:contact_edit", args=[settled.client_contact.pk]),
        reverse("accounts:practice_edit", args=[settled.practice.pk]),
        reverse("engagements:detail", args=[settled.engagement.pk]),
        reverse("sessions:detail", args=[settled.session.pk]),
    ):
        assert client.get(page).status_code == 404, page
