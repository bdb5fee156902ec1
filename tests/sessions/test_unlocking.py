"""The key of one's notes: first use, opening, locking, changes; and that nothing of it rests anywhere."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from accounts.actions import end_membership
from accounts.adapters import lock_vault
from accounts.models import Membership
from audit import asking
from audit.models import Entry
from notifications.models import Message
from sessions.unlocking import visit
from tests.conftest import NOW
from vault import derive, opening, words
from vault.models import Opening, VaultKey, Wrap

Cast = Any
Enter = Callable[[Any], Client]
PASSPHRASE = "kettu lampi siilo varis honka"
OTHER = "aivan toinen tunnuslause"
NEW = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "understood": "on"}
COOKIE = "__Host-vault"


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> Any:
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def lead(cast: Cast, enter: Enter) -> Client:
    return enter(cast.lead)


@pytest.fixture
def kept(cast: Cast, lead: Client) -> Client:
    """The lead with a vault that is ready, and locked."""
    asking.become(cast.lead)
    opening.create(cast.lead.pk, PASSPHRASE, now=NOW)
    return lead


def page(name: str) -> str:
    return reverse(f"vault:{name}")


def unlock(client: Client, passphrase: str = PASSPHRASE, **more: Any) -> Any:
    return client.post(page("unlock"), {"passphrase": passphrase}, **more)


def is_open(client: Client) -> bool:
    return bool(client.get(page("state")).json()["seconds"])


def code_on(answer: Any) -> str:
    return " ".join(answer.context["groups"])


def events(cast: Cast) -> list[str]:
    asking.become(cast.lead)
    return events_of(cast.lead)


def events_of(user: Any) -> list[str]:
    return list(Entry.objects.filter(stream=f"vault {user.pk}").order_by("number").values_list("event", flat=True))


def told(cast: Cast) -> list[str]:
    return list(Message.objects.filter(user=cast.lead).order_by("created_at", "key").values_list("kind", flat=True))


# --- first use ------------------------------------------------------------------------------------------------------


def test_first_use_makes_a_key_shows_the_sheet_and_is_ready_when_the_sheet_is_in_hand(cast: Cast, lead: Client) -> None:
    for way in ("key", "unlock"):
        assert page("create") in lead.get(page(way)).text
    offer = lead.get(page("create"))
    assert all(word in words.WORDS for word in offer.context["offered"].split())
    shown = lead.post(page("create"), NEW)
    code = code_on(shown)
    assert code.split()[0] in shown.text
    key = VaultKey.objects.get()
    assert key.ready_at is None
    asked = lead.post(page("sheet"), {"code": code, "step": "ask"})
    groups = code.split()
    assert groups[0] not in re.sub(r"<input[^>]*>", "", asked.text)  # no longer on the page to be copied from
    wrong = lead.post(page("sheet"), {"code": code, "step": "prove", "first": "AAAA", "second": groups[6]})
    assert "This is not group 2 of the sheet." in wrong.text
    right = {"code": code, "step": "prove", "first": groups[1].lower(), "second": groups[6]}
    assert lead.post(page("sheet"), right)["Location"] == page("key")
    key.refresh_from_db()
    assert key.ready_at == NOW
    assert events(cast) == ["vault.created", "vault.sheet"]
    assert told(cast) == ["vault_created"]


@pytest.mark.parametrize(("target", "goes_to"), [("/engagements/", "/engagements/"), ("https://else.example/", None)])
def test_who_was_led_to_it_from_a_page_comes_back_there_with_the_key(
    lead: Client, target: str, goes_to: str | None
) -> None:
    code = code_on(lead.post(page("create"), NEW | {"next": target}))
    asked = lead.post(page("sheet"), {"code": code, "step": "ask", "next": target})
    assert f'name="next" value="{goes_to or page("key")}"' in asked.text
    right = {"code": code, "step": "prove", "first": code.split()[1], "second": code.split()[6], "next": target}
    assert lead.post(page("sheet"), right)["Location"] == (goes_to or page("key"))


def test_the_sheet_holds_the_code_and_its_owner_and_is_kept_nowhere(cast: Cast, lead: Client) -> None:
    code = code_on(lead.post(page("create"), NEW))
    answer = lead.post(page("sheet_pdf"), {"code": code})
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    assert answer["Content-Disposition"].startswith("attachment")
    text = "".join(each.extract_text() for each in PdfReader(BytesIO(answer.content)).pages)
    for group in code.split():
        assert group in text
    assert "Liisa Lahti" in text


def test_nothing_that_was_typed_or_shown_rests_in_any_table_session_or_cache(cast: Cast, lead: Client) -> None:
    code = code_on(lead.post(page("create"), NEW))
    groups = code.split()
    lead.post(page("sheet_pdf"), {"code": code})
    lead.post(page("sheet"), {"code": code, "step": "prove", "first": groups[1], "second": groups[6]})
    unlock(lead)
    secret = lead.cookies[COOKIE].value
    marks = {PASSPHRASE, code, code.replace(" ", ""), secret, " ".join(groups[:2]), PASSPHRASE.split()[2]}
    found = [mark for mark in marks for text in everything() if mark in text]
    assert found == []
    cached: Any = cache
    valkey = cached._cache.get_client()
    read = {b"string": valkey.get, b"hash": valkey.hgetall, b"list": lambda key: valkey.lrange(key, 0, -1)}
    kept = repr([read[valkey.type(key)](key) for key in valkey.keys("*")])
    assert not [mark for mark in marks if mark in kept]
    session = lead.session
    assert not [mark for mark in marks if mark in str(dict(session))]


def everything() -> list[str]:
    """Return every row that the application can read, as text."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [table for (table,) in cursor.fetchall()]
        for table in tables:
            cursor.execute("SELECT has_table_privilege('public.' || %s, 'SELECT')", [table])
            if cursor.fetchone()[0]:
                cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
                found += [row for (row,) in cursor.fetchall()]
    return found


@pytest.mark.parametrize(
    ("passphrase", "why"),
    [
        ("viisitoista mrk", "at least 16 characters"),
        ("   a    b   c           ", "at least 16 characters"),
        ("aaaaaaaaaaaaaaaaaaaa", "more different letters"),
        ("liisa lahti kaari liisa", "easy to guess"),
        ("liisa@kaari.example", "easy to guess"),
        ("x" * 201, "at most 200 characters"),
    ],
)
def test_a_weak_passphrase_is_refused_in_words_and_what_was_typed_stays(
    lead: Client, passphrase: str, why: str
) -> None:
    answer = lead.post(page("create"), {**NEW, "passphrase": passphrase, "again": passphrase, "offered": "yksi kaksi"})
    assert why in answer.text
    assert f'value="{passphrase}"' in answer.text
    assert "yksi kaksi" in answer.text
    assert not VaultKey.objects.exists()


def test_it_is_typed_twice_and_the_loss_is_understood(lead: Client) -> None:
    answer = lead.post(page("create"), {"passphrase": PASSPHRASE, "again": OTHER})
    assert "This is not the same as above." in answer.text
    assert "Tick this before you go on." in answer.text
    assert not VaultKey.objects.exists()


def test_a_second_vault_is_not_made_by_sending_the_form_again(lead: Client) -> None:
    lead.post(page("create"), NEW)
    assert lead.post(page("create"), NEW)["Location"] == page("key")
    assert VaultKey.objects.count() == 1


@pytest.mark.parametrize("code", ["", "x", "A" * 32, "A" * 5000])
def test_a_sheet_is_made_of_nothing_but_its_code(kept: Client, code: str) -> None:
    assert kept.post(page("sheet_pdf"), {"code": code}).status_code == 400
    assert kept.post(page("sheet"), {"code": code, "step": "show"})["Location"] == page("key")


def test_what_was_left_before_the_sheet_was_proven_is_taken_up_by_another_sheet(cast: Cast, lead: Client) -> None:
    lead.post(page("create"), NEW)
    assert "You can write notes when the sheet is in your hands." in lead.get(page("key")).text
    code = code_on(lead.post(page("sheet_new"), {"passphrase": PASSPHRASE}))
    groups = code.split()
    lead.post(page("sheet"), {"code": code, "step": "prove", "first": groups[1], "second": groups[6]})
    assert VaultKey.objects.get().ready_at


# --- open and locked ------------------------------------------------------------------------------------------------


def test_opening_gives_a_cookie_that_only_this_browser_and_site_has(kept: Client) -> None:
    answer = unlock(kept)
    cookie = answer.cookies[COOKIE]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
    assert cookie["max-age"] == cookie["expires"] == cookie["domain"] == ""
    assert is_open(kept)


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [("/today/", "/today/"), ("https://evil.example/", None), ("//evil.example", None), ("", None)],
)
def test_it_goes_on_to_where_one_was_and_never_elsewhere(kept: Client, target: str, goes_to: str | None) -> None:
    answer = kept.post(page("unlock"), {"passphrase": PASSPHRASE, "next": target})
    assert answer["Location"] == (goes_to or page("key"))


def test_in_a_dialog_it_answers_with_the_form_and_says_when_it_is_open(kept: Client) -> None:
    htmx: Any = {"headers": {"HX-Request": "true"}}
    form = kept.get(page("unlock"), **htmx)
    assert "<form" in form.text
    assert "<html" not in form.text
    wrong = unlock(kept, OTHER, **htmx)
    assert "This passphrase does not open your notes." in wrong.text
    assert "HX-Trigger" not in wrong.headers
    right = unlock(kept, **htmx)
    assert right["HX-Trigger"] == "vault-open"
    assert COOKIE in right.cookies
    assert "Lock your notes" in right.text


def test_five_wrong_tries_close_the_door_and_say_until_when(kept: Client, now: Any) -> None:
    for _ in range(5):
        unlock(kept, OTHER)
    assert "Five tries have failed. Try again at 9:15." in unlock(kept).text
    now.shift(timedelta(minutes=16))
    assert unlock(kept).status_code == 302


def test_it_locks_itself_when_it_is_not_used_and_asking_is_no_use(kept: Client, now: Any) -> None:
    unlock(kept)
    for _ in range(2):
        now.shift(timedelta(minutes=7))
        assert is_open(kept)
    now.shift(timedelta(minutes=2))
    assert not is_open(kept)


def test_saying_that_one_is_at_work_keeps_it_open_but_not_beyond_eight_hours(kept: Client, now: Any) -> None:
    unlock(kept)
    for _ in range(47):
        now.shift(timedelta(minutes=10))
        assert kept.post(page("stay")).json()["seconds"]
    now.shift(timedelta(minutes=10))
    assert kept.post(page("stay")).status_code == 302 or not is_open(kept)


def test_a_request_without_the_cookie_is_locked_and_ends_nothing(cast: Cast, kept: Client) -> None:
    unlock(kept)
    cookie = kept.cookies.pop(COOKIE)
    assert not is_open(kept)
    assert "Did you come by a link from elsewhere?" in kept.get(page("unlock")).text
    kept.cookies[COOKIE] = cookie.value
    assert is_open(kept)


def test_a_page_opens_it_once_and_counts_as_use(cast: Cast, kept: Client, rf: Any) -> None:
    unlock(kept)
    request = rf.get("/")
    request.user, request.COOKIES[COOKIE] = cast.lead, kept.cookies[COOKIE].value
    asking.become(cast.lead)
    later = NOW + timedelta(minutes=10)
    opened = visit.open_vault(request, later)
    assert opened
    with CaptureQueriesContext(connection) as queries:
        assert visit.open_vault(request, later) is opened
    assert len(queries) == 0
    assert Opening.objects.get().seen_at == later


def test_the_frame_says_whether_it_is_open_by_one_query_and_asks_nothing_without_a_cookie(kept: Client) -> None:
    kept.get(reverse("accounts:profile"))
    with CaptureQueriesContext(connection) as without:
        locked = kept.get(reverse("accounts:profile"))
    assert "Notes locked" in locked.text
    assert not [query for query in without if "vault_" in query["sql"]]
    unlock(kept)
    with CaptureQueriesContext(connection) as with_one:
        shown = kept.get(reverse("accounts:profile"))
    assert "Notes open" in shown.text
    assert len([query for query in with_one if "vault_" in query["sql"]]) == 1


def test_the_frame_of_others_says_nothing_of_it(cast: Cast, enter: Enter) -> None:
    for member in ("supervisee", "contact", "practice_admin"):
        assert "vault-state" not in enter(cast.members[member]).get(reverse("accounts:profile")).text


# --- what locks it --------------------------------------------------------------------------------------------------


def test_the_button_locks_here_and_the_other_everywhere(cast: Cast, kept: Client, enter: Enter) -> None:
    unlock(kept)
    other = Client()
    other.force_login(cast.lead)
    unlock(other)
    kept.post(page("lock"))
    assert not is_open(kept)
    assert is_open(other)
    unlock(kept)
    other.post(page("lock"), {"where": "everywhere"})
    assert not is_open(kept)


def test_signing_out_locks_it_here(cast: Cast, kept: Client) -> None:
    unlock(kept)
    answer = kept.post(reverse("account_logout"))
    assert answer.cookies[COOKIE].value == ""
    asking.become(cast.lead)
    assert not Opening.objects.exists()


def test_a_log_in_that_ends_by_itself_locks_it(cast: Cast, kept: Client, now: Any) -> None:
    unlock(kept)
    now.shift(timedelta(minutes=40))
    kept.get(reverse("today"))
    asking.become(cast.lead)
    assert not Opening.objects.exists()


def test_a_new_password_locks_it(cast: Cast, kept: Client) -> None:
    unlock(kept)
    kept.post(reverse("account_reauthenticate"), {"password": "correct horse battery"})
    new = {"oldpassword": "correct horse battery", "password1": "kolme hyvää sanaa", "password2": "kolme hyvää sanaa"}
    kept.post(reverse("account_change_password"), new)
    cast.lead.refresh_from_db()
    assert cast.lead.check_password("kolme hyvää sanaa")
    asking.become(cast.lead)
    assert not Opening.objects.exists()


def test_who_resets_a_password_is_not_signed_in_and_locks_it_all_the_same(cast: Cast, kept: Client) -> None:
    unlock(kept)
    asking.become(None)
    lock_vault(cast.lead, why="password_reset")
    assert asking.current() == ""
    asking.become(cast.lead)
    assert not Opening.objects.exists()


def test_a_change_of_the_second_factor_locks_it(settled: Cast, enter: Enter) -> None:
    with asking.acting_as(settled.lead):
        opened, _code = opening.create(settled.lead.pk, PASSPHRASE, now=NOW)
        opening.keep_open(opened, now=NOW)
    browser = enter(settled.lead)
    browser.post(reverse("account_reauthenticate"), {"password": "correct horse battery"})
    browser.post(reverse("mfa_generate_recovery_codes"))
    with asking.acting_as(settled.lead):
        assert not Opening.objects.exists()
        assert events_of(settled.lead)[-1] == "vault.locked"


def test_the_end_of_a_membership_locks_it_and_says_so(cast: Cast, enter: Enter) -> None:
    asking.become(cast.co_supervisor)
    opened, _code = opening.create(cast.co_supervisor.pk, PASSPHRASE, now=NOW)
    opening.keep_open(opened, now=NOW)
    asking.become(cast.practice_admin)
    membership = Membership.objects.get(user=cast.co_supervisor)
    end_membership(membership, by=cast.practice_admin, now=NOW)
    asking.become(cast.co_supervisor)
    assert not Opening.objects.exists()
    last = Entry.objects.filter(stream=f"vault {cast.co_supervisor.pk}").order_by("-number")[0]
    assert (last.event, last.actor, last.data) == ("vault.locked", None, {"why": "membership"})


# --- changes --------------------------------------------------------------------------------------------------------


def test_a_new_passphrase_opens_and_the_old_one_does_not(cast: Cast, kept: Client) -> None:
    unlock(kept)
    wrong = kept.post(page("passphrase"), {"current": OTHER, "passphrase": OTHER, "again": OTHER})
    assert "This passphrase does not open your notes." in wrong.text
    kept.post(page("passphrase"), {"current": PASSPHRASE, "passphrase": OTHER, "again": OTHER})
    assert is_open(kept)
    kept.post(page("lock"))
    assert "does not open" in unlock(kept).text
    assert unlock(kept, OTHER).status_code == 302
    assert told(cast) == ["vault_changed"]


def test_the_sheet_brings_one_back_in_with_a_new_passphrase_and_a_new_sheet(cast: Cast, lead: Client) -> None:
    asking.become(cast.lead)
    _opened, code = opening.create(cast.lead.pk, PASSPHRASE, now=NOW)
    wrong = {"code": derive.new_recovery_code(), "passphrase": OTHER, "again": OTHER}
    assert "This code does not open your notes." in lead.post(page("recover"), wrong).text
    assert "eight groups of four" in lead.post(page("recover"), {**wrong, "code": "ABCD"}).text
    shown = lead.post(page("recover"), {**wrong, "code": code.lower()})
    new = code_on(shown)
    assert new != code
    assert is_open(lead)
    assert "There is no recovery sheet" in lead.get(page("key")).text
    groups = new.split()
    lead.post(page("sheet"), {"code": new, "step": "prove", "first": groups[1], "second": groups[6]})
    assert "There is no recovery sheet" not in lead.get(page("key")).text
    assert told(cast) == ["vault_recovered", "vault_sheet"]
    assert "This code does not open your notes." in lead.post(page("recover"), {**wrong, "code": code}).text


def test_a_suspicion_is_met_by_another_key(cast: Cast, kept: Client) -> None:
    before = kept.get(page("key")).context["words"]
    code = code_on(kept.post(page("replace"), {"current": PASSPHRASE, "passphrase": OTHER, "again": OTHER}))
    groups = code.split()
    kept.post(page("sheet"), {"code": code, "step": "prove", "first": groups[1], "second": groups[6]})
    assert kept.get(page("key")).context["words"] != before
    asking.become(cast.lead)
    assert Wrap.objects.filter(key__retired_at__isnull=False).count() == 0
    assert told(cast) == ["vault_key"]
    assert "vault.key_changed" in events(cast)


def test_only_who_has_a_key_changes_it(lead: Client) -> None:
    for name in ("passphrase", "sheet_new", "replace", "recover"):
        assert lead.get(page(name)).status_code == 404


def test_what_is_posted_stands_in_no_error_report(kept: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def look(user: Any, passphrase: str, *, now: datetime) -> Any:
        raise RuntimeError

    monkeypatch.setattr(opening, "unlock", look)
    kept.raise_request_exception = False
    from django.core.signals import got_request_exception

    def remember(sender: Any, request: Any, **_: Any) -> None:
        seen.append(request.sensitive_post_parameters)

    got_request_exception.connect(remember)
    try:
        assert unlock(kept).status_code == 500
    finally:
        got_request_exception.disconnect(remember)
    assert seen == ["__ALL__"]
