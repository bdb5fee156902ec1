from django.db import migrations

from audit.rls import function

# product.md, who sees what: of the sessions of its processes a practice's administrator is told how many and how long,
# and how many came; never who, when, where or why not. Asked for the processes of one page.
COUNTS = """
  SELECT e.id,
         count(*) FILTER (WHERE s.state = 'held')::int,
         count(*) FILTER (WHERE s.state = 'planned')::int,
         coalesce(sum(extract(epoch FROM s.ends_at - s.starts_at) / 60) FILTER (WHERE s.state = 'held'), 0)::int,
         coalesce(sum(a.present) FILTER (WHERE s.state = 'held'), 0)::int
    FROM engagements_engagement e
    LEFT JOIN supervision_session s ON s.engagement_id = e.id
    LEFT JOIN LATERAL (SELECT count(*) AS present FROM supervision_attendance a
                        WHERE a.session_id = s.id AND a.presence = 'present') a ON true
   WHERE e.id = ANY(asked) AND e.state <> 'draft' AND e.practice_id IN (SELECT sec.administered_practices())
   GROUP BY e.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0009_example_sessions_take_no_time"),
        ("engagements", "0002_row_level_security"),
    ]
    operations = [
        function(
            "practice_counts(asked uuid[])",
            "TABLE (engagement_id uuid, held int, planned int, minutes int, present int)",
            COUNTS,
        ),
    ]
