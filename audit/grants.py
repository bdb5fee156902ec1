"""What each database role may do with each table.

Said once and applied after every `migrate`. `app` may read and write what is not named here as less; the worker and
the admin have only what is named, what their work needs, and never the content of supervision. The functions of schema
`sec` answer to `app` alone, but those of `ADMIN_ASKS`, `WORKER_ASKS` and `SEC_ASKS`.
"""

import re
from collections.abc import Iterable

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from audit.roles import Role

NOTHING = ""
ALL = "SELECT, INSERT, UPDATE, DELETE"
READ = "SELECT"
APPEND = "SELECT, INSERT"
WRITE = "SELECT, INSERT, UPDATE"

#: Tables on which `app` has less than everything.
APP = {
    "audit_entry": APPEND,
    "audit_head": READ,
    "django_migrations": READ,
    "django_content_type": READ,
    "auth_permission": READ,
    "auth_group": READ,
    "auth_group_permissions": READ,
    "engagements_signature": APPEND,
    "engagements_subgroup": "SELECT, INSERT, DELETE, UPDATE (name, ended_on)",
    "engagements_subgroupmember": "SELECT, INSERT, DELETE, UPDATE (until)",
    "documents_sealedfile": READ,
    # An address that a provider vouches for is the identity: what allauth would keep of it stays empty, and its
    # look-up reads the one.
    "socialaccount_socialaccount": READ,
    "socialaccount_socialapp": NOTHING,
    "socialaccount_socialtoken": NOTHING,
    "vault_erasure": "INSERT",
    "supervision_boardentry": "SELECT, INSERT, UPDATE (text, theme, changed_at, removed_at, removed_by_id), DELETE",
    "supervision_booking": READ,
    "supervision_busycalendar": "SELECT, INSERT, DELETE, UPDATE (next_at, tried_at, read_at, whole_at, unread)",
    "supervision_busytime": "SELECT, INSERT, DELETE",
    # That somebody cannot come is said by a function. What was offered stays; it is withdrawn or settled once.
    # (DELETE is for what goes with its process or its session; no policy lets anybody delete a row by itself.)
    "supervision_cannotcome": "SELECT, DELETE",
    "supervision_offer": "SELECT, INSERT, DELETE, UPDATE (withdrawn_at, settled_at, settled_by_id, session_id)",
    "supervision_offeredtime": "SELECT, INSERT, DELETE",
    "supervision_timeanswer": "SELECT, INSERT, DELETE, UPDATE (answer, at, recorded_by_id)",
    "supervision_facilitationtemplate": "SELECT, INSERT, UPDATE (phase, title, text, archived_at)",
    "supervision_phasebyhand": "SELECT, INSERT, DELETE, UPDATE (phase, by_id, at)",
    "supervision_progress": "SELECT, INSERT, DELETE",
    # Where a session is for a sub-group, that is said or taken back. A theme keeps its words, and who supports it.
    "supervision_sessionsubgroup": "SELECT, INSERT, DELETE",
    "supervision_themeproposal": "SELECT, INSERT, DELETE, UPDATE (text, removed_at, removed_by_id)",
    "supervision_themesupport": "SELECT, INSERT, DELETE",
    "supervision_series": APPEND,
    "supervision_shift": APPEND,
    # Who sees the answers of a task never changes, nor which task and whose an answer is.
    "supervision_task": "SELECT, INSERT, UPDATE (text, session_id, due_on, until_next, to_all, closed_at,"
    " discussed_at, discussed_in_id)",
    "supervision_taskfor": "SELECT, INSERT, DELETE",
    "supervision_taskanswer": "SELECT, INSERT, UPDATE (rev, text, answered_at, updated_at)",
    "supervision_answerfile": "SELECT, INSERT, DELETE",
    "supervision_answerfilecontent": "SELECT, INSERT, DELETE",
    "supervision_answercomment": "SELECT, INSERT, DELETE",
    "supervision_answerread": "SELECT, INSERT, UPDATE (at)",
    # What is sealed for one session stays with it; a point of an agenda goes on to another, but says the same there.
    "supervision_fee": "SELECT, INSERT, DELETE, UPDATE (waived_at, waived_by_id, waived_reason)",
    "supervision_word": "SELECT, INSERT, DELETE, UPDATE (text, archived_at)",
    "supervision_sessionword": "SELECT, INSERT, DELETE",
    "supervision_memo": "SELECT, INSERT, DELETE, UPDATE (rev, sealed, begun_at, updated_at, updated_by_id)",
    "supervision_memoversion": "SELECT, INSERT, DELETE",
    "supervision_memoaddition": "SELECT, INSERT, DELETE, UPDATE (sealed, changed_at)",
    "supervision_agendaitem": "SELECT, INSERT, DELETE, UPDATE (session_id, done)",
    # Who has answered, by which link and what, no page can read: functions take answers in and give them out.
    "evaluations_round": "SELECT, INSERT, DELETE, UPDATE (version_id, mode, state, session_id, opens_on, closes_on,"
    " threshold, opened_at, closing_asked_at)",
    "evaluations_invitation": "SELECT, INSERT, DELETE, UPDATE (sent_for)",
    "evaluations_link": NOTHING,
    "evaluations_used": NOTHING,
    "evaluations_response": NOTHING,
    "evaluations_draft": "SELECT, INSERT, DELETE, UPDATE (sealed)",
    # Figures over many processes come from a function; what a client told of a year stays, and is told anew.
    "evaluations_crowd": NOTHING,
    "evaluations_entered": NOTHING,
    "evaluations_yeartotals": APPEND,
    "evaluations_agreedchange": "SELECT, INSERT, DELETE, UPDATE (looked_at_in_id, looked_at, looked_by_id, outcome,"
    " remark)",
    # A report goes its way by steps; its wordings, and what is answered to them, stay. Functions release it.
    "reports_report": "SELECT, INSERT, DELETE, UPDATE (state, shared_at, shared_from, asked_at, answer_by,"
    " handed_by_id, handed_at, leaves_at, stopped_at, withdrawn_at, withdrawn_by_id, withdrawn_why)",
    "reports_revision": "SELECT, INSERT, DELETE, UPDATE (pdf, pdf_sha256)",
    "reports_asked": "SELECT, INSERT, DELETE, UPDATE (answer_by)",
    "reports_answer": "SELECT, INSERT, DELETE",
    "reports_handover": "SELECT, INSERT, DELETE",
    "reports_recipient": "SELECT, DELETE",
    "reports_acknowledgement": "SELECT, INSERT, DELETE",
    "reports_remark": "SELECT, INSERT, DELETE, UPDATE (outcome, reply, settled_by_id, settled_at)",
    "reports_readupto": "SELECT, INSERT, DELETE, UPDATE (number, at)",
    # That something was reported is written down once; a correction is another row.
    "privacy_dutyreport": APPEND,
    # What is kept of a case stays as it was gone through.
    "portfolio_case": "SELECT, INSERT, DELETE, UPDATE (taken_on)",
    # What somebody has committed themselves to stays; a file is brought or taken away, never another.
    "portfolio_commitment": APPEND,
    "portfolio_keptfile": "SELECT, INSERT, DELETE",
    "portfolio_keptcontent": "SELECT, INSERT, DELETE",
    # What somebody asks about their data stays as they asked it; what is written of a breach stays too.
    "privacy_datarequest": "SELECT, INSERT, UPDATE (extended_at, extension, outcome, grounds, decided_at,"
    " decided_by_id)",
    "privacy_incident": "SELECT, INSERT, UPDATE (discovered_at, reported_at, not_reported, told_at, rev)",
    "privacy_incidentversion": APPEND,
    # What was invoiced is written by one function, and stays.
    "billing_basis": READ,
    "billing_line": READ,
    # A hold is set and lifted; what the nightly runs note is none of the application's business.
    "privacy_hold": "SELECT, INSERT, UPDATE (lifted_at, lifted_by_id), DELETE",
    "privacy_loose": NOTHING,
    "privacy_passage": NOTHING,
    "privacy_retentionrun": NOTHING,
    # What a spreadsheet brought in is written down once; which installation may receive a practice, its owner accepts.
    "transfer_importbatch": "SELECT, INSERT, UPDATE (state, layouts, counts, made, imported_at, undone_at)",
    "transfer_importfile": "SELECT, INSERT, DELETE",
    "transfer_receiver": "SELECT, INSERT, DELETE",
    "documents_attachment": "SELECT, INSERT, UPDATE (name, withdrawn_at, withdrawn_by_id, withdrawn_reason)",
    "documents_attachmentcontent": "SELECT, INSERT, DELETE",
}

#: The worker plans and sends messages: it reads frames and addresses, and writes messages. It seals files and keeps
#: them; what it has kept it may find again, but not read.
WORKER = {
    "accounts_user": READ,
    "accounts_person": READ,
    "accounts_practice": READ,
    "accounts_contact": READ,
    "accounts_invitation": "SELECT, UPDATE (token_hash)",
    "documents_sealedfile": "SELECT (id, kind, obj, practice_id, sha256, size, terms_hash, pages, sealed_at,"
    " certificate), INSERT",
    "engagements_engagement": READ,
    "engagements_cosupervisor": READ,
    "engagements_participation": READ,
    # Whom a session of a sub-group is for.
    "engagements_subgroup": "SELECT (id, engagement_id)",
    "engagements_subgroupmember": READ,
    "supervision_sessionsubgroup": READ,
    "engagements_signaturerequest": "SELECT (id, contract_id, what, state, part, user_id, person_id, turn, deadline,"
    " created_at, asked_at, settled_at)",
    # What the contract says of when things are due, and of nothing else.
    "engagements_contract": "SELECT (id, engagement_id, version, state, agreed_on, valid_from, sessions_agreed,"
    " trial_sessions, evaluation_baseline, evaluation_interim, evaluation_final)",
    "engagements_event": "INSERT",
    "engagements_signature": "SELECT (id, request_id)",
    "engagements_signinglink": "SELECT, UPDATE (token_hash, token_until, used_at, code_hash, code_until, code_tries)",
    "engagements_proposal": "SELECT (id, request_id, at, answered_at)",
    "supervision_session": READ,
    "supervision_shift": READ,
    "supervision_calendarmail": READ,
    # It fetches other calendars of supervisors and keeps when they are taken; what they call them is not its business.
    "supervision_busycalendar": "SELECT (id, user_id, sealed, tried_at, whole_at, next_at, failures, etag,"
    " last_modified), UPDATE (tried_at, read_at, whole_at, next_at, fault, failures, etag, last_modified, unread)",
    "supervision_busytime": "SELECT, INSERT, DELETE",
    "supervision_cannotcome": READ,
    # Which times are offered until when, and who has answered; never where one would meet, nor what was answered.
    "supervision_offer": "SELECT (id, engagement_id, kind, answer_by, created_at, withdrawn_at, settled_at,"
    " settled_by_id, session_id)",
    "supervision_timeanswer": "SELECT (id, time_id, participation_id, at, recorded_by_id)",
    "supervision_offeredtime": READ,
    # That there is a task, for whom, by when, and whether it was answered; never a text.
    "supervision_task": "SELECT (id, engagement_id, session_id, due_on, until_next, to_all, created_at, closed_at,"
    " discussed_at)",
    "supervision_taskfor": READ,
    "supervision_taskanswer": "SELECT (id, task_id, participation_id, answered_at)",
    # It opens and closes rounds, knows who has answered and nudges the others; never what was asked or answered.
    "evaluations_round": "SELECT, UPDATE (state, threshold, opened_at)",
    "evaluations_invitation": "SELECT, INSERT, UPDATE (sent_for)",
    "evaluations_link": APPEND,
    "evaluations_used": READ,
    "evaluations_crowd": "SELECT, INSERT, UPDATE (full_at, threshold, people, answered_both)",
    "evaluations_entered": APPEND,
    # It asks who has joined, hands over and tells; a text it sees only when it seals one that is handed over.
    "reports_report": READ,
    "reports_revision": "SELECT (id, report_id, number)",
    "reports_asked": READ,
    "reports_answer": "SELECT (id, report_id, revision_id, participation_id, verdict, recorded_by_id, at)",
    "reports_recipient": READ,
    # That somebody has asked or was answered, and that the hours of a breach run; never a word of it.
    "privacy_datarequest": "SELECT (id, practice_id, person_id, engagement_id, author_id, kind, received_at, due_on,"
    " extended_at, decided_at)",
    "privacy_incident": READ,
    # Spreadsheets that nobody went on with go after a day; it never sees what is in one.
    "transfer_importfile": "SELECT (batch_id, until), DELETE",
    "notifications_message": WRITE,
    "notifications_preference": READ,
    "privacy_retentionrun": WRITE,
    "accounts_membership": READ,
    "audit_entry": APPEND,
    "audit_head": READ,
    "django_migrations": READ,
    "django_content_type": READ,
    "django_session": "SELECT, DELETE",
}

#: The admin site's own role. Of supervision it reads frames, which are views; where a table has columns that are no
#: business of an administrator, it has the others by name: a query for the whole row is refused.
ADMIN = {
    "accounts_user": "SELECT, UPDATE (full_name, language, is_active, is_staff, is_superuser)",
    "accounts_practice": "SELECT, UPDATE (name, business_id, vat_standing, street, postcode, city, email, phone,"
    " reminder_hours)",
    "accounts_membership": "SELECT, INSERT, UPDATE (until)",
    "accounts_clientorganisation": "SELECT (id, practice_id, name, business_id, sector, public_body, sort_key)",
    "accounts_invitation": "SELECT (id, practice_id, email, kind, language, created_at, expires_at, accepted_at,"
    " revoked_at)",
    "engagements_frame": READ,
    "engagements_contracttemplate": "SELECT (id, practice_id, name, form, archived_at), UPDATE (archived_at)",
    "supervision_frame": READ,
    "reports_frame": READ,
    "notifications_message": READ,
    "privacy_retentionrun": READ,
    "mfa_authenticator": "SELECT (user_id, type)",
    "django_admin_log": APPEND,
    "django_content_type": READ,
    "auth_permission": READ,
    "auth_group": READ,
    "auth_group_permissions": READ,
    "accounts_user_groups": READ,
    "accounts_user_user_permissions": READ,
    "audit_entry": APPEND,
    "audit_head": READ,
    "django_migrations": READ,
}

#: Functions of schema `sec` that answer to the admin site and to nobody else.
ADMIN_ASKS = {"sec.try_again(uuid)"}
#: … and to the worker and to nobody else.
WORKER_ASKS = {
    "sec.to_seal(integer)",
    "sec.beat_lease(uuid,double precision,jsonb)",
    "sec.destroy_due_keys(uuid[])",
    "sec.keys_going(date,date)",
    "sec.let_go(text,integer)",
    "sec.answers_in(uuid)",
    "sec.ask_joiners(timestamp with time zone)",
    "sec.offer_left(uuid,timestamp with time zone)",
    "sec.orderers_of(uuid)",
    "sec.release_report(uuid,timestamp with time zone)",
    "sec.report_lines(uuid,text,timestamp with time zone)",
    "sec.report_people(uuid,timestamp with time zone)",
    "sec.report_readers(uuid,timestamp with time zone)",
    "sec.report_silence(uuid,timestamp with time zone)",
    "sec.report_stops(uuid,timestamp with time zone)",
    "sec.reports_leaving(timestamp with time zone)",
    "sec.rounds_alike(uuid)",
    "sec.settle_round(uuid,text,text)",
    "sec.stop_report(uuid,timestamp with time zone)",
    "sec.toto_thin(timestamp with time zone,uuid[])",
}
#: … to one another and to nobody else.
SEC_ASKS = {
    "sec.crowds_go(uuid[])",
    "sec.drop_person(uuid)",
    "sec.drop_user(uuid)",
    "sec.empty_engagement(uuid)",
    "sec.erase_now(uuid)",
    "sec.find_loose()",
    "sec.in_something()",
    "sec.lasting(uuid[])",
    "sec.notes_of_go(uuid)",
    "sec.only_here(uuid)",
    "sec.pass(boolean)",
    "sec.payer_of(uuid)",
    "sec.remove_engagement(uuid)",
    "sec.retention_due(text,date,uuid[])",
    "sec.untaken_times(uuid,timestamp with time zone)",
}


def apply(tables: Iterable[str] | None = None) -> None:
    """Grant to every role what this file says, and take back everything else. To be run as the owner."""
    tables = set(tables or connection.introspection.table_names())
    readable = tables | views()
    with connection.cursor() as cursor:
        roles = [Role.APP, Role.WORKER, Role.ADMIN, Role.SEC, Role.BACKUP]
        names = sql.SQL(", ").join(identifier(role) for role in roles)
        keep_to_roles(cursor, names)
        cursor.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(names))
        grant(cursor, Role.APP, {table: APP.get(table, ALL) for table in tables})
        grant(cursor, Role.WORKER, {table: verbs for table, verbs in WORKER.items() if table in tables})
        grant(cursor, Role.ADMIN, {table: verbs for table, verbs in ADMIN.items() if table in readable})
        grant(cursor, Role.SEC, dict.fromkeys(tables, ALL))
        grant(cursor, Role.BACKUP, dict.fromkeys(tables, READ))
        # Numbers come from identity columns, which need no grant; a backup writes down where they stand.
        cursor.execute(sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(names))
        cursor.execute(sql.SQL("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(identifier(Role.BACKUP)))
        close_functions(cursor, names)


def views() -> set[str]:
    """Return the names of the views: windows on a few columns, for the role that is named here and for no other."""
    introspection = connection.introspection
    return set(introspection.table_names(include_views=True)) - set(introspection.table_names())


def identifier(role: Role) -> sql.Identifier:
    return sql.Identifier(settings.DATABASE_ROLE_NAMES[role])


def columns(cursor: CursorWrapper) -> dict[str, set[str]]:
    """Return by table the columns that are there."""
    cursor.execute(
        "SELECT c.relname, array_agg(a.attname::text) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped GROUP BY c.relname"
    )
    return {table: set(names) for table, names in cursor.fetchall()}


def of_columns(verbs: str, there: set[str]) -> str:
    """Return `verbs` without the columns that are not there: an upgrade that was gone back from lacks the newest."""

    def kept(verb: re.Match[str]) -> str:
        names = [name for name in verb[2].split(", ") if name in there]
        return f"{verb[1]} ({', '.join(names)})" if names else ""

    granted = re.sub(r"(\w+) \(([^)]*)\)", kept, verbs)
    return ", ".join(part for part in re.split(r", (?![^(]*\))", granted) if part)


def keep_to_roles(cursor: CursorWrapper, names: sql.Composed) -> None:
    """Close database and schemas to every role of the cluster but ours; ours connect and make nothing, not even for a
    session: whoever can make a table can put one before another's in a search path.
    """
    cursor.execute(
        "SELECT current_database(), pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public'"
    )
    name, ours = cursor.fetchone()
    database = sql.Identifier(name)
    cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC, {}").format(database, names))
    cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, names))
    if ours:  # before PostgreSQL 15 the schema is the superuser's, and open to all
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public, sec TO {}").format(names))


def close_functions(cursor: CursorWrapper, names: sql.Composed) -> None:
    """Let `app` call the functions that its policies and pages ask, and `admin` its own; triggers are fired alone."""
    cursor.execute(sql.SQL("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sec FROM PUBLIC, {}").format(names))
    cursor.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'sec'::regnamespace"
        " AND prorettype <> 'trigger'::regtype"
    )
    functions = [signature for (signature,) in cursor.fetchall()]
    asks = {Role.ADMIN: ADMIN_ASKS, Role.WORKER: WORKER_ASKS, Role.SEC: SEC_ASKS}
    for signature in functions:
        caller = next((role for role, theirs in asks.items() if signature in theirs), Role.APP)
        cursor.execute(
            sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}, {}").format(
                sql.SQL(signature), identifier(caller), identifier(Role.SEC)
            )
        )


def grant(cursor: CursorWrapper, role: Role, privileges: dict[str, str]) -> None:
    name = sql.Identifier(settings.DATABASE_ROLE_NAMES[role])
    there = columns(cursor)
    for table, wanted in sorted(privileges.items()):
        verbs = of_columns(wanted, there[table])
        if verbs == NOTHING:
            continue
        cursor.execute(sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(verbs), sql.Identifier(table), name))
