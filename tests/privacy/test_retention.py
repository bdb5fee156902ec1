"""What must go goes on its day, not before it and not later than the night after it; what is held does not."""
# ruff: noqa: E501 - statements of SQL are read best as they stand

import threading
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from dateutil.relativedelta import relativedelta
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from formats.clock import HELSINKI
from privacy.models import Hold, RetentionRun
from privacy.policy import RULES
from privacy.retention import running, tasks
from tests.privacy.conftest import Ask, Change, Night, noon
from vault import content

Cast = Any


def today() -> date:
    return timezone.now().astimezone(HELSINKI).date()


def ago(**span: int) -> Any:
    return noon(today() - relativedelta(**span))  # type: ignore[arg-type]


def close(change: Change, when: Any) -> None:
    change("UPDATE engagements_contract SET agreed_on = '2010-01-01'")
    change("UPDATE engagements_engagement SET state = 'closed', ending = 'completed', closed_at = %s", when)


def count(ask: Ask, table: str) -> int:
    return int(ask(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608


@pytest.fixture
def filled(settled: Cast, change: Change) -> Cast:
    """A process with a memo, a task, a note, a key, a remote link."""
    with asking.acting_as(settled.lead):
        content.Content([]).seal_text(settled.engagement.pk, "Muistio", "memo", settled.session.pk, now=timezone.now())
    lead, session, process = settled.lead.pk, settled.session.pk, settled.engagement.pk
    change(
        "INSERT INTO supervision_memo (id, session_id, rev, sealed, begun_at, updated_at, updated_by_id)"
        " VALUES (gen_random_uuid(), %s, 1, 'x', now(), now(), %s)", session, lead,
    )  # fmt: skip
    change(
        "INSERT INTO supervision_task (id, engagement_id, text, until_next, visibility, to_all, given_by_id, created_at)"
        " VALUES (gen_random_uuid(), %s, 'x', false, 'everyone', true, %s, now())", process, lead,
    )  # fmt: skip
    change(
        "INSERT INTO supervision_note (id, engagement_id, author_id, rev, sealed, turn, created_at, updated_at, begun_at,"
        " milestone) VALUES (gen_random_uuid(), %s, %s, 1, decode(repeat('00', 60), 'hex'), 0, now(), now(), now(), false)",
        process, lead,
    )  # fmt: skip
    change("UPDATE supervision_session SET link = 'https://etana.example/1'")
    return settled


#: By rule: how to make something due (its one value is the moment it is reckoned from), how long it is kept after
#: that, and what then is no more.
DUE: dict[str, tuple[str, dict[str, int], str]] = {
    "content": ("", {"months": 12}, "supervision_memo"),
    "notes": ("", {"months": 6}, "supervision_note"),
    "contract": ("", {"years": 10}, "engagements_contract"),
    "abandoned": (
        "UPDATE engagements_engagement SET state = 'draft', created_at = %s; DELETE FROM supervision_booking;"
        " DELETE FROM supervision_memo; DELETE FROM supervision_session", {"months": 24}, "engagements_engagement",
    ),
    "contacts": (
        "UPDATE accounts_contact SET left_on = %s; DELETE FROM engagements_contractparty WHERE contact_id IS NOT NULL",
        {"months": 12}, "accounts_contact",
    ),
    "messages": (
        "INSERT INTO notifications_message (id, key, kind, obj, occasion, state, next_at, attempts, maybe_sent, message_id,"
        " created_at, smtp_reply, last_error) VALUES (gen_random_uuid(), 'k', 'x', gen_random_uuid(), '', 'dropped', now(),"
        " 0, 0, '', %s, '', '')", {"months": 24}, "notifications_message",
    ),
    "invitations": (
        "INSERT INTO accounts_invitation (id, practice_id, email, kind, language, invited_by_id, created_at, expires_at)"
        " SELECT gen_random_uuid(), practice_id, 'a@b.example', 'supervisor', 'fi', user_id, now(), %s"
        " FROM accounts_membership LIMIT 1", {"months": 6}, "accounts_invitation",
    ),
    "log_ins": (
        "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('k', 'x', %s)", {"days": 1},
        "django_session",
    ),
    "devices": (
        "INSERT INTO usersessions_usersession (user_id, created_at, ip, last_seen_at, session_key, user_agent, data)"
        " SELECT id, now(), '10.0.0.1', %s, 'gone', 'Firefox', '{}' FROM accounts_user LIMIT 1", {"days": 30},
        "usersessions_usersession",
    ),
    "people": (
        "WITH p AS (INSERT INTO accounts_person (id, practice_id, given_name, family_name, email, language)"
        " SELECT gen_random_uuid(), id, 'Irja', 'Irrallinen', '', 'fi' FROM accounts_practice LIMIT 1"
        " RETURNING id) INSERT INTO privacy_loose (person_id, since) SELECT id, %s FROM p", {"months": 3},
        "accounts_person WHERE family_name = 'Irrallinen'",
    ),
    "accounts": (
        "INSERT INTO accounts_user (id, password, last_login, is_superuser, email, full_name, language, is_staff, is_active,"
        " date_joined) VALUES (gen_random_uuid(), 'x', %s, false, 'poissa@a.example', 'Poissa', 'fi', false, true,"
        " '2020-01-01')", {"months": 24}, "accounts_user WHERE email = 'poissa@a.example'",
    ),
    "mail_replies": (
        "INSERT INTO notifications_message (id, key, kind, obj, occasion, state, next_at, attempts, maybe_sent, message_id,"
        " created_at, sent_at, smtp_reply, last_error) VALUES (gen_random_uuid(), 'k', 'x', gen_random_uuid(), '', 'sent',"
        " now(), 0, 0, '', '2020-01-01', %s, '250 ok', '')", {"months": 3},
        "notifications_message WHERE smtp_reply = '250 ok'",
    ),
    "signing_links": (
        "WITH q AS (INSERT INTO engagements_signaturerequest (id, contract_id, person_id, what, state, part, on_behalf, name, turn,"
        " terms_hash, created_at, asked_at, settled_at, reason) SELECT gen_random_uuid(), c.id, p.id, 'contract', 'signed', 'client',"
        " false, 'x', 1, repeat('0', 64), now(), now(), x.v, '' FROM engagements_contract c, accounts_person p,"
        " (SELECT %s::timestamptz AS v) x WHERE NOT EXISTS (SELECT FROM engagements_signaturerequest r"
        " WHERE r.person_id = p.id) LIMIT 1 RETURNING id, settled_at)"
        " INSERT INTO engagements_signinglink (request_id, token_hash, token_until, codes_asked, code_hash, code_tries)"
        " SELECT id, sha256(id::text::bytea), settled_at + interval '1 hour', 0, '', 0 FROM q", {"months": 1},
        "engagements_signinglink WHERE token_hash IS NOT NULL",
    ),
    "answer_links": (
        "WITH a AS (INSERT INTO evaluations_questionnaire (id, kind, name, shipped, created_at, practice_id)"
        " SELECT gen_random_uuid(), 'interim', md5(random()::text), '', now(), id FROM accounts_practice LIMIT 1 RETURNING id),"
        " b AS (INSERT INTO evaluations_version (id, questionnaire_id, number, questions, created_at)"
        " SELECT gen_random_uuid(), id, 1, '[]', now() FROM a RETURNING id),"
        " c AS (INSERT INTO evaluations_round (id, engagement_id, version_id, kind, mode, state, point, closes_on, threshold,"
        " created_by_id, created_at, opened_at, closed_at, closed_how, outcome) SELECT gen_random_uuid(), e.id, b.id, 'interim', 'coded',"
        " 'closed', '', '2020-01-01', 5, e.lead_id, now(), now(), %s, 'day', 'too_few' FROM b, engagements_engagement e LIMIT 1"
        " RETURNING id, engagement_id), d AS (INSERT INTO evaluations_invitation (id, round_id, participation_id, person_id)"
        " SELECT gen_random_uuid(), c.id, p.id, p.person_id FROM c, engagements_participation p WHERE p.engagement_id = c.engagement_id"
        " LIMIT 1 RETURNING id) INSERT INTO evaluations_link (id, invitation_id, token_hash)"
        " SELECT gen_random_uuid(), id, sha256(id::text::bytea) FROM d", {"months": 3}, "evaluations_link",
    ),
    "former": (
        "WITH u AS (INSERT INTO accounts_user (id, password, is_superuser, email, full_name, language, is_staff, is_active,"
        " date_joined) VALUES (gen_random_uuid(), 'x', false, gen_random_uuid() || '@a.example', 'Entinen', 'fi', false,"
        " true, now()) RETURNING id), m AS (INSERT INTO accounts_membership (id, practice_id, user_id, kind, since, until)"
        " SELECT gen_random_uuid(), p.id, u.id, 'supervisor', '2020-01-01', %s FROM u, accounts_practice p LIMIT 1"
        " RETURNING user_id) INSERT INTO supervision_workingtime (user_id, travel_minutes) SELECT user_id, 15 FROM m",
        {"months": 12}, "supervision_workingtime",
    ),
    "holds": (
        "INSERT INTO privacy_hold (id, practice_id, engagement_id, grounds, until, set_by_id, set_at)"
        " SELECT gen_random_uuid(), practice_id, id, 'x', %s, lead_id, '2020-01-01' FROM engagements_engagement LIMIT 1",
        {"months": 24}, "privacy_hold",
    ),
    "runs": (
        "INSERT INTO privacy_retentionrun (started_at, ended_at, counts) VALUES (%s, now(), '{\"planted\": 1}')",
        {"months": 24}, "privacy_retentionrun WHERE counts ->> 'planted' = '1'",
    ),
    "requests": (
        "INSERT INTO privacy_datarequest (id, practice_id, person_id, kind, text, received_at, due_on, extension, outcome,"
        " grounds, decided_at, decided_by_id) SELECT gen_random_uuid(), e.practice_id, p.id, 'erase', 'x', '2015-01-01',"
        " '2015-02-01', '', 'refused', 'x', %s, e.lead_id FROM engagements_engagement e JOIN accounts_person p"
        " ON p.practice_id = e.practice_id LIMIT 1", {"months": 24}, "privacy_datarequest",
    ),
    "duties": (
        "INSERT INTO privacy_dutyreport (id, author_id, reported_at, ground, authority, reference, written_at)"
        " SELECT gen_random_uuid(), lead_id, '2010-01-01', 'lastensuojelulaki', 'police', '', %s"
        " FROM engagements_engagement LIMIT 1", {"years": 10}, "privacy_dutyreport",
    ),
    "incidents": (
        "INSERT INTO privacy_incident (id, practice_id, discovered_at, not_reported, rev) SELECT gen_random_uuid(), id, %s,"
        " true, 0 FROM accounts_practice LIMIT 1", {"years": 10}, "privacy_incident",
    ),
    "imports": (
        "INSERT INTO transfer_importbatch (id, practice_id, by_id, kind, state, name, layouts, counts, created_at)"
        " SELECT gen_random_uuid(), practice_id, lead_id, 'work', 'left', 'x.xlsx', '[]', '{}', %s"
        " FROM engagements_engagement LIMIT 1", {"months": 12}, "transfer_importbatch",
    ),
    "addresses_to_prove": (
        "WITH e AS (INSERT INTO account_emailaddress (user_id, email, verified, \"primary\") SELECT id,"
        " gen_random_uuid() || '@a.example', false, false FROM accounts_user LIMIT 1 RETURNING id)"
        " INSERT INTO account_emailconfirmation (email_address_id, created, key) SELECT e.id, x.v, md5(x.v::text)"
        " FROM e, (SELECT %s::timestamptz AS v) x", {"days": 30}, "account_emailconfirmation",
    ),
    "admin_log": (
        "INSERT INTO django_admin_log (action_time, object_repr, action_flag, change_message, user_id)"
        " SELECT %s, 'x', 1, '', id FROM accounts_user LIMIT 1", {"months": 24}, "django_admin_log",
    ),
    "busy_times": (
        "INSERT INTO supervision_busycalendar (id, user_id, place, name, added_at, failures, fault, etag, last_modified, unread)"
        " SELECT gen_random_uuid(), id, 1, '', now(), 0, '', '', '', 0 FROM accounts_user LIMIT 1; "
        "INSERT INTO supervision_busytime (calendar_id, during)"
        " SELECT c.id, tstzrange(x.v - interval '1 hour', x.v) FROM supervision_busycalendar c,"
        " (SELECT %s::timestamptz AS v) x", {"days": 30}, "supervision_busytime",
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", DUE)
def test_nothing_goes_before_its_day_and_nothing_stays_after_it(
    filled: Cast, change: Change, ask: Ask, night: Night, rule: str
) -> None:
    making, kept, table = DUE[rule]
    eve, day = (ago(**kept) + timedelta(days=1)), ago(**kept)
    for moment, goes in ((eve, False), (day, True)):
        if not making:
            close(change, moment)
        else:
            for each in making.split("; "):
                change(each, *([moment] if "%s" in each else []))
        before = count(ask, table)
        run = night()
        if goes:
            assert run.counts[rule] >= 1
            assert count(ask, table) < before
        else:
            assert rule not in run.counts
            assert count(ask, table) == before > 0
            if not making.startswith("UPDATE") and making:
                change(f"DELETE FROM {table}")  # noqa: S608
                change("DELETE FROM supervision_busycalendar")
    assert rule not in night().counts


def test_every_rule_has_a_test_of_its_day() -> None:
    """Books and trips go at a new year: of these below."""
    assert set(RULES) - set(DUE) == {"books", "trips"}


@pytest.mark.parametrize(("years", "goes"), [(6, False), (7, True)])
def test_a_trip_goes_at_the_seventh_new_year_and_a_held_one_does_not(
    filled: Cast, change: Change, ask: Ask, night: Night, years: int, goes: bool
) -> None:
    lead, session = filled.lead.pk, filled.session.pk
    change(
        "UPDATE supervision_session SET starts_at = %s, ends_at = %s::timestamptz + interval '1 hour'",
        *[date(today().year - years, 12, 31)] * 2,
    )
    change(
        "INSERT INTO billing_trip (session_id, kilometres, minutes, receipts, changed_at, changed_by_id)"
        " VALUES (%s, 1, 0, 0, now(), %s)", session, lead,
    )  # fmt: skip
    change(
        "INSERT INTO privacy_hold (id, practice_id, engagement_id, grounds, until, set_by_id, set_at)"
        " VALUES (gen_random_uuid(), %s, %s, 'x', %s, %s, now())",
        filled.practice.pk, filled.engagement.pk, today() + timedelta(days=9), lead,
    )  # fmt: skip
    assert "trips" not in night().counts
    change("DELETE FROM privacy_hold")
    assert night().counts.get("trips", 0) == (1 if goes else 0)
    assert count(ask, "billing_trip") == (0 if goes else 1)


def test_the_contract_s_own_terms_win(filled: Cast, change: Change, ask: Ask, night: Night) -> None:
    change("UPDATE engagements_contract SET memo_months = 3, notes_months = 36")
    close(change, ago(months=3))
    assert night().counts["content"] == 2
    assert (count(ask, "supervision_memo"), count(ask, "supervision_note")) == (0, 1)
    assert ask("SELECT link FROM supervision_session WHERE link <> ''") == []
    close(change, ago(months=36))
    assert night().counts["notes"] == 1
    assert count(ask, "supervision_note") == 0


def test_what_is_kept_for_bookkeeping_keeps_its_process_and_goes_at_new_year(
    filled: Cast, change: Change, ask: Ask, night: Night
) -> None:
    change(
        "INSERT INTO billing_basis (id, practice_id, lead_id, payer, month, number, facts, invoice_number, invoiced_at,"
        " invoiced_by_id) SELECT gen_random_uuid(), practice_id, lead_id, client_id, '2020-01-01', 1001, '{}', '', now(),"
        " lead_id FROM engagements_engagement WHERE client_id IS NOT NULL",
    )
    change(
        "INSERT INTO billing_line (id, basis_id, engagement_id, session_id, position, kind, corrects, at, percent, quantity, unit, price,"
        " net, vat_class, vat_rate, vat_reason, order_reference, framework_reference) SELECT gen_random_uuid(), b.id, %s, %s, 1,"
        " 'session', false, now(), 100, 1, 'session', 1, 1, 'standard', 25.5, '', '', '' FROM billing_basis b",
        filled.engagement.pk, filled.session.pk,
    )  # fmt: skip
    close(change, ago(years=10))
    for years, goes in ((6, False), (7, True)):
        change("UPDATE billing_basis SET invoiced_at = %s", noon(date(today().year - years, 12, 31)))
        counts = night().counts
        assert ("books" in counts) is goes
        assert count(ask, "billing_line") == int(not goes)
        assert (count(ask, "engagements_engagement") == 0) is goes  # the one without lines went at once


def test_a_closed_process_goes_whole(filled: Cast, change: Change, ask: Ask, night: Night) -> None:
    close(change, ago(years=10))
    assert night().counts["contract"] == 2
    left = "engagements_engagement engagements_contract supervision_session engagements_participation vault_contentkey"
    assert {table: count(ask, table) for table in left.split()} == dict.fromkeys(left.split(), 0)
    assert ask("SELECT count(*) FROM audit_entry WHERE event = 'retention.contract'") == [(2,)]
    assert ask("SELECT count(*) FROM privacy_passage") == [(0,)]
    # Who is in nothing from now on goes three months later.
    assert count(ask, "privacy_loose") >= 6
    people = count(ask, "accounts_person")
    change("UPDATE privacy_loose SET since = %s", today() - relativedelta(months=3) + timedelta(days=1))
    assert "people" not in night().counts
    change("UPDATE privacy_loose SET since = %s", today() - relativedelta(months=3))
    gone = night().counts["people"]
    assert gone >= 6
    assert count(ask, "accounts_person") == people - gone


def test_what_is_held_stays_until_the_hold_is_lifted_or_over(
    filled: Cast, change: Change, ask: Ask, night: Night
) -> None:
    with asking.acting_as(filled.lead):
        Hold.objects.create(
            practice=filled.practice, engagement=filled.engagement, grounds="Vahingonkorvausvaatimus",
            until=today() + timedelta(days=30), set_by=filled.lead,
        )  # fmt: skip
    close(change, ago(years=11))
    night()
    assert ask("SELECT id FROM engagements_engagement") == [(filled.engagement.pk,)]
    assert (count(ask, "supervision_memo"), count(ask, "supervision_note"), count(ask, "vault_contentkey")) == (1, 1, 1)
    change("UPDATE privacy_hold SET until = %s", today() - timedelta(days=1))
    night()
    assert count(ask, "engagements_engagement") == 0


def test_a_hold_on_a_person_keeps_their_processes(filled: Cast, change: Change, ask: Ask, night: Night) -> None:
    with asking.acting_as(filled.practice_admin):
        Hold.objects.create(
            practice=filled.practice, person=filled.people[1], grounds="Vaatimus", until=today(),
            set_by=filled.practice_admin,
        )  # fmt: skip
    close(change, ago(years=11))
    night()
    assert ask("SELECT id FROM engagements_engagement") == [(filled.engagement.pk,)]
    change("UPDATE privacy_hold SET lifted_at = now(), lifted_by_id = set_by_id")
    night()
    assert count(ask, "engagements_engagement") == 0


def test_a_run_that_is_cut_off_goes_on_the_next_time(
    filled: Cast, change: Change, ask: Ask, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two rules: what went is gone, the rest goes the next night."""
    close(change, ago(years=10))
    whole = running.let_go

    def killed(rule: str, batch: int) -> int:
        if rule == "contract":
            raise KeyboardInterrupt
        return whole(rule, batch)

    with monkeypatch.context() as broken:
        broken.setattr(running, "let_go", killed)
        with pytest.raises(KeyboardInterrupt):
            night()
    assert (count(ask, "supervision_memo"), count(ask, "engagements_engagement")) == (0, 2)
    assert night().counts["contract"] == 2
    assert ask("SELECT count(*) FROM privacy_retentionrun WHERE ended_at IS NULL") == [(1,)]


def test_a_connection_killed_within_a_batch_leaves_it_whole(
    filled: Cast, change: Change, ask: Ask, night: Night, superuser_address: str
) -> None:
    close(change, ago(years=10))
    with psycopg.connect(superuser_address) as half:
        half.execute("SELECT sec.let_go('contract', 1)")
        half.cancel_safe()
        half.rollback()
    assert count(ask, "engagements_engagement") == 2
    assert night().counts["contract"] == 2


def test_two_at_once_let_everything_go_once(filled: Cast, change: Change, ask: Ask, superuser_address: str) -> None:
    close(change, ago(years=10))
    gone: list[int] = []

    def go() -> None:
        with psycopg.connect(superuser_address, autocommit=True) as each:
            for _ in range(3):
                gone.append(each.execute("SELECT sec.let_go('contract', 1)").fetchone()[0])  # type: ignore[index]

    both = [threading.Thread(target=go) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sum(gone) == 2
    assert count(ask, "engagements_engagement") == 0


def test_only_the_worker_runs_it_and_cannot_name_a_day_or_a_thing(cast: Cast, settings: Any) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        running.let_go("messages", 1)
    with pytest.raises(Exception, match="role worker"):
        tasks.retention()


@pytest.mark.parametrize(
    "table", ["engagements_contract", "documents_sealedfile", "privacy_passage", "supervision_memo"]
)
def test_the_worker_itself_deletes_nothing(settled: Cast, table: str) -> None:
    with (
        as_role(Role.WORKER),
        pytest.raises(DatabaseError, match="permission denied"),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608


def test_what_was_agreed_and_signed_still_never_changes_for_anybody_else(
    settled: Cast, superuser: psycopg.Connection[Any]
) -> None:
    for verb in ("UPDATE engagements_contract SET more_terms = 'x'", "DELETE FROM engagements_contract"):
        with pytest.raises(psycopg.Error, match="an agreed contract never changes"):
            superuser.execute(verb)
    superuser.execute('SET ROLE "tyonohjaus_app"')
    with pytest.raises(psycopg.Error, match="permission denied"):
        superuser.execute("SELECT sec.pass(true)")


def test_a_run_knows_counts_alone(filled: Cast, change: Change, night: Night) -> None:
    close(change, ago(years=10))
    run = night()
    assert run.ended_at
    assert run.total == sum(run.counts.values())
    assert set(run.counts) <= {*RULES, "keys"}
    assert RetentionRun._meta.get_field("counts")


def test_every_rule_is_known_to_the_database(settled: Cast, night: Night) -> None:
    night()
    with as_role(Role.WORKER):
        for rule in RULES:
            assert running.let_go(rule, 10) == 0
