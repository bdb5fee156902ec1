"""The names of the supervisees, for a client whose clause tells them without approval: those of the days that it tells."""

from django.db import migrations

from audit.rls import function

NAMES = """
  SELECT DISTINCT a.engagement_id, trim(p.given_name || ' ' || p.family_name), p.sort_key
    FROM sec.told(at) t JOIN engagements_participation a ON a.engagement_id = t.engagement_id
    JOIN accounts_person p ON p.id = a.person_id
   WHERE t.what = 'names'
     AND (a.joined_on IS NULL OR a.joined_on::timestamp AT TIME ZONE 'Europe/Helsinki' < t.until)
     AND (a.left_on IS NULL OR a.left_on::timestamp AT TIME ZONE 'Europe/Helsinki' > t.since)
   ORDER BY 3, 2
"""


class Migration(migrations.Migration):
    dependencies = [("engagements", "0023_events_of_reports")]
    operations = [
        function("told_names(at timestamptz)", "TABLE (engagement_id uuid, name text, sort_key text)", NAMES),
    ]
