"""Whose calendar an address opens, and when a session last changed, by the clock of the database."""

from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

SEC = role(Role.SEC)
OWN = "user_id = (SELECT sec.uid())"

# Whoever has the address has the calendar; of one who is deactivated nobody has.
OWNER = """
  SELECT f.user_id FROM supervision_feed f JOIN accounts_user u ON u.id = f.user_id AND u.is_active
   WHERE f.token_hash = asked
"""
CHANGED = f"""
CREATE FUNCTION sec.session_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  NEW.changed_at := CASE WHEN (NEW.starts_at, NEW.ends_at, NEW.mode, NEW.place, NEW.link, NEW.state, NEW.sequence)
    IS DISTINCT FROM (OLD.starts_at, OLD.ends_at, OLD.mode, OLD.place, OLD.link, OLD.state, OLD.sequence)
    THEN now() ELSE OLD.changed_at END;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.session_changed() OWNER TO {SEC};
CREATE TRIGGER changed BEFORE UPDATE ON supervision_session FOR EACH ROW EXECUTE FUNCTION sec.session_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("supervision", "0023_feeds")]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SEC}", migrations.RunSQL.noop
        ),
        *protect("supervision_feed", select=OWN, insert=OWN, update=OWN, delete=OWN),
        function("feed_owner(asked bytea)", "uuid", OWNER),
        migrations.RunSQL(CHANGED, "DROP TRIGGER changed ON supervision_session; DROP FUNCTION sec.session_changed();"),
    ]
