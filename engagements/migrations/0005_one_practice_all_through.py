from django.db import migrations

from audit.rls import function, role
from audit.roles import Role

# What hangs together is of one practice, whoever writes it: a foreign person in a process of ours would be seen by
# those who meet in it, a foreign supervisor would have their calendar read and filled.
TRIGGERS = {
    "engagements_engagement": (
        "client_id, lead_id",
        """
  IF EXISTS (SELECT FROM accounts_clientorganisation o WHERE o.id = NEW.client_id AND o.practice_id <> NEW.practice_id) THEN
    RAISE EXCEPTION 'a client is one of the practice' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF TG_OP = 'INSERT' OR NEW.lead_id <> OLD.lead_id THEN
    IF NOT EXISTS (SELECT FROM accounts_membership m WHERE m.practice_id = NEW.practice_id AND m.user_id = NEW.lead_id
                    AND m.kind = 'supervisor' AND m.until IS NULL) THEN
      RAISE EXCEPTION 'a lead supervises in the practice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND sec.uid() <> OLD.lead_id THEN
      RAISE EXCEPTION 'a process is handed over by its lead alone' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END IF;
""",
    ),
    "engagements_cosupervisor": (
        "engagement_id, user_id, until",
        """
  IF NEW.until IS NULL AND NOT EXISTS (
      SELECT FROM engagements_engagement e JOIN accounts_membership m ON m.practice_id = e.practice_id
       WHERE e.id = NEW.engagement_id AND m.user_id = NEW.user_id AND m.kind = 'supervisor' AND m.until IS NULL) THEN
    RAISE EXCEPTION 'a co-supervisor supervises in the practice' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
""",
    ),
    "engagements_participation": (
        "engagement_id, person_id",
        """
  IF EXISTS (SELECT FROM engagements_engagement e JOIN accounts_person p ON p.id = NEW.person_id
              WHERE e.id = NEW.engagement_id AND p.practice_id <> e.practice_id) THEN
    RAISE EXCEPTION 'a supervisee is a person of the practice' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
""",
    ),
    "engagements_contractparty": (
        "contract_id, person_id, contact_id, user_id",
        """
  IF EXISTS (
      SELECT FROM engagements_contract k JOIN engagements_engagement e ON e.id = k.engagement_id
        LEFT JOIN accounts_person p ON p.id = NEW.person_id
        LEFT JOIN accounts_contact c ON c.id = NEW.contact_id
       WHERE k.id = NEW.contract_id AND (p.practice_id <> e.practice_id
         OR NEW.contact_id IS NOT NULL AND c.person_id IS DISTINCT FROM NEW.person_id
         OR NEW.user_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM accounts_membership m WHERE m.practice_id = e.practice_id AND m.user_id = NEW.user_id))) THEN
    RAISE EXCEPTION 'a party is somebody of the practice' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
""",
    ),
    "engagements_goal": (
        "engagement_id, owner_id",
        """
  IF EXISTS (SELECT FROM engagements_participation a
              WHERE a.id = NEW.owner_id AND a.engagement_id <> NEW.engagement_id) THEN
    RAISE EXCEPTION 'the owner of a goal takes part in its process' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
""",
    ),
}

STILL = {
    "engagements_engagement": "practice_id",
    "engagements_contracttemplate": "practice_id",
    "engagements_librarygoal": "practice_id",
}


def keeps(table: str, columns: str, rule: str) -> migrations.RunSQL:
    """Return the operation that has the database check `rule`, which sees all rows, before a row is written."""
    name = f"sec.{table.removeprefix('engagements_')}_in_practice"
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
          SET search_path = pg_catalog, public, pg_temp AS $fn$ BEGIN {rule} RETURN NEW; END $fn$;
        ALTER FUNCTION {name}() OWNER TO {role(Role.SEC)};
        CREATE TRIGGER in_practice BEFORE INSERT OR UPDATE OF {columns} ON {table}
          FOR EACH ROW EXECUTE FUNCTION {name}();
        """,
        f"DROP TRIGGER in_practice ON {table}; DROP FUNCTION {name}()",
    )


def stays(table: str, column: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER stays BEFORE UPDATE OF {column} ON {table} FOR EACH ROW"
        f" WHEN (OLD.{column} IS DISTINCT FROM NEW.{column}) EXECUTE FUNCTION sec.stays()",
        f"DROP TRIGGER stays ON {table}",
    )


# Whoever reads a supervisee's address logs in as them and sees what they see. So a colleague or a practice
# administrator, who sees nothing of a process, cannot redirect it either; only its supervisors and the person can.
# A supervisor of the practice may write an address where there was none, since a person is often entered twice.
READDRESS = """
  SELECT NOT EXISTS (SELECT FROM engagements_participation a WHERE a.person_id = person)
      OR EXISTS (SELECT FROM engagements_participation a
                  WHERE a.person_id = person AND a.engagement_id IN (SELECT sec.led_engagements()))
      OR EXISTS (SELECT FROM accounts_person p WHERE p.id = person AND (p.user_id = sec.uid()
                  OR p.email = '' AND p.practice_id IN (SELECT sec.supervised_practices())))
"""
ADDRESSES = f"""
CREATE FUNCTION sec.keep_address() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF sec.uid() IS NOT NULL AND NOT sec.may_readdress(NEW.id) THEN
    RAISE EXCEPTION 'the address of a supervisee is changed by their supervisors'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.keep_address() OWNER TO {role(Role.SEC)};
CREATE TRIGGER keep_address BEFORE UPDATE OF email ON accounts_person
  FOR EACH ROW WHEN (lower(NEW.email) <> lower(OLD.email)) EXECUTE FUNCTION sec.keep_address();
"""

LED = "engagement_id = ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "engagement_id = ANY(ARRAY(SELECT sec.attended_engagements()))"
PARTY = "engagement_id = ANY(ARRAY(SELECT sec.party_engagements()))"


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0004_supervisees_as_one_party"),
        ("accounts", "0004_rows_stay_in_their_practice"),
    ]
    operations = [
        *[keeps(table, columns, rule) for table, (columns, rule) in TRIGGERS.items()],
        *[stays(table, column) for table, column in STILL.items()],
        function("may_readdress(person uuid)", "boolean", READDRESS),
        migrations.RunSQL(ADDRESSES, "DROP TRIGGER keep_address ON accounts_person; DROP FUNCTION sec.keep_address()"),
        # Nobody puts a line into the timeline in another's name.
        migrations.RunSQL(
            f"ALTER POLICY app_insert ON engagements_event WITH CHECK"
            f" (({LED} OR {ATTENDED} OR {PARTY}) AND (actor_id IS NULL OR actor_id = (SELECT sec.uid())))",
            f"ALTER POLICY app_insert ON engagements_event WITH CHECK ({LED} OR {ATTENDED} OR {PARTY})",
        ),
    ]
