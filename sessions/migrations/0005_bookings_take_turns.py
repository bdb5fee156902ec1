from django.db import migrations

from audit.rls import role
from audit.roles import Role

# Two bookings of one supervisor's time at once could wait for each other inside the exclusion check. They take turns by
# a lock on the supervisor, held to the end of the transaction; the second then meets the first one's row and is refused.
TURNS = f"""
CREATE FUNCTION sec.take_turn() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
DECLARE supervisor uuid;
BEGIN
  FOR supervisor IN
    SELECT e.lead_id FROM engagements_engagement e WHERE e.id = NEW.engagement_id
    UNION SELECT c.user_id FROM engagements_cosupervisor c WHERE c.engagement_id = NEW.engagement_id AND c.until IS NULL
    ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('booking ' || supervisor, 0));
  END LOOP;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.take_turn() OWNER TO {role(Role.SEC)};
REVOKE ALL ON FUNCTION sec.take_turn() FROM PUBLIC;
CREATE TRIGGER a_turn BEFORE INSERT OR UPDATE OF starts_at, ends_at, state, engagement_id ON supervision_session
  FOR EACH ROW EXECUTE FUNCTION sec.take_turn();
"""

FREE = "DROP TRIGGER a_turn ON supervision_session; DROP FUNCTION sec.take_turn()"


class Migration(migrations.Migration):
    dependencies = [("supervision", "0004_attendance_in_its_own_process")]
    operations = [migrations.RunSQL(TURNS, FREE)]
