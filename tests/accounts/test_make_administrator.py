"""The first administrator: made by a command, without a password, and let in with two proofs."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Entry

Cast = Any


def test_they_come_in_with_a_code_from_the_mail_and_add_a_second_step(client: Client, settled: Cast) -> None:
    call_command("make_administrator", "Eka@palvelu.example", name="Eka Ylläpitäjä")
    client.post(reverse("account_request_login_code"), {"email": "eka@palvelu.example"})
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    client.post(reverse("account_confirm_login_code"), {"code": code.group(1)})

    assert client.get(f"/{settings.ADMIN_PATH}/").headers["Location"] == reverse("mfa_index")
    client.get(reverse("mfa_activate_totp"))
    step = hotp_value(client.session["mfa.totp.secret"], int(time.time()) // 30)
    client.post(reverse("mfa_activate_totp"), {"code": format_hotp_value(step)})
    assert client.get(f"/{settings.ADMIN_PATH}/").status_code == 200


def test_no_password_opens_the_account_and_its_making_is_evidence(db: None) -> None:
    call_command("make_administrator", "eka@palvelu.example")
    user = User.objects.get(email="eka@palvelu.example")
    assert not user.has_usable_password()
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert Entry.objects.filter(stream="accounts", event="administrator_made", obj=user.pk).count() == 1


def test_somebody_who_is_there_stays_who_they_are(cast: Cast) -> None:
    call_command("make_administrator", cast.supervisee.email, name="Other")
    cast.supervisee.refresh_from_db()
    assert (cast.supervisee.is_staff, cast.supervisee.full_name) == (True, "Sanna Salo")
    assert cast.supervisee.has_usable_password()


def test_what_is_no_address_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="is not an e-mail address"):
        call_command("make_administrator", "eka")


def test_somebody_deactivated_is_not_let_in_again_by_the_way(cast: Cast) -> None:
    User.objects.filter(pk=cast.supervisee.pk).update(is_active=False)
    with pytest.raises(CommandError, match="deactivated"):
        call_command("make_administrator", cast.supervisee.email)
    cast.supervisee.refresh_from_db()
    assert (cast.supervisee.is_staff, cast.supervisee.is_active) == (False, False)
