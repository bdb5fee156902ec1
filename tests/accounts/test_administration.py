from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.core import mail
from django.db import ProgrammingError, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from psycopg import sql

from accounts.models import Membership, User
from audit.models import Entry
from audit.roles import Role
from audit.routing import as_admin

Cast = Any
Enter = Callable[[User], Client]
HOME = f"/{settings.ADMIN_PATH}/"


def test_only_administrators_find_the_site(enter: Enter, settled: Cast) -> None:
    assert enter(settled.administrator).get(HOME).status_code == 200
    for who in (settled.lead, settled.practice_admin, settled.supervisee, settled.contact):
        for page in (HOME, reverse("admin:accounts_user_changelist"), reverse("admin:login")):
            assert enter(who).get(page).status_code == 404, page


def test_visitors_are_led_to_our_own_sign_in(client: Client, settled: Cast) -> None:
    first = client.get(HOME).headers["Location"]

    assert client.get(first).headers["Location"].startswith(reverse("account_login"))
    assert client.post(first, {"username": "ylla@palvelu.example", "password": "x"}).status_code == 302


def test_an_administrator_without_a_factor_sees_nothing(enter: Enter, settled: Cast) -> None:
    Authenticator.objects.filter(user=settled.administrator).delete()

    assert enter(settled.administrator).get(HOME).headers["Location"] == reverse("mfa_index")


def test_nothing_but_what_our_rooms_register_is_shown(settled: Cast) -> None:
    shown = {f"{model._meta.app_label}.{model._meta.model_name}" for model in admin.site._registry}

    assert shown == {
        "accounts.user", "accounts.practice", "accounts.membership", "accounts.clientorganisation",
        "notifications.message",
    }  # fmt: skip


def test_every_page_of_the_site_opens(enter: Enter, settled: Cast) -> None:
    client = enter(settled.administrator)
    with transaction.atomic(using="admin"), as_admin():
        member = Membership.objects.filter(practice=settled.practice).first()
    objects = {
        "accounts_user": settled.lead.pk,
        "accounts_practice": settled.practice.pk,
        "accounts_membership": member.pk if member else None,
        "accounts_clientorganisation": settled.organisation.pk,
    }
    for name, pk in objects.items():
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200, name
        assert client.get(reverse(f"admin:{name}_change", args=[pk])).status_code == 200, name
    assert client.get(reverse("admin:notifications_message_changelist")).status_code == 200


def test_no_password_hash_is_shown_and_no_user_deleted(enter: Enter, settled: Cast) -> None:
    client = enter(settled.administrator)

    page = client.get(reverse("admin:accounts_user_change", args=[settled.lead.pk])).content.decode()

    assert settled.lead.password not in page
    assert "md5$" not in page
    assert (
        client.post(reverse("admin:accounts_user_delete", args=[settled.lead.pk]), {"post": "yes"}).status_code == 403
    )
    assert client.get(reverse("admin:accounts_user_add")).status_code == 403
    assert User.objects.filter(pk=settled.lead.pk).exists()


def test_deactivating_ends_what_they_were_doing_and_is_written_down(settled: Cast) -> None:
    theirs, ours = Client(), Client()
    theirs.force_login(settled.supervisee)
    ours.force_login(settled.administrator)
    assert theirs.get("/profile/").status_code == 200

    ours.post(
        reverse("admin:accounts_user_changelist"),
        {"action": "deactivate", "_selected_action": [str(settled.supervisee.pk), str(settled.administrator.pk)]},
    )

    settled.supervisee.refresh_from_db()
    settled.administrator.refresh_from_db()
    assert (settled.supervisee.is_active, settled.administrator.is_active) == (False, True)
    assert theirs.get("/profile/").status_code == 302
    assert Entry.objects.filter(event="user_deactivated", actor=settled.administrator.pk, obj=settled.supervisee.pk)


def test_a_lost_telephone_is_helped_and_told(enter: Enter, settled: Cast) -> None:
    enter(settled.administrator).post(
        reverse("admin:accounts_user_changelist"),
        {"action": "reset_factors", "_selected_action": [str(settled.lead.pk)]},
    )

    assert not Authenticator.objects.filter(user=settled.lead).exists()
    assert mail.outbox[-1].to == [settled.lead.email]
    assert Entry.objects.filter(event="factors_reset", actor=settled.administrator.pk, obj=settled.lead.pk).count() == 1


def test_a_change_is_made_by_the_role_of_the_site_and_written_down(enter: Enter, settled: Cast) -> None:
    url = reverse("admin:accounts_practice_change", args=[settled.practice.pk])
    facts = {
        "name": "Kaari Oy", "business_id": "9900011-4", "vat_standing": "registered", "street": "Kaarikatu 1",
        "postcode": "00100", "city": "Helsinki", "iban": "", "email": "", "phone": "", "reminder_hours": "24",
    }  # fmt: skip

    response = enter(settled.administrator).post(url, facts)

    assert response.status_code == 302
    settled.practice.refresh_from_db()
    assert settled.practice.name == "Kaari Oy"
    assert Entry.objects.filter(event="admin_changed_practice", obj=settled.practice.pk).count() == 1


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


def request_by(user: User) -> HttpRequest:
    request = RequestFactory().get(HOME)
    request.user = user
    return request


def test_the_role_of_the_site_cannot_read_a_table_of_supervision(settled: Cast) -> None:
    rooms = ("engagements_", "supervision_")
    tables = [name for name in connections["default"].introspection.table_names() if name.startswith(rooms)]
    assert len(tables) > 10

    for table in [*tables, "accounts_person", "accounts_contact", "mfa_authenticator", "django_session"]:
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(using="admin"),
            connections["admin"].cursor() as cursor,
        ):
            cursor.execute(sql.SQL("SELECT 1 FROM {}").format(sql.Identifier(table)))
    assert connections["admin"].connection.info.user == settings.DATABASE_ROLE_NAMES[Role.ADMIN]


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
