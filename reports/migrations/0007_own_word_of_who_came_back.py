"""Nothing is recorded over what a person has answered themselves, also where they left and came back meanwhile.

Whose word counts goes by the person (0005); what may be recorded over it went by the time they were in the process.
"""

from importlib import import_module

from django.db import migrations

from audit.rls import role
from audit.roles import Role

BEFORE = import_module("reports.migrations.0002_rules").ANSWER_FITS
FITS = BEFORE.replace(
    """EXISTS (SELECT FROM reports_answer n WHERE n.revision_id = v.id
       AND n.participation_id = NEW.participation_id AND n.recorded_by_id IS NULL)""",
    """EXISTS (SELECT FROM reports_answer n
        JOIN engagements_participation o ON o.id = n.participation_id
        JOIN engagements_participation a ON a.id = NEW.participation_id AND a.person_id = o.person_id
       WHERE n.revision_id = v.id AND n.recorded_by_id IS NULL)""",
    1,
)


def fits(body: str) -> str:
    # Whoever replaces a function has to be allowed to call it, and after a migration nobody is.
    return f"""
      GRANT EXECUTE ON FUNCTION sec.answer_fits() TO {role(Role.OWNER)};
      CREATE OR REPLACE FUNCTION sec.answer_fits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $fn$ {body} $fn$;
    """


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_existence_for_administrators")]
    operations = [migrations.RunSQL(fits(FITS), fits(BEFORE))]
