from django.db import migrations, models

from audit.rls import function

# What the clause of the agreed contract tells the asker, and up to when. `at` is the present moment.
TOLD = """
  SELECT k.engagement_id, r.what::text, max(u.until)
    FROM engagements_reportingclause r
    JOIN engagements_contract k ON k.id = r.contract_id AND k.state = 'agreed'
    JOIN engagements_engagement e ON e.id = k.engagement_id AND e.state <> 'draft'
    JOIN engagements_contractparty q ON q.contract_id = k.id
    JOIN accounts_person p ON p.id = q.person_id AND p.user_id = sec.uid()
    LEFT JOIN accounts_contact c ON c.id = q.contact_id
   CROSS JOIN LATERAL (SELECT coalesce(e.starts_on, k.agreed_on) AS first) d
   CROSS JOIN LATERAL (SELECT age(at AT TIME ZONE 'Europe/Helsinki', d.first::timestamp) AS lasted) a
   CROSS JOIN LATERAL (SELECT CASE r."when"
       WHEN 'request' THEN at
       WHEN 'monthly' THEN date_trunc('month', at, 'Europe/Helsinki')
       WHEN 'half_yearly' THEN
         (d.first + make_interval(months =>
           (6 * floor((12 * extract(year FROM a.lasted) + extract(month FROM a.lasted)) / 6))::int))
         AT TIME ZONE 'Europe/Helsinki'
       WHEN 'midpoint' THEN CASE
         WHEN e.ends_on IS NULL THEN CASE WHEN e.state = 'closed' THEN e.closed_at END
         ELSE (d.first + (e.ends_on - d.first) / 2)::timestamp AT TIME ZONE 'Europe/Helsinki' END
       WHEN 'end' THEN CASE WHEN e.state = 'closed' THEN at END
     END AS until) u
   WHERE r.approval = 'none' AND r.what IN ('dates', 'minutes', 'counts', 'names', 'costs')
     AND (q.contact_id IS NULL OR c.left_on IS NULL)
     AND (r."to" = 'readers' AND q.reads_reports OR r."to" = q.kind AND q.kind IN ('contact', 'line_manager'))
     AND u.until <= at AND u.until > d.first::timestamp AT TIME ZONE 'Europe/Helsinki'
   GROUP BY k.engagement_id, r.what
"""


class Migration(migrations.Migration):
    dependencies = [("engagements", "0002_row_level_security")]
    operations = [
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "The process was opened"),
                    ("copied", "The process was opened from an earlier one"),
                    ("offered", "The contract was offered"),
                    ("withdrawn", "The offer was withdrawn"),
                    ("agreed", "The contract was agreed"),
                    ("started", "The process started"),
                    ("paused", "The process was paused"),
                    ("resumed", "The process continued"),
                    ("closed", "The process was closed"),
                    ("joined", "A supervisee joined"),
                    ("left", "A supervisee left"),
                    ("booked", "A session was booked"),
                    ("moved", "A session was moved"),
                    ("relocated", "The place of a session changed"),
                    ("cancelled", "A session was cancelled"),
                    ("held", "A session was held"),
                    ("no_show", "Nobody came to a session"),
                    ("imported", "The process was imported"),
                ],
                max_length=16,
            ),
        ),
        function("told(at timestamptz)", "TABLE (engagement_id uuid, what text, until timestamptz)", TOLD),
    ]
