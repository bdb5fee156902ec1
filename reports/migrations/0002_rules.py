"""The rules of reports, held by the database: what the clause allows, whose approval it takes, and that what is out stays."""

from importlib import import_module

from django.db import migrations

from audit.rls import function, policy, protect, role
from audit.roles import Role

CONTENT = import_module("vault.migrations.0002_rules").CONTENT
READS_BEFORE = import_module("evaluations.migrations.0004_changes_agreed").READS
keys = import_module("evaluations.migrations.0002_rules").keys
reads = import_module("evaluations.migrations.0004_changes_agreed").reads

SEC = role(Role.SEC)
SEC_NAME = SEC.replace('"', "'")
UID = "(SELECT sec.uid())"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "ANY(ARRAY(SELECT sec.attended_engagements()))"
ADMINISTERED = "ANY(ARRAY(SELECT sec.administered_engagements()))"
LED_REPORT = f"report_id IN (SELECT r.id FROM reports_report r WHERE r.engagement_id = {LED})"
# What is thrown away goes whole: nothing of it has left.
OPEN_REPORT = f"report_id IN (SELECT r.id FROM reports_report r WHERE r.engagement_id = {LED} AND r.state IN ('writing', 'asked'))"
TODAY = "(moment AT TIME ZONE 'Europe/Helsinki')::date"

# What the version of the contract in force lets a report of `of_kind` tell, and to whom, one row for each section and
# reader: whether every supervisee has to approve, after how many days silence counts (null: never), since when it is
# told (null: from the beginning; an amendment never widens what is told of the time before it), and up to which day
# (null: not yet). Where several lines speak of the same to the same reader, the strictest approval holds.
LINES = f"""
  WITH agreed AS (
    SELECT k.id, k.version, k.agreed_on, coalesce(k.valid_from, k.agreed_on) AS begins,
           greatest(k.valid_from, k.agreed_on, (k.created_at AT TIME ZONE 'Europe/Helsinki')::date) AS tells
      FROM engagements_contract k WHERE k.engagement_id = of_process AND k.state = 'agreed'),
  force AS (SELECT * FROM agreed WHERE begins <= {TODAY} ORDER BY version DESC LIMIT 1),
  line AS (
    SELECT r.what, r."when", r.approval, r.silence_days, q.person_id, e.state, e.ends_on,
           coalesce(e.starts_on, f.agreed_on) AS first, (e.closed_at AT TIME ZONE 'Europe/Helsinki')::date AS closed_on,
           (SELECT n.tells FROM agreed n WHERE n.version > (
              SELECT max(b.version) FROM agreed b WHERE b.version < f.version AND NOT EXISTS (
                SELECT FROM engagements_reportingclause x WHERE x.contract_id = b.id AND x.what = r.what AND x."to" = r."to"))
             ORDER BY n.version LIMIT 1) AS since
      FROM force f
      JOIN engagements_engagement e ON e.id = of_process AND e.state <> 'draft'
      JOIN engagements_reportingclause r ON r.contract_id = f.id
      JOIN engagements_contractparty q ON q.contract_id = f.id AND q.person_id IS NOT NULL AND q.kind <> 'supervisee'
      LEFT JOIN accounts_contact c ON c.id = q.contact_id
     WHERE (q.contact_id IS NULL OR c.left_on IS NULL)
       AND (r."to" = 'readers' AND q.reads_reports OR r."to" = q.kind AND q.kind IN ('contact', 'line_manager'))
       AND CASE of_kind
             WHEN 'attendance' THEN r.what IN ('dates', 'minutes', 'counts', 'names')
             WHEN 'interim' THEN r.what <> 'costs' AND r."when" IN ('monthly', 'midpoint', 'half_yearly', 'request')
             WHEN 'final' THEN r.what <> 'costs' AND r."when" IN ('monthly', 'half_yearly', 'end', 'request')
             ELSE false END),
  day AS (
    SELECT l.*, CASE l."when"
        WHEN 'request' THEN {TODAY}
        WHEN 'monthly' THEN date_trunc('month', {TODAY})::date - 1
        WHEN 'half_yearly' THEN (l.first + make_interval(months => 6 * floor((
            12 * extract(year FROM age({TODAY}, l.first)) + extract(month FROM age({TODAY}, l.first))) / 6)::int))::date - 1
        WHEN 'midpoint' THEN CASE WHEN l.ends_on IS NULL THEN l.closed_on
            WHEN l.first + (l.ends_on - l.first) / 2 <= {TODAY} THEN l.first + (l.ends_on - l.first) / 2 END
        WHEN 'end' THEN CASE WHEN l.state = 'closed' OR l.ends_on <= {TODAY} THEN {TODAY} END
      END AS told FROM line l)
  SELECT d.what::text, d.person_id, bool_or(d.approval = 'everyone'),
         CASE WHEN bool_or(d.approval = 'everyone' AND d.silence_days IS NULL) THEN NULL ELSE max(d.silence_days)::int END,
         CASE WHEN bool_or(d.since IS NULL) THEN NULL ELSE min(d.since) END,
         max(CASE WHEN d.told < d.first THEN NULL WHEN d.approval = 'everyone' THEN {TODAY} ELSE d.told END)
    FROM day d GROUP BY d.what, d.person_id
"""
LINES_RETURN = "TABLE (what text, person uuid, needs boolean, silence int, since date, reach date)"

# Who receives a report: those to whom each of its sections may be told, of all the days that it is about.
READERS = """
  SELECT l.person
    FROM reports_report r JOIN reports_revision v ON v.report_id = r.id AND v.number = r.revision
   CROSS JOIN LATERAL sec.report_lines(r.engagement_id, r.kind, moment) l
   WHERE r.id = asked AND l.what = ANY(v.sections) AND l.reach >= r.until AND (l.since IS NULL OR l.since <= r.since)
   GROUP BY l.person, v.sections HAVING count(*) = cardinality(v.sections)
"""

# Who receives it, by name, for those who write it and those who approve it: as it stands, or as it was handed over.
RECEIVERS = """
  SELECT trim(p.given_name || ' ' || p.family_name) FROM accounts_person p JOIN reports_report r ON r.id = asked
   WHERE {known} AND CASE WHEN r.state IN ('writing', 'asked') THEN p.id IN (SELECT sec.report_readers(asked, moment))
              ELSE p.id IN (SELECT i.person_id FROM reports_recipient i WHERE i.report_id = asked) END
   ORDER BY p.sort_key
"""

# Whose approval a report takes: everybody who was asked about this wording, and everybody who is in the process now.
# `how` is their latest word; 'silent' where the clause lets silence count and their time is over; 'left' who is in the
# process no more and let theirs pass; 'waiting' and 'unasked' otherwise. Nobody, where no section needs approval.
STANDING = f"""
  WITH report AS (
    SELECT r.*, v.id AS wording, v.hash, v.sections FROM reports_report r
      JOIN reports_revision v ON v.report_id = r.id AND v.number = r.revision WHERE r.id = asked),
  rule AS (
    SELECT bool_or(l.needs) AS needs,
           CASE WHEN bool_or(l.needs AND l.silence IS NULL) THEN NULL ELSE max(l.silence) END AS silence
      FROM report r CROSS JOIN LATERAL sec.report_lines(r.engagement_id, r.kind, moment) l WHERE l.what = ANY(r.sections)),
  people AS (
    SELECT a.id, a.left_on IS NULL AS current, q.asked_on, q.answer_by
      FROM report r JOIN engagements_participation a ON a.engagement_id = r.engagement_id
      LEFT JOIN reports_asked q ON q.revision_id = r.wording AND q.participation_id = a.id
     WHERE a.left_on IS NULL OR q.id IS NOT NULL)
  SELECT p.id,
         CASE WHEN w.verdict IS NOT NULL THEN w.verdict::text
              WHEN p.asked_on IS NULL THEN 'unasked'
              WHEN p.answer_by >= {TODAY} THEN 'waiting'
              WHEN NOT p.current THEN 'left'
              WHEN p.answer_by - p.asked_on >= u.silence THEN 'silent'
              ELSE 'waiting' END,
         p.answer_by, w.at, w.recorded_by_id
    FROM report r CROSS JOIN rule u CROSS JOIN people p
    LEFT JOIN LATERAL (SELECT n.verdict, n.at, n.recorded_by_id FROM reports_answer n
       WHERE n.revision_id = r.wording AND n.participation_id = p.id AND n.hash = r.hash
       ORDER BY n.at DESC, n.verdict = 'objects' DESC, n.id LIMIT 1) w ON true
   WHERE u.needs
"""
STANDING_RETURNS = "TABLE (participation uuid, how text, answer_by date, answered_at timestamptz, recorded_by uuid)"

# After how many days silence counts for a report; null: never.
SILENCE = """
  SELECT CASE WHEN bool_or(l.needs AND l.silence IS NULL) THEN NULL ELSE max(l.silence) END
    FROM reports_report r JOIN reports_revision v ON v.report_id = r.id AND v.number = r.revision
   CROSS JOIN LATERAL sec.report_lines(r.engagement_id, r.kind, moment) l
   WHERE r.id = asked AND l.what = ANY(v.sections) AND l.needs
"""

# Why a report cannot be handed over as it stands; no row: it can. The one place of promises 2 and 3.
STOPS = """
  WITH report AS (
    SELECT r.*, v.sections, v.figures, e.example FROM reports_report r JOIN engagements_engagement e ON e.id = r.engagement_id
      LEFT JOIN reports_revision v ON v.report_id = r.id AND v.number = r.revision WHERE r.id = asked),
  section AS (SELECT unnest(r.sections) AS what FROM report r),
  line AS (SELECT l.* FROM report r CROSS JOIN LATERAL sec.report_lines(r.engagement_id, r.kind, moment) l),
  told AS (
    SELECT s.what, count(l.what) > 0 AS named, bool_or(l.reach >= r.until) AS due,
           bool_or(l.reach >= r.until AND (l.since IS NULL OR l.since <= r.since)) AS whole
      FROM section s CROSS JOIN report r LEFT JOIN line l ON l.what = s.what GROUP BY s.what),
  standing AS (SELECT * FROM sec.report_people(asked, moment))
  SELECT 'empty', '' FROM report WHERE coalesce(cardinality(sections), 0) = 0 OR example
  UNION ALL SELECT 'clause', t.what::text FROM told t WHERE NOT t.named
  UNION ALL SELECT 'early', t.what::text FROM told t WHERE t.named AND t.due IS NOT TRUE
  UNION ALL SELECT 'before', t.what::text FROM told t WHERE t.due AND t.whole IS NOT TRUE
  UNION ALL SELECT 'readers', '' FROM report WHERE NOT EXISTS (SELECT FROM sec.report_readers(asked, moment))
             AND NOT EXISTS (SELECT FROM told t WHERE t.whole IS NOT TRUE)
  UNION ALL SELECT 'few', '' FROM report r WHERE r.figures AND 5 > (SELECT count(*) FROM engagements_participation a
             WHERE a.engagement_id = r.engagement_id AND a.left_on IS NULL)
  UNION ALL SELECT s.how, s.participation::text FROM standing s WHERE s.how IN ('unasked', 'waiting', 'objects')
"""

# --- who sees what --------------------------------------------------------------------------------------------------

OWN = """
  SELECT a.id FROM engagements_participation a JOIN accounts_person p ON p.id = a.person_id WHERE p.user_id = sec.uid()
"""
# Who has left reads what they were asked about, as long as it is the wording that counts.
READABLE = """
  SELECT r.id FROM reports_report r WHERE r.engagement_id IN (SELECT sec.attended_engagements()) AND r.shared_at IS NOT NULL
  UNION
  SELECT q.report_id FROM reports_asked q JOIN reports_revision v ON v.id = q.revision_id
    JOIN reports_report r ON r.id = q.report_id AND r.revision = v.number
   WHERE q.participation_id IN (SELECT sec.own_participations())
"""
RECEIVED = """
  SELECT i.report_id FROM reports_recipient i JOIN accounts_person p ON p.id = i.person_id AND p.user_id = sec.uid()
    JOIN reports_report r ON r.id = i.report_id AND r.state IN ('released', 'withdrawn')
    JOIN engagements_engagement e ON e.id = r.engagement_id
   WHERE NOT EXISTS (SELECT FROM accounts_contact c WHERE c.person_id = p.id AND c.organisation_id = e.client_id)
      OR EXISTS (SELECT FROM accounts_contact c
                  WHERE c.person_id = p.id AND c.organisation_id = e.client_id AND c.left_on IS NULL)
"""
FILES = """
  SELECT r.id FROM reports_report r WHERE r.state IN ('released', 'withdrawn')
     AND (r.engagement_id IN (SELECT sec.led_engagements()) OR r.id IN (SELECT sec.readable_reports()))
  UNION SELECT r.id FROM reports_report r WHERE r.state = 'released' AND r.id IN (SELECT sec.received_reports())
"""
# Whose key opens the text of a report: also for one who has left and is asked still.
OWNERS = """
  SELECT r.engagement_id FROM reports_report r JOIN reports_revision v ON v.report_id = r.id AND v.number = r.revision
    JOIN reports_asked q ON q.revision_id = v.id
   WHERE r.state IN ('asked', 'handed') AND q.participation_id IN (SELECT sec.own_participations())
"""
KNOWN = f"(r.engagement_id = {LED} OR r.id IN (SELECT sec.readable_reports()))"

# --- steps ----------------------------------------------------------------------------------------------------------

# What a report says of itself stays; what is out never changes, whoever asks, but by its one withdrawal.
STAYS = f"""
CREATE FUNCTION sec.report_stays() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state IN ('handed', 'released', 'withdrawn') THEN
      RAISE EXCEPTION 'a report that was handed over stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.state IN ('released', 'withdrawn') THEN
    IF OLD.state = 'withdrawn' OR NEW.state <> 'withdrawn' OR
       to_jsonb(NEW) - ARRAY['state', 'withdrawn_at', 'withdrawn_by_id', 'withdrawn_why']
       IS DISTINCT FROM to_jsonb(OLD) - ARRAY['state', 'withdrawn_at', 'withdrawn_by_id', 'withdrawn_why'] THEN
      RAISE EXCEPTION 'a report that was handed over stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.engagement_id, NEW.kind, NEW.since, NEW.until, NEW.language, NEW.corrects_id, NEW.created_by_id, NEW.created_at)
     IS DISTINCT FROM
     (OLD.engagement_id, OLD.kind, OLD.since, OLD.until, OLD.language, OLD.corrects_id, OLD.created_by_id, OLD.created_at)
     OR (NEW.revision <> OLD.revision OR NEW.state = 'released') AND current_user <> {SEC_NAME}
     OR NEW.state = 'withdrawn'
     OR NEW.state = 'released' AND OLD.state <> 'handed'
     OR OLD.shared_at IS NOT NULL AND NEW.shared_at IS DISTINCT FROM OLD.shared_at
     OR OLD.shared_from IS NOT NULL AND NEW.shared_from IS DISTINCT FROM OLD.shared_from THEN
    RAISE EXCEPTION 'a report goes its way' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $fn$;
CREATE TRIGGER report_stays BEFORE UPDATE OR DELETE ON reports_report FOR EACH ROW EXECUTE FUNCTION sec.report_stays();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON reports_report FOR EACH STATEMENT EXECUTE FUNCTION sec.refuse();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON reports_revision FOR EACH STATEMENT EXECUTE FUNCTION sec.refuse();
CREATE TRIGGER refuse_change BEFORE UPDATE ON reports_answer FOR EACH ROW EXECUTE FUNCTION sec.refuse();
"""
GOES = """
DROP TRIGGER refuse_change ON reports_answer;
DROP TRIGGER refuse_truncate ON reports_revision;
DROP TRIGGER refuse_truncate ON reports_report;
DROP TRIGGER report_stays ON reports_report; DROP FUNCTION sec.report_stays();
"""
REAL = """
BEGIN
  IF EXISTS (SELECT FROM engagements_engagement e WHERE e.id = NEW.engagement_id AND (e.example OR e.client_id IS NULL AND
       NOT EXISTS (SELECT FROM engagements_contract k JOIN engagements_reportingclause c ON c.contract_id = k.id
                    WHERE k.engagement_id = e.id AND k.state = 'agreed')))
     OR NEW.state <> 'writing' OR NEW.revision <> 0
     OR NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT FROM reports_report o WHERE o.id = NEW.corrects_id
          AND o.engagement_id = NEW.engagement_id AND o.state IN ('released', 'withdrawn')) THEN
    RAISE EXCEPTION 'a report begins as a draft of a real process' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""
# Asked of the row as it was: nothing that is written in the same step makes a report fit to leave.
HANDED = """
DECLARE stop record;
BEGIN
  SELECT * INTO stop FROM sec.report_stops(OLD.id, NEW.handed_at) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'report_stops: % %', stop.code, stop.about USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""
# Who receives it follows from the clause, and is gone with its file when handing over is taken back.
HANDED_ON = """
BEGIN
  DELETE FROM reports_recipient i WHERE i.report_id = NEW.id;
  IF NEW.state = 'handed' THEN
    INSERT INTO reports_recipient (report_id, person_id) SELECT NEW.id, p FROM sec.report_readers(NEW.id, NEW.handed_at) p;
  ELSE
    DELETE FROM reports_handover h WHERE h.report_id = NEW.id;
  END IF;
  RETURN NULL;
END
"""
FOLLOWS = """
DECLARE r reports_report;
BEGIN
  SELECT * INTO r FROM reports_report WHERE id = NEW.report_id FOR NO KEY UPDATE;
  IF r.state NOT IN ('writing', 'asked') OR NEW.number <> r.revision + 1 THEN
    RAISE EXCEPTION 'a wording follows the one before it' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""
FOLLOWED = """
BEGIN
  UPDATE reports_report SET revision = NEW.number, state = 'writing', asked_at = NULL, answer_by = NULL
   WHERE id = NEW.report_id;
  RETURN NULL;
END
"""
WORDING_STAYS = """
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT FROM reports_report r WHERE r.id = OLD.report_id AND r.state IN ('handed', 'released', 'withdrawn')) THEN
      RAISE EXCEPTION 'a wording stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.pdf IS NOT NULL OR to_jsonb(NEW) - ARRAY['pdf', 'pdf_sha256'] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['pdf', 'pdf_sha256'] THEN
    RAISE EXCEPTION 'a wording stays' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
"""
ASKED_FITS = """
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.answer_by < OLD.answer_by OR
       to_jsonb(NEW) - 'answer_by' IS DISTINCT FROM to_jsonb(OLD) - 'answer_by')
     OR NOT EXISTS (SELECT FROM reports_report r JOIN reports_revision v ON v.report_id = r.id AND v.number = r.revision
       JOIN engagements_participation a ON a.engagement_id = r.engagement_id
      WHERE r.id = NEW.report_id AND v.id = NEW.revision_id AND a.id = NEW.participation_id AND r.state = 'asked') THEN
    RAISE EXCEPTION 'who is asked is in the process' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""
ANSWER_FITS = """
DECLARE r reports_report; v reports_revision;
BEGIN
  SELECT * INTO r FROM reports_report WHERE id = NEW.report_id FOR NO KEY UPDATE;
  SELECT * INTO v FROM reports_revision WHERE id = NEW.revision_id;
  IF v.report_id IS DISTINCT FROM r.id OR v.number <> r.revision OR v.hash <> NEW.hash THEN
    RAISE EXCEPTION 'answer_is_to_this_text' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF r.state NOT IN ('asked', 'handed') THEN
    RAISE EXCEPTION 'answer_in_time' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM reports_asked q WHERE q.revision_id = v.id AND q.participation_id = NEW.participation_id) THEN
    RAISE EXCEPTION 'answer_is_asked_for' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.recorded_by_id IS NOT NULL AND EXISTS (SELECT FROM reports_answer n WHERE n.revision_id = v.id
       AND n.participation_id = NEW.participation_id AND n.recorded_by_id IS NULL) THEN
    RAISE EXCEPTION 'answer_is_their_own' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""
# Who objects while a report is about to leave stops it.
ANSWERED = """
BEGIN
  UPDATE reports_report SET state = 'asked', handed_at = NULL, handed_by_id = NULL, leaves_at = NULL
   WHERE id = NEW.report_id AND state = 'handed' AND NEW.verdict = 'objects';
  RETURN NULL;
END
"""

# --- the worker -----------------------------------------------------------------------------------------------------

JOINERS = f"""
  INSERT INTO reports_asked (id, report_id, revision_id, participation_id, asked_on, answer_by)
  SELECT gen_random_uuid(), r.id, v.id, a.id, {TODAY}, greatest(r.answer_by,
           {TODAY} + (r.answer_by - (r.asked_at AT TIME ZONE 'Europe/Helsinki')::date))
    FROM reports_report r JOIN reports_revision v ON v.report_id = r.id AND v.number = r.revision
    JOIN engagements_participation a ON a.engagement_id = r.engagement_id AND a.left_on IS NULL
   WHERE r.state = 'asked' AND NOT EXISTS (SELECT FROM reports_asked q WHERE q.revision_id = v.id AND q.participation_id = a.id)
  ON CONFLICT DO NOTHING
"""
LEAVING = """
  SELECT r.id, r.engagement_id, e.practice_id, p.name::text, r.language::text, r.kind::text, v.hash::text, h.pdf
    FROM reports_report r JOIN reports_revision v ON v.report_id = r.id AND v.number = r.revision
    JOIN engagements_engagement e ON e.id = r.engagement_id JOIN accounts_practice p ON p.id = e.practice_id
    LEFT JOIN reports_handover h ON h.report_id = r.id AND encode(sha256(h.pdf), 'hex') = v.pdf_sha256
   WHERE r.state = 'handed' AND r.leaves_at <= moment ORDER BY r.leaves_at LIMIT 20
"""
# What has come up since it was handed over stops it; without its very file it does not leave either.
STOP = """
BEGIN
  UPDATE reports_report r SET state = CASE WHEN r.asked_at IS NULL THEN 'writing' ELSE 'asked' END, handed_at = NULL,
         handed_by_id = NULL, leaves_at = NULL
   WHERE r.id = asked AND r.state = 'handed' AND (EXISTS (SELECT FROM sec.report_stops(r.id, moment))
      OR NOT EXISTS (SELECT FROM reports_handover h JOIN reports_revision v ON v.report_id = r.id AND v.number = r.revision
                      WHERE h.report_id = r.id AND encode(sha256(h.pdf), 'hex') = v.pdf_sha256));
  RETURN FOUND;
END
"""
RELEASE = """
DECLARE r reports_report;
BEGIN
  SELECT * INTO r FROM reports_report WHERE id = asked FOR NO KEY UPDATE;
  IF r.state IS DISTINCT FROM 'handed' OR r.leaves_at > moment OR EXISTS (SELECT FROM sec.report_stops(asked, moment))
     OR NOT EXISTS (
       SELECT FROM reports_handover h JOIN reports_revision v ON v.report_id = r.id AND v.number = r.revision
         JOIN documents_sealedfile f ON f.kind = 'report' AND f.obj = r.id AND f.terms_hash = v.hash
        WHERE h.report_id = r.id AND encode(sha256(h.pdf), 'hex') = v.pdf_sha256
          AND substr(f.content, 1, octet_length(h.pdf)) = h.pdf) THEN
    RETURN false;
  END IF;
  DELETE FROM reports_recipient i WHERE i.report_id = r.id;
  INSERT INTO reports_recipient (report_id, person_id) SELECT r.id, p FROM sec.report_readers(r.id, moment) p;
  UPDATE reports_report SET state = 'released', released_at = moment WHERE id = r.id;
  DELETE FROM reports_handover h WHERE h.report_id = r.id;
  RETURN true;
END
"""

# Every opening by the client is told to the supervisees, and to the supervisors.
READS = READS_BEFORE.replace("'evaluation.read')", "'evaluation.read', 'report.viewed')", 1).replace(
    "    ELSIF event = 'evaluation.read' THEN",
    """    ELSIF event = 'report.viewed' THEN
      SELECT r.released_at INTO about FROM reports_report r WHERE r.id = entry.obj;
      CONTINUE WHEN NOT FOUND;
      client := true;
    ELSIF event = 'evaluation.read' THEN""",
    1,
)


def trigger(name: str, when: str, table: str, body: str, *, condition: str = "") -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION sec.{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
          SET search_path = pg_catalog, public, pg_temp AS $fn$ {body} $fn$;
        ALTER FUNCTION sec.{name}() OWNER TO {SEC};
        CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION sec.{name}();
        """,
        f"DROP TRIGGER {name} ON {table}; DROP FUNCTION sec.{name}()",
    )


def worker(
    signature: str, returns: str, body: str, *, volatile: bool = False, language: str = "sql"
) -> migrations.RunSQL:
    return function(signature, returns, body, volatile=volatile, language=language, caller=Role.WORKER)


OWNED = f"{CONTENT} OR owner = ANY(ARRAY(SELECT sec.evaluation_owners()))"


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_reports"),
        ("evaluations", "0006_effects"),
        ("engagements", "0023_events_of_reports"),
        ("documents", "0003_reports_sealed"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SEC}", migrations.RunSQL.noop
        ),
        worker("report_lines(of_process uuid, of_kind text, moment timestamptz)", LINES_RETURN, LINES),
        worker("report_readers(asked uuid, moment timestamptz)", "SETOF uuid", READERS),
        worker("report_silence(asked uuid, moment timestamptz)", "int", SILENCE),
        worker("report_people(asked uuid, moment timestamptz)", STANDING_RETURNS, STANDING),
        worker("report_stops(asked uuid, moment timestamptz)", "TABLE (code text, about text)", STOPS),
        function("own_participations()", "SETOF uuid", OWN),
        function("readable_reports()", "SETOF uuid", READABLE),
        function("received_reports()", "SETOF uuid", RECEIVED),
        function("report_files()", "SETOF uuid", FILES),
        function("report_owners()", "SETOF uuid", OWNERS),
        # What those who write or read a report may ask of it.
        function(
            "allowed_in_reports(of_process uuid, of_kind text, moment timestamptz)",
            LINES_RETURN,
            f"SELECT l.* FROM sec.report_lines(of_process, of_kind, moment) l WHERE of_process = {LED} OR of_process = {ATTENDED}",
        ),
        function(
            "why_not_released(asked uuid, moment timestamptz)",
            "TABLE (code text, about text)",
            f"SELECT s.* FROM reports_report r CROSS JOIN LATERAL sec.report_stops(asked, moment) s WHERE r.id = asked AND {KNOWN}",
        ),
        function("receivers(asked uuid, moment timestamptz)", "SETOF text", RECEIVERS.format(known=KNOWN)),
        function(
            "approvals_of(asked uuid, moment timestamptz)",
            STANDING_RETURNS,
            "SELECT s.* FROM reports_report r CROSS JOIN LATERAL sec.report_people(asked, moment) s"
            f" WHERE r.id = asked AND (r.engagement_id = {LED} OR s.participation IN (SELECT sec.own_participations()))",
        ),
        function(
            "approvals_in_numbers(asked uuid, moment timestamptz)",
            "TABLE (settled int, objects int, needed int)",
            "SELECT (count(s.*) FILTER (WHERE s.how IN ('approves', 'silent', 'left')))::int,"
            " (count(s.*) FILTER (WHERE s.how = 'objects'))::int, count(s.*)::int"
            " FROM reports_report r CROSS JOIN LATERAL sec.report_people(asked, moment) s"
            f" WHERE r.id = asked AND {KNOWN}",
        ),
        *protect(
            "reports_report",
            select=f"engagement_id = {LED} OR id IN (SELECT sec.readable_reports()) OR id IN (SELECT sec.received_reports())"
            f" OR state IN ('released', 'withdrawn') AND engagement_id = {ADMINISTERED}",
            insert=f"engagement_id = {LED} AND created_by_id = {UID}",
            update=f"engagement_id = {LED}",
            delete=f"engagement_id = {LED}",
            worker="SELECT",
        ),
        *protect(
            "reports_revision",
            select=f"{LED_REPORT} OR EXISTS (SELECT FROM reports_report r WHERE r.id = report_id"
            " AND r.id IN (SELECT sec.readable_reports()) AND number >= coalesce(r.shared_from, r.revision))",
            insert=f"{LED_REPORT} AND by_id = {UID}",
            update=LED_REPORT,
            delete=LED_REPORT,
            worker="SELECT",
        ),
        *protect(
            "reports_asked",
            select=f"{LED_REPORT} OR participation_id IN (SELECT sec.own_participations())",
            insert=LED_REPORT,
            update=LED_REPORT,
            delete=LED_REPORT,
            worker="SELECT",
        ),
        *protect(
            "reports_answer",
            select=f"{LED_REPORT} OR participation_id IN (SELECT sec.own_participations())",
            insert=f"recorded_by_id IS NULL AND participation_id IN (SELECT sec.own_participations())"
            f" OR recorded_by_id = {UID} AND {LED_REPORT}",
            delete=LED_REPORT,
            worker="SELECT",
        ),
        *protect("reports_handover", select=LED_REPORT, insert=LED_REPORT, delete=LED_REPORT),
        *protect(
            "reports_recipient",
            select=f"{LED_REPORT} OR report_id IN (SELECT sec.readable_reports())"
            f" OR person_id IN (SELECT p.id FROM accounts_person p WHERE p.user_id = {UID})",
            insert="false",
            delete=OPEN_REPORT,
            worker="SELECT",
        ),
        *protect(
            "reports_acknowledgement",
            select=f"{LED_REPORT} OR report_id IN (SELECT sec.readable_reports()) OR user_id = {UID}",
            insert=f"user_id = {UID} AND report_id IN (SELECT sec.received_reports())"
            f" AND person_id IN (SELECT p.id FROM accounts_person p WHERE p.user_id = {UID})",
            delete=OPEN_REPORT,
        ),
        *protect(
            "reports_remark",
            select=f"{LED_REPORT} OR report_id IN (SELECT sec.readable_reports())",
            insert=f"by_id = {UID} AND outcome = '' AND ({LED_REPORT} OR report_id IN (SELECT sec.readable_reports()))",
            update=LED_REPORT,
            delete=f"{LED_REPORT} OR by_id = {UID} AND outcome = ''",
        ),
        *protect(
            "reports_readupto",
            select=f"user_id = {UID}",
            insert=f"user_id = {UID}",
            update=f"user_id = {UID}",
            delete=LED_REPORT,
        ),
        # Who has left and is asked still sees in which process.
        policy(
            "engagements_engagement",
            "app_asked_in_reports",
            Role.APP,
            "SELECT",
            "USING (id IN (SELECT sec.report_owners()))",
        ),
        policy(
            "documents_sealedfile",
            "app_reports",
            Role.APP,
            "SELECT",
            "USING (kind = 'report' AND obj IN (SELECT sec.report_files()))",
        ),
        migrations.RunSQL(keys(f"{OWNED} OR owner = ANY(ARRAY(SELECT sec.report_owners()))"), keys(OWNED)),
        migrations.RunSQL(STAYS, GOES),
        trigger("report_is_real", "BEFORE INSERT", "reports_report", REAL),
        trigger(
            "report_handed",
            "BEFORE UPDATE",
            "reports_report",
            HANDED,
            condition="WHEN (NEW.state = 'handed' AND OLD.state <> 'handed')",
        ),
        trigger(
            "report_handed_on",
            "AFTER UPDATE",
            "reports_report",
            HANDED_ON,
            condition="WHEN ((NEW.state = 'handed') <> (OLD.state = 'handed') AND NEW.state <> 'released')",
        ),
        trigger("wording_follows", "BEFORE INSERT", "reports_revision", FOLLOWS),
        trigger("wording_followed", "AFTER INSERT", "reports_revision", FOLLOWED),
        trigger("wording_stays", "BEFORE UPDATE OR DELETE", "reports_revision", WORDING_STAYS),
        trigger("asked_fits", "BEFORE INSERT OR UPDATE", "reports_asked", ASKED_FITS),
        trigger("answer_fits", "BEFORE INSERT", "reports_answer", ANSWER_FITS),
        trigger("answer_given", "AFTER INSERT", "reports_answer", ANSWERED),
        worker("ask_joiners(moment timestamptz)", "void", JOINERS, volatile=True),
        worker(
            "reports_leaving(moment timestamptz)",
            "TABLE (report uuid, engagement uuid, practice uuid, name text, language text, kind text, hash text, pdf bytea)",
            LEAVING,
        ),
        worker("stop_report(asked uuid, moment timestamptz)", "boolean", STOP, volatile=True, language="plpgsql"),
        worker("release_report(asked uuid, moment timestamptz)", "boolean", RELEASE, volatile=True, language="plpgsql"),
        migrations.RunSQL(reads(READS).sql, reads(READS_BEFORE).sql),
    ]
