from django.db import migrations, models

from audit.rls import function, protect, role
from audit.roles import Role

PRACTICES = "ANY(ARRAY(SELECT sec.practices()))"
ADMINISTERED = "ANY(ARRAY(SELECT sec.administered_practices()))"

OPEN = "i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > clock_timestamp()"

OFFER = f"""
  SELECT p.name::text, i.email::text, i.kind::text FROM accounts_invitation i JOIN accounts_practice p ON p.id = i.practice_id
   WHERE i.token_hash = token AND {OPEN}
"""

KNOWN_PERSON = "SELECT EXISTS (SELECT FROM accounts_person p WHERE p.email <> '' AND lower(p.email) = lower(address))"
KNOWN = f"{KNOWN_PERSON} OR EXISTS (SELECT FROM accounts_invitation i WHERE lower(i.email) = lower(address) AND {OPEN})"

# Whoever gets a new address is somebody else, until the user proves that it is theirs: the tie goes with the address.
UNTIE = f"""
CREATE FUNCTION sec.untie() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF NOT EXISTS (SELECT FROM account_emailaddress a WHERE a.user_id = NEW.user_id AND a.verified
                  AND lower(a.email) = lower(NEW.email)) THEN
    NEW.user_id := NULL;
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.untie() OWNER TO {role(Role.SEC)};
CREATE TRIGGER untie BEFORE UPDATE OF email ON accounts_person
  FOR EACH ROW WHEN (NEW.user_id IS NOT NULL AND lower(NEW.email) <> lower(OLD.email)) EXECUTE FUNCTION sec.untie();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_row_level_security")]
    operations = [
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                fields=("practice", "email", "kind"),
                name="invitation_once_open",
            ),
        ),
        function("invitation(token bytea)", "TABLE(practice text, address text, kind text)", OFFER),
        function("known_address(address text)", "boolean", KNOWN),
        migrations.RunSQL(UNTIE, "DROP TRIGGER untie ON accounts_person; DROP FUNCTION sec.untie()"),
        *protect(
            "accounts_invitation",
            select=f"practice_id = {PRACTICES}",
            insert=f"practice_id = {ADMINISTERED}",
            update=f"practice_id = {ADMINISTERED}",
            worker="ALL",
        ),
    ]
