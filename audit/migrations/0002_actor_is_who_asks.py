from django.db import migrations

# As 0001 made it, and besides: an entry that names an actor names who asks. A page that took the actor from what was
# posted could otherwise put one person's deed into another's name. Where nobody asks (a password reset, the worker,
# the owner) the writer says who it was.
CHAIN = """
CREATE OR REPLACE FUNCTION sec.chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
DECLARE head audit_head;
BEGIN
  INSERT INTO audit_head (stream, number, hash) VALUES (NEW.stream, 0, ''::bytea) ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM audit_head WHERE stream = NEW.stream FOR UPDATE;
  NEW.number := head.number + 1;
  NEW.at := clock_timestamp();{actor}
  NEW.previous := head.hash;
  NEW.hash := audit_entry_hash(NEW);
  UPDATE audit_head SET number = NEW.number, hash = NEW.hash WHERE stream = NEW.stream;
  RETURN NEW;
END $fn$;
"""
ACTOR = "\n  IF NEW.actor IS NOT NULL THEN NEW.actor := coalesce(sec.uid(), NEW.actor); END IF;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_roles_and_chain")]
    operations = [migrations.RunSQL(CHAIN.format(actor=ACTOR), CHAIN.format(actor=""))]
