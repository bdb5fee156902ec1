"""Whoever wanted no reminders has declined each kind of them."""

from django.db import migrations

TAKEN_OVER = """
INSERT INTO notifications_preference (id, person_id, declined, rhythm, changed_at)
SELECT gen_random_uuid(), person_id, ARRAY['session_reminder', 'task_due', 'evaluation_nudge'], '', since
  FROM notifications_optout ON CONFLICT (person_id) DO NOTHING
"""
GIVEN_BACK = """
INSERT INTO notifications_optout (person_id, since)
SELECT person_id, changed_at FROM notifications_preference
 WHERE person_id IS NOT NULL AND 'session_reminder' = ANY(declined)
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0007_preferences")]
    operations = [
        migrations.RunSQL(TAKEN_OVER, GIVEN_BACK),
        # So that what was taken over is not pending when the table goes.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.DeleteModel(name="OptOut"),
    ]
