"""When what goes, what the law keeps, and how a person is erased: said once, by the clock of the database.

No day is taken from a caller: nobody who can call any of this lets anything go early. `privacy/policy` says in words what
stands here in figures, and a test holds the two together.
"""

from importlib import import_module

from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

SEC = role(Role.SEC)
UID = "(SELECT sec.uid())"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ADMINISTERED = "ANY(ARRAY(SELECT sec.administered_practices()))"
TODAY = "(clock_timestamp() AT TIME ZONE 'Europe/Helsinki')::date"

DESTROY_BEFORE = import_module("vault.migrations.0004_destruction").DESTROY
DUE_BEFORE = import_module("vault.migrations.0004_destruction").due
GOING_BEFORE = import_module("vault.migrations.0005_keys_about_to_go").GOING

# --- past the rules that nothing changes ----------------------------------------------------------------------------

PASSING = "SELECT EXISTS (SELECT FROM privacy_passage p WHERE p.transaction = pg_current_xact_id()::text)"
OPEN = """
BEGIN
  DELETE FROM privacy_passage;
  IF opened THEN INSERT INTO privacy_passage (transaction) VALUES (pg_current_xact_id()::text); END IF;
END
"""
#: What never changes, and goes all the same when its time has come.
GUARDS = {
    "accounts_person": ["keep_address"],
    "engagements_contract": ["agreed_stays", "offered_stays"],
    "engagements_contractparty": ["agreed_stays"],
    "engagements_reportingclause": ["agreed_stays"],
    "engagements_signaturerequest": ["request_keeps"],
    "engagements_signature": ["refuse_change"],
    "engagements_goallevels": ["levels_stay"],
    "documents_sealedfile": ["refuse_change"],
    "documents_attachment": ["scan_stays"],
    "billing_basis": ["billing_basis_stays"],
    "billing_line": ["billing_line_stays"],
    "reports_report": ["report_stays"],
    "reports_revision": ["wording_stays"],
    "privacy_incidentversion": ["stays"],
}


def guards(find: str, put: str) -> str:
    """Return the SQL that makes the triggers of GUARDS anew, with their definitions changed."""
    names = ", ".join(f"('{table}', '{name}')" for table, names in GUARDS.items() for name in names)
    return f"""
    DO $do$ DECLARE one record; BEGIN
      FOR one IN SELECT t.tgname, t.tgrelid::regclass AS place, t.tgfoid::regprocedure AS calls,
                        pg_get_triggerdef(t.oid) AS made FROM pg_trigger t
                  WHERE (t.tgrelid::regclass::text, t.tgname) IN ({names}) LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO CURRENT_USER', one.calls);
        EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.place);
        EXECUTE regexp_replace(one.made, {find}, {put});
      END LOOP;
    END $do$;
    """


LET = (
    guards("'FOR EACH ROW WHEN \\((.*)\\) EXECUTE'", "'FOR EACH ROW WHEN (\\1 AND NOT sec.passing()) EXECUTE'")
    + guards("'FOR EACH ROW EXECUTE'", "'FOR EACH ROW WHEN (NOT sec.passing()) EXECUTE'")
)  # fmt: skip
REFUSE = (
    guards("'WHEN \\(\\(NOT sec.passing\\(\\)\\)\\) '", "''")
    + guards("' AND \\(NOT sec.passing\\(\\)\\)'", "''")
)  # fmt: skip

# --- when -----------------------------------------------------------------------------------------------------------

# The days of a closed process: its contract's terms win, where it has none what is usual holds. Claims from a contract
# become time-barred ten years after its breach at the latest (728/2003, section 7); what was invoiced has its own years.
LASTING = """
  SELECT e.id, e.practice_id, c.day,
         (c.day + make_interval(months => coalesce(agreed.notes_months, 6)::int))::date,
         (c.day + make_interval(months => coalesce(agreed.memo_months, 12)::int))::date,
         greatest((c.day + interval '10 years')::date,
                  (SELECT max(make_date(extract(year FROM b.invoiced_at AT TIME ZONE 'Europe/Helsinki')::int + 7, 1, 1))
                     FROM billing_line l JOIN billing_basis b ON b.id = l.basis_id WHERE l.engagement_id = e.id)),
         sec.held(e.id)
    FROM engagements_engagement e
   CROSS JOIN LATERAL (SELECT (e.closed_at AT TIME ZONE 'Europe/Helsinki')::date AS day) c
    LEFT JOIN LATERAL (
         SELECT k.notes_months, k.memo_months FROM engagements_contract k
          WHERE k.engagement_id = e.id AND k.state = 'agreed' AND coalesce(k.valid_from, k.agreed_on) <= c.day
          ORDER BY k.version DESC LIMIT 1) agreed ON true
   WHERE e.state = 'closed' AND NOT e.example AND (among IS NULL OR e.practice_id = ANY(among))
"""
HELD = f"""
  SELECT EXISTS (
    SELECT FROM privacy_hold h WHERE h.lifted_at IS NULL AND h.until >= {TODAY} AND (
      h.engagement_id = target
      OR h.person_id IN (SELECT a.person_id FROM engagements_participation a WHERE a.engagement_id = target)
      OR h.person_id IN (SELECT q.person_id FROM engagements_contractparty q
                           JOIN engagements_contract k ON k.id = q.contract_id WHERE k.engagement_id = target)))
"""
HELD_PERSON = f"""
  SELECT EXISTS (
    SELECT FROM privacy_hold h WHERE h.lifted_at IS NULL AND h.until >= {TODAY} AND (
      h.person_id = target
      OR h.engagement_id IN (SELECT a.engagement_id FROM engagements_participation a WHERE a.person_id = target)
      OR h.engagement_id IN (SELECT k.engagement_id FROM engagements_contract k
                               JOIN engagements_contractparty q ON q.contract_id = k.id WHERE q.person_id = target)))
"""


def due(day: str) -> str:
    return f"SELECT l.engagement FROM sec.lasting(NULL) l WHERE l.{day} <= {TODAY} AND NOT l.held"


DESTROY = DESTROY_BEFORE.replace(DUE_BEFORE("notes_months"), due("notes_on"), 1).replace(
    DUE_BEFORE("memo_months"), due("content_on"), 1
)
GOING = """
  SELECT DISTINCT l.engagement, k.author, l.notes_on FROM sec.lasting(NULL) l JOIN vault_textkey k ON k.engagement = l.engagement
   WHERE NOT l.held AND l.notes_on BETWEEN first AND last
"""

DAY = "AT TIME ZONE 'Europe/Helsinki')::date"
CONTENT = """(
         EXISTS (SELECT FROM supervision_memo x JOIN supervision_session s ON s.id = x.session_id
                  WHERE s.engagement_id = l.engagement)
      OR EXISTS (SELECT FROM supervision_memoaddition x JOIN supervision_session s ON s.id = x.session_id
                  WHERE s.engagement_id = l.engagement)
      OR EXISTS (SELECT FROM supervision_agendaitem x JOIN supervision_session s ON s.id = x.session_id
                  WHERE s.engagement_id = l.engagement)
      OR EXISTS (SELECT FROM supervision_session s
                  WHERE s.engagement_id = l.engagement AND (s.link <> '' OR s.reason <> ''))
      OR EXISTS (SELECT FROM supervision_task x WHERE x.engagement_id = l.engagement)
      OR EXISTS (SELECT FROM supervision_boardentry x WHERE x.engagement_id = l.engagement)
      OR EXISTS (SELECT FROM supervision_themeproposal x WHERE x.engagement_id = l.engagement)
      OR EXISTS (SELECT FROM supervision_offer x WHERE x.engagement_id = l.engagement)
      OR EXISTS (SELECT FROM supervision_progress x WHERE x.engagement_id = l.engagement)
      OR EXISTS (SELECT FROM engagements_goal x WHERE x.engagement_id = l.engagement AND x.owner_id IS NOT NULL)
      OR EXISTS (SELECT FROM evaluations_agreedchange x WHERE x.engagement_id = l.engagement)
      OR EXISTS (SELECT FROM evaluations_response x JOIN evaluations_round r ON r.id = x.round_id
                  WHERE r.engagement_id = l.engagement
                    AND (x.texts <> ''::bytea OR x.person_id IS NOT NULL OR x.participation_id IS NOT NULL))
      OR EXISTS (SELECT FROM reports_report x WHERE x.engagement_id = l.engagement AND x.state IN ('writing', 'asked')))"""
#: By rule: what goes (id, process, practice), on which day, and whether it is held; `last` is the last day asked about.
RULES = {
    "notes": "SELECT l.engagement::text, l.engagement, l.practice, l.notes_on, l.held FROM sec.lasting(among) l"
    " WHERE EXISTS (SELECT FROM supervision_note n WHERE n.engagement_id = l.engagement)"
    " OR EXISTS (SELECT FROM vault_textkey k WHERE k.engagement = l.engagement)",
    "content": "SELECT l.engagement::text, l.engagement, l.practice, l.content_on, l.held FROM sec.lasting(among) l"
    f" WHERE {CONTENT} OR EXISTS (SELECT FROM vault_contentkey k WHERE k.owner = l.engagement)",
    "contract": "SELECT l.engagement::text, l.engagement, l.practice, l.contract_on, l.held FROM sec.lasting(among) l",
    "abandoned": f"SELECT e.id::text, e.id, e.practice_id, (greatest((e.created_at {DAY}, (SELECT max((s.ends_at {DAY})"
    " FROM supervision_session s WHERE s.engagement_id = e.id)) + interval '24 months')::date, sec.held(e.id)"
    " FROM engagements_engagement e WHERE e.state IN ('draft', 'offered') AND NOT e.example"
    " AND NOT EXISTS (SELECT FROM billing_line l WHERE l.engagement_id = e.id)",
    "books": "SELECT b.id::text, NULL::uuid, b.practice_id, make_date(extract(year FROM b.invoiced_at"
    " AT TIME ZONE 'Europe/Helsinki')::int + 7, 1, 1), EXISTS (SELECT FROM billing_line l WHERE l.basis_id = b.id"
    " AND sec.held(l.engagement_id)) FROM billing_basis b",
    "trips": "SELECT t.session_id::text, s.engagement_id, e.practice_id, make_date(extract(year FROM s.starts_at"
    " AT TIME ZONE 'Europe/Helsinki')::int + 7, 1, 1), sec.held(s.engagement_id) FROM billing_trip t"
    " JOIN supervision_session s ON s.id = t.session_id JOIN engagements_engagement e ON e.id = s.engagement_id",
    "people": "SELECT p.id::text, NULL::uuid, p.practice_id, (o.since + interval '3 months')::date,"
    " sec.person_held(p.id) FROM privacy_loose o JOIN accounts_person p ON p.id = o.person_id",
    "contacts": "SELECT c.id::text, NULL::uuid, p.practice_id, (c.left_on + interval '12 months')::date,"
    " sec.person_held(p.id) FROM accounts_contact c JOIN accounts_person p ON p.id = c.person_id"
    " WHERE c.left_on IS NOT NULL AND NOT EXISTS (SELECT FROM engagements_contractparty q WHERE q.contact_id = c.id)",
    "accounts": f"SELECT u.id::text, NULL::uuid, NULL::uuid, (coalesce(u.last_login, u.date_joined) {DAY}"
    " + interval '24 months', false FROM accounts_user u WHERE u.is_active AND NOT u.is_staff AND NOT u.is_superuser"
    " AND NOT EXISTS (SELECT FROM accounts_membership m WHERE m.user_id = u.id)"
    " AND NOT EXISTS (SELECT FROM accounts_person p WHERE p.user_id = u.id)",
    "messages": f"SELECT m.id::text, NULL::uuid, p.practice_id, (coalesce(m.sent_at, m.created_at) {DAY}"
    " + interval '24 months', false FROM notifications_message m LEFT JOIN accounts_person p ON p.id = m.person_id"
    " WHERE m.state IN ('sent', 'dropped', 'dead')",
    "mail_replies": f"SELECT m.id::text, NULL::uuid, NULL::uuid, (coalesce(m.sent_at, m.created_at) {DAY}"
    " + interval '3 months', false FROM notifications_message m WHERE m.state IN ('sent', 'dropped', 'dead')"
    " AND (m.smtp_reply <> '' OR m.last_error <> '')",
    "invitations": f"SELECT i.id::text, NULL::uuid, i.practice_id,"
    f" (coalesce(i.accepted_at, i.revoked_at, i.expires_at) {DAY} + interval '6 months', false FROM accounts_invitation i",
    "signing_links": f"SELECT l.request_id::text, k.engagement_id, e.practice_id,"
    f" (least(r.settled_at, l.token_until) {DAY} + interval '1 month', false FROM engagements_signinglink l"
    " JOIN engagements_signaturerequest r ON r.id = l.request_id JOIN engagements_contract k ON k.id = r.contract_id"
    " JOIN engagements_engagement e ON e.id = k.engagement_id WHERE l.token_hash IS NOT NULL OR l.code_hash <> ''",
    "answer_links": f"SELECT l.id::text, r.engagement_id, e.practice_id, (r.closed_at {DAY} + interval '3 months', false"
    " FROM evaluations_link l JOIN evaluations_invitation i ON i.id = l.invitation_id"
    " JOIN evaluations_round r ON r.id = i.round_id JOIN engagements_engagement e ON e.id = r.engagement_id"
    " WHERE r.closed_at IS NOT NULL AND NOT EXISTS (SELECT FROM evaluations_used d WHERE d.link_id = l.id)",
    "log_ins": f"SELECT s.session_key, NULL::uuid, NULL::uuid, (s.expire_date {DAY} + interval '1 day', false"
    " FROM django_session s",
    "devices": f"SELECT s.id::text, NULL::uuid, NULL::uuid, (s.last_seen_at {DAY} + interval '30 days', false"
    " FROM usersessions_usersession s"
    " WHERE NOT EXISTS (SELECT FROM django_session d WHERE d.session_key = s.session_key)",
    "addresses_to_prove": f"SELECT c.id::text, NULL::uuid, NULL::uuid, (c.created {DAY} + interval '30 days', false"
    " FROM account_emailconfirmation c",
    "busy_times": f"SELECT b.id::text, NULL::uuid, NULL::uuid, (upper(b.during) {DAY} + interval '30 days', false"
    " FROM supervision_busytime b",
    "former": f"SELECT u.id::text, NULL::uuid, NULL::uuid, (max(m.until) {DAY} + interval '12 months', false"
    " FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id"
    " WHERE (EXISTS (SELECT FROM supervision_busycalendar x WHERE x.user_id = u.id)"
    " OR EXISTS (SELECT FROM supervision_workinghours x WHERE x.user_id = u.id)"
    " OR EXISTS (SELECT FROM supervision_workingtime x WHERE x.user_id = u.id)"
    " OR EXISTS (SELECT FROM supervision_feed x WHERE x.user_id = u.id)"
    " OR EXISTS (SELECT FROM supervision_calendarmail x WHERE x.user_id = u.id))"
    " AND NOT EXISTS (SELECT FROM accounts_person p WHERE p.user_id = u.id)"
    " GROUP BY u.id HAVING count(*) = count(m.until)",
    "admin_log": f"SELECT a.id::text, NULL::uuid, NULL::uuid, (a.action_time {DAY} + interval '24 months', false"
    " FROM django_admin_log a",
    "holds": f"SELECT h.id::text, h.engagement_id, h.practice_id, (least(h.lifted_at {DAY}, h.until)"
    " + interval '24 months')::date, false FROM privacy_hold h".replace(f"h.lifted_at {DAY}", f"(h.lifted_at {DAY}"),
    "runs": f"SELECT r.id::text, NULL::uuid, NULL::uuid, (r.started_at {DAY} + interval '24 months', false"
    " FROM privacy_retentionrun r",
    "requests": f"SELECT d.id::text, d.engagement_id, d.practice_id, (d.decided_at {DAY} + interval '24 months',"
    " coalesce(sec.person_held(d.person_id), false) OR coalesce(sec.held(d.engagement_id), false)"
    " FROM privacy_datarequest d WHERE d.decided_at IS NOT NULL",
    "duties": f"SELECT d.id::text, d.engagement_id, NULL::uuid, (d.written_at {DAY} + interval '10 years',"
    " coalesce(sec.held(d.engagement_id), false) FROM privacy_dutyreport d"
    " WHERE NOT EXISTS (SELECT FROM privacy_dutyreport c WHERE c.corrects_id = d.id)",
    "incidents": f"SELECT i.id::text, NULL::uuid, i.practice_id, (i.discovered_at {DAY} + interval '10 years', false"
    " FROM privacy_incident i",
    "imports": f"SELECT b.id::text, NULL::uuid, b.practice_id, (b.created_at {DAY} + interval '12 months', false"
    " FROM transfer_importbatch b",
}
RETENTION_DUE = "\nUNION ALL\n".join(
    f"SELECT '{rule}'::text, x.obj, x.engagement, x.practice, x.goes_on::date, x.held FROM ({query})"
    f" x (obj, engagement, practice, goes_on, held) WHERE (wanted IS NULL OR wanted = '{rule}') AND x.goes_on <= last"
    + (" AND (among IS NULL OR x.practice = ANY(among))")
    for rule, query in RULES.items()
)

# --- what goes with a process ---------------------------------------------------------------------------------------

IN_SESSIONS = "session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = target)"
IN_TASKS = "answer_id IN (SELECT w.id FROM supervision_taskanswer w JOIN supervision_task t ON t.id = w.task_id WHERE t.engagement_id = target)"
OF_TASKS = "task_id IN (SELECT t.id FROM supervision_task t WHERE t.engagement_id = target)"
IN_ROUNDS = "round_id IN (SELECT r.id FROM evaluations_round r WHERE r.engagement_id = target)"
IN_INVITATIONS = f"invitation_id IN (SELECT i.id FROM evaluations_invitation i WHERE i.{IN_ROUNDS})"


def reports_go(which: str) -> str:
    of = f"report_id IN (SELECT r.id FROM reports_report r WHERE r.engagement_id = target {which})"
    parts = ["remark", "readupto", "answer", "asked", "handover", "recipient", "acknowledgement", "revision"]
    gone = "\n".join(f"DELETE FROM reports_{part} WHERE {of};" for part in parts)
    return f"{gone}\nDELETE FROM reports_report r WHERE r.engagement_id = target {which};"


EMPTY = f"""
BEGIN
  DELETE FROM supervision_answerfilecontent WHERE file_id IN (SELECT f.id FROM supervision_answerfile f WHERE f.{IN_TASKS});
  DELETE FROM supervision_answerfile WHERE {IN_TASKS};
  DELETE FROM supervision_answercomment WHERE {IN_TASKS};
  DELETE FROM supervision_answerread WHERE {IN_TASKS};
  DELETE FROM supervision_taskanswer WHERE {OF_TASKS};
  DELETE FROM supervision_taskfor WHERE {OF_TASKS};
  DELETE FROM supervision_task WHERE engagement_id = target;
  DELETE FROM supervision_memoversion WHERE memo_id IN (SELECT m.id FROM supervision_memo m WHERE m.{IN_SESSIONS});
  DELETE FROM supervision_memo WHERE {IN_SESSIONS};
  DELETE FROM supervision_memoaddition WHERE {IN_SESSIONS};
  DELETE FROM supervision_agendaitem WHERE {IN_SESSIONS};
  DELETE FROM supervision_boardentry WHERE engagement_id = target;
  DELETE FROM supervision_themesupport WHERE theme_id IN
    (SELECT t.id FROM supervision_themeproposal t WHERE t.engagement_id = target);
  DELETE FROM supervision_themeproposal WHERE engagement_id = target;
  DELETE FROM supervision_timeanswer WHERE time_id IN (SELECT t.id FROM supervision_offeredtime t
    JOIN supervision_offer o ON o.id = t.offer_id WHERE o.engagement_id = target);
  DELETE FROM supervision_offeredtime WHERE offer_id IN (SELECT o.id FROM supervision_offer o WHERE o.engagement_id = target);
  DELETE FROM supervision_offer WHERE engagement_id = target;
  DELETE FROM supervision_cannotcome WHERE {IN_SESSIONS};
  UPDATE supervision_session SET link = '', reason = '' WHERE engagement_id = target AND (link <> '' OR reason <> '');
  DELETE FROM supervision_progress WHERE engagement_id = target;
  DELETE FROM engagements_goallevels WHERE goal_id IN
    (SELECT g.id FROM engagements_goal g WHERE g.engagement_id = target AND g.owner_id IS NOT NULL);
  DELETE FROM engagements_goal WHERE engagement_id = target AND owner_id IS NOT NULL;
  DELETE FROM evaluations_agreedchange WHERE engagement_id = target;
  DELETE FROM evaluations_draft WHERE {IN_ROUNDS};
  UPDATE evaluations_response SET texts = '', person_id = NULL, participation_id = NULL WHERE {IN_ROUNDS};
  {reports_go("AND r.state IN ('writing', 'asked')")}
END
"""
NOTES = """
BEGIN
  DELETE FROM supervision_noteversion WHERE note_id IN (SELECT n.id FROM supervision_note n WHERE n.engagement_id = target);
  DELETE FROM supervision_note WHERE engagement_id = target;
END
"""
# A sum from which one process goes would tell that process: the whole crowd goes with its first.
CROWDS = """
DECLARE crowds uuid[];
BEGIN
  crowds := ARRAY(SELECT e.crowd_id FROM evaluations_entered e WHERE e.engagement_id = ANY(targets));
  DELETE FROM evaluations_entered e WHERE e.crowd_id = ANY(crowds);
  DELETE FROM evaluations_crowd c WHERE c.id = ANY(crowds);
END
"""
REMOVE = f"""
DECLARE versions uuid[]; requests uuid[]; things uuid[];
BEGIN
  PERFORM FROM engagements_engagement e WHERE e.id = target FOR UPDATE;
  PERFORM sec.pass(true);
  PERFORM sec.crowds_go(ARRAY[target]);
  PERFORM sec.empty_engagement(target);
  PERFORM sec.notes_of_go(target);
  versions := ARRAY(SELECT k.id FROM engagements_contract k WHERE k.engagement_id = target);
  requests := ARRAY(SELECT r.id FROM engagements_signaturerequest r WHERE r.contract_id = ANY(versions));
  things := versions || requests || ARRAY[target]
    || ARRAY(SELECT s.id FROM supervision_session s WHERE s.engagement_id = target)
    || ARRAY(SELECT r.id FROM reports_report r WHERE r.engagement_id = target)
    || ARRAY(SELECT r.id FROM evaluations_round r WHERE r.engagement_id = target)
    || ARRAY(SELECT a.id FROM engagements_participation a WHERE a.engagement_id = target);
  DELETE FROM evaluations_response WHERE {IN_ROUNDS};
  DELETE FROM evaluations_used WHERE {IN_INVITATIONS};
  DELETE FROM evaluations_link WHERE {IN_INVITATIONS};
  DELETE FROM evaluations_invitation WHERE {IN_ROUNDS};
  DELETE FROM evaluations_round WHERE engagement_id = target;
  {reports_go("")}
  DELETE FROM notifications_message m WHERE m.obj = ANY(things);
  DELETE FROM documents_sealedfile f WHERE f.obj = ANY(things);
  DELETE FROM supervision_sessionword WHERE {IN_SESSIONS};
  DELETE FROM supervision_sessionsubgroup WHERE {IN_SESSIONS};
  DELETE FROM supervision_fee WHERE {IN_SESSIONS};
  DELETE FROM billing_trip WHERE {IN_SESSIONS};
  DELETE FROM supervision_shift WHERE {IN_SESSIONS};
  DELETE FROM supervision_attendance WHERE {IN_SESSIONS};
  DELETE FROM supervision_booking WHERE {IN_SESSIONS};
  DELETE FROM supervision_session WHERE engagement_id = target;
  DELETE FROM supervision_series WHERE engagement_id = target;
  DELETE FROM engagements_event WHERE engagement_id = target;
  DELETE FROM engagements_goallevels WHERE goal_id IN (SELECT g.id FROM engagements_goal g WHERE g.engagement_id = target);
  DELETE FROM engagements_goal WHERE engagement_id = target;
  DELETE FROM engagements_proposal p WHERE p.request_id = ANY(requests);
  DELETE FROM engagements_signinglink l WHERE l.request_id = ANY(requests);
  DELETE FROM engagements_signature s WHERE s.request_id = ANY(requests);
  DELETE FROM engagements_signaturerequest r WHERE r.id = ANY(requests);
  DELETE FROM engagements_contractparty q WHERE q.contract_id = ANY(versions);
  DELETE FROM engagements_reportingclause c WHERE c.contract_id = ANY(versions);
  DELETE FROM engagements_contract k WHERE k.id = ANY(versions);
  DELETE FROM engagements_subgroupmember m USING engagements_subgroup g WHERE m.sub_group_id = g.id AND g.engagement_id = target;
  DELETE FROM engagements_subgroup WHERE engagement_id = target;
  DELETE FROM supervision_phasebyhand WHERE engagement_id = target;
  DELETE FROM privacy_datarequest WHERE engagement_id = target;
  UPDATE privacy_dutyreport SET engagement_id = NULL WHERE engagement_id = target;
  DELETE FROM engagements_participation WHERE engagement_id = target;
  DELETE FROM engagements_cosupervisor WHERE engagement_id = target;
  DELETE FROM privacy_hold WHERE engagement_id = target;
  UPDATE engagements_engagement SET copied_from_id = NULL WHERE copied_from_id = target;
  DELETE FROM engagements_engagement WHERE id = target;
  PERFORM sec.pass(false);
END
"""

# --- persons and accounts -------------------------------------------------------------------------------------------

# What refers to somebody keeps their row: the database says so itself, also of tables that are made after this.
DROP_PERSON = """
BEGIN
  BEGIN
    DELETE FROM privacy_loose o WHERE o.person_id = target;
    UPDATE privacy_datarequest SET person_id = NULL WHERE person_id = target;
    DELETE FROM notifications_preference n WHERE n.person_id = target;
    DELETE FROM notifications_message m WHERE m.person_id = target;
    SET CONSTRAINTS ALL IMMEDIATE;
    DELETE FROM accounts_person p WHERE p.id = target;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN FOUND OR NOT EXISTS (SELECT FROM accounts_person p WHERE p.id = target);
  EXCEPTION WHEN foreign_key_violation THEN
    SET CONSTRAINTS ALL DEFERRED;
    RETURN false;
  END;
END
"""
DROP_USER = """
BEGIN
  DELETE FROM supervision_diaryentry d WHERE d.author_id = target;
  DELETE FROM portfolio_keptcontent c USING portfolio_keptfile f WHERE c.file_id = f.id AND f.owner_id = target;
  DELETE FROM portfolio_keptfile f WHERE f.owner_id = target;
  DELETE FROM portfolio_training t WHERE t.owner_id = target;
  DELETE FROM portfolio_standing t WHERE t.owner_id = target;
  DELETE FROM portfolio_experience t WHERE t.owner_id = target;
  DELETE FROM portfolio_spoken t WHERE t.owner_id = target;
  DELETE FROM portfolio_logentry t WHERE t.owner_id = target;
  DELETE FROM portfolio_commitment t WHERE t.owner_id = target;
  DELETE FROM portfolio_guideline t WHERE t.owner_id = target;
  DELETE FROM portfolio_choice t WHERE t.owner_id = target;
  DELETE FROM portfolio_case c WHERE c.author_id = target;
  DELETE FROM vault_textkeywrap w USING vault_textkey k WHERE w.text_key_id = k.id AND k.engagement = target;
  DELETE FROM vault_textkey k WHERE k.engagement = target;
  DELETE FROM vault_contentkey k WHERE k.owner = target;
  DELETE FROM vault_opening o WHERE o.owner = target;
  DELETE FROM vault_textkeywrap w WHERE w.reader = target;
  DELETE FROM vault_wrap w USING vault_vaultkey k WHERE w.key_id = k.id AND k.owner = target;
  DELETE FROM vault_vaultkey k WHERE k.owner = target;
  DELETE FROM vault_tries t WHERE t.owner = target;
  DELETE FROM supervision_busytime b USING supervision_busycalendar c WHERE b.calendar_id = c.id AND c.user_id = target;
  DELETE FROM supervision_busycalendar c WHERE c.user_id = target;
  DELETE FROM supervision_feed f WHERE f.user_id = target;
  DELETE FROM supervision_calendarmail c WHERE c.user_id = target;
  DELETE FROM supervision_workinghours w WHERE w.user_id = target;
  DELETE FROM supervision_workingtime w WHERE w.user_id = target;
  DELETE FROM supervision_notetemplate t WHERE t.author_id = target;
  DELETE FROM supervision_answerread r WHERE r.reader_id = target;
  DELETE FROM reports_readupto r WHERE r.user_id = target;
  DELETE FROM notifications_preference n WHERE n.user_id = target;
  DELETE FROM notifications_message m WHERE m.user_id = target;
  DELETE FROM accounts_invitation i USING accounts_user u WHERE u.id = target AND lower(i.email) = lower(u.email);
  DELETE FROM django_session s USING usersessions_usersession u WHERE u.session_key = s.session_key AND u.user_id = target;
  DELETE FROM usersessions_usersession u WHERE u.user_id = target;
  DELETE FROM account_emailconfirmation c USING account_emailaddress a WHERE c.email_address_id = a.id AND a.user_id = target;
  DELETE FROM account_emailaddress a WHERE a.user_id = target;
  DELETE FROM mfa_authenticator a WHERE a.user_id = target;
  DELETE FROM socialaccount_socialtoken t USING socialaccount_socialaccount a WHERE t.account_id = a.id AND a.user_id = target;
  DELETE FROM socialaccount_socialaccount a WHERE a.user_id = target;
  DELETE FROM accounts_user_groups g WHERE g.user_id = target;
  DELETE FROM accounts_user_user_permissions g WHERE g.user_id = target;
  UPDATE engagements_event SET actor_id = NULL WHERE actor_id = target;
  UPDATE supervision_session SET cancelled_by_id = NULL WHERE cancelled_by_id = target;
  UPDATE accounts_person SET user_id = NULL WHERE user_id = target;
  BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    DELETE FROM accounts_user u WHERE u.id = target;
    SET CONSTRAINTS ALL DEFERRED;
  EXCEPTION WHEN foreign_key_violation THEN
    SET CONSTRAINTS ALL DEFERRED;
    UPDATE accounts_user SET email = target || '@erased.invalid', full_name = '', password = '!', is_active = false,
           last_login = NULL WHERE id = target;
  END;
END
"""
FIND_LOOSE = f"""
  DELETE FROM privacy_loose o WHERE EXISTS (SELECT FROM sec.in_something() s WHERE s = o.person_id);
  INSERT INTO privacy_loose (person_id, since)
  SELECT p.id, {TODAY} FROM accounts_person p
   WHERE p.example_of_id IS NULL AND p.id NOT IN (SELECT s FROM sec.in_something() s)
  ON CONFLICT DO NOTHING;
"""
IN_SOMETHING = """
  SELECT a.person_id FROM engagements_participation a
  UNION SELECT c.person_id FROM accounts_contact c
  UNION SELECT q.person_id FROM engagements_contractparty q WHERE q.person_id IS NOT NULL
  UNION SELECT r.person_id FROM engagements_signaturerequest r WHERE r.person_id IS NOT NULL
  UNION SELECT i.person_id FROM evaluations_invitation i WHERE i.person_id IS NOT NULL
  UNION SELECT i.person_id FROM reports_recipient i
  UNION SELECT i.person_id FROM reports_acknowledgement i
  UNION SELECT b.payer FROM billing_basis b
  UNION SELECT d.person_id FROM privacy_datarequest d WHERE d.person_id IS NOT NULL AND d.decided_at IS NULL
"""

# --- one rule, a few at a time --------------------------------------------------------------------------------------

LET_GO = f"""
DECLARE one record; count integer := 0; did boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('retention', 0));
  IF rule_name = 'people' THEN PERFORM sec.find_loose(); END IF;
  FOR one IN SELECT d.obj, d.engagement, d.goes_on FROM sec.retention_due(rule_name, {TODAY}, NULL) d
              WHERE NOT d.held AND (d.rule <> 'contract' OR NOT EXISTS (
                    SELECT FROM billing_line l WHERE l.engagement_id = d.engagement)) LIMIT most LOOP
    did := true;
    CASE rule_name
      WHEN 'notes' THEN
        PERFORM sec.notes_of_go(one.engagement);
      WHEN 'content' THEN
        PERFORM sec.pass(true);
        PERFORM sec.empty_engagement(one.engagement);
        PERFORM sec.pass(false);
      WHEN 'contract', 'abandoned' THEN PERFORM sec.remove_engagement(one.engagement);
      WHEN 'books' THEN
        PERFORM sec.pass(true);
        DELETE FROM billing_line l WHERE l.basis_id = one.obj::uuid;
        DELETE FROM billing_basis b WHERE b.id = one.obj::uuid;
        PERFORM sec.pass(false);
      WHEN 'trips' THEN DELETE FROM billing_trip t WHERE t.session_id = one.obj::uuid;
      WHEN 'people' THEN
        did := sec.drop_person(one.obj::uuid);
        IF NOT did THEN UPDATE privacy_loose SET since = {TODAY} WHERE person_id = one.obj::uuid; END IF;
      WHEN 'contacts' THEN DELETE FROM accounts_contact c WHERE c.id = one.obj::uuid;
      WHEN 'accounts' THEN PERFORM sec.drop_user(one.obj::uuid);
      WHEN 'messages' THEN DELETE FROM notifications_message m WHERE m.id = one.obj::uuid;
      WHEN 'mail_replies' THEN
        UPDATE notifications_message SET smtp_reply = '', last_error = '' WHERE id = one.obj::uuid;
      WHEN 'invitations' THEN DELETE FROM accounts_invitation i WHERE i.id = one.obj::uuid;
      WHEN 'signing_links' THEN
        UPDATE engagements_signinglink SET token_hash = NULL, token_until = NULL, code_hash = '', code_until = NULL
         WHERE request_id = one.obj::uuid;
      WHEN 'answer_links' THEN DELETE FROM evaluations_link l WHERE l.id = one.obj::uuid;
      WHEN 'log_ins' THEN DELETE FROM django_session s WHERE s.session_key = one.obj;
      WHEN 'devices' THEN DELETE FROM usersessions_usersession s WHERE s.id = one.obj::bigint;
      WHEN 'addresses_to_prove' THEN DELETE FROM account_emailconfirmation c WHERE c.id = one.obj::integer;
      WHEN 'busy_times' THEN DELETE FROM supervision_busytime b WHERE b.id = one.obj::bigint;
      WHEN 'former' THEN
        DELETE FROM supervision_busytime b USING supervision_busycalendar c
         WHERE b.calendar_id = c.id AND c.user_id = one.obj::uuid;
        DELETE FROM supervision_busycalendar c WHERE c.user_id = one.obj::uuid;
        DELETE FROM supervision_workinghours w WHERE w.user_id = one.obj::uuid;
        DELETE FROM supervision_workingtime w WHERE w.user_id = one.obj::uuid;
        DELETE FROM supervision_feed f WHERE f.user_id = one.obj::uuid;
        DELETE FROM supervision_calendarmail c WHERE c.user_id = one.obj::uuid;
      WHEN 'admin_log' THEN DELETE FROM django_admin_log a WHERE a.id = one.obj::integer;
      WHEN 'holds' THEN DELETE FROM privacy_hold h WHERE h.id = one.obj::uuid;
      WHEN 'runs' THEN DELETE FROM privacy_retentionrun r WHERE r.id = one.obj::bigint;
      WHEN 'requests' THEN DELETE FROM privacy_datarequest d WHERE d.id = one.obj::uuid;
      WHEN 'duties' THEN
        WITH RECURSIVE chain AS (
          SELECT d.id, d.corrects_id FROM privacy_dutyreport d WHERE d.id = one.obj::uuid
          UNION SELECT d.id, d.corrects_id FROM privacy_dutyreport d JOIN chain c ON d.id = c.corrects_id)
        DELETE FROM privacy_dutyreport d USING chain c WHERE d.id = c.id;
      WHEN 'incidents' THEN
        PERFORM sec.pass(true);
        DELETE FROM privacy_incidentversion v WHERE v.incident_id = one.obj::uuid;
        DELETE FROM privacy_incident i WHERE i.id = one.obj::uuid;
        PERFORM sec.pass(false);
      WHEN 'imports' THEN
        DELETE FROM transfer_importfile f WHERE f.batch_id = one.obj::uuid;
        DELETE FROM transfer_importbatch b WHERE b.id = one.obj::uuid;
    END CASE;
    IF did THEN
      count := count + 1;
      IF rule_name IN ('notes', 'content', 'contract', 'abandoned') THEN
        INSERT INTO audit_entry (stream, event, obj, data, number, previous, hash)
        VALUES (one.engagement::text, 'retention.' || rule_name, one.engagement, '{{}}', 0, '', '');
      END IF;
    END IF;
  END LOOP;
  RETURN count;
END
"""

# --- what goes next: for those who lead and administer --------------------------------------------------------------

GOING_NEXT = """
  WITH mine AS (SELECT e.id FROM engagements_engagement e WHERE e.id IN (SELECT sec.led_engagements())),
  practices AS (SELECT array_agg(p) AS every FROM (SELECT sec.practices() AS p) x)
  SELECT d.rule, d.engagement, CASE WHEN d.engagement IN (SELECT m.id FROM mine m) THEN e.title::text END, e.form::text,
         trim(u.full_name), d.practice, min(d.goes_on), bool_or(d.held), count(*)::int
    FROM practices CROSS JOIN LATERAL sec.retention_due(NULL, last, practices.every) d
    LEFT JOIN engagements_engagement e ON e.id = d.engagement LEFT JOIN accounts_user u ON u.id = e.lead_id
   WHERE d.rule IN ('notes', 'content', 'contract', 'abandoned', 'books', 'trips', 'people', 'contacts', 'messages',
                    'invitations', 'signing_links', 'answer_links', 'holds', 'requests', 'incidents', 'imports')
     AND (d.engagement IN (SELECT m.id FROM mine m) OR d.practice IN (SELECT sec.administered_practices()))
   GROUP BY d.rule, d.engagement, e.title, e.form, u.full_name, d.practice
"""

# --- a person is erased ---------------------------------------------------------------------------------------------

KNOWN = """
  SELECT EXISTS (SELECT FROM accounts_person p WHERE p.id = target AND p.example_of_id IS NULL AND (
    p.practice_id IN (SELECT sec.administered_practices())
    OR p.id IN (SELECT a.person_id FROM engagements_participation a WHERE a.engagement_id IN (SELECT sec.led_engagements()))
    OR p.id IN (SELECT c.person_id FROM accounts_contact c JOIN engagements_engagement e ON e.client_id = c.organisation_id
                 WHERE e.id IN (SELECT sec.led_engagements()))))
"""
# Whoever leads some of the processes that a person is in takes nothing away from those whom others lead.
MAY_ERASE = """
  SELECT sec.may_hold_person(target) AND (
    EXISTS (SELECT FROM accounts_person p WHERE p.id = target AND p.practice_id IN (SELECT sec.administered_practices()))
    OR NOT EXISTS (SELECT FROM engagements_participation a WHERE a.person_id = target
                    AND a.engagement_id NOT IN (SELECT sec.led_engagements()))
       AND NOT EXISTS (SELECT FROM accounts_contact c JOIN engagements_engagement e ON e.client_id = c.organisation_id
                        WHERE c.person_id = target AND e.id NOT IN (SELECT sec.led_engagements()))
       AND NOT EXISTS (SELECT FROM engagements_contractparty q JOIN engagements_contract k ON k.id = q.contract_id
                        WHERE q.person_id = target AND k.engagement_id NOT IN (SELECT sec.led_engagements())))
"""
#: Processes of somebody whose contract they are in for as long as the law keeps it.
AGREED = """
  SELECT DISTINCT k.engagement_id FROM engagements_contract k
   WHERE k.state IN ('agreed', 'superseded') AND (
     k.id IN (SELECT q.contract_id FROM engagements_contractparty q WHERE q.person_id = target)
     OR k.id IN (SELECT r.contract_id FROM engagements_signaturerequest r WHERE r.person_id = target AND r.state = 'signed')
     OR position(to_jsonb((SELECT trim(p.given_name || ' ' || p.family_name) FROM accounts_person p WHERE p.id = target))::text
                 IN k.terms::text) > 0)
"""
ERASURE_OF = f"""
  WITH parts AS (SELECT a.id, a.engagement_id FROM engagements_participation a WHERE a.person_id = target),
  agreed AS ({AGREED}),
  lasting AS (SELECT l.engagement, l.contract_on FROM sec.lasting(NULL) l),
  me AS (SELECT p.user_id AS who FROM accounts_person p WHERE p.id = target),
  found (part, amount, until, stays) AS (
    SELECT 'name', 1, NULL::date, false
    UNION ALL SELECT 'account', 1, NULL, false FROM me WHERE sec.only_here(target)
    UNION ALL SELECT 'contacts', count(*)::int, NULL, false FROM accounts_contact c WHERE c.person_id = target
    UNION ALL SELECT 'answers', count(*)::int, NULL, false FROM supervision_taskanswer w WHERE w.participation_id IN (SELECT p.id FROM parts p)
    UNION ALL SELECT 'texts', (SELECT count(*) FROM supervision_agendaitem x JOIN supervision_session s ON s.id = x.session_id
        WHERE x.author_id = (SELECT m.who FROM me m) AND s.engagement_id IN (SELECT p.engagement_id FROM parts p))::int
      + (SELECT count(*) FROM supervision_memoaddition x JOIN supervision_session s ON s.id = x.session_id
        WHERE x.author_id = (SELECT m.who FROM me m) AND s.engagement_id IN (SELECT p.engagement_id FROM parts p))::int
      + (SELECT count(*) FROM supervision_boardentry x WHERE x.author_id = (SELECT m.who FROM me m)
        AND x.engagement_id IN (SELECT p.engagement_id FROM parts p))::int
      + (SELECT count(*) FROM supervision_themeproposal x WHERE x.author_id = (SELECT m.who FROM me m)
        AND x.engagement_id IN (SELECT p.engagement_id FROM parts p))::int, NULL, false
    UNION ALL SELECT 'evaluations', count(*)::int, NULL, false FROM evaluations_response x WHERE x.person_id = target
       OR x.participation_id IN (SELECT p.id FROM parts p)
    UNION ALL SELECT 'goals', count(*)::int, NULL, false FROM engagements_goal g WHERE g.owner_id IN (SELECT p.id FROM parts p)
    UNION ALL SELECT 'messages', count(*)::int, NULL, false FROM notifications_message m WHERE m.person_id = target
    UNION ALL SELECT 'requests', count(*)::int,
        CASE WHEN count(*) = count(d.decided_at) THEN (max(d.decided_at) AT TIME ZONE 'Europe/Helsinki' + interval '24 months')::date END,
        true FROM privacy_datarequest d WHERE d.person_id = target
    UNION ALL SELECT 'contract', count(*)::int,
        CASE WHEN count(*) = count(l.contract_on) THEN max(l.contract_on) END, true
      FROM agreed a LEFT JOIN lasting l ON l.engagement = a.engagement_id
    UNION ALL SELECT 'attendance', count(*)::int,
        CASE WHEN count(*) = count(l.contract_on) THEN max(l.contract_on) END, true
      FROM parts p LEFT JOIN lasting l ON l.engagement = p.engagement_id
    UNION ALL SELECT 'books', count(*)::int,
        max(make_date(extract(year FROM b.invoiced_at AT TIME ZONE 'Europe/Helsinki')::int + 7, 1, 1)), true
      FROM billing_basis b WHERE b.payer = target OR position(
        (SELECT trim(p.given_name || ' ' || p.family_name) FROM accounts_person p WHERE p.id = target) IN b.facts::text) > 0
    UNION ALL SELECT 'audit', 1, NULL, true
  )
  SELECT f.part, f.amount, f.until, f.stays FROM found f WHERE f.amount > 0 AND sec.may_erase(target)
"""
ONLY_HERE = """
  SELECT EXISTS (SELECT FROM accounts_person p JOIN accounts_user u ON u.id = p.user_id
    WHERE p.id = target AND NOT u.is_staff AND NOT u.is_superuser
      AND NOT EXISTS (SELECT FROM accounts_person o WHERE o.user_id = u.id AND o.id <> target)
      AND NOT EXISTS (SELECT FROM accounts_membership m WHERE m.user_id = u.id))
"""
ERASE_NOW = f"""
DECLARE
  p accounts_person; who uuid; alone boolean; parts uuid[]; processes uuid[]; called text; sign text; open_ones uuid[];
BEGIN
  SELECT * INTO p FROM accounts_person x WHERE x.id = target FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  who := p.user_id;
  alone := sec.only_here(target);
  parts := ARRAY(SELECT a.id FROM engagements_participation a WHERE a.person_id = target);
  processes := ARRAY(SELECT a.engagement_id FROM engagements_participation a WHERE a.person_id = target);
  called := trim(p.given_name || ' ' || p.family_name);
  sign := '#' || left(target::text, 6);
  PERFORM sec.pass(true);

  -- answers to tasks, and what was said to them
  DELETE FROM supervision_answerfilecontent c USING supervision_answerfile f, supervision_taskanswer w
   WHERE c.file_id = f.id AND f.answer_id = w.id AND w.participation_id = ANY(parts);
  DELETE FROM supervision_answerfile f USING supervision_taskanswer w WHERE f.answer_id = w.id AND w.participation_id = ANY(parts);
  DELETE FROM supervision_answercomment c USING supervision_taskanswer w WHERE c.answer_id = w.id AND w.participation_id = ANY(parts);
  DELETE FROM supervision_answerread r USING supervision_taskanswer w WHERE r.answer_id = w.id AND w.participation_id = ANY(parts);
  DELETE FROM supervision_taskanswer w WHERE w.participation_id = ANY(parts);
  DELETE FROM supervision_taskfor f WHERE f.participation_id = ANY(parts);
  DELETE FROM supervision_timeanswer t WHERE t.participation_id = ANY(parts);
  DELETE FROM supervision_cannotcome c WHERE c.participation_id = ANY(parts);
  DELETE FROM supervision_themesupport x WHERE x.participation_id = ANY(parts);
  -- what they asked about their data, and what was answered, stays its time without them
  UPDATE privacy_datarequest SET person_id = NULL WHERE person_id = target;
  -- own goals
  DELETE FROM supervision_progress x USING engagements_goal g WHERE x.goal_id = g.id AND g.owner_id = ANY(parts);
  DELETE FROM engagements_goallevels x USING engagements_goal g WHERE x.goal_id = g.id AND g.owner_id = ANY(parts);
  DELETE FROM engagements_goal g WHERE g.owner_id = ANY(parts);
  -- what they wrote as a supervisee: nobody leads and attends the same process
  IF who IS NOT NULL THEN
    DELETE FROM supervision_agendaitem x USING supervision_session s
     WHERE x.session_id = s.id AND s.engagement_id = ANY(processes) AND x.author_id = who;
    DELETE FROM supervision_memoaddition x USING supervision_session s
     WHERE x.session_id = s.id AND s.engagement_id = ANY(processes) AND x.author_id = who;
    DELETE FROM supervision_boardentry x WHERE x.engagement_id = ANY(processes) AND x.author_id = who;
    DELETE FROM supervision_answercomment x USING supervision_taskanswer w, supervision_task t
     WHERE x.answer_id = w.id AND w.task_id = t.id AND t.engagement_id = ANY(processes) AND x.by_id = who;
    DELETE FROM reports_remark x USING reports_report r
     WHERE x.report_id = r.id AND r.engagement_id = ANY(processes) AND x.by_id = who;
    DELETE FROM supervision_themesupport x USING supervision_themeproposal t
     WHERE x.theme_id = t.id AND t.engagement_id = ANY(processes) AND t.author_id = who;
    DELETE FROM supervision_themeproposal x WHERE x.engagement_id = ANY(processes) AND x.author_id = who;
    UPDATE supervision_session SET reason = '' WHERE engagement_id = ANY(processes) AND cancelled_by_id = who AND reason <> '';
  END IF;
  -- answers by name; a sum without them would tell them, so the crowds they stood in go whole
  PERFORM sec.crowds_go(ARRAY(SELECT r.engagement_id FROM evaluations_response x JOIN evaluations_round r ON r.id = x.round_id
                               WHERE x.person_id = target OR x.participation_id = ANY(parts)));
  DELETE FROM evaluations_response x WHERE x.person_id = target OR x.participation_id = ANY(parts);
  DELETE FROM evaluations_link l USING evaluations_invitation i
   WHERE l.invitation_id = i.id AND i.person_id = target AND NOT EXISTS (SELECT FROM evaluations_used d WHERE d.link_id = l.id);
  -- reports: an objection is their text; an approval is an id and a hash
  DELETE FROM reports_answer a WHERE a.participation_id = ANY(parts) AND a.reason <> ''::bytea;
  DELETE FROM reports_acknowledgement a WHERE a.person_id = target;
  -- signing: what was not agreed goes; links and proposals go in any case
  UPDATE engagements_signinglink l SET token_hash = NULL, token_until = NULL, code_hash = '', code_until = NULL
    FROM engagements_signaturerequest r WHERE l.request_id = r.id AND r.person_id = target;
  DELETE FROM engagements_proposal x USING engagements_signaturerequest r WHERE x.request_id = r.id AND r.person_id = target;
  open_ones := ARRAY(SELECT k.id FROM engagements_contract k WHERE k.state IN ('draft', 'offered') AND (
    EXISTS (SELECT FROM engagements_contractparty q WHERE q.contract_id = k.id AND q.person_id = target)
    OR EXISTS (SELECT FROM engagements_signaturerequest r WHERE r.contract_id = k.id AND r.person_id = target)
    OR position(called IN coalesce(k.terms::text, '') || coalesce(k.wording::text, '')) > 0));
  DELETE FROM engagements_proposal x USING engagements_signaturerequest r WHERE x.request_id = r.id AND r.contract_id = ANY(open_ones);
  DELETE FROM engagements_signinglink x USING engagements_signaturerequest r WHERE x.request_id = r.id AND r.contract_id = ANY(open_ones);
  DELETE FROM engagements_signature x USING engagements_signaturerequest r WHERE x.request_id = r.id AND r.contract_id = ANY(open_ones);
  DELETE FROM engagements_signaturerequest r WHERE r.contract_id = ANY(open_ones);
  DELETE FROM engagements_contractparty q WHERE q.contract_id = ANY(open_ones) AND q.person_id = target;
  UPDATE engagements_engagement e SET state = 'draft' FROM engagements_contract k
   WHERE k.engagement_id = e.id AND k.id = ANY(open_ones) AND k.state = 'offered' AND e.state = 'offered';
  UPDATE engagements_contract SET state = 'draft', terms = NULL, terms_hash = '', wording = NULL, offered_at = NULL
   WHERE id = ANY(open_ones) AND state = 'offered';
  DELETE FROM engagements_signature s USING engagements_signaturerequest r
   WHERE s.request_id = r.id AND r.person_id = target AND r.state <> 'signed';
  UPDATE engagements_signaturerequest SET name = sign, reason = '' WHERE person_id = target AND state <> 'signed';
  -- facts stay, without a name
  UPDATE engagements_participation SET left_on = greatest(joined_on, {TODAY}) WHERE id = ANY(parts) AND left_on IS NULL;
  UPDATE engagements_goallevels l SET agreed_by = replace(l.agreed_by, called, sign) FROM engagements_goal g
   WHERE g.id = l.goal_id AND g.engagement_id = ANY(processes) AND position(called IN l.agreed_by) > 0;
  UPDATE engagements_event SET data = replace(data::text, called, sign)::jsonb
   WHERE engagement_id IN (SELECT e.id FROM engagements_engagement e WHERE e.practice_id = p.practice_id)
     AND position(called IN data::text) > 0;
  UPDATE engagements_engagement SET title = left(replace(title, called, sign), 120), ending_reason = replace(ending_reason, called, sign)
   WHERE practice_id = p.practice_id AND (position(called IN title) > 0 OR position(called IN ending_reason) > 0);
  -- messages, contacts, the person
  DELETE FROM notifications_message m WHERE m.person_id = target;
  DELETE FROM notifications_preference n WHERE n.person_id = target;
  DELETE FROM accounts_contact c WHERE c.person_id = target
     AND NOT EXISTS (SELECT FROM engagements_contractparty q WHERE q.contact_id = c.id);
  UPDATE accounts_contact SET title = '', phone = '', left_on = coalesce(left_on, {TODAY}) WHERE person_id = target;
  UPDATE accounts_person SET user_id = NULL WHERE id = target;
  UPDATE accounts_person SET given_name = '', family_name = sign, email = '' WHERE id = target;
  PERFORM sec.drop_person(target);
  IF alone THEN PERFORM sec.drop_user(who); END IF;
  PERFORM sec.pass(false);
  RETURN true;
END
"""
ERASE = """
BEGIN
  IF NOT sec.may_erase(target) THEN RETURN false; END IF;
  IF sec.person_held(target) THEN
    RAISE EXCEPTION 'person_held' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  INSERT INTO vault_erasure (id, what, obj, at, keys) VALUES (gen_random_uuid(), 'person', target, clock_timestamp(), 1);
  RETURN sec.erase_now(target);
END
"""


def keys(destroy: str, going: str) -> str:
    worker = {"volatile": True, "language": "plpgsql", "caller": Role.WORKER}
    first = function(
        "destroy_due_keys(written uuid[])",
        "TABLE (id uuid, what text, obj uuid, at timestamptz, keys integer, fresh boolean)",
        destroy,
        **worker,  # type: ignore[arg-type]
    )
    second = function(
        "keys_going(first date, last date)", "TABLE (engagement uuid, author uuid, goes_on date)", going,
        caller=Role.WORKER,
    )  # fmt: skip
    return f"{first.sql} {second.sql}"


def inner(signature: str, returns: str, body: str, language: str = "plpgsql") -> migrations.RunSQL:
    return function(signature, returns, body, volatile=True, language=language, caller=Role.SEC)


HELD_ROW = f"(engagement_id = {LED} OR set_by_id = {UID} OR practice_id = {ADMINISTERED})"
SETS = f"""set_by_id = {UID}
  AND (engagement_id = {LED} OR engagement_id IN (SELECT sec.administered_engagements()) OR sec.may_hold_person(person_id))
  AND (engagement_id IS NULL OR EXISTS (SELECT FROM engagements_engagement e
        WHERE e.id = engagement_id AND e.practice_id = privacy_hold.practice_id AND NOT e.example
          AND e.state IN ('active', 'paused', 'closed')))
  AND (person_id IS NULL OR EXISTS (SELECT FROM accounts_person p
        WHERE p.id = person_id AND p.practice_id = privacy_hold.practice_id))"""


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0004_retention"),
        ("vault", "0006_persons_erased"),
        ("supervision", "0033_phases"),
        ("portfolio", "0003_cases"),
        ("transfer", "0001_imports_and_receivers"),
        ("evaluations", "0006_effects"),
        ("reports", "0007_own_word_of_who_came_back"),
        ("billing", "0002_rules"),
        ("documents", "0003_reports_sealed"),
        ("notifications", "0010_delivery_log"),
        ("engagements", "0027_statutory"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
        ("mfa", "0001_initial"),
        ("socialaccount", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SEC}", migrations.RunSQL.noop
        ),
        *protect("privacy_passage", select="false", insert="false"),
        *protect("privacy_loose", select="false", insert="false"),
        *protect("privacy_retentionrun", select="false", insert="false", worker="ALL", admin="SELECT"),
        function("passing()", "boolean", PASSING),
        inner("pass(opened boolean)", "void", OPEN),
        migrations.RunSQL(LET, REFUSE),
        function("held(target uuid)", "boolean", HELD),
        function("person_held(target uuid)", "boolean", HELD_PERSON),
        function("may_hold_person(target uuid)", "boolean", KNOWN),
        function("may_erase(target uuid)", "boolean", MAY_ERASE),
        *protect("privacy_hold", select=HELD_ROW, insert=SETS, update=HELD_ROW),
        function(
            "lasting(among uuid[])",
            "TABLE (engagement uuid, practice uuid, closed_on date, notes_on date, content_on date, contract_on date,"
            " held boolean)",
            LASTING,
            caller=Role.SEC,
        ),
        migrations.RunSQL(keys(DESTROY, GOING), keys(DESTROY_BEFORE, GOING_BEFORE)),
        function(
            "retention_due(wanted text, last date, among uuid[])",
            "TABLE (rule text, obj text, engagement uuid, practice uuid, goes_on date, held boolean)",
            RETENTION_DUE,
            caller=Role.SEC,
        ),
        inner("empty_engagement(target uuid)", "void", EMPTY),
        inner("notes_of_go(target uuid)", "void", NOTES),
        inner("crowds_go(targets uuid[])", "void", CROWDS),
        inner("remove_engagement(target uuid)", "void", REMOVE),
        inner("drop_person(target uuid)", "boolean", DROP_PERSON),
        inner("drop_user(target uuid)", "void", DROP_USER),
        function("in_something()", "SETOF uuid", IN_SOMETHING, caller=Role.SEC),
        inner("find_loose()", "void", FIND_LOOSE, "sql"),
        function(
            "let_go(rule_name text, most integer)",
            "integer",
            LET_GO,
            volatile=True,
            language="plpgsql",
            caller=Role.WORKER,
        ),
        function(
            "going_next(last date)",
            "TABLE (rule text, engagement uuid, title text, form text, lead text, practice uuid, goes_on date,"
            " held boolean, amount integer)",
            GOING_NEXT,
        ),
        function("only_here(target uuid)", "boolean", ONLY_HERE, caller=Role.SEC),
        function("erasure_of(target uuid)", "TABLE (part text, amount integer, until date, stays boolean)", ERASURE_OF),
        inner("erase_now(target uuid)", "boolean", ERASE_NOW),
        function("erase_person(target uuid)", "boolean", ERASE, volatile=True, language="plpgsql"),
    ]
