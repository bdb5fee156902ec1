"""Lists that stay quick and take whatever is put into them: the same questions at 10 and at 10,000 rows."""

from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.report_story import released_report

Cast = Any
Tamper = Callable[[str], None]
HOME: Final = f"/{settings.ADMIN_PATH}/"
LISTS: Final = [
    "accounts_user", "accounts_practice", "accounts_membership", "accounts_invitation", "accounts_clientorganisation",
    "engagements_engagementframe", "engagements_contracttemplate", "supervision_sessionframe", "reports_reportframe",
    "notifications_message",
]  # fmt: skip

#: Rows number {low} to {high} of everything, each tied to the others of its number.
ROWS: Final = """
INSERT INTO accounts_user (id, password, is_superuser, email, full_name, language, is_staff, is_active, date_joined)
  SELECT md5('user' || n)::uuid, '', false, 'u' || n || '@x.example', 'Nimi ' || n, 'fi', false, true, now()
    FROM generate_series({low}, {high}) n;
INSERT INTO mfa_authenticator (type, data, user_id, created_at)
  SELECT 'totp', '{{}}', md5('user' || n)::uuid, now() FROM generate_series({low}, {high}) n WHERE n % 2 = 0;
INSERT INTO accounts_practice (id, name, business_id, vat_standing, street, postcode, city, iban, email, phone,
  reminder_hours, demonstration, created_at)
  SELECT md5('practice' || n)::uuid, 'Palvelu ' || n, n::text, 'registered', '', '', 'Turku', '', '', '', 24, false,
    now() FROM generate_series({low}, {high}) n;
INSERT INTO accounts_membership (id, practice_id, user_id, kind, since)
  SELECT gen_random_uuid(), md5('practice' || n)::uuid, md5('user' || n)::uuid, kind, now()
    FROM generate_series({low}, {high}) n, unnest(ARRAY['supervisor', 'practice_admin']) kind;
INSERT INTO accounts_clientorganisation (id, practice_id, name, business_id, sector, public_body, street, postcode,
  city, invoicing_address, einvoice_address, einvoice_operator, invoicing_reference, framework_reference, stated_aims)
  SELECT gen_random_uuid(), md5('practice' || n)::uuid, 'Tilaaja ' || n, '', 'other', false, '', '', '', '', '', '',
    '', '', '' FROM generate_series({low}, {high}) n;
INSERT INTO accounts_invitation (id, practice_id, email, kind, language, invited_by_id, created_at, expires_at)
  SELECT gen_random_uuid(), md5('practice' || n)::uuid, 'i' || n || '@x.example', 'supervisor', 'fi',
    md5('user' || n)::uuid, now(), now() FROM generate_series({low}, {high}) n;
INSERT INTO engagements_engagement (id, practice_id, lead_id, title, reference, form, focus, process, language, state,
  step, ending, ending_reason, created_at)
  SELECT md5('engagement' || n)::uuid, md5('practice' || n)::uuid, md5('user' || n)::uuid, '', '', 'group', 'general',
    'long', 'fi', 'active', 1, '', '', now() FROM generate_series({low}, {high}) n;
INSERT INTO supervision_session (id, engagement_id, starts_at, ends_at, mode, place, link, trial, state, reason,
  sequence, created_at)
  SELECT gen_random_uuid(), md5('engagement' || n)::uuid, now(), now() + interval '90 min', 'remote', '', '', false,
    'planned', '', 0, now() FROM generate_series({low}, {high}) n;
INSERT INTO notifications_message (id, key, kind, obj, occasion, state, next_at, attempts, maybe_sent, message_id,
  created_at, smtp_reply, last_error)
  SELECT gen_random_uuid(), 'k' || n, 'session_reminder', gen_random_uuid(), '', 'pending', now(), 0, 0, '', now(), '',
    '' FROM generate_series({low}, {high}) n;
"""


def templates(low: int, high: int) -> str:
    """SQL for templates: copies of the one there is, since they have a column for every term."""
    return (
        "INSERT INTO engagements_contracttemplate SELECT (jsonb_populate_record(t, jsonb_build_object('id',"  # noqa: S608  (our numbers)
        " gen_random_uuid(), 'practice_id', md5('practice' || n)::uuid, 'name', 'Pohja ' || n))).*"
        f" FROM engagements_contracttemplate t, generate_series({low}, {high}) n WHERE t.name = 'Ryhmien pohja'"
    )


def fill(tamper: Tamper, low: int, high: int) -> None:
    tamper(ROWS.format(low=low, high=high))
    tamper(templates(low, high))
    tamper(
        released_report("md5('engagement' || n)::uuid", "md5('user' || n)::uuid", f"generate_series({low}, {high}) n")
    )


def queries(desk: Client, url: str) -> tuple[int, int]:
    """Return how many queries a page takes, over the process's connection and over that of the site."""
    with CaptureQueriesContext(connections["default"]) as own, CaptureQueriesContext(connections["admin"]) as site:
        assert desk.get(url).status_code == 200, url
    return len(own), len(site)


def pages() -> list[str]:
    """Return the head page and every list: plain, searched, sorted and narrowed."""
    found = [HOME]
    for name in LISTS:
        url = reverse(f"admin:{name}_changelist")
        found += [url, f"{url}?q=1", f"{url}?o=1"]
    return [*found, f"{reverse('admin:accounts_user_changelist')}?second_step=missing",
            f"{reverse('admin:accounts_practice_changelist')}?members=some",
            f"{reverse('admin:supervision_sessionframe_changelist')}?state__exact=planned"]  # fmt: skip


def test_every_list_is_tried_here() -> None:
    assert {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry} == set(LISTS)


def test_a_page_asks_as_often_of_ten_thousand_rows_as_of_ten(desk: Client, furnished: Cast, tamper: Tamper) -> None:
    fill(tamper, 1, 10)
    for url in pages():
        desk.get(url)  # what is asked once a process is asked now
    few = {url: queries(desk, url) for url in pages()}
    fill(tamper, 11, 10_000)
    many = {url: queries(desk, url) for url in pages()}

    assert many == few
    assert {url: asked for url, asked in many.items() if url != HOME and asked[1] > 8} == {}


def test_a_history_asks_as_often_of_many_entries_as_of_few(desk: Client, settled: Cast, tamper: Tamper) -> None:
    url = reverse("admin:accounts_user_history", args=[settled.lead.pk])

    def write(times: int) -> None:
        tamper(
            "INSERT INTO django_admin_log (action_time, object_id, object_repr, action_flag, change_message,"  # noqa: S608  (our cast)
            " content_type_id, user_id) SELECT now(), u.id::text, '', 2, '', c.id, u.id FROM accounts_user u,"
            f" django_content_type c, generate_series(1, {times}) WHERE c.model = 'user' AND u.id = '{settled.lead.pk}'"
        )

    write(1)
    desk.get(url)
    few = queries(desk, url)
    write(300)
    assert queries(desk, url) == few


def test_a_list_counts_and_pages_to_a_thousand(desk: Client, furnished: Cast, tamper: Tamper) -> None:
    url = reverse("admin:supervision_sessionframe_changelist")
    assert "Rows: 2" in desk.get(url).content.decode()
    fill(tamper, 1, 1200)

    page = desk.get(url).content.decode()

    assert "The first 1000 of a longer list" in page
    assert desk.get(url, {"p": 20}).status_code == 200
    assert desk.get(url, {"p": 21}).headers["Location"] == f"{url}?e=1"


def test_no_list_counts_all_or_shows_all(desk: Client, furnished: Cast, tamper: Tamper) -> None:
    fill(tamper, 1, 120)
    for name in LISTS:
        answer = desk.get(reverse(f"admin:{name}_changelist"), {"all": ""})
        assert len(answer.context["cl"].result_list) == 50, name


def test_objects_are_found_by_their_id_and_by_that_of_what_they_belong_to(desk: Client, furnished: Cast) -> None:
    for name, pk, found in (
        ("accounts_user", furnished.lead.pk, 1),
        ("engagements_engagementframe", furnished.engagement.pk, 1),
        ("engagements_engagementframe", furnished.practice.pk, 1),
        ("supervision_sessionframe", furnished.session.pk, 1),
        ("supervision_sessionframe", furnished.engagement.pk, 1),
        ("notifications_message", furnished.session.pk, 1),
        ("notifications_message", furnished.lead.pk, 0),
        ("accounts_membership", furnished.lead.pk, 2),
        ("accounts_practice", uuid4(), 0),
    ):
        answer = desk.get(reverse(f"admin:{name}_changelist"), {"q": str(pk)})
        assert answer.context["cl"].result_count == found, name


@pytest.mark.parametrize("name", LISTS)
def test_whatever_is_asked_is_answered(desk: Client, furnished: Cast, name: str) -> None:
    """Nothing that is typed into a search or an address makes the site fall over."""
    url = reverse(f"admin:{name}_changelist")
    for query in (
        {"q": "x" * 5000}, {"q": "a " * 3000}, {"q": "\0"}, {"q": "'\"\\%_"}, {"p": "x"}, {"p": "-1"}, {"p": "9" * 40},
        {"o": "99.-x"}, {"practice": "no-id"}, {"practice": str(uuid4())}, {"state__exact": "\0"}, {"month": "2026-99"},
        {"second_step": "?"}, {"engagement": "%00"}, {"e": "1"},
    ):  # fmt: skip
        assert desk.get(url, query).status_code in (200, 302, 400), query
    for pk in ("x", "1", str(uuid4()), "%00"):
        assert desk.get(f"{url}{pk}/change/").status_code in (302, 404), pk


@pytest.mark.parametrize("field", ["user", "practice"])
def test_completing_a_name_takes_anything_too(desk: Client, settled: Cast, field: str) -> None:
    asked = {"app_label": "accounts", "model_name": "membership", "field_name": field}

    assert len(desk.get(f"{HOME}autocomplete/", asked).json()["results"]) > 1
    for term in ("\0", "x" * 5000, "a " * 3000, str(settled.lead.pk)):
        assert desk.get(f"{HOME}autocomplete/", asked | {"term": term}).status_code in (200, 400)


def test_links_lead_from_a_practice_to_what_is_its_own(desk: Client, furnished: Cast) -> None:
    ours, theirs = furnished.engagement.pk, furnished.foreign_engagement.pk
    url = reverse("admin:engagements_engagementframe_changelist")

    page = desk.get(reverse("admin:accounts_practice_change", args=[furnished.practice.pk])).content.decode()
    assert f"{url}?practice={furnished.practice.pk}" in page
    narrowed = desk.get(url, {"practice": str(furnished.practice.pk)}).context["cl"]

    assert [frame.pk for frame in narrowed.result_list] == [ours]
    assert {frame.pk for frame in desk.get(url).context["cl"].result_list} == {ours, theirs}


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_site_speaks_the_administrators_language(desk: Client, furnished: Cast, language: str) -> None:
    type(furnished.administrator).objects.filter(pk=furnished.administrator.pk).update(language=language)
    home = desk.get(HOME).content.decode()
    assert {"fi": "Ylläpito", "sv": "Administration"}[language] in home
    assert {"fi": "Luovutettu", "sv": "Uppgivna"}[language] in home
