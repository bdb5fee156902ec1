"""Who of several beats speaks, and when each of its tasks was last said: one row, reached by one function alone."""

from django.db import migrations

from audit.rls import function, role
from audit.roles import Role

# In schema `sec`, where no role reads: neither a page nor a task has any business with it. A backup takes it along.
TABLE = f"""
CREATE TABLE sec.beat (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  holder uuid NOT NULL,
  until timestamptz NOT NULL,
  said jsonb NOT NULL
);
REVOKE ALL ON sec.beat FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON sec.beat TO {role(Role.SEC)};
GRANT SELECT ON sec.beat TO {role(Role.BACKUP)};
"""
# The clock is the database's: those of the machines may differ. A row and not an advisory lock of the session, which a
# pooler in transaction mode would leave with whoever gets that connection next.
LEASE = """
  INSERT INTO sec.beat AS b (holder, until, said) VALUES (who, clock_timestamp() + make_interval(secs => seconds), runs)
  ON CONFLICT (only_row) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until, said = b.said || EXCLUDED.said
   WHERE b.holder = who OR b.until <= clock_timestamp()
  RETURNING b.said
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_trigrams")]
    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE sec.beat"),
        function(
            "beat_lease(who uuid, seconds double precision, runs jsonb)",
            "jsonb",
            LEASE,
            volatile=True,
            caller=Role.WORKER,
        ),
    ]
