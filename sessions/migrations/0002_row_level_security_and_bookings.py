from django.db import migrations

from audit.rls import protect, role
from audit.roles import Role

LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "ANY(ARRAY(SELECT sec.attended_engagements()))"
OWN = "ANY(ARRAY(SELECT sec.own_persons()))"
UID = "(SELECT sec.uid())"

# Bookings follow sessions and supervisors, whoever writes them: an import, the admin, a raw statement.
BOOKINGS = f"""
CREATE FUNCTION sec.book_session() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF NEW.state IN ('planned', 'held', 'no_show') THEN
    UPDATE supervision_booking SET during = tstzrange(NEW.starts_at, NEW.ends_at) WHERE session_id = NEW.id;
    INSERT INTO supervision_booking (session_id, user_id, during)
      SELECT NEW.id, s.user_id, tstzrange(NEW.starts_at, NEW.ends_at) FROM (
        SELECT e.lead_id AS user_id FROM engagements_engagement e WHERE e.id = NEW.engagement_id
        UNION SELECT c.user_id FROM engagements_cosupervisor c WHERE c.engagement_id = NEW.engagement_id AND c.until IS NULL
      ) s WHERE NOT EXISTS (SELECT FROM supervision_booking b WHERE b.session_id = NEW.id AND b.user_id = s.user_id);
  ELSE
    DELETE FROM supervision_booking WHERE session_id = NEW.id;
  END IF;
  RETURN NULL;
END $fn$;
ALTER FUNCTION sec.book_session() OWNER TO {role(Role.SEC)};
CREATE TRIGGER book AFTER INSERT OR UPDATE OF starts_at, ends_at, state, engagement_id ON supervision_session
  FOR EACH ROW EXECUTE FUNCTION sec.book_session();

CREATE FUNCTION sec.book_supervisor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.until IS NULL AND NEW.until IS NOT NULL) THEN
    DELETE FROM supervision_booking b USING supervision_session s
     WHERE b.session_id = s.id AND s.engagement_id = OLD.engagement_id AND b.user_id = OLD.user_id
       AND s.state = 'planned' AND s.starts_at > clock_timestamp();
  ELSIF NEW.until IS NULL THEN
    INSERT INTO supervision_booking (session_id, user_id, during)
      SELECT s.id, NEW.user_id, tstzrange(s.starts_at, s.ends_at) FROM supervision_session s
       WHERE s.engagement_id = NEW.engagement_id AND s.state = 'planned' AND s.starts_at > clock_timestamp()
         AND NOT EXISTS (SELECT FROM supervision_booking b WHERE b.session_id = s.id AND b.user_id = NEW.user_id);
  END IF;
  RETURN NULL;
END $fn$;
ALTER FUNCTION sec.book_supervisor() OWNER TO {role(Role.SEC)};
CREATE TRIGGER book AFTER INSERT OR UPDATE OF until OR DELETE ON engagements_cosupervisor
  FOR EACH ROW EXECUTE FUNCTION sec.book_supervisor();

CREATE FUNCTION sec.book_lead() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  UPDATE supervision_booking b SET user_id = NEW.lead_id FROM supervision_session s
   WHERE b.session_id = s.id AND s.engagement_id = NEW.id AND b.user_id = OLD.lead_id
     AND s.state = 'planned' AND s.starts_at > clock_timestamp();
  RETURN NULL;
END $fn$;
ALTER FUNCTION sec.book_lead() OWNER TO {role(Role.SEC)};
CREATE TRIGGER book AFTER UPDATE OF lead_id ON engagements_engagement
  FOR EACH ROW WHEN (OLD.lead_id IS DISTINCT FROM NEW.lead_id) EXECUTE FUNCTION sec.book_lead();
"""

UNBOOK = """
DROP TRIGGER book ON engagements_engagement; DROP FUNCTION sec.book_lead();
DROP TRIGGER book ON engagements_cosupervisor; DROP FUNCTION sec.book_supervisor();
DROP TRIGGER book ON supervision_session; DROP FUNCTION sec.book_session();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0001_sessions_and_bookings"),
        ("engagements", "0002_row_level_security"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)};"
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(BOOKINGS, UNBOOK),
        *protect(
            "supervision_session",
            select=f"engagement_id = {LED} OR engagement_id = {ATTENDED}",
            insert=f"engagement_id = {LED}",
            update=f"engagement_id = {LED}",
            delete=f"engagement_id = {LED}",
            worker="SELECT",
        ),
        *protect(
            "supervision_attendance",
            select="session_id IN (SELECT s.id FROM supervision_session s"
            f" WHERE s.engagement_id = {LED}) OR participation_id IN"
            f" (SELECT a.id FROM engagements_participation a WHERE a.person_id = {OWN})",
            insert=f"session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = {LED})",
            update=f"session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = {LED})",
            delete=f"session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = {LED})",
        ),
        *protect(
            "supervision_booking",
            select=f"user_id = {UID} OR session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = {LED})",
            insert="false",
        ),
    ]
