from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

MINE = "SELECT practice_id FROM accounts_membership WHERE user_id = sec.uid() AND until IS NULL"
UID = "(SELECT sec.uid())"
PRACTICES = "ANY(ARRAY(SELECT sec.practices()))"
ADMINISTERED = "ANY(ARRAY(SELECT sec.administered_practices()))"
OWN_PERSONS = "ANY(ARRAY(SELECT sec.own_persons()))"
REPRESENTED = "ANY(ARRAY(SELECT sec.represented_organisations()))"
ORGANISATIONS = f"organisation_id IN (SELECT o.id FROM accounts_clientorganisation o WHERE o.practice_id = {PRACTICES})"

# A person is tied to a user only by the functions of schema sec: whoever could write this column could become anybody.
TIES = f"""
CREATE FUNCTION sec.keep_ties() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  IF current_user = {role(Role.APP).replace('"', "'")} AND
     NEW.user_id IS DISTINCT FROM (CASE WHEN TG_OP = 'UPDATE' THEN OLD.user_id END) THEN
    RAISE EXCEPTION 'a person is tied to a user by sec.claim_persons alone' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $fn$;
CREATE TRIGGER keep_ties BEFORE INSERT OR UPDATE OF user_id ON accounts_person
  FOR EACH ROW EXECUTE FUNCTION sec.keep_ties();
"""

CLAIM = """
  WITH tied AS (
    UPDATE accounts_person p SET user_id = claim_persons.who
     WHERE p.user_id IS NULL AND p.email <> '' AND lower(p.email) IN (
       SELECT lower(a.email) FROM account_emailaddress a WHERE a.user_id = claim_persons.who AND a.verified)
    RETURNING 1)
  SELECT count(*)::int FROM tied
"""

KNOWN = "SELECT EXISTS (SELECT FROM accounts_person p WHERE p.email <> '' AND lower(p.email) = lower(address))"

ACCEPT = """
DECLARE found accounts_invitation; mine boolean;
BEGIN
  SELECT * INTO found FROM accounts_invitation i
   WHERE i.token_hash = token AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > clock_timestamp()
   FOR UPDATE;
  IF found.id IS NULL OR sec.uid() IS NULL THEN RETURN NULL; END IF;
  SELECT EXISTS (SELECT FROM account_emailaddress a WHERE a.user_id = sec.uid() AND a.verified
                  AND lower(a.email) = lower(found.email)) INTO mine;
  IF NOT mine THEN RETURN NULL; END IF;
  INSERT INTO accounts_membership (id, practice_id, user_id, kind, since)
    VALUES (gen_random_uuid(), found.practice_id, sec.uid(), found.kind, clock_timestamp()) ON CONFLICT DO NOTHING;
  UPDATE accounts_invitation SET accepted_at = clock_timestamp() WHERE id = found.id;
  RETURN found.practice_id;
END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_people_and_practices"),
        ("audit", "0001_roles_and_chain"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [
        # The functions' owner needs its grants before the policies ask it; `audit/grants.py` repeats them.
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        function("practices()", "SETOF uuid", MINE),
        function("supervised_practices()", "SETOF uuid", f"{MINE} AND kind = 'supervisor'"),
        function("administered_practices()", "SETOF uuid", f"{MINE} AND kind = 'practice_admin'"),
        function(
            "is_unfounded(practice uuid)",
            "boolean",
            "SELECT NOT EXISTS (SELECT FROM accounts_membership m WHERE m.practice_id = practice AND m.user_id <> sec.uid())",
        ),
        function("own_persons()", "SETOF uuid", "SELECT id FROM accounts_person WHERE user_id = sec.uid()"),
        function(
            "represented_organisations()",
            "SETOF uuid",
            "SELECT c.organisation_id FROM accounts_contact c JOIN accounts_person p ON p.id = c.person_id"
            " WHERE p.user_id = sec.uid() AND c.left_on IS NULL",
        ),
        function("known_address(address text)", "boolean", KNOWN),
        function("claim_persons(who uuid)", "int", CLAIM, volatile=True),
        function("accept_invitation(token bytea)", "uuid", ACCEPT, volatile=True, language="plpgsql"),
        migrations.RunSQL(TIES, "DROP TRIGGER keep_ties ON accounts_person; DROP FUNCTION sec.keep_ties()"),
        *protect(
            "accounts_membership",
            select=f"user_id = {UID} OR practice_id = {PRACTICES}",
            insert=f"user_id = {UID} AND sec.is_unfounded(practice_id) OR practice_id = {ADMINISTERED}",
            update=f"practice_id = {ADMINISTERED}",
            worker="SELECT",
            admin="ALL",
        ),
        *protect(
            "accounts_person",
            select=f"practice_id = {PRACTICES} OR user_id = {UID}",
            insert=f"practice_id = {PRACTICES}",
            update=f"practice_id = {PRACTICES} OR user_id = {UID}",
            worker="SELECT",
        ),
        *protect(
            "accounts_clientorganisation",
            select=f"practice_id = {PRACTICES} OR id = {REPRESENTED}",
            insert=f"practice_id = {PRACTICES}",
            update=f"practice_id = {PRACTICES}",
            admin="ALL",
        ),
        *protect(
            "accounts_contact",
            select=f"person_id = {OWN_PERSONS} OR {ORGANISATIONS}",
            insert=ORGANISATIONS,
            update=ORGANISATIONS,
            worker="SELECT",
        ),
    ]
