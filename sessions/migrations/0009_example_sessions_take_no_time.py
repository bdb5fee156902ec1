from django.db import migrations

from audit.rls import function, role
from audit.roles import Role


def book_session(condition: str) -> str:
    """Return the SQL of the trigger that keeps the bookings of a session, as it stands since 0002 but for `condition`.

    Who replaces a function must be allowed to call it, which `audit/grants.py` takes back from trigger functions.
    """
    return f"""
    GRANT EXECUTE ON FUNCTION sec.book_session() TO {role(Role.SEC)};
    CREATE OR REPLACE FUNCTION sec.book_session() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, public, pg_temp AS $fn$
    BEGIN
      IF NEW.state IN ('planned', 'held', 'no_show'){condition} THEN
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
    END $fn$
    """


# An example's sessions take nobody's time: a real one can be booked over them.
NOT_AN_EXAMPLE = """
        AND NOT EXISTS (SELECT FROM engagements_engagement e WHERE e.id = NEW.engagement_id AND e.example)"""

# Takes the asker's own example away with everything that was made for it; answers whether there was one. Contracts go
# before their parties and clauses, which stay as long as an agreed contract has them. The foreign keys are checked at
# the end: a table that hangs on a process and is not named here stops it, rather than being left behind.
REMOVE = """
DECLARE versions uuid[];
BEGIN
  PERFORM FROM engagements_engagement e WHERE e.id = target AND e.example AND e.lead_id = sec.uid() FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM supervision_attendance a USING supervision_session s
   WHERE s.id = a.session_id AND s.engagement_id = target;
  DELETE FROM supervision_shift h USING supervision_session s WHERE s.id = h.session_id AND s.engagement_id = target;
  DELETE FROM supervision_session s WHERE s.engagement_id = target;
  DELETE FROM supervision_series i WHERE i.engagement_id = target;
  DELETE FROM engagements_event v WHERE v.engagement_id = target;
  DELETE FROM engagements_goal g WHERE g.engagement_id = target;
  versions := ARRAY(SELECT k.id FROM engagements_contract k WHERE k.engagement_id = target);
  DELETE FROM engagements_contract k WHERE k.engagement_id = target;
  DELETE FROM engagements_contractparty q WHERE q.contract_id = ANY (versions);
  DELETE FROM engagements_reportingclause r WHERE r.contract_id = ANY (versions);
  DELETE FROM engagements_participation a WHERE a.engagement_id = target;
  DELETE FROM engagements_engagement e WHERE e.id = target;
  DELETE FROM accounts_contact c USING accounts_person p WHERE p.id = c.person_id AND p.example_of_id = sec.uid();
  DELETE FROM accounts_person p WHERE p.example_of_id = sec.uid();
  DELETE FROM accounts_clientorganisation o WHERE o.example_of_id = sec.uid();
  RETURN true;
END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0008_working_time"),
        ("engagements", "0008_example_process"),
    ]
    operations = [
        migrations.RunSQL(book_session(NOT_AN_EXAMPLE), book_session("")),
        function("remove_example(target uuid)", "boolean", REMOVE, volatile=True, language="plpgsql"),
    ]
