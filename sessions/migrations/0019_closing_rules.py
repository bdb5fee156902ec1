from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"
LED = "session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = ANY(ARRAY(SELECT sec.led_engagements())))"
ATTENDED = "s.engagement_id = ANY(ARRAY(SELECT sec.attended_engagements()))"
OF_ATTENDED = f"session_id IN (SELECT s.id FROM supervision_session s WHERE {ATTENDED})"
# Before a session is held its memo is a draft of the supervisors; so are the words.
HELD = f"session_id IN (SELECT s.id FROM supervision_session s WHERE s.state = 'held' AND {ATTENDED})"
OF_LED_MEMO = f"memo_id IN (SELECT m.id FROM supervision_memo m WHERE m.{LED})"
SUPERVISED = "practice_id = ANY(ARRAY(SELECT sec.supervised_practices()))"

# A word of another practice would tell its list; a point in another process could not be opened there.
TIES = f"""
CREATE FUNCTION sec.word_in_practice() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF EXISTS (SELECT FROM supervision_session s JOIN engagements_engagement e ON e.id = s.engagement_id
               JOIN supervision_word w ON w.id = NEW.word_id
              WHERE s.id = NEW.session_id AND w.practice_id <> e.practice_id) THEN
    RAISE EXCEPTION 'a word is one of the practice' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.word_in_practice() OWNER TO {role(Role.SEC)};
CREATE TRIGGER in_practice BEFORE INSERT OR UPDATE OF session_id, word_id ON supervision_sessionword
  FOR EACH ROW EXECUTE FUNCTION sec.word_in_practice();

CREATE FUNCTION sec.point_in_process() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF (SELECT o.engagement_id FROM supervision_session o WHERE o.id = OLD.session_id)
     <> (SELECT n.engagement_id FROM supervision_session n WHERE n.id = NEW.session_id) THEN
    RAISE EXCEPTION 'a point stays in its process' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.point_in_process() OWNER TO {role(Role.SEC)};
CREATE TRIGGER in_process BEFORE UPDATE OF session_id ON supervision_agendaitem
  FOR EACH ROW EXECUTE FUNCTION sec.point_in_process();
"""
UNTIE = """
DROP TRIGGER in_process ON supervision_agendaitem; DROP FUNCTION sec.point_in_process();
DROP TRIGGER in_practice ON supervision_sessionword; DROP FUNCTION sec.word_in_practice();
"""

# What is charged of the sessions of a practice's processes, in numbers, for its administrators: never which session.
PRACTICE = """
  SELECT e.id,
         count(*) FILTER (WHERE f.percent = 100 AND f.waived_at IS NULL)::int,
         count(*) FILTER (WHERE f.percent BETWEEN 1 AND 99 AND f.waived_at IS NULL)::int,
         count(*) FILTER (WHERE f.waived_at IS NOT NULL)::int
    FROM engagements_engagement e
    LEFT JOIN supervision_session s ON s.engagement_id = e.id
    LEFT JOIN supervision_fee f ON f.session_id = s.id
   WHERE e.id = ANY(asked) AND e.state <> 'draft' AND e.practice_id IN (SELECT sec.administered_practices())
   GROUP BY e.id
"""

# … and for a client whose clause names the billing basis, of the days for which it does.
COSTS = """
  WITH t AS MATERIALIZED (SELECT * FROM sec.told(at) WHERE told.what = 'costs'),
  charged AS (
    SELECT s.engagement_id, f.percent FROM supervision_fee f JOIN supervision_session s ON s.id = f.session_id
     WHERE f.percent > 0 AND f.waived_at IS NULL AND EXISTS (
       SELECT FROM t WHERE t.engagement_id = s.engagement_id AND s.starts_at >= t.since AND s.starts_at < t.until))
  SELECT a.engagement_id, (count(*) FILTER (WHERE c.percent = 100))::int,
         coalesce(array_agg(c.percent::int ORDER BY c.percent) FILTER (WHERE c.percent < 100), '{}'::int[]), a.until
    FROM (SELECT t.engagement_id, max(t.until) AS until FROM t GROUP BY t.engagement_id) a
    LEFT JOIN charged c ON c.engagement_id = a.engagement_id
   GROUP BY a.engagement_id, a.until
"""

# Sessions marked or cancelled before there were fees: by the contract in force on their day, as they would be now.
EARLIER = """
INSERT INTO supervision_fee (session_id, percent, since, waived_reason)
SELECT s.id, CASE WHEN s.state = 'cancelled' OR s.trial AND coalesce(k.trial_free, false) THEN 0
                  WHEN s.state = 'held' THEN 100
                  WHEN s.state = 'cancelled_late' THEN coalesce(k.cancel_fee_percent, 0)
                  ELSE coalesce(k.no_show_fee_percent, 0) END,
       coalesce(s.marked_at, s.ends_at), ''
  FROM supervision_session s
  LEFT JOIN LATERAL (
    SELECT c.trial_free, c.cancel_fee_percent, c.no_show_fee_percent FROM engagements_contract c
     WHERE c.engagement_id = s.engagement_id AND c.state <> 'draft'
     ORDER BY c.state = 'agreed' AND coalesce(c.valid_from, c.agreed_on)
                <= (s.starts_at AT TIME ZONE 'Europe/Helsinki')::date DESC NULLS LAST, c.version DESC
     LIMIT 1) k ON true
 WHERE s.state <> 'planned'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0018_memo_agenda_words_and_fees"),
        ("engagements", "0019_events_of_sessions"),
        ("vault", "0002_rules"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        *protect("supervision_fee", select=LED, insert=LED, update=LED, delete=LED),
        *protect(
            "supervision_sessionword",
            select=f"{LED} OR {HELD}",
            insert=LED,
            delete=LED,
        ),
        *protect(
            "supervision_word",
            select=f"{SUPERVISED} OR id IN (SELECT p.word_id FROM supervision_sessionword p)",
            insert=SUPERVISED,
            update=SUPERVISED,
            delete=SUPERVISED,
        ),
        *protect(
            "supervision_memo",
            select=f"{LED} OR {HELD}",
            insert=f"{LED} AND updated_by_id = {UID}",
            update=LED,
            delete=LED,
        ),
        *protect("supervision_memoversion", select=OF_LED_MEMO, insert=OF_LED_MEMO, delete=OF_LED_MEMO),
        *protect(
            "supervision_memoaddition",
            select=f"{LED} OR {HELD} OR author_id = {UID} AND {OF_ATTENDED}",
            insert=f"author_id = {UID} AND {HELD}",
            update=f"author_id = {UID} AND {OF_ATTENDED}",
            delete=f"author_id = {UID} AND {OF_ATTENDED}",
        ),
        *protect(
            "supervision_agendaitem",
            select=f"{LED} OR {OF_ATTENDED}",
            insert=f"author_id = {UID} AND ({LED} OR {OF_ATTENDED})",
            update=LED,
            delete=f"author_id = {UID} AND ({LED} OR {OF_ATTENDED})",
        ),
        migrations.RunSQL(TIES, UNTIE),
        function(
            "practice_billing(asked uuid[])", "TABLE (engagement_id uuid, whole int, part int, waived int)", PRACTICE
        ),
        function(
            "told_costs(at timestamptz)",
            "TABLE (engagement_id uuid, whole int, parts int[], until timestamptz)",
            COSTS,
        ),
        migrations.RunSQL(EARLIER, migrations.RunSQL.noop),
    ]
