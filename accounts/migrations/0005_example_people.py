import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audit.rls import role
from audit.roles import Role

TABLES = ("accounts_person", "accounts_clientorganisation")


def only_its_own(table: str) -> migrations.RunSQL:
    """Return the operation by which an example is seen by whom it was made for, and by no worker or administrator."""
    app, worker, admin = (role(which) for which in (Role.APP, Role.WORKER, Role.ADMIN))
    return migrations.RunSQL(
        f"""
        CREATE POLICY example_own ON {table} AS RESTRICTIVE TO {app}
          USING (example_of_id IS NULL OR example_of_id = (SELECT sec.uid()));
        CREATE POLICY example_none ON {table} AS RESTRICTIVE TO {worker}, {admin} USING (example_of_id IS NULL);
        CREATE TRIGGER example_stays BEFORE UPDATE OF example_of_id ON {table} FOR EACH ROW
          WHEN (OLD.example_of_id IS DISTINCT FROM NEW.example_of_id) EXECUTE FUNCTION sec.stays();
        """,
        f"DROP TRIGGER example_stays ON {table}; DROP POLICY example_none ON {table}; DROP POLICY example_own ON {table}",
    )


# Who is made up speaks for a made-up client, and nobody else does.
APART = f"""
CREATE FUNCTION sec.contact_example() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF EXISTS (SELECT FROM accounts_person p JOIN accounts_clientorganisation o ON o.id = NEW.organisation_id
              WHERE p.id = NEW.person_id AND p.example_of_id IS DISTINCT FROM o.example_of_id) THEN
    RAISE EXCEPTION 'an example keeps to itself' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.contact_example() OWNER TO {role(Role.SEC)};
CREATE TRIGGER example_apart BEFORE INSERT OR UPDATE OF person_id, organisation_id ON accounts_contact
  FOR EACH ROW EXECUTE FUNCTION sec.contact_example();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_rows_stay_in_their_practice"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        *[
            migrations.AddField(
                model_name=model,
                name="example_of",
                field=models.ForeignKey(
                    db_index=False,
                    editable=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            )
            for model in ("person", "clientorganisation")
        ],
        migrations.AddIndex(
            model_name="clientorganisation",
            index=models.Index(
                condition=models.Q(("example_of__isnull", False)),
                fields=["example_of"],
                name="organisation_of_example",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(("example_of__isnull", False)), fields=["example_of"], name="person_of_example"
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("example_of", None), models.Q(("email", ""), ("user", None)), _connector="OR"),
                name="person_example_has_no_address",
            ),
        ),
        *[only_its_own(table) for table in TABLES],
        migrations.RunSQL(APART, "DROP TRIGGER example_apart ON accounts_contact; DROP FUNCTION sec.contact_example()"),
    ]
