from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

from audit.rls import function, role
from audit.roles import Role

CHAIN = f"""
CREATE FUNCTION audit_entry_hash(e audit_entry) RETURNS bytea LANGUAGE sql IMMUTABLE AS $fn$
  SELECT sha256(e.previous || convert_to(jsonb_build_array(e.stream, e.number, extract(epoch FROM e.at)::text,
                e.actor, e.event, e.obj, e.data)::text, 'UTF8'))
$fn$;
CREATE FUNCTION sec.chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
DECLARE head audit_head;
BEGIN
  INSERT INTO audit_head (stream, number, hash) VALUES (NEW.stream, 0, ''::bytea) ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM audit_head WHERE stream = NEW.stream FOR UPDATE;
  NEW.number := head.number + 1;
  NEW.at := clock_timestamp();
  NEW.previous := head.hash;
  NEW.hash := audit_entry_hash(NEW);
  UPDATE audit_head SET number = NEW.number, hash = NEW.hash WHERE stream = NEW.stream;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.chain() OWNER TO {role(Role.SEC)};
CREATE FUNCTION sec.refuse() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $fn$;
CREATE TRIGGER chain BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION sec.chain();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION sec.refuse();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION sec.refuse();
GRANT SELECT, INSERT, UPDATE ON audit_head TO {role(Role.SEC)};
"""

UNCHAIN = """
DROP TRIGGER refuse_truncate ON audit_entry;
DROP TRIGGER refuse_change ON audit_entry;
DROP TRIGGER chain ON audit_entry;
DROP FUNCTION sec.refuse();
DROP FUNCTION sec.chain();
DROP FUNCTION audit_entry_hash(audit_entry);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(
            f"CREATE SCHEMA sec; GRANT USAGE, CREATE ON SCHEMA sec TO {role(Role.SEC)};"
            f"GRANT USAGE ON SCHEMA public TO {role(Role.SEC)};",
            "DROP SCHEMA sec",
        ),
        function("uid()", "uuid", "SELECT nullif(current_setting('app.uid', true), '')::uuid"),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("stream", models.CharField(max_length=64)),
                ("number", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField(null=True)),
                ("actor", models.UUIDField(null=True)),
                ("event", models.CharField(max_length=64)),
                ("obj", models.UUIDField(null=True)),
                ("data", models.JSONField(default=dict)),
                ("previous", models.BinaryField(default=b"")),
                ("hash", models.BinaryField(default=b"")),
            ],
            options={
                "verbose_name_plural": "entries",
                "indexes": [models.Index(fields=["obj"], name="entry_by_object")],
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "number"), name="entry_number_once_a_stream")
                ],
            },
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("stream", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
                ("hash", models.BinaryField(default=b"")),
            ],
        ),
        migrations.RunSQL(CHAIN, UNCHAIN),
    ]
