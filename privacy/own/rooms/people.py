"""Who somebody is in each practice and to us, how they come in, and what they want to hear of."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import CharField, DateTimeField, F, Func, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from notifications.kinds import kinds
from notifications.models import Preference
from privacy.own.sections import Row, Section, Subject, consent_basis, contract_basis, interest_basis, row
from privacy.policy.kinds import ACCOUNT, LOG_IN, PERSON, SETTING


def collect(subject: Subject) -> Iterator[Section]:
    """Two queries."""
    yield identity(subject)
    signing_in, devices = ways_in(subject)
    yield Section(
        "log_in",
        _("How you sign in"),
        signing_in,
        purpose=_("to know that it is you"),
        basis=contract_basis(),
        period=ACCOUNT,
        seen_by=_("you; an administrator sees that a second factor is in use, never the factor"),
        note=_(
            "Passwords, seeds and keys are kept only in a form in which nobody can read them, so they are not shown."
        ),
        change_url=reverse("mfa_index"),
    )
    yield Section(
        "devices",
        _("Where you are signed in"),
        devices,
        purpose=_("so that you can see and end a log-in that is not yours"),
        basis=interest_basis(),
        period=LOG_IN,
        seen_by=_("you alone"),
        change_url=reverse("usersessions_list"),
    )
    yield choices(subject)


def identity(subject: Subject) -> Section:
    user = subject.user
    account = row(
        _("Your account"),
        ("email", _("E-mail"), user.email),
        ("name", _("Name"), user.full_name),
        ("language", _("Language"), user.get_language_display()),
        ("since", _("Since"), user.date_joined),
        ("last_login", _("Last signed in"), user.last_login),
    )
    known = [
        row(
            _("As %(practice)s knows you") % {"practice": person.practice.name},
            ("given_name", _("Given name"), person.given_name),
            ("family_name", _("Family name"), person.family_name),
            ("email", _("E-mail"), person.email),
            ("language", _("Language"), person.get_language_display()),
        )
        for person in subject.persons
    ]
    return Section(
        "identity",
        _("Who you are"),
        [account, *known],
        purpose=_("to agree on supervision with you, to reach you, and to address you in your language"),
        basis=contract_basis(),
        period=PERSON,
        seen_by=_("the supervisors and administrators of the practice; those in the same process see your name"),
        change_url=reverse("accounts:profile"),
    )


def ways_in(subject: Subject) -> tuple[list[Row], list[Row]]:
    """Return addresses and factors by which somebody signs in, and where they are signed in. One query."""
    none = Value(None, DateTimeField())
    mails = EmailAddress.objects.filter(user=subject.user).values_list(
        Value("mail", CharField()), "email", Value("", CharField()), none, none
    )
    factors = Authenticator.objects.filter(user=subject.user).values_list(
        Value("factor", CharField()), "type", Value("", CharField()), "created_at", "last_used_at"
    )
    providers = SocialAccount.objects.filter(user=subject.user).values_list(
        Value("provider", CharField()), "provider", Value("", CharField()), "date_joined", "last_login"
    )
    address = Func(F("ip"), function="host", output_field=CharField())
    devices = UserSession.objects.filter(user=subject.user).values_list(
        Value("device", CharField()), Cast(address, CharField()), "user_agent", "created_at", "last_seen_at"
    )
    found: list[tuple[str, str, str, datetime | None, datetime | None]] = list(
        mails.union(factors, providers, devices, all=True)
    )
    ways = [row(way_of(kind, what), ("since", _("Since"), since), ("used", _("Last used"), used))
            for kind, what, _more, since, used in found if kind != "device"]  # fmt: skip
    places = [
        row(
            more or _("A device"),
            ("address", _("Network address"), what),
            ("since", _("Since"), since),
            ("seen", _("Last seen"), used),
        )
        for kind, what, more, since, used in found
        if kind == "device"
    ]
    return ways, places


def way_of(kind: str, what: str) -> str:
    if kind == "mail":
        return _("E-mail address: %(address)s") % {"address": what}
    if kind == "provider":
        return _("By %(provider)s") % {"provider": what}
    names = {
        "totp": _("A code from an app"),
        "webauthn": _("A passkey"),
        "recovery_codes": _("Recovery codes"),
    }
    return names.get(what, what)


def choices(subject: Subject) -> Section:
    """Of what they want to hear. One query."""
    own: Any = Preference.objects.filter(user=subject.user).union(
        Preference.objects.filter(person__in=subject.ids, user=None), all=True
    )
    known = kinds()
    rows = [
        row(
            _("What you have chosen"),
            ("declined", _("Not wanted"), ", ".join(str(known[name].label) for name in each.declined if name in known)),
            ("hours", _("Reminder of a session, hours before"), each.hours),
            ("rhythm", _("What can wait"), each.get_rhythm_display() if each.rhythm else ""),
            ("quiet_from", _("Quiet from"), each.quiet_from),
            ("quiet_until", _("Quiet until"), each.quiet_until),
            ("changed_at", _("Changed"), each.changed_at),
        )
        for each in own
    ]
    return Section(
        "preferences",
        _("What you want to hear of"),
        rows,
        purpose=_("to send you what you want, when you want it"),
        basis=consent_basis(),
        period=SETTING,
        seen_by=_("you alone; a supervisor sees that a message was not wanted"),
        change_url=reverse("notifications:own"),
    )
