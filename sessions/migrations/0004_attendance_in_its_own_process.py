from django.db import migrations

from audit.rls import role
from audit.roles import Role

# Attendance is of somebody in the process that meets: a foreign one would be told where they never were.
RULE = f"""
CREATE FUNCTION sec.attendance_in_process() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF EXISTS (SELECT FROM supervision_session s JOIN engagements_participation a ON a.id = NEW.participation_id
              WHERE s.id = NEW.session_id AND a.engagement_id <> s.engagement_id) THEN
    RAISE EXCEPTION 'who attends a session takes part in its process'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.attendance_in_process() OWNER TO {role(Role.SEC)};
CREATE TRIGGER in_process BEFORE INSERT OR UPDATE OF session_id, participation_id ON supervision_attendance
  FOR EACH ROW EXECUTE FUNCTION sec.attendance_in_process();
CREATE TRIGGER stays BEFORE UPDATE OF engagement_id ON supervision_session
  FOR EACH ROW WHEN (OLD.engagement_id IS DISTINCT FROM NEW.engagement_id) EXECUTE FUNCTION sec.stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0003_facts_told_and_busy_times"),
        ("engagements", "0005_one_practice_all_through"),
    ]
    operations = [
        migrations.RunSQL(
            RULE,
            "DROP TRIGGER stays ON supervision_session; DROP TRIGGER in_process ON supervision_attendance;"
            " DROP FUNCTION sec.attendance_in_process()",
        )
    ]
