"""Who sees what was brought in and who named a receiver; and how what a spreadsheet brought in is taken back."""

from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

SEC = role(Role.SEC).replace('"', "'")
UID = "(SELECT sec.uid())"
ADMINISTERED = "practice_id = ANY(ARRAY(SELECT sec.administered_practices()))"
OWN = f"by_id = {UID}"
OWN_BATCH = f"batch_id IN (SELECT b.id FROM transfer_importbatch b WHERE b.by_id = {UID})"


def ids(kind: str) -> str:
    """Return the SQL of the ids of this kind that the batch `b` made."""
    return f"(SELECT i::uuid FROM jsonb_array_elements_text(b.made -> '{kind}') i)"


#: What stands in the way of taking an import back: by a code, the SQL that finds what was built on what came in.
STOPS = {
    "events": f"SELECT FROM engagements_event v WHERE v.engagement_id IN {ids('engagements')}"
    " AND NOT (v.kind = 'imported' AND v.at = b.imported_at)",
    "signatures": "SELECT FROM engagements_signaturerequest q JOIN engagements_contract k ON k.id = q.contract_id"
    f" WHERE k.engagement_id IN {ids('engagements')}",
    "versions": f"SELECT FROM engagements_contract k WHERE k.engagement_id IN {ids('engagements')} AND k.version > 1",
    "scans": "SELECT FROM documents_attachment f JOIN engagements_contract k ON k.id = f.obj"
    f" WHERE k.engagement_id IN {ids('engagements')}",
    "colleagues": f"SELECT FROM engagements_cosupervisor c WHERE c.engagement_id IN {ids('engagements')}",
    "sessions": f"SELECT FROM supervision_session s WHERE s.engagement_id IN {ids('engagements')}"
    f" AND s.id NOT IN {ids('sessions')} UNION ALL"
    f" SELECT FROM supervision_session s WHERE s.id IN {ids('sessions')}"
    " AND (s.sequence > 0 OR s.marked_at IS NOT NULL AND s.marked_at <> b.imported_at)",
    "attendance": f"SELECT FROM supervision_attendance a WHERE a.session_id IN {ids('sessions')}"
    f" OR a.participation_id IN {ids('participations')}",
    "notes": f"SELECT FROM supervision_note n WHERE n.engagement_id IN {ids('engagements')}"
    f" OR n.session_id IN {ids('sessions')}",
    "memos": f"SELECT FROM supervision_memo m WHERE m.session_id IN {ids('sessions')} UNION ALL"
    f" SELECT FROM supervision_agendaitem m WHERE m.session_id IN {ids('sessions')}",
    "tasks": f"SELECT FROM supervision_task t WHERE t.engagement_id IN {ids('engagements')}"
    f" OR t.session_id IN {ids('sessions')} UNION ALL"
    f" SELECT FROM supervision_taskfor f WHERE f.participation_id IN {ids('participations')}",
    "goals": f"SELECT FROM engagements_goal g WHERE g.engagement_id IN {ids('engagements')}",
    "rounds": f"SELECT FROM evaluations_round r WHERE r.engagement_id IN {ids('engagements')}"
    f" OR r.session_id IN {ids('sessions')} UNION ALL"
    f" SELECT FROM evaluations_invitation i WHERE i.participation_id IN {ids('participations')}",
    "reports": f"SELECT FROM reports_report r WHERE r.engagement_id IN {ids('engagements')} UNION ALL"
    f" SELECT FROM reports_asked a WHERE a.participation_id IN {ids('participations')}",
    "invoices": f"SELECT FROM billing_line l WHERE l.engagement_id IN {ids('engagements')}"
    f" OR l.session_id IN {ids('sessions')} UNION ALL"
    f" SELECT FROM billing_trip p WHERE p.session_id IN {ids('sessions')}",
    "messages": "SELECT FROM notifications_message m WHERE m.state IN ('sending', 'sent') AND ("
    f"m.person_id IN {ids('persons')} OR m.obj IN {ids('sessions')} OR m.obj IN {ids('engagements')})",
    "people": f"SELECT FROM accounts_person p WHERE p.id IN {ids('persons')} AND p.user_id IS NOT NULL UNION ALL"
    f" SELECT FROM engagements_participation a WHERE a.id NOT IN {ids('participations')}"
    f" AND (a.person_id IN {ids('persons')} OR a.engagement_id IN {ids('engagements')}) UNION ALL"
    f" SELECT FROM engagements_participation a WHERE a.id IN {ids('participations')} AND a.left_on IS NOT NULL"
    f" UNION ALL SELECT FROM accounts_contact c WHERE c.id NOT IN {ids('contacts')}"
    f" AND (c.person_id IN {ids('persons')} OR c.organisation_id IN {ids('organisations')}) UNION ALL"
    f" SELECT FROM engagements_contractparty y WHERE y.contact_id IN {ids('contacts')}"
    f" OR y.person_id IN {ids('persons')}",
    "clients": f"SELECT FROM engagements_engagement e WHERE e.client_id IN {ids('organisations')}"
    f" AND e.id NOT IN {ids('engagements')}",
}
STOPPING = (
    "SELECT w.what, w.number FROM transfer_importbatch b CROSS JOIN LATERAL ("
    + " UNION ALL ".join(f"SELECT '{code}', (SELECT count(*) FROM ({query}) x)" for code, query in STOPS.items())
    + ") w (what, number) WHERE b.id = asked AND b.by_id = sec.uid() AND b.state = 'imported' AND w.number > 0"
)

# Takes back what an import made, and nothing else: what it says it made must be of its practice and led by who brought
# it, and made since. The foreign keys are asked at the end: a table that hangs on what goes and is not named here stops
# it. Answers '' when it is done, or the code of what stands in the way.
UNDO = f"""
DECLARE
  b transfer_importbatch; engagements uuid[]; sessions uuid[]; participations uuid[]; persons uuid[];
  organisations uuid[]; contacts uuid[]; versions uuid[];
BEGIN
  SELECT * INTO b FROM transfer_importbatch x WHERE x.id = asked AND x.by_id = sec.uid() AND x.state = 'imported'
    FOR UPDATE;
  IF b.id IS NULL THEN RETURN 'gone'; END IF;
  IF moment > b.imported_at + interval '7 days' THEN RETURN 'late'; END IF;
  IF EXISTS (SELECT FROM sec.import_stops(asked)) THEN RETURN 'built'; END IF;
  engagements := ARRAY(SELECT e.id FROM engagements_engagement e WHERE e.id IN {ids("engagements")}
    AND e.practice_id = b.practice_id AND e.lead_id = b.by_id AND e.created_at >= b.created_at);
  sessions := ARRAY(SELECT s.id FROM supervision_session s JOIN engagements_engagement e ON e.id = s.engagement_id
    WHERE s.id IN {ids("sessions")} AND e.practice_id = b.practice_id AND e.lead_id = b.by_id);
  participations := ARRAY(SELECT a.id FROM engagements_participation a
    JOIN engagements_engagement e ON e.id = a.engagement_id
    WHERE a.id IN {ids("participations")} AND e.practice_id = b.practice_id AND e.lead_id = b.by_id);
  organisations := ARRAY(SELECT o.id FROM accounts_clientorganisation o
    WHERE o.id IN {ids("organisations")} AND o.practice_id = b.practice_id);
  persons := ARRAY(SELECT p.id FROM accounts_person p WHERE p.id IN {ids("persons")} AND p.practice_id = b.practice_id);
  contacts := ARRAY(SELECT c.id FROM accounts_contact c JOIN accounts_person p ON p.id = c.person_id
    WHERE c.id IN {ids("contacts")} AND p.practice_id = b.practice_id);
  versions := ARRAY(SELECT k.id FROM engagements_contract k WHERE k.engagement_id = ANY (engagements));
  PERFORM set_config('app.undone', array_to_string(engagements, ','), true);
  DELETE FROM supervision_booking k WHERE k.session_id = ANY (sessions);
  DELETE FROM supervision_fee f WHERE f.session_id = ANY (sessions);
  DELETE FROM supervision_session s WHERE s.id = ANY (sessions);
  DELETE FROM engagements_event v WHERE v.kind = 'imported' AND v.at = b.imported_at AND v.actor_id = b.by_id;
  DELETE FROM engagements_contract k WHERE k.id = ANY (versions);
  DELETE FROM engagements_contractparty y WHERE y.contract_id = ANY (versions);
  DELETE FROM engagements_reportingclause r WHERE r.contract_id = ANY (versions);
  DELETE FROM engagements_participation a WHERE a.id = ANY (participations);
  DELETE FROM engagements_engagement e WHERE e.id = ANY (engagements);
  DELETE FROM accounts_contact c WHERE c.id = ANY (contacts);
  DELETE FROM notifications_preference n WHERE n.person_id = ANY (persons);
  DELETE FROM notifications_message m WHERE m.person_id = ANY (persons) AND m.state NOT IN ('sending', 'sent');
  DELETE FROM accounts_person p WHERE p.id = ANY (persons);
  DELETE FROM accounts_clientorganisation o WHERE o.id = ANY (organisations);
  SET CONSTRAINTS ALL IMMEDIATE;
  SET CONSTRAINTS ALL DEFERRED;
  PERFORM set_config('app.undone', '', true);
  UPDATE transfer_importbatch t SET state = 'undone', undone_at = moment WHERE t.id = asked;
  RETURN '';
EXCEPTION WHEN integrity_constraint_violation THEN
  RETURN 'built';
END
"""

# An agreed contract never changes (promise 5). What a spreadsheet said of one goes again with the process it brought
# in, by one door alone, `sec.undo_import`, inside which the role `sec` asks: nobody has signed it here.
STAYS = f"""
CREATE OR REPLACE FUNCTION sec.agreed_stays() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  IF TG_OP = 'DELETE' AND current_user = {SEC} THEN
    IF EXISTS (SELECT FROM public.engagements_engagement e WHERE e.id = OLD.engagement_id AND e.example) THEN
      RETURN OLD;
    END IF;
    {{undone}}
  END IF;
  IF OLD.state IN ('agreed', 'superseded') AND (TG_OP = 'DELETE' OR NOT (to_jsonb(NEW) = to_jsonb(OLD))) THEN
    RAISE EXCEPTION 'an agreed contract never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $fn$
"""
UNDONE = """
    IF OLD.engagement_id::text = ANY (string_to_array(current_setting('app.undone', true), ',')) THEN
      RETURN OLD;
    END IF;
"""
# What an import made is written down once.
MADE = """
CREATE TRIGGER made_stays BEFORE UPDATE OF made, imported_at ON transfer_importbatch FOR EACH ROW
  WHEN (OLD.made IS NOT NULL AND ROW(OLD.made, OLD.imported_at) IS DISTINCT FROM ROW(NEW.made, NEW.imported_at))
  EXECUTE FUNCTION sec.stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("transfer", "0001_imports_and_receivers"),
        ("reports", "0007_own_word_of_who_came_back"),
        ("evaluations", "0006_effects"),
        ("billing", "0002_rules"),
        ("supervision", "0030_times_offered_rules"),
        ("engagements", "0024_names_told"),
    ]
    operations = [
        *protect(
            "transfer_importbatch",
            select=f"{OWN} OR {ADMINISTERED}",
            insert=f"{OWN} AND practice_id = ANY(ARRAY(SELECT sec.practices()))",
            update=OWN,
        ),
        *protect("transfer_importfile", select=OWN_BATCH, insert=OWN_BATCH, delete=OWN_BATCH, worker="ALL"),
        *protect(
            "transfer_receiver",
            select=ADMINISTERED,
            insert=f"{ADMINISTERED} AND asked_by_id = {UID} AND until IS NULL",
            delete=ADMINISTERED,
        ),
        migrations.RunSQL(MADE, "DROP TRIGGER made_stays ON transfer_importbatch"),
        migrations.RunSQL(STAYS.format(undone=UNDONE), STAYS.format(undone="")),
        function("import_stops(asked uuid)", "TABLE (what text, number bigint)", STOPPING),
        function("undo_import(asked uuid, moment timestamptz)", "text", UNDO, volatile=True, language="plpgsql"),
    ]
