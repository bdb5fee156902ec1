"""Who reads requests and incidents, and what a person is shown of themselves, also of processes they have left.

The functions answer to whoever asks, with their own rows alone: what is by them, about them by name, or addressed to
them. Policies elsewhere end when somebody leaves a process; the right to see one's data does not (GDPR 15).
"""

from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"
OWN_PERSONS = "ANY(ARRAY(SELECT sec.own_persons()))"
PRACTICES = "practice_id = ANY(ARRAY(SELECT sec.practices()))"
ADMINISTERED = "practice_id = ANY(ARRAY(SELECT sec.administered_practices()))"
HANDLED = (
    f"(author_id = {UID} OR author_id IS NULL AND (engagement_id IS NULL AND {ADMINISTERED} OR engagement_id IN"
    f" (SELECT e.id FROM engagements_engagement e WHERE e.lead_id = {UID})))"
)
OF_SEEN_INCIDENT = f"incident_id IN (SELECT i.id FROM privacy_incident i WHERE i.{PRACTICES})"

# What was asked, of whom and by whom never changes; what is decided is decided once. A request about a process is made
# by who takes or took part in it, of one who leads or led it.
RULES = f"""
CREATE FUNCTION sec.data_request_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.decided_at IS NOT NULL AND (NEW.decided_at, NEW.outcome, NEW.grounds) IS DISTINCT FROM
         (OLD.decided_at, OLD.outcome, OLD.grounds)
       OR OLD.extended_at IS NOT NULL AND (NEW.extended_at, NEW.extension) IS DISTINCT FROM
         (OLD.extended_at, OLD.extension) THEN
      RAISE EXCEPTION 'a request about data is extended once and decided once'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NOT EXISTS (SELECT FROM accounts_person p WHERE p.id = NEW.person_id AND p.practice_id = NEW.practice_id
                    AND p.example_of_id IS NULL)
     OR NEW.engagement_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM engagements_participation a JOIN engagements_engagement e ON e.id = a.engagement_id
        WHERE a.engagement_id = NEW.engagement_id AND a.person_id = NEW.person_id
          AND e.practice_id = NEW.practice_id AND e.state <> 'draft')
     OR NEW.author_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM engagements_engagement e WHERE e.id = NEW.engagement_id AND (e.lead_id = NEW.author_id OR EXISTS (
         SELECT FROM engagements_cosupervisor c WHERE c.engagement_id = e.id AND c.user_id = NEW.author_id))) THEN
    RAISE EXCEPTION 'a request about data is made in its own practice, about a process one takes part in'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.data_request_holds() OWNER TO {role(Role.SEC)};
CREATE TRIGGER holds BEFORE INSERT OR UPDATE ON privacy_datarequest
  FOR EACH ROW EXECUTE FUNCTION sec.data_request_holds();

CREATE FUNCTION sec.incident_version_stays() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  RAISE EXCEPTION 'what was written of a breach stays' USING ERRCODE = 'integrity_constraint_violation';
END $fn$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON privacy_incidentversion
  FOR EACH ROW EXECUTE FUNCTION sec.incident_version_stays();
"""
NO_RULES = """
DROP TRIGGER stays ON privacy_incidentversion; DROP FUNCTION sec.incident_version_stays();
DROP TRIGGER holds ON privacy_datarequest; DROP FUNCTION sec.data_request_holds();
"""

MINE = """
  SELECT a.id, a.engagement_id FROM engagements_participation a JOIN accounts_person p ON p.id = a.person_id
   WHERE p.user_id = sec.uid()
"""
# A process that is being prepared has no name yet that its people were told.
ROLES = """
  SELECT 'supervisee', a.id, e.id, CASE WHEN e.state = 'draft' THEN '' ELSE e.title END, e.state::text, r.name,
         CASE WHEN e.state = 'draft' THEN '' ELSE u.full_name END, a.joined_on, a.left_on,
         CASE WHEN a.line_manager THEN 'line_manager' ELSE '' END
    FROM engagements_participation a JOIN accounts_person p ON p.id = a.person_id
    JOIN engagements_engagement e ON e.id = a.engagement_id JOIN accounts_practice r ON r.id = e.practice_id
    JOIN accounts_user u ON u.id = e.lead_id
   WHERE p.user_id = sec.uid()
  UNION ALL
  SELECT 'contact', c.id, NULL, o.name, c.title, r.name, c.phone, NULL, c.left_on, ''
    FROM accounts_contact c JOIN accounts_person p ON p.id = c.person_id
    JOIN accounts_clientorganisation o ON o.id = c.organisation_id JOIN accounts_practice r ON r.id = o.practice_id
   WHERE p.user_id = sec.uid()
  UNION ALL
  SELECT 'party', q.id, e.id, CASE WHEN e.state = 'draft' THEN '' ELSE e.title END, q.kind, r.name,
         CASE WHEN e.state = 'draft' THEN '' ELSE u.full_name END, coalesce(k.valid_from, k.agreed_on), NULL,
         k.version::text
    FROM engagements_contractparty q JOIN accounts_person p ON p.id = q.person_id
    JOIN engagements_contract k ON k.id = q.contract_id JOIN engagements_engagement e ON e.id = k.engagement_id
    JOIN accounts_practice r ON r.id = e.practice_id JOIN accounts_user u ON u.id = e.lead_id
   WHERE p.user_id = sec.uid() AND q.kind <> 'supervisee'
  UNION ALL
  SELECT 'member', m.id, NULL, '', m.kind, r.name, '', (m.since AT TIME ZONE 'Europe/Helsinki')::date,
         (m.until AT TIME ZONE 'Europe/Helsinki')::date, ''
    FROM accounts_membership m JOIN accounts_practice r ON r.id = m.practice_id WHERE m.user_id = sec.uid()
   ORDER BY 1, 8 DESC NULLS LAST, 2
"""
ROLES_RETURN = (
    "TABLE (what text, id uuid, engagement uuid, title text, detail text, practice text, lead text, since date,"
    " until date, more text)"
)
# Texts by the person who asks, goals of theirs alone, and what a supervisor has said to their own answers.
TEXTS = f"""
  WITH mine AS ({MINE})
  SELECT 'goal', g.id, g.engagement_id, '', '', ''::bytea, g.text::text, NULL::timestamptz, e.title
    FROM engagements_goal g JOIN engagements_engagement e ON e.id = g.engagement_id
   WHERE g.owner_id IN (SELECT m.id FROM mine m) AND e.state <> 'draft'
  UNION ALL
  SELECT 'progress', s.id, s.engagement_id, 'supervision_progress', 'remark', s.remark, coalesce(s.level::text, ''),
         s.at, e.title
    FROM supervision_progress s JOIN engagements_goal g ON g.id = s.goal_id
    JOIN engagements_engagement e ON e.id = s.engagement_id
   WHERE (g.owner_id IN (SELECT m.id FROM mine m) OR s.by_id = sec.uid()) AND NOT e.example
  UNION ALL
  SELECT 'task', t.id, t.engagement_id, 'supervision_task', 'text', t.text, '', t.created_at, e.title
    FROM supervision_task t JOIN engagements_engagement e ON e.id = t.engagement_id
   WHERE NOT t.to_all AND t.id IN (
     SELECT f.task_id FROM supervision_taskfor f WHERE f.participation_id IN (SELECT m.id FROM mine m))
     AND (SELECT count(*) FROM supervision_taskfor f WHERE f.task_id = t.id) = 1
  UNION ALL
  SELECT 'answer', w.id, t.engagement_id, 'supervision_taskanswer', 'text', w.text,
         CASE WHEN w.answered_at IS NULL THEN 'draft' ELSE '' END, w.updated_at, e.title
    FROM supervision_taskanswer w JOIN supervision_task t ON t.id = w.task_id
    JOIN engagements_engagement e ON e.id = t.engagement_id
   WHERE w.participation_id IN (SELECT m.id FROM mine m)
  UNION ALL
  SELECT 'file', f.id, t.engagement_id, 'supervision_answerfile', 'name', f.name, f.media_type, f.added_at, e.title
    FROM supervision_answerfile f JOIN supervision_taskanswer w ON w.id = f.answer_id
    JOIN supervision_task t ON t.id = w.task_id JOIN engagements_engagement e ON e.id = t.engagement_id
   WHERE w.participation_id IN (SELECT m.id FROM mine m)
  UNION ALL
  SELECT 'comment', c.id, t.engagement_id, 'supervision_answercomment', 'text', c.text, '', c.at, e.title
    FROM supervision_answercomment c JOIN supervision_taskanswer w ON w.id = c.answer_id
    JOIN supervision_task t ON t.id = w.task_id JOIN engagements_engagement e ON e.id = t.engagement_id
   WHERE w.participation_id IN (SELECT m.id FROM mine m) AND w.answered_at IS NOT NULL
  UNION ALL
  SELECT 'addition', d.id, s.engagement_id, 'supervision_memoaddition', 'text', d.sealed, '', d.at, e.title
    FROM supervision_memoaddition d JOIN supervision_session s ON s.id = d.session_id
    JOIN engagements_engagement e ON e.id = s.engagement_id WHERE d.author_id = sec.uid() AND NOT e.example
  UNION ALL
  SELECT 'agenda', d.id, s.engagement_id, 'supervision_agendaitem', 'text', d.sealed, '', d.created_at, e.title
    FROM supervision_agendaitem d JOIN supervision_session s ON s.id = d.session_id
    JOIN engagements_engagement e ON e.id = s.engagement_id WHERE d.author_id = sec.uid() AND NOT e.example
  UNION ALL
  SELECT 'board', b.id, b.engagement_id, 'supervision_boardentry', 'text', b.text, '', b.created_at, e.title
    FROM supervision_boardentry b JOIN engagements_engagement e ON e.id = b.engagement_id
   WHERE b.author_id = sec.uid() AND b.removed_at IS NULL AND NOT e.example
  UNION ALL
  SELECT 'diary', d.id, d.author_id, 'supervision_diaryentry', 'text', d.text, '', d.created_at, ''
    FROM supervision_diaryentry d WHERE d.author_id = sec.uid()
  UNION ALL
  SELECT 'objection', n.id, r.engagement_id, 'reports_answer', 'reason', n.reason, '', n.at, e.title
    FROM reports_answer n JOIN reports_report r ON r.id = n.report_id
    JOIN engagements_engagement e ON e.id = r.engagement_id
   WHERE n.participation_id IN (SELECT m.id FROM mine m) AND n.reason <> ''
  UNION ALL
  SELECT 'remark', k.id, r.engagement_id, 'reports_remark', 'text', k.text, '', k.at, e.title
    FROM reports_remark k JOIN reports_report r ON r.id = k.report_id
    JOIN engagements_engagement e ON e.id = r.engagement_id WHERE k.by_id = sec.uid() AND NOT e.example
   ORDER BY 1, 8 DESC NULLS LAST, 2
"""
TEXTS_RETURN = (
    "TABLE (what text, id uuid, owner uuid, place text, col text, sealed bytea, plain text, at timestamptz,"
    " process text)"
)
# With which keys those texts open: of processes that the person is or was in or has written in, of themselves, and of
# practices in which they have answered by name.
KEYS = f"""
  WITH mine AS ({MINE})
  SELECT k.id, k.owner, k.number, k.sealed, k.created_at, k.retired_at FROM vault_contentkey k
   WHERE k.owner = sec.uid() OR k.owner IN (SELECT m.engagement_id FROM mine m)
      OR k.owner IN (SELECT t.owner FROM sec.own_texts() t)
      OR k.owner IN (SELECT r.practice FROM sec.own_responses() r)
      OR k.owner IN (SELECT r.engagement FROM sec.own_responses() r)
"""
KEYS_RETURN = (
    "TABLE (id uuid, owner uuid, number smallint, sealed bytea, created_at timestamptz, retired_at timestamptz)"
)
# Answers that say whose they are. Of the others no row does, so there is nothing that could be shown (GDPR 11).
RESPONSES = f"""
  WITH mine AS ({MINE})
  SELECT r.id, r.engagement_id, e.practice_id, e.title, r.kind::text, r.closed_at, a.figures, a.texts, v.questions
    FROM evaluations_response a JOIN evaluations_round r ON r.id = a.round_id
    JOIN evaluations_version v ON v.id = r.version_id JOIN engagements_engagement e ON e.id = r.engagement_id
   WHERE r.state = 'closed' AND (a.participation_id IN (SELECT m.id FROM mine m) OR a.user_id = sec.uid()
      OR a.person_id IN (SELECT sec.own_persons()))
   ORDER BY r.closed_at DESC, r.id
"""
RESPONSES_RETURN = (
    "TABLE (round uuid, engagement uuid, practice uuid, title text, kind text, closed_at timestamptz, figures bytea,"
    " texts bytea, questions jsonb)"
)
# What somebody did, and what was noted of them by name: attendance, what they signed, and what they approved.
DEEDS = f"""
  WITH mine AS ({MINE})
  SELECT 'attendance', n.id, e.title, s.starts_at, n.presence::text, n.how::text, ''
    FROM supervision_attendance n JOIN supervision_session s ON s.id = n.session_id
    JOIN engagements_engagement e ON e.id = s.engagement_id
   WHERE n.participation_id IN (SELECT m.id FROM mine m)
  UNION ALL
  SELECT 'cannot_come', c.id, e.title, c.told_at, '', '', to_char(c.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
    FROM supervision_cannotcome c JOIN supervision_session s ON s.id = c.session_id
    JOIN engagements_engagement e ON e.id = s.engagement_id
   WHERE c.participation_id IN (SELECT m.id FROM mine m) AND c.told_at IS NOT NULL
  UNION ALL
  SELECT 'signature', q.id, e.title, coalesce(g.at, q.settled_at, q.asked_at, q.created_at), q.state::text, q.what::text,
         coalesce(g.address, '')
    FROM engagements_signaturerequest q JOIN engagements_contract k ON k.id = q.contract_id
    JOIN engagements_engagement e ON e.id = k.engagement_id
    LEFT JOIN engagements_signature g ON g.request_id = q.id
   WHERE q.user_id = sec.uid() OR q.person_id IN (SELECT sec.own_persons())
  UNION ALL
  SELECT 'approval', n.id, e.title, n.at, n.verdict::text, CASE WHEN n.recorded_by_id IS NULL THEN '' ELSE 'recorded' END, ''
    FROM reports_answer n JOIN reports_report r ON r.id = n.report_id
    JOIN engagements_engagement e ON e.id = r.engagement_id
   WHERE n.participation_id IN (SELECT m.id FROM mine m)
   ORDER BY 1, 4 DESC NULLS LAST, 2
"""
DEEDS_RETURN = "TABLE (what text, id uuid, process text, at timestamptz, value text, how text, more text)"
# Who has opened what concerns the person who asks. Supervisors stand by their name, a client as one, a fellow as nobody.
READS = """
  SELECT e.title, r.at, CASE WHEN r.client THEN 'client'
           WHEN r.actor = e.lead_id OR EXISTS (SELECT FROM engagements_cosupervisor c
             WHERE c.engagement_id = e.id AND c.user_id = r.actor) THEN 'supervisor' ELSE 'other' END,
         CASE WHEN r.actor = e.lead_id OR EXISTS (SELECT FROM engagements_cosupervisor c
             WHERE c.engagement_id = e.id AND c.user_id = r.actor)
           THEN (SELECT u.full_name FROM accounts_user u WHERE u.id = r.actor) ELSE '' END,
         r.event, r.about, r.version
    FROM engagements_engagement e CROSS JOIN LATERAL sec.reads_of(e.id) r
   WHERE e.id IN (SELECT sec.attended_engagements())
   ORDER BY r.at DESC LIMIT most
"""
READS_RETURN = (
    "TABLE (process text, at timestamptz, part text, name text, event text, about timestamptz, version integer)"
)
# Whom a person can ask about a process of theirs: who leads or led it.
SUPERVISORS = """
  SELECT e.id, e.title, r.id, r.name, u.id, u.full_name, u.id = e.lead_id, bool_or(a.left_on IS NULL)
    FROM engagements_participation a JOIN accounts_person p ON p.id = a.person_id
    JOIN engagements_engagement e ON e.id = a.engagement_id JOIN accounts_practice r ON r.id = e.practice_id
    JOIN accounts_user u ON u.id = e.lead_id OR u.id IN (
      SELECT c.user_id FROM engagements_cosupervisor c WHERE c.engagement_id = e.id)
   WHERE p.user_id = sec.uid() AND e.state <> 'draft'
   GROUP BY e.id, r.id, u.id ORDER BY e.title, e.id, u.id = e.lead_id DESC, u.full_name
"""
SUPERVISORS_RETURN = (
    'TABLE (engagement uuid, title text, practice uuid, practice_name text, "user" uuid, name text, leads boolean,'
    " current boolean)"
)
# What anybody may read who has the address of a practice's privacy notice: who it is, and who answers there.
NOTICE = """
  SELECT r.name, r.business_id, r.street, r.postcode, r.city, r.email, r.phone, coalesce(c.name, ''),
         coalesce(c.email, ''), coalesce(c.phone, '')
    FROM accounts_practice r LEFT JOIN privacy_datacontact c ON c.practice_id = r.id WHERE r.id = asked
"""
NOTICE_RETURNS = (
    "TABLE (name text, business_id text, street text, postcode text, city text, email text, phone text, contact text,"
    " contact_email text, contact_phone text)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0002_own"),
        ("billing", "0002_rules"),
        ("evaluations", "0006_effects"),
        ("notifications", "0010_delivery_log"),
        ("reports", "0007_own_word_of_who_came_back"),
        ("supervision", "0030_times_offered_rules"),
        ("vault", "0005_keys_about_to_go"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        *protect(
            "privacy_datarequest",
            select=f"person_id = {OWN_PERSONS} OR {HANDLED}",
            insert=f"person_id = {OWN_PERSONS} AND decided_at IS NULL AND extended_at IS NULL",
            update=HANDLED,
            worker="SELECT",
        ),
        *protect(
            "privacy_datacontact", select=PRACTICES, insert=ADMINISTERED, update=ADMINISTERED, delete=ADMINISTERED
        ),
        *protect("privacy_incident", select=PRACTICES, insert=PRACTICES, update=PRACTICES, worker="SELECT"),
        *protect("privacy_incidentversion", select=OF_SEEN_INCIDENT, insert=f"{OF_SEEN_INCIDENT} AND by_id = {UID}"),
        migrations.RunSQL(RULES, NO_RULES),
        function("own_roles()", ROLES_RETURN, ROLES),
        function("own_texts()", TEXTS_RETURN, TEXTS),
        function("own_responses()", RESPONSES_RETURN, RESPONSES),
        function("own_keys()", KEYS_RETURN, KEYS),
        function("own_deeds()", DEEDS_RETURN, DEEDS),
        function("own_reads(most integer)", READS_RETURN, READS),
        function("own_supervisors()", SUPERVISORS_RETURN, SUPERVISORS),
        function("privacy_notice(asked uuid)", NOTICE_RETURNS, NOTICE),
    ]
