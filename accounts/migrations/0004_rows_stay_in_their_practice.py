from django.db import migrations

from audit.rls import protect, role
from audit.roles import Role

ADMINISTERED = "ANY(ARRAY(SELECT sec.administered_practices()))"

# A row that could be moved to another practice would carry whom it is about, or who may see it, along.
STAYS = """
CREATE FUNCTION sec.stays() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  RAISE EXCEPTION '% stays where it was written', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $fn$;
"""
#: What never changes in a row: of which practice it is; of a membership, also whose and as what.
STILL = {
    "accounts_person": ("practice_id",),
    "accounts_clientorganisation": ("practice_id",),
    "accounts_invitation": ("practice_id", "email", "kind"),
    "accounts_membership": ("practice_id", "user_id", "kind"),
}

# No practice sees another's persons: so none speaks for another's client.
CONTACTS = f"""
CREATE FUNCTION sec.contact_in_practice() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF EXISTS (SELECT FROM accounts_person p JOIN accounts_clientorganisation o ON o.id = NEW.organisation_id
              WHERE p.id = NEW.person_id AND p.practice_id <> o.practice_id) THEN
    RAISE EXCEPTION 'a contact is a person of the practice whose client it is'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.contact_in_practice() OWNER TO {role(Role.SEC)};
CREATE TRIGGER in_practice BEFORE INSERT OR UPDATE OF person_id, organisation_id ON accounts_contact
  FOR EACH ROW EXECUTE FUNCTION sec.contact_in_practice();
"""


def stays(table: str, columns: tuple[str, ...]) -> migrations.RunSQL:
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return migrations.RunSQL(
        f"CREATE TRIGGER stays BEFORE UPDATE OF {', '.join(columns)} ON {table} FOR EACH ROW"
        f" WHEN (ROW({old}) IS DISTINCT FROM ROW({new})) EXECUTE FUNCTION sec.stays()",
        f"DROP TRIGGER stays ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_invitations_and_addresses")]
    operations = [
        migrations.RunSQL(STAYS, "DROP FUNCTION sec.stays()"),
        *[stays(table, columns) for table, columns in STILL.items()],
        migrations.RunSQL(
            CONTACTS, "DROP TRIGGER in_practice ON accounts_contact; DROP FUNCTION sec.contact_in_practice()"
        ),
        # A practice's name and address are its letterhead, which its clients read; who changes its account number
        # changes where its clients pay.
        *protect(
            "accounts_practice",
            select="true",
            insert="sec.uid() IS NOT NULL",
            update=f"id = {ADMINISTERED}",
            worker="SELECT",
            admin="ALL",
        ),
    ]
